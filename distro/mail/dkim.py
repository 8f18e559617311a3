"""Signing copies with DKIM (RFC 6376, RFC 8463): relaxed/relaxed, whole body, one field for each of the office's keys.

A letter is canonicalised once (`Signing.prepare`): what stands before the first slot of the body is hashed once, and fields
without a slot are one ready text. The copies that are made ready together (`PreparedLetter.unsigned`) are signed together
(`Signing.sign`), for some keys' sake (`distro.dkimtogether`). All this rests on slots of the body standing between soft line
breaks, so that no run of white space crosses a slot's edge; `prepare` looks, compares the outcome with the plain way on
samples, and refuses where it differs. A retry is never signed again: the fields are the copy's slot `dkim`.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from distro.archive.copies import Skeleton
from distro.config import Config
from distro.dkimkey import PrivateKey, read_key
from distro.dkimtogether import LANES, WORTH_IT, Together
from distro.errors import Failed, Refused
from distro.mail.canonical import relaxed_body, relaxed_field, relaxed_header, relaxed_lines, relaxed_value
from distro.mail.dkimfield import Signer, covered_names, mask_of, packed_head, written
from distro.mail.quoted import SOFT_BREAK
from distro.mail.stamp import SIGNATURE

_SAMPLES = (
    ("", ""),
    ("x", " x "),
    (' A  =?utf-8?q?b?=\r\n =?utf-8?q?c=2E?= "d\t e" ', "\ta  b \tc =\r\n d=\r\n\r\n=2Ee  =\r\n"),
)
"""For slots of the header, and for those of the body alone: what is awkward to canonicalise."""


@dataclass(frozen=True)
class Key:
    """A key in use. `sign` makes the raw signatures of SHA-256 digests; it lets other threads run meanwhile."""

    signer: Signer
    sign: Callable[[Sequence[bytes]], list[bytes]]

    @classmethod
    def of(cls, private: PrivateKey, domain: str, selector: str, *, together: bool = True) -> Key:
        """`together`: sign several at a time where this machine and this key can."""
        if isinstance(private, RSAPrivateKey):
            return cls(Signer("rsa-sha256", domain, selector), _Rsa(private, together=together).sign)
        one = private.sign  # of the digest, not the data: RFC 8463 3
        return cls(Signer("ed25519-sha256", domain, selector), lambda digests: [one(digest) for digest in digests])


class _Rsa:
    """An RSA key and its ways of signing; the second is looked for when it is first worth it."""

    def __init__(self, private: RSAPrivateKey, *, together: bool) -> None:
        self._private = private
        self._padding, self._prehashed = PKCS1v15(), Prehashed(SHA256())
        self._look = together
        self._together: Together | None = None

    def sign(self, digests: Sequence[bytes]) -> list[bytes]:
        if len(digests) >= WORTH_IT and self._look:
            self._together, self._look = Together.of(self._private), False
        if len(digests) < WORTH_IT or self._together is None:
            return [self._private.sign(digest, self._padding, self._prehashed) for digest in digests]
        rest = len(digests) % LANES
        many = digests if rest >= WORTH_IT else digests[: len(digests) - rest]
        made = self._together.sign(many)
        if made is None:
            self._together = None
            return self.sign(digests)
        return made + self.sign(digests[len(many) :])


class Signing:
    """The office's keys, read once. Safe to use from several threads."""

    def __init__(self, *keys: Key) -> None:
        self.keys = keys
        self.letter = lru_cache(maxsize=100)(self.prepare)
        """`prepare`, remembered for letters that come again."""

    @classmethod
    def of(cls, config: Config) -> Signing | None:
        """With the keys of [[dkim]]; None where there are none.

        Raises Refused where a key has gone since the settings were read.
        """
        keys = []
        for one in config.dkim:
            try:
                private, domain = read_key(Path(one.key_file)), one.domain_for(config.office)
                keys.append(Key.of(private, domain, one.selector, together=config.sending.sign_together))
            except ValueError as wrong:
                raise Refused(f"[[dkim]] key_file {one.key_file}: {wrong}.") from None
        return cls(*keys) if keys else None

    def prepare(self, skeleton: Skeleton) -> PreparedLetter:
        """All that the copies of one letter have in common. The skeleton starts with the slot `dkim`.

        Raises Failed where its copies could not be signed rightly.
        """
        return PreparedLetter(skeleton, self.keys)

    def sign(self, copies: Sequence[Unsigned]) -> list[tuple[str, bytes]]:
        """Of each copy the DKIM-Signature fields, each with its CRLF, to stand in front of it; and what `dkimfield.pack` would
        make of them, which is cheaper had here."""
        signatures = [key.sign([copy.digests[number] for copy in copies]) for number, key in enumerate(self.keys)]
        of_each = zip(*signatures, strict=True)
        return [copy.letter.written(copy, of_copy) for copy, of_copy in zip(copies, of_each, strict=True)]

    def fields_of(self, skeleton: Skeleton, values: Mapping[str, str], at: datetime) -> str:
        """The DKIM-Signature fields of one copy by itself."""
        return self.sign([self.letter(skeleton).unsigned(values, at)])[0][0]

    def signed(self, message: bytes, at: datetime) -> bytes:
        """A message of which there is only one, with its signatures in front."""
        skeleton = Skeleton(("", SIGNATURE, message.decode()))
        return skeleton.fill({SIGNATURE: self.sign([self.prepare(skeleton).unsigned({}, at)])[0][0]})


class Unsigned(NamedTuple):
    """A copy about to be signed: its letter, the instant of stamping (t=), and what there is to sign, a digest for each key."""

    letter: PreparedLetter
    t: int
    body_digest: bytes
    digests: tuple[bytes, ...]


