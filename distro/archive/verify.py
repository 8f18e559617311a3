"""Verify an evidence bag without us: python3 verify.py [BAG] [--key FILE_OR_TEXT], with Python 3.8 or later and nothing else.

It looks at the folder in which it lies, or at the one that is named, and writes nothing. It says in words what it finds, and
ends with 0 where all holds and with 1 where anything does not. In this order it checks that
 1. the bag is whole: its files are those that its manifests list, none more, none less, none changed (RFC 8493);
 2. the checkpoint, the head of the office's record at one moment, is signed with the office's key (Ed25519, RFC 8032);
 3. each entry stands in the record under that checkpoint, at its place (a Merkle tree of SHA-256, RFC 9162);
 4. each copy of a message is, octet by octet, the one that the entries about its delivery name by SHA-256;
 5. each recipient and each server's reply that is shown is the one that entries are sealed with;
 6. each text of a release has the SHA-256 by which entries name it.
Whose key it is no file can say of itself: whoever wants to rely on it compares data/key.txt with one got another way, or gives
that with --key. As this program lies in the bag that it judges, whoever doubts it runs one got another way, and names the bag.

What this proves: the holder of the key recorded these entries, in this order, before signing the checkpoint; and neither they,
nor the copies, recipients, replies and texts that were held against them, were changed since. A reply is what the receiving
server answered, as the office recorded it.
What it does not prove: that a person read a message; that the office's clock was right; that what the office recorded is true;
that nothing was left out of this bag, or out of the record, but for comparing it with another checkpoint. What no entry names
by its hash is the office's word: .csv, .pdf and .mbox files, and the state of a delivery, which was only held against entries.
"""

from __future__ import annotations

import argparse
import base64
import collections
import hashlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

