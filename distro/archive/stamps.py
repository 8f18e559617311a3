"""Check the time-stamps in an evidence bag without us: python3 stamps.py [BAG] [--key FILE_OR_TEXT]. It lies beside verify.py,
which it uses, and wants what that wants: Python 3.8 or later and nothing else. It writes nothing.

A bag may hold, in data/anchors/, signed heads of the record (.txt), each with what a time-stamp authority answered when it was
asked to stamp it (.tsr, of the same name; RFC 3161). In this order it checks
 1. the bag, and 2. its checkpoint, as verify.py does;
 3. of each time-stamp: it is for the SHA-256 of exactly the octets of its head; that head is of the same record and signed
    with the same key as the checkpoint; and it has no more entries than that, or, where it has as many, the same root.

What this proves, once OpenSSL says that the authority's signature holds: the head was there at the hour of the time-stamp, and
with it every entry under it. What it does not prove: that the checkpoint grew out of a head that has fewer entries; that takes
a proof of consistency between the two. Without OpenSSL's word it proves no hour at all: anybody can write one.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from distro.archive.verify import CHECKPOINT, KEY, Verification
else:
    sys.dont_write_bytecode = True  # what Python writes beside what it imports would be a file too many in the bag
    try:
        from verify import CHECKPOINT, KEY, Verification
    except ImportError:
        sys.exit("verify.py is not there; put it beside this program, which uses it.")

SIGNED_DATA, TST_INFO = (6, bytes.fromhex("2a864886f70d010702")), (6, bytes.fromhex("2a864886f70d0109100104"))
SHA256 = [(6, bytes.fromhex("608648016503040201")), (5, b"")]  # an algorithm and its NULL, which may be left out
INTEGER, SEQUENCE = 0x02, 0x30


def der(octets: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents of the values that stand here one behind the other, in DER (X.690). Raises ValueError."""
    found = []
    while octets:
        more = octets[1] - 128 if len(octets) > 1 and octets[1] > 128 else 0
        length = octets[2 : 2 + more] if more else octets[1:2]
        size, start = int.from_bytes(length, "big"), 2 + more
        shortest = size > 127 and length[0] > 0 if more else size < 128
        if octets[0] & 31 == 31 or len(length) < max(more, 1) or not shortest or len(octets) < start + size:
            raise ValueError("this is not DER: a tag or a length is cut off, or not written in the one way")
        found.append((octets[0], octets[start : start + size]))
        octets = octets[start + size :]
    return found


def stamp_in(octets: bytes) -> tuple[str, bytes]:
    """The hour, and the SHA-256 that is stamped, of a TimeStampResp that was granted, or of its token. Raises ValueError."""
    try:
        ((_, outer),) = der(octets)
        token = der(outer)
        if token[0][0] == SEQUENCE:  # the status stands before it
            if der(token[0][1])[0] != (INTEGER, b"\0"):
                raise ValueError("the authority did not grant it")
            token = der(token[1][1])
        ((_, signed),) = der(token[1][1])
        content = der(der(signed)[2][1])
        ((_, wrapped),) = der(content[1][1])
        ((_, inner),) = der(wrapped)
        info = der(inner)
        algorithm, imprint = der(info[2][1])
        if token[0] != SIGNED_DATA or content[0] != TST_INFO or der(algorithm[1]) not in (SHA256, SHA256[:1]):
            raise ValueError("it is no time-stamp over a SHA-256")
        return info[4][1].decode("ascii"), imprint[1]
    except IndexError:
        raise ValueError("this is no time-stamp: a part of it is not there") from None


class _Head(Verification):
    """The check of the checkpoint, on another signed head, without a word."""

    def tell(self, text: str) -> None:
        pass


class Stamps(Verification):
    """The steps that time-stamps stand on, and theirs."""

    def run(self) -> int:
        for step in (self.bag, self.checkpoint, self.stamps):
            self.tell(step.__doc__ or step.__name__)
            before = self.faults
            try:
                good = step()
            except Exception as error:  # a traceback would tell a reader nothing
                self.fault(f"this step broke off, as the program does not know what to make of this: {error!r}.")
            if self.faults == before:
                self.tell(f"   ok: {good}")
        self.tell(f"NOT VERIFIED: {self.faults} faults, see above." if self.faults else "VERIFIED: what was checked holds.")
        print("" if self.faults else (__doc__ or "").split("\n\n")[-1])
        return 1 if self.faults else 0

    def stamps(self) -> str:
        """3. Time-stamps (RFC 3161)"""
        names = sorted(name[:-4] for name in self.files if name.startswith("data/anchors/") and name.endswith(".tsr"))
        for name in names:
            try:
                hour, imprint = stamp_in(self.read(f"{name}.tsr"))
            except ValueError as error:
                self.fault(f"{name}.tsr: {error}.")
                continue
            if imprint != hashlib.sha256(self.read(f"{name}.txt")).digest():
                self.fault(f"{name}.tsr is not for the octets of {name}.txt: one of the two was changed.")
            self.head(f"{name}.txt")
            self.tell(
                f"   note: {name}.tsr says that {name}.txt was there at {hour}. Whether the authority signed that, ask OpenSSL:"
            )
            self.tell(f"         openssl ts -verify -data {name}.txt -in {name}.tsr -CAfile ROOT.pem")
            self.tell("         with the authority's root, got from the authority. Once its certificate has run out, add")
            self.tell("         -attime SECONDS, the hour of the time-stamp in seconds since 1970 UTC.")
        if not names:
            self.fault("data/anchors/ has no time-stamp, so there is nothing to say about one.")
        return (
            f"{len(names)} time-stamps, each for a head that the office signed; the authority's signature is not checked here"
        )

    def head(self, name: str) -> None:
        """A signed head, beside the checkpoint."""
        if name not in self.files:
            return  # that was said
        if self.sealed is None:
            self.tell(f"   skipped: whether {name} is signed, as the checkpoint does not hold")
            return
        other = _Head(self.folder, self.given)
        other.files = {CHECKPOINT: self.files[name], KEY: self.files[KEY]}
        other.checkpoint()
        if other.sealed is None or self.read(name).split(b"\n")[0] != self.read(CHECKPOINT).split(b"\n")[0]:
            self.fault(f"{name} is no head of this record that is signed with its key.")
        elif other.sealed[0] > self.sealed[0]:
            self.fault(f"{name} has {other.sealed[0]} entries, more than the checkpoint, which has {self.sealed[0]}.")
        elif other.sealed[0] == self.sealed[0] and other.sealed != self.sealed:
            self.fault(f"{name} has as many entries as the checkpoint and another root: the key signed two records.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Check an evidence bag's time-stamps; all about it stands at the top of this file."
    )
    parser.add_argument("bag", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="its top folder")
    parser.add_argument("--key", metavar="FILE_OR_TEXT", help="the office's key, got another way than the bag")
    given = parser.parse_args(arguments)
    key = Path(given.key).read_text("utf-8", "replace") if given.key and Path(given.key).is_file() else given.key
    return Stamps(given.bag, key).run()


if __name__ == "__main__":
    sys.exit(main())