class PreparedLetter:
    """A letter made ready for signing; holds no person's data. Safe to use from several threads."""

    def __init__(self, skeleton: Skeleton, keys: tuple[Key, ...]) -> None:
        if skeleton.pieces[:2] != ("", SIGNATURE) or SIGNATURE in skeleton.pieces[3::2]:
            raise ValueError("a skeleton to be signed starts with the slot of the signature")
        header, body = _cut(skeleton.pieces[2:])
        fields = _fields(header)
        covered = covered_names(list(fields))
        self._mask = mask_of(covered)
        self._lines = _lines(fields, covered)
        start, self._rest = _canonical_body(body)
        self._start = hashlib.sha256(start.encode())
        self._holes = tuple(enumerate(self._rest))[::2]
        self._names = frozenset(self._rest[::2])
        openings = [key.signer.opening(covered) for key in keys]
        self._keys = tuple(
            (key, opening, relaxed_field(*opening.split(":", 1))) for key, opening in zip(keys, openings, strict=True)
        )
        self._prove(skeleton, covered, frozenset(header[1::2]))

    def unsigned(self, values: Mapping[str, str], at: datetime) -> Unsigned:
        """The copy with these slots, stamped at `at`. Raises KeyError for a slot without a value."""
        body_digest = self._body_digest(values)
        header = hashlib.sha256(self._header(values).encode())
        t = int(at.timestamp())
        end = f"{t}; bh={b64encode(body_digest).decode()}; b="
        digests = []
        for _, _, canonical in self._keys:
            hashed = header.copy()
            hashed.update(f"{canonical}{end}".encode())
            digests.append(hashed.digest())
        return Unsigned(self, t, body_digest, tuple(digests))

    def written(self, copy: Unsigned, signatures: Sequence[bytes]) -> tuple[str, bytes]:
        """The fields of a copy with its signatures, one of each key; and those packed."""
        body_hash = b64encode(copy.body_digest).decode()
        block, packed = "", packed_head(self._mask, copy.t, copy.body_digest, len(self._keys))
        for (key, opening, _), signature in zip(self._keys, signatures, strict=True):
            block += written(opening, copy.t, body_hash, signature)
            packed += key.signer.packed(signature)
        return block, packed

    def _header(self, values: Mapping[str, str]) -> str:
        """The covered fields in canonical form, each with its CRLF, in the order of h."""
        lines = []
        for text, parts in self._lines:
            if parts:
                filled = list(parts)
                filled[1::2] = [values[name] for name in parts[1::2]]
                lines.append(f"{text}{relaxed_value(''.join(filled))}\r\n")
            else:
                lines.append(text)
        return "".join(lines)

    def _body_digest(self, values: Mapping[str, str]) -> bytes:
        canonical = {name: relaxed_lines(values[name]) for name in self._names}
        rest = self._rest.copy()
        for at, name in self._holes:
            rest[at] = canonical[name]
        hashed = self._start.copy()
        hashed.update("".join(rest).encode())
        return hashed.digest()

    def _prove(self, skeleton: Skeleton, covered: Sequence[str], in_header: Collection[str]) -> None:
        """Canonicalise sample copies whole, the plain way, and compare."""
        for for_header, for_body in _SAMPLES:
            values = {name: for_header if name in in_header else for_body for name in skeleton.slots} | {SIGNATURE: ""}
            header, _, body = skeleton.fill(values).partition(b"\r\n\r\n")
            plain = relaxed_header(header, covered) == self._header(values).encode()
            if not plain or hashlib.sha256(relaxed_body(body)).digest() != self._body_digest(values):
                raise Failed("This letter cannot be signed: its copies are not what was made ready for signing.")


def _cut(pieces: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Header and body of a skeleton, each literal, slot name, literal, …"""
    for at in range(0, len(pieces), 2):
        header, end, body = pieces[at].partition("\r\n\r\n")
        if end:
            return (*pieces[:at], header), (body, *pieces[at + 1 :])
    raise Failed("This letter cannot be signed: its header does not end.")


def _fields(header: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The values of the header fields by name in lower case: literal, slot name, literal, …"""
    text = "".join(f"\0{piece}\0" if at % 2 else piece for at, piece in enumerate(header))
    fields: dict[str, tuple[str, ...]] = {}
    for field in re.split(r"\r\n(?![ \t])", text):
        name, _, value = field.partition(":")
        if name.lower() in fields or "\0" in name:
            raise Failed(f"This letter cannot be signed: it has the field {name!r} twice.")
        fields[name.lower()] = tuple(value.split("\0"))
    return fields


def _lines(fields: Mapping[str, tuple[str, ...]], covered: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The covered fields in order: what has no slot as one text of canonical lines, what has as its name and its parts."""
    lines: list[tuple[str, tuple[str, ...]]] = [("", ())]
    for name in dict.fromkeys(covered):
        parts = fields.get(name, ())
        if len(parts) > 1:
            lines += [(f"{name}:", parts), ("", ())]
        elif parts:
            lines[-1] = (f"{lines[-1][0]}{relaxed_field(name, parts[0])}\r\n", ())
    return tuple(line for line in lines if line[0])


def _canonical_body(pieces: tuple[str, ...]) -> tuple[str, list[str]]:
    """The canonical form of what stands before the first slot, and the rest: slot name, canonical literal, slot name, …"""
    for before, after in zip(pieces[:-1:2], pieces[2::2], strict=True):
        if not before.endswith(SOFT_BREAK) or not after.startswith(SOFT_BREAK):
            raise Failed("This letter cannot be signed: in its body a slot does not stand between soft line breaks.")
    *literals, last = (relaxed_lines(piece) for piece in pieces[::2])
    start, *rest = *literals, relaxed_body(last.encode()).decode()
    return start, [piece for pair in zip(pieces[1::2], rest, strict=True) for piece in pair]