CHECKPOINT, KEY, MANIFEST, TAGS = "data/checkpoint.txt", "data/key.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
ENTRIES, PROOFS, DELIVERIES = "data/entries.jsonl", "data/proofs.jsonl", "data/deliveries.jsonl"
FIELDS = {  # and their types
    ENTRIES: "actor:str at:str entry:int kind:str payload:dict subject:str",
    PROOFS: "entry:int leaf:int proof:list",
    DELIVERIES: "delivery:int wave:int recipient:dict/NoneType recipient_octets:str/NoneType copy:str/NoneType "
    "sha256:str/NoneType state:str message_id:str/NoneType attempts:list",
    "attempt": "entry:int reply:str/NoneType",
    "recipient": "salt:str name:str address:str canonical:str outlet:str",
}
P = 2**255 - 19  # Ed25519 (RFC 8032, 5.1): the field, the order of the base point, and the constant of the curve
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point(octets: bytes) -> tuple[int, ...]:
    """In extended coordinates (RFC 8032, 5.1.3); nothing, where it is no point, or not in the one form to write it."""
    sign, y = divmod(int.from_bytes(octets, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    x = x if x & 1 == sign else P - x
    return (x, y, 1, x * y % P) if len(octets) == 32 and max(x, y) < P and (x * x - square) % P == 0 else ()


def added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The sum of two points (RFC 8032, 5.1.4)."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 without the cofactor: [S]B - [k]A, written down, is R as it stands (RFC 8032, 5.1.7). S must be below L."""
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    base, key = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")), point(public)
    if not key or len(signature) != 64 or s >= L:
        return False
    total: tuple[int, ...] = (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        total = added(total, total)
        total = added(total, base) if s >> bit & 1 else total
        total = added(total, (P - key[0], key[1], 1, P - key[3])) if k >> bit & 1 else total
    x, y = (part * pow(total[2], P - 2, P) % P for part in total[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def root_over(value: bytes, leaf: int, size: int, path: list[str]) -> bytes:
    """The root of a tree of this size, by the hash of a leaf and its proof; no hash, where they do not fit (RFC 9162, 2.1.3).
    The last of the proof is the half of the tree in which the leaf is not; the left half is the largest power of two."""
    if size == 1 or not path:
        return value if size == 1 and leaf == 0 and not path else b""
    left = 1 << (size - 1).bit_length() - 1
    if leaf < left:
        return sha256(b"\1" + root_over(value, leaf, left, path[:-1]) + bytes.fromhex(path[-1]))
    return sha256(b"\1" + bytes.fromhex(path[-1]) + root_over(value, leaf - left, size - left, path[:-1]))


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def octets_of(text: str) -> bytes:
    """What base64 stands for; nothing, where it is not base64 in its one form."""
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return octets if base64.b64encode(octets).decode() == text else b""


def json_in(octets: bytes) -> Any:
    """Canonical JSON: names sorted and none twice, no spaces, UTF-8 as it is, whole numbers only. Raises ValueError."""
    try:
        value = json.loads(octets.decode(), parse_float=int, parse_constant=int)  # which refuse 1.5 and NaN
        if json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() != octets:
            raise ValueError("written anew, it has other octets: a name twice or out of order, a space, or another escape")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not canonical JSON ({error})") from None
    return value


def checked(value: Any, kind: str) -> dict[str, Any]:
    """The value, if it is an object with exactly the fields of FIELDS. Raises ValueError."""
    types = dict(field.split(":") for field in FIELDS[kind].split())
    if type(value) is not dict or set(value) != set(types):
        raise ValueError(f"not an object with the fields {', '.join(types)} and no others")
    if any(type(value[name]).__name__ not in wanted.split("/") for name, wanted in types.items()):
        raise ValueError(f"a field is of the wrong type; right are {FIELDS[kind]}")
    return value


def key_in(line: str) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of NAME+KEYID+BASE64(0x01 || public key), see C2SP signed-note. Raises ValueError."""
    name, octets = line.partition("+")[0], octets_of("+".join(line.split("+")[2:]))
    mark = sha256(name.encode() + b"\n" + octets)[:4]
    if re.search(r"^$|\s", name) or not line.startswith(f"{name}+{mark.hex()}+") or octets[:1] != b"\1" or len(octets) != 33:
        raise ValueError("not an Ed25519 key as NAME+KEYID+BASE64, with the id that name and key have")
    return name, mark, octets[1:]


def recipient_in(octets: bytes) -> dict[str, Any]:
    """Who is meant by octets that entries are sealed with: 16 of chance, then a JSON list of name, address, address as compared
    (empty, where it is the same) and outlet; in the first stores, one JSON object with these names. Raises ValueError."""
    value = json_in(octets if octets[:1] + octets[-1:] == b"{}" else octets[16:])
    if type(value) is list and len(value) == 4:
        name, address, compared, outlet = value
        value = dict(name=name, address=address, canonical=compared or address, outlet=outlet, salt=octets[:16].hex())
    return checked(value, "recipient")


class Verification:
    """The steps, over one folder. Each leaves to the later ones what it found; what could not be had stays empty."""

    def __init__(self, folder: Path, given: str | None) -> None:
        self.folder, self.given, self.faults = folder, given, 0
        self.files: dict[str, tuple[Path, str, int]] = {}  # by their path in the bag: where they are, SHA-256, octets
        self.sealed: tuple[int, bytes] | None = None  # size and root of the tree, once a signature holds
        self.entries: dict[int, dict[str, Any]] = {}
        self.about: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)  # entries, by their "delivery:12"
        self.deliveries: dict[int, dict[str, Any]] = {}

    def run(self) -> int:
        for step in (self.bag, self.checkpoint, self.record, self.copies, self.people, self.versions):
            self.tell(step.__doc__ or step.__name__)
            before = self.faults
            try:
                good = step()
            except Exception as error:  # a traceback would tell a reader nothing
                self.fault(f"this step broke off, as the verifier does not know what to make of this: {error!r}.")
            if self.faults == before:
                self.tell(f"   ok: {good}")
        self.tell(f"NOT VERIFIED: {self.faults} faults, see above." if self.faults else "VERIFIED: what was checked holds.")
        print("" if self.faults else (__doc__ or "").split("\n\n")[-1])
        return 1 if self.faults else 0

    def tell(self, text: str) -> None:
        print(re.sub("[^ -~]", lambda sign: ascii(sign[0])[1:-1], text))  # what could steer a screen is written as numbers

    def fault(self, text: str) -> None:
        self.faults += 1
        self.tell(f"   FAULT: {text}")

    def read(self, name: str) -> bytes:
        """A file of the bag; where there is none, a fault, and nothing."""
        if name not in self.files:
            self.fault(f"{name} is not there, so nothing could be checked by it.")
            return b""
        return self.files[name][0].read_bytes()

    def lines(self, name: str) -> list[tuple[str, bytes]]:
        """The lines of a file, each with words that say where it stands."""
        lines = self.read(name).split(b"\n")
        if lines.pop():
            self.fault(f"{name}, line {len(lines) + 1}, the last one, has no end.")
        return [(f"{name}, line {number + 1}", line) for number, line in enumerate(lines)]

    def objects(self, name: str, by: str, order: str = "") -> dict[int, tuple[str, bytes, dict[str, Any]]]:
        """The lines of a file that are right JSON, by a number that none has twice; the field `order` rises line by line."""
        found: dict[int, tuple[str, bytes, dict[str, Any]]] = {}
        for where, line in self.lines(name):
            try:
                value = checked(json_in(line), name)
            except ValueError as error:
                self.fault(f"{where}: {error}.")
                continue
            if value[by] in found:
                self.fault(f"{where}: {by} {value[by]} stands twice.")
            elif order and found and value[order] <= found[next(reversed(found))][2][order]:
                self.fault(f"{where}: {order} {value[order]} does not come after that of the line before.")
            found.setdefault(value[by], (where, line, value))
        return found

    def bag(self) -> str:
        """1. The bag"""
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                self.fault(f"{name} is neither a file nor a folder.")
            elif path.is_file():
                try:
                    self.files[name] = path, sha256(path.read_bytes()).hex(), path.stat().st_size
                except OSError as error:
                    self.fault(f"{name} cannot be read ({error.strerror}).")
        if self.read("bagit.txt") != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
            self.fault("bagit.txt does not declare BagIt 1.0 and UTF-8, in two lines and nothing else.")
        payload = {name for name in self.files if name.startswith("data/")}
        self.manifest(MANIFEST, payload)
        self.manifest(TAGS, set(self.files) - payload - {TAGS} | {"README.txt", "verify.py"})
        oxum = b"Payload-Oxum: %d.%d" % (sum(self.files[name][2] for name in payload), len(payload))
        if [line for _, line in self.lines("bag-info.txt") if line.lower().startswith(b"payload-oxum")] != [oxum]:
            self.fault(f"bag-info.txt does not say once what is there, octets and files: {oxum.decode()}.")
        loose = sorted(n for n in payload - {CHECKPOINT, KEY, *FIELDS} if not n.startswith(("data/copies/", "data/versions/")))
        self.tell(f"   note: nothing but the manifest, which is not signed, speaks for these: {', '.join(loose) or 'none'}")
        return f"{len(self.files)} files, each with the SHA-256 that the manifests list; none is missing, none was added"

    def manifest(self, manifest: str, expected: set[str]) -> None:
        listed = set()
        for where, line in self.lines(manifest):
            digest, _, name = line.decode("utf-8", "replace").partition("  ")
            if not re.fullmatch("[0-9a-f]{64}", digest):
                self.fault(f"{where}: not a SHA-256 in hex, two spaces and a path.")
            elif {"", ".", ".."} & set(name.split("/")) or "\\" in name or ":" in name:
                self.fault(f"{where}: the path {name} could lead outside the bag.")
            elif name in listed or (name in self.files and name not in expected):
                self.fault(f"{where}: {name} is listed twice, or does not belong in this manifest.")
            elif name not in self.files:
                self.fault(f"{where}: {name} is listed, but not there.")
            elif self.files[name][1] != digest:
                self.fault(f"{name} has not the SHA-256 that {where}, lists: one of the two was changed.")
            listed.add(name)
        for name in sorted(expected - listed):
            self.fault(f"{manifest} does not list {name}.")

    def checkpoint(self) -> str:
        """2. The checkpoint (C2SP tlog-checkpoint, a signed note)"""
        keys: list[tuple[str, bytes, bytes]] = []
        given, signers, before = keys[:], keys[:], self.faults
        texts = [(keys, where, line.decode("utf-8", "replace")) for where, line in self.lines(KEY)]
        for into, where, text in texts + [(given, "--key", line) for line in (self.given or "").split()]:
            try:
                into.append(key_in(text))
            except ValueError as error:
                self.fault(f"{where}: {error}.")
        form = "((.+)\n([1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n)\n((?:\u2014 [^ \n]+ [A-Za-z0-9+/]+=*\n)+)"
        note = re.fullmatch(form, self.read(CHECKPOINT).decode("utf-8", "replace"))
        if note is None:
            self.fault(f"{CHECKPOINT}: not lines of origin, size, root, nothing, and signatures: long dash, name, base64.")
            return ""
        for number, line in enumerate(note[5].split("\n")[:-1]):
            where, name, octets = f"{CHECKPOINT}, line {number + 5}", line.split(" ")[1], octets_of(line.split(" ")[2])
            signing = [key for key in keys if key[:2] == (name, octets[:4])]
            holding = [key for key in signing if signature_holds(key[2], note[1].encode(), octets[4:])]
            signers += holding
            if not signing:
                self.tell(f"   note: {where}: signed with a key of {name} that is not in {KEY}; not checked")
            elif not holding:
                self.fault(f"{where}: the signature of {name} does not hold: checkpoint, signature or key was changed.")
        if note[2] not in [key[0] for key in signers]:
            self.fault(f"{CHECKPOINT}: no signature with a key of {note[2]} in {KEY} holds.")
        elif self.given is not None and not set(given) & set(signers):
            self.fault(f"{CHECKPOINT}: it is not signed with a key that was given with --key.")
        elif self.faults == before:
            self.sealed = int(note[3]), octets_of(note[4])
        for name, mark, public in keys:
            word = "it is one given with --key" if (name, mark, public) in given else "COMPARE it with one got another way"
            self.tell(f"   note: the key {name}+{mark.hex()}, with the SHA-256 {sha256(public).hex()}: {word}")
        return f"{note[2]} signed that its record had {note[3]} entries, under the root {octets_of(note[4]).hex()}"

    def record(self) -> str:
        """3. The entries"""
        proofs, leaf, none = self.objects(PROOFS, "entry", "leaf"), -1, ("", b"", {"leaf": -1, "proof": []})
        for number, (where, line, entry) in self.objects(ENTRIES, "entry").items():
            self.entries[number] = entry
            at, _, proof = proofs.pop(number, none)
            hexes = [one for one in proof["proof"] if type(one) is str and re.fullmatch("[0-9a-f]{64}", one)]
            if not at or hexes != proof["proof"]:
                self.fault(f"{at or where} (entry {number}): {PROOFS} has no list of SHA-256 in hex as its proof.")
            elif self.sealed and root_over(sha256(b"\0" + line), proof["leaf"], self.sealed[0], hexes) != self.sealed[1]:
                self.fault(f"{where} (entry {number}): by {at}, it is not leaf {proof['leaf']} of the record: one was changed.")
            elif proof["leaf"] <= leaf:
                self.fault(f"{where} (entry {number}): in the record it stands before an entry that stands before it here.")
            leaf = max(leaf, proof["leaf"])
        for number, (where, _, _) in proofs.items():
            self.fault(f"{where}: a proof of entry {number}, which is not in {ENTRIES}.")
        if not self.entries:
            self.fault(f"{ENTRIES} has no entry that could be read, so this bag proves nothing.")
        if self.sealed is None:
            self.tell("   skipped: whether the entries are in the record, as the checkpoint does not hold")
        for kind, count in sorted(collections.Counter(entry["kind"] for entry in self.entries.values()).items()):
            self.tell(f"   note: {count} x {kind}")
        return f"{len(self.entries)} entries" + (", each at its place in the record, none twice" if self.sealed else "")

    def copies(self) -> str:
        """4. The copies"""
        self.deliveries = {number: value for number, (_, _, value) in self.objects(DELIVERIES, "delivery", "delivery").items()}
        for entry in self.entries.values():
            if entry["kind"].startswith("delivery."):
                self.about[entry["subject"]].append(entry)
        for subject in sorted(set(self.about) - {f"delivery:{number}" for number in self.deliveries}):
            self.fault(f"entry {self.about[subject][0]['entry']} is about {subject}, which is not in {DELIVERIES}.")
        named = {delivery["copy"] for delivery in self.deliveries.values()}
        for number, delivery in self.deliveries.items():
            where, name = f"{DELIVERIES}, delivery {number}", f"data/copies/{number}.eml"
            entries = self.about[f"delivery:{number}"]
            hashes = {str(entry["payload"]["sha256"]) for entry in entries if "sha256" in entry["payload"]}
            hashes = {octets_of(digest + "=").hex() or digest for digest in hashes}  # in the first stores they are in hex
            if hashes != {delivery["sha256"]} - {None}:
                self.fault(f"{where}: its sha256 is not what entries name, which is {' and '.join(hashes) or 'nothing'}.")
            if any(entry["payload"].get("wave") != delivery["wave"] for entry in entries):
                self.fault(f"{where}: its wave is not the one that entries name.")
            # what was accepted stays so, unless it is sent again on purpose; other states are not derived from entries alone
            taken = [n for n, e in enumerate(entries) if "accepted" in (e["kind"][9:], e["payload"].get("to"))]
            again = [n for n, e in enumerate(entries) if e["kind"] == "delivery.resend"]
            if (delivery["state"] == "accepted") != bool(taken) and again[-1:] <= taken[-1:]:
                self.fault(f"{where}: its state is {delivery['state']}, but entries say {'' if taken else 'not '}accepted.")
            if delivery["copy"] is None and hashes and delivery["recipient"]:
                self.fault(f"{where}: its copy is not shown, though its recipient is.")
            elif delivery["copy"] is not None and (delivery["copy"] != name[5:] or name not in self.files):
                self.fault(f"{where}: its copy, which must be {name}, is not there.")
            elif delivery["copy"] is not None:
                if self.files[name][1] not in hashes:
                    self.fault(f"{name} is not the copy that entries about delivery {number} name: its SHA-256 is another.")
                message_ids = re.findall(rb"(?im)^message-id:\s*(\S+)", self.read(name).partition(b"\r\n\r\n")[0])
                if message_ids != [str(delivery["message_id"]).encode()]:
                    self.fault(f"{where}: its message_id is not the Message-ID of {name}.")
        for name in sorted(name for name in self.files if name.startswith("data/copies/") and name[5:] not in named):
            self.fault(f"{name} belongs to no delivery, so no entry speaks of it.")
        return f"{len(named - {None})} copies of {len(self.deliveries)} deliveries, each the one that entries name"

    def people(self) -> str:
        """5. Recipients and replies"""
        held: dict[int, int] = collections.Counter()
        for number, delivery in self.deliveries.items():
            where, entries = f"{DELIVERIES}, delivery {number}", self.about[f"delivery:{number}"]
            octets = octets_of(delivery["recipient_octets"] or "")
            try:
                says = None if delivery["recipient_octets"] is None else recipient_in(octets)
                replies = {checked(one, "attempt")["entry"]: one["reply"] for one in delivery["attempts"]}
            except ValueError as error:
                self.fault(f"{where}: {error}.")
                continue
            if delivery["recipient"] != says:
                self.fault(f"{where}: its recipient is not the one that its recipient_octets speak of.")
            if [e["entry"] for e in entries if e["entry"] in replies] != [one["entry"] for one in delivery["attempts"]]:
                self.fault(f"{where}: its attempts are not entries about it, each once and in their order.")
            for entry in entries:
                seal, reply = entry["payload"].get("sealed"), replies.get(entry["entry"])
                if reply is None and seal and says:
                    self.fault(f"{where}: entry {entry['entry']} is sealed with a reply that its attempts do not show.")
                elif reply is not None and not (seal and says):
                    self.fault(f"{where}: nothing that is shown proves its reply in entry {entry['entry']}.")
                elif reply is not None and octets_of(f"{seal}=") != sha256(sha256(octets) + reply.encode()):
                    self.fault(f"{where}: entry {entry['entry']} is not sealed with this recipient and this reply.")
                held[number] += reply is not None
        erased = [str(number) for number, delivery in self.deliveries.items() if delivery["recipient"] is None]
        unproven = [str(number) for number in self.deliveries if not held[number] and str(number) not in erased]
        self.tell(f"   note: erased or disposed of (or damaged) are recipients of deliveries: {', '.join(erased) or 'none'}")
        self.tell(f"   note: shown, but sealed in no entry here, are those of deliveries: {', '.join(unproven) or 'none'}")
        return f"{sum(held.values())} entries are sealed with the recipients and replies that are shown"

    def versions(self) -> str:
        """6. Texts of releases"""
        texts = {name: self.files[name][1] for name in sorted(self.files) if name.startswith("data/versions/")}
        for name, digest in texts.items():
            if name != f"data/versions/{digest}.json":
                self.fault(f"{name}: its name is not its SHA-256, {digest}, and .json.")
        named = {str(entry["payload"]["version"]) for entry in self.entries.values() if "version" in entry["payload"]}
        for version in sorted(named ^ set(texts.values())):
            word = "named by an entry, but not in the bag" if version in named else "in the bag, but no entry here names it"
            self.tell(f"   note: not matched: {version}, {word}")
        return f"{len(named & set(texts.values()))} of {len(named)} texts that entries name are in the bag, with this SHA-256"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an evidence bag; all about it stands at the top of this file.")
    parser.add_argument("bag", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="its top folder")
    parser.add_argument("--key", metavar="FILE_OR_TEXT", help="the office's key, got another way than the bag")
    given = parser.parse_args(arguments)
    key = Path(given.key).read_text("utf-8", "replace") if given.key and os.path.isfile(given.key) else given.key
    return Verification(given.bag, key).run()


if __name__ == "__main__":
    sys.exit(main())
