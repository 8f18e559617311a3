"""Verify an evidence bag without us: python3 verify.py [BAG] [--key FILE_OR_TEXT], with Python 3.8 or later and nothing else.

It looks at the folder it lies in, or at the one named, writes nothing, ends with 0 if all holds, else with 1. It checks that
 1. the bag is whole: its files are those that its manifests list, none more, none less, none changed (RFC 8493);
 2. the checkpoint, the head of the office's record at one moment, is signed with the office's key (Ed25519, RFC 8032);
 3. each entry stands in the record under that checkpoint, at its place (a Merkle tree of SHA-256, RFC 9162);
 4. each copy is, octet by octet, the one that entries name by SHA-256; each recipient and reply, the one they are sealed with;
 5. each text of a release has the SHA-256 by which entries name it;
 6. each time-stamp (RFC 3161) is for a head of the same record, signed alike, out of which the checkpoint grew (RFC 9162).
Whose key it is no file can say of itself: whoever wants to rely on it compares data/key.txt with one got another way, or gives
that with --key. As this program lies in the bag that it judges, whoever doubts it runs one got another way, and names the bag.

What this proves: the holder of the key recorded these entries, in this order, before signing the checkpoint; and neither they,
nor the copies, recipients, replies and texts that were held against them, were changed since. A reply is what the receiving
server answered, as the office recorded it. What stands under a time-stamp was there by its hour, if OpenSSL says it is signed.
What it does not prove: that a person read a message; that the office's clock was right; that what the office recorded is true;
that nothing was left out of this bag, or out of the record, but for comparing it with another checkpoint. What no entry names
by its hash is the office's word: .csv, .pdf and .mbox files, and the state of a delivery, which was only held against entries.
"""

from __future__ import annotations

import argparse
import base64
import collections
import json
import os
import re
import sys
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

CHECKPOINT, KEY, MANIFEST, TAGS = "data/checkpoint.txt", "data/key.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
ENTRIES, PROOFS, DELIVERIES = "data/entries.jsonl", "data/proofs.jsonl", "data/deliveries.jsonl"
ANCHOR = r"data/anchors/([1-9][0-9]{0,17})\.(?:txt|tsr|json)"  # a head by its size, its time-stamp, and what leads on from it
FIELDS = {  # and their types
    ENTRIES: "actor:str at:str entry:int kind:str payload:dict subject:str",
    PROOFS: "entry:int leaf:int proof:list",
    DELIVERIES: "delivery:int wave:int recipient:dict/NoneType recipient_octets:str/NoneType copy:str/NoneType "
    "sha256:str/NoneType state:str message_id:str/NoneType attempts:list",
    "attempt": "entry:int reply:str/NoneType",
    "recipient": "salt:str name:str address:str canonical:str outlet:str",
    "consistency": "proof:list",
}
Head = collections.namedtuple("Head", "origin size root signers")
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519: the field, and the order of the base point
D = -121665 * pow(121666, P - 2, P) % P  # the constant of the curve (RFC 8032, 5.1)


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
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % L
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


def root_over(value: bytes, leaf: int, size: int, path: list[str], last: bool = False) -> bytes:
    """The root of a tree of this size, by the hash of a leaf and its proof; no hash, where they do not fit (RFC 9162, 2.1.3).
    It ends with the half without the leaf; the left half is the largest power of two. `last`: as when no leaf followed yet."""
    if size == 1 or not path:
        return value if size == 1 and leaf == 0 and not path else b""
    left, half = 1 << (size - 1).bit_length() - 1, bytes.fromhex(path[-1])
    if leaf >= left:
        return sha256(b"\1" + half + root_over(value, leaf - left, size - left, path[:-1], last)).digest()
    below = root_over(value, leaf, left, path[:-1], last)
    return below if last else sha256(b"\1" + below + half).digest()


def grown_root(root: bytes, old: int, size: int, path: list[str]) -> bytes:
    """The root of a tree of this size that grew out of one of `old` leaves, by the proof of consistency; no hash, where they do
    not fit (RFC 9162, 2.1.4). The proof begins at the old tree's last whole part, and takes parts of that size for leaves; if
    that part is all of the old tree, its hash is `root`, and left out."""
    unit = old if old == size else old & -old
    first, *rest = [root.hex()] * (unit == old) + path or [""]
    place = bytes.fromhex(first), old // unit - 1, -(-size // unit), rest
    return root_over(*place) if old <= size and root_over(*place, True) == root else b""


def stamp_in(octets: bytes) -> tuple[str, str]:
    """The hour, and the SHA-256 that was stamped, in hex, of a TimeStampResp (RFC 3161, 2.4.2). Raises ValueError."""

    def inside(octets: bytes, path: str) -> bytes:
        """The content of a value in DER, or nothing: by the tags of those entered, and _ for each passed over."""
        for step in path.split():
            start = 2 + max(0, int.from_bytes(octets[1:2], "big") - 128)  # above 128 is how long the length is
            end = start + int.from_bytes(octets[2:start] or octets[1:2], "big")
            # a length that is left open (80) could be read in two ways, and OpenSSL find another value than we
            right = octets[1:2] not in (b"", b"\x80") and len(octets) >= end and step in ("_", octets[:1].hex())
            octets = b"" if not right else octets[end:] if step == "_" else octets[start:end]
        return octets

    signed = "30 _ 30 _ a0 30 _ _ 30"  # where the token has what the authority signs
    info = inside(octets, f"{signed} _ a0 04 30")
    names = [inside(octets, "30 30 02"), inside(octets, f"{signed} 06"), inside(info, "_ _ 30 30 06")]
    hour = re.fullmatch(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d+)?)Z", inside(info, "_ _ _ _ 18"))
    if not hour or [name.hex() for name in names] != ["00", "2a864886f70d0109100104", "608648016503040201"]:
        raise ValueError("it is no time-stamp that an authority granted, over a SHA-256, with an hour in UTC")
    return "{}-{}-{} {}:{}:{} UTC".format(*map(bytes.decode, hour.groups())), inside(info, "_ _ 30 _ 04").hex()


def octets_of(text: str) -> bytes:
    """What base64 stands for; nothing, where it is not base64 in its one form."""
    octets = base64.b64decode(text) if re.fullmatch("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?", text) else b""
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
    """The value, or that of octets of JSON, if it is an object with exactly the fields of FIELDS. Raises ValueError."""
    value, want = json_in(value) if type(value) is bytes else value, dict(one.split(":") for one in FIELDS[kind].split())
    if type(value) is not dict or {*value} != {*want} or any(type(value[n]).__name__ not in want[n].split("/") for n in want):
        raise ValueError(f"not an object with the fields {FIELDS[kind]}, of these types, and no others")
    if not all(type(one) is str and re.fullmatch("[0-9a-f]{64}", one) for one in value.get("proof", [])):
        raise ValueError("its proof is no list of SHA-256 in hex")
    return dict(value)


def key_in(line: str) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of NAME+KEYID+BASE64(0x01 || public key), see C2SP signed-note. Raises ValueError."""
    name, octets = line.partition("+")[0], octets_of("+".join(line.split("+")[2:]))
    mark = sha256(name.encode() + b"\n" + octets).digest()[:4]
    if re.search(r"^$|\s", name) or not line.startswith(f"{name}+{mark.hex()}+") or octets[:1] != b"\1" or len(octets) != 33:
        raise ValueError("not an Ed25519 key as NAME+KEYID+BASE64, with the id that name and key have")
    return name, mark, octets[1:]


def recipient_in(octets: bytes) -> dict[str, Any]:
    """Who is meant by octets that entries are sealed with: 16 of chance, then a JSON list of name, address, address as compared
    (empty, where it is the same) and outlet, for a notice also the Message-ID of the copy that they hold and when it was sent;
    in the first stores, one JSON object with these names. Raises ValueError."""
    value = json_in(octets if octets[:1] + octets[-1:] == b"{}" else octets[16:])
    if type(value) is list and len(value) in (4, 6):
        name, address, compared, outlet = value[:4]
        value = dict(name=name, address=address, canonical=compared or address, outlet=outlet, salt=octets[:16].hex())
    return checked(value, "recipient")


class Verification:
    """The steps, over one folder. Each leaves to the later ones what it found; what could not be had stays empty."""

    def __init__(self, folder: Path, given: str | None) -> None:
        self.folder, self.given, self.faults = folder, given, 0
        self.files: dict[str, tuple[Path, str, int]] = {}  # by their path in the bag: where they are, SHA-256, octets
        self.keys: list[tuple[str, bytes, bytes]] = []  # those of data/key.txt
        self.sealed: Head | None = None  # the checkpoint, once a signature holds
        self.entries: dict[int, dict[str, Any]] = {}
        self.leaves: list[int] = []  # where in the record those entries stand that are proven

    def run(self) -> int:
        for step in (self.bag, self.checkpoint, self.record, self.deliveries, self.versions, self.stamps):
            self.tell(step.__doc__ or step.__name__)
            before, good = self.faults, self.got("this step broke off", step, error=Exception)  # whom would a traceback help?
            if self.faults == before:
                self.tell(f"   ok: {good}")
        self.tell(f"NOT VERIFIED: {self.faults} faults, see above." if self.faults else "VERIFIED: what was checked holds.")
        print("" if self.faults else (__doc__ or "").split("\n\n")[-1])
        return 1 if self.faults else 0

    def tell(self, text: str) -> None:
        print(re.sub("[^ -~]", lambda sign: ascii(sign[0])[1:-1], text))  # what could steer a screen is written as numbers

    def must(self, holds: object, text: str) -> bool:
        """Whether it holds; where it does not, that is a fault, and the text says which."""
        if not holds:
            self.faults += 1
            self.tell(f"   FAULT: {text}.")
        return bool(holds)

    def got(self, where: str, take: Any, *given: Any, error: type[Exception] = ValueError) -> Any:
        """What is made of the given; where that raises the error, a fault, and nothing."""
        try:
            return take(*given)
        except error as wrong:
            return self.must(False, f"{where}: {wrong}") or None

    def read(self, name: str) -> bytes:
        """A file of the bag; where there is none, a fault, and nothing."""
        return self.files[name][0].read_bytes() if self.must(name in self.files, f"{name} is not there") else b""

    def lines(self, name: str) -> list[tuple[str, bytes]]:
        """The lines of a file, each with words that say where it stands."""
        lines = self.read(name).split(b"\n")
        self.must(not lines.pop(), f"{name}, line {len(lines) + 1}, the last one, has no end")
        return [(f"{name}, line {number + 1}", line) for number, line in enumerate(lines)]

    def objects(self, name: str, by: str, order: str = "") -> dict[int, tuple[str, bytes, dict[str, Any]]]:
        """The lines of a file that are right JSON, by a number that none has twice; the field `order` rises line by line."""
        found: dict[int, tuple[str, bytes, dict[str, Any]]] = {}
        for where, line in self.lines(name):
            value = self.got(where, checked, line, name)
            if value and self.must(value[by] not in found, f"{where}: {by} {value[by]} stands twice"):
                rises = not order or not found or value[order] > found[next(reversed(found))][2][order]
                self.must(rises, f"{where}: {order} {value.get(order)} does not come after that of the line before")
                found[value[by]] = where, line, value
        return found

    def bag(self) -> str:
        """1. The bag"""
        for path in sorted(path for path in self.folder.rglob("*") if path.is_symlink() or not path.is_dir()):
            name, plain = path.relative_to(self.folder).as_posix(), path.is_file() and not path.is_symlink()
            octets = self.got(f"{name} cannot be read", path.read_bytes, error=OSError) if plain else None
            if self.must(plain, f"{name} is neither a file nor a folder") and octets is not None:
                self.files[name] = path, sha256(octets).hexdigest(), len(octets)
        declared = self.read("bagit.txt") == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        self.must(declared, "bagit.txt does not declare BagIt 1.0 and UTF-8, in two lines and nothing else")
        payload = {name for name in self.files if name.startswith("data/")}
        for manifest, expected in ((MANIFEST, payload), (TAGS, {*self.files} - payload - {TAGS} | {"README.txt", "verify.py"})):
            unlisted = {f"{self.files[n][1]}  {n}" if n in self.files else f"\n{n}": n for n in sorted(expected)}
            for where, line in self.lines(manifest):
                text = line.decode("utf-8", "replace")  # a path in it is compared, and not followed
                self.must(unlisted.pop(text, ""), f"{where}: not the SHA-256 and path of a file that is here, once: {text}")
            self.must(not unlisted, f"{manifest} does not list, with the SHA-256 they have: {', '.join(unlisted.values())}")
        oxum = b"Payload-Oxum: %d.%d" % (sum(self.files[name][2] for name in payload), len(payload))
        said = [line for _, line in self.lines("bag-info.txt") if line.lower().startswith(b"payload-oxum")]
        self.must(said == [oxum], f"bag-info.txt does not say once what is there, octets and files: {oxum.decode()}")
        proven = f"data/(copies|versions)/.*|{ANCHOR}"
        loose = sorted(n for n in payload - {CHECKPOINT, KEY, *FIELDS} if not re.fullmatch(proven, n))
        self.tell(f"   note: nothing but the manifest, which is not signed, speaks for these: {', '.join(loose) or 'none'}")
        return f"{len(self.files)} files, each with the SHA-256 that the manifests list; none is missing, none was added"

    def checkpoint(self) -> str:
        """2. The checkpoint (C2SP tlog-checkpoint, a signed note)"""
        before, given = self.faults, [self.got("--key", key_in, line) for line in (self.given or "").split()]
        self.keys = [*filter(None, (self.got(at, key_in, line.decode("utf-8", "replace")) for at, line in self.lines(KEY)))]
        head = self.head(CHECKPOINT)
        trusted = self.given is None or not head or {*given} & {*head.signers}
        self.must(trusted, f"{CHECKPOINT}: it is not signed with a key that was given with --key")
        for name, mark, public in self.keys:
            word = "it is one given with --key" if (name, mark, public) in given else "COMPARE it with one got another way"
            self.tell(f"   note: the key {name}+{mark.hex()}, with the SHA-256 {sha256(public).hexdigest()}: {word}")
        self.sealed = head if self.faults == before else None
        if self.sealed is None:
            self.tell("   skipped: whether entries and time-stamped heads are in the record, as the checkpoint does not hold")
        return f"{head.origin} signed that its record had {head.size} entries, under the root {head.root.hex()}" if head else ""

    def head(self, file: str) -> Head | None:
        """A signed head, with the keys of data/key.txt whose signatures hold; nothing, where none of them is of its origin."""
        form = "((.+)\n([1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n)\n((?:\u2014 [^ \n]+ [A-Za-z0-9+/]+=*\n)+)"
        note: Any = re.fullmatch(form, self.read(file).decode("utf-8", "replace"))
        signers: list[tuple[str, bytes, bytes]] = []
        self.must(note, f"{file}: not lines of origin, size, root, nothing, and signatures: long dash, name, base64")
        for number, line in enumerate(note[5].split("\n")[:-1] if note else ()):
            where, name, octets = f"{file}, line {number + 5}", line.split(" ")[1], octets_of(line.split(" ")[2])
            signing = [key for key in self.keys if key[:2] == (name, octets[:4])]
            holding = [key for key in signing if signature_holds(key[2], note[1].encode(), octets[4:])]
            signers += holding
            self.must(holding or not signing, f"{where}: the signature of {name} does not hold: it, key or text was changed")
            if not signing:
                self.tell(f"   note: {where}: signed with a key of {name} that is not in {KEY}; not checked")
        named = note and self.must(note[2] in [k[0] for k in signers], f"{file}: no signature with a key of {note[2]} holds")
        return Head(note[2], int(note[3]), octets_of(note[4]), signers) if named else None

    def record(self) -> str:
        """3. The entries"""
        proofs, last, head = self.objects(PROOFS, "entry", "leaf"), -1, self.sealed
        for number, (at, line, entry) in self.objects(ENTRIES, "entry").items():
            by, _, proof = proofs.pop(number, ("", b"", {"leaf": -1, "proof": []}))
            self.entries[number], where, leaf = entry, f"{at} (entry {number})", proof["leaf"]
            right = not head or root_over(sha256(b"\0" + line).digest(), leaf, head.size, proof["proof"]) == head.root
            if self.must(by, f"{where}: {PROOFS} has no proof of it"):
                self.must(right, f"{where}: by {by}, it is not leaf {leaf} of the record: one was changed")
                self.must(leaf > last, f"{where}: in the record it stands before an entry that stands before it here")
            self.leaves += [leaf] if head and right else []
            last = max(last, leaf)
        self.must(not proofs, f"{PROOFS} has proofs of entries that are not in {ENTRIES}: {', '.join(map(str, proofs))}")
        self.must(self.entries, f"{ENTRIES} has no entry that could be read, so this bag proves nothing")
        for kind, count in sorted(collections.Counter(entry["kind"] for entry in self.entries.values()).items()):
            self.tell(f"   note: {count} x {kind}")
        return f"{len(self.entries)} entries" + (", each at its place in the record, none twice" if head else "")

    def deliveries(self) -> str:
        """4. Deliveries: copies, recipients and replies"""
        about, copies, erased, unproven, held = collections.defaultdict(list), set(), [], [], 0
        for entry in self.entries.values():
            if entry["kind"].startswith("delivery."):
                about[entry["subject"]].append(entry)
        for number, (_, _, d) in self.objects(DELIVERIES, "delivery", "delivery").items():
            where, name, copy = f"{DELIVERIES}, delivery {number}", f"data/copies/{number}.eml", d["copy"]
            entries = about.pop(f"delivery:{number}", [])
            hashes = {str(e["payload"]["sha256"]) for e in entries if "sha256" in e["payload"]}
            hashes = {octets_of(digest + "=").hex() or digest for digest in hashes}  # in the first stores they are in hex
            self.must(hashes == {d["sha256"]} - {None}, f"{where}: its sha256 is not what entries name, {hashes or 'none'}")
            self.must(all(e["payload"].get("wave") == d["wave"] for e in entries), f"{where}: its wave is not in its entries")
            # what was accepted stays so, unless it is sent again on purpose; other states are not derived from entries alone
            taken = [n for n, e in enumerate(entries) if "accepted" in (e["kind"][9:], e["payload"].get("to"))]
            again = [n for n, e in enumerate(entries) if e["kind"] == "delivery.resend"]
            right = (d["state"] == "accepted") == bool(taken) or again[-1:] > taken[-1:]
            self.must(right, f"{where}: its state is {d['state']}, but entries say {'' if taken else 'not '}accepted")
            if copy is None:
                self.must(not hashes or not d["recipient"], f"{where}: its copy is not shown, though its recipient is")
            elif self.must(copy == name[5:] and name in self.files, f"{where}: its copy, which must be {name}, is not there"):
                copies.add(name)
                self.must(self.files[name][1] in hashes, f"{name} is not the copy that entries about delivery {number} name")
                ids = re.findall(rb"(?im)^message-id:\s*(\S+)", self.read(name).partition(b"\r\n\r\n")[0])
                self.must(ids == [str(d["message_id"]).encode()], f"{where}: its message_id is not the Message-ID of {name}")
            octets = octets_of(d["recipient_octets"] or "")
            says = None if d["recipient_octets"] is None else self.got(where, recipient_in, octets)
            self.must(says == d["recipient"], f"{where}: its recipient is not the one that its recipient_octets speak of")
            attempts = [self.got(where, checked, one, "attempt") or {"entry": None, "reply": None} for one in d["attempts"]]
            replies = {one["entry"]: one["reply"] for one in attempts}
            right = [e["entry"] for e in entries if e["entry"] in replies] == [one["entry"] for one in attempts]
            self.must(right, f"{where}: its attempts are not entries about it, each once and in their order")
            for entry in entries:
                seal, reply = entry["payload"].get("sealed"), replies.get(entry["entry"])
                if reply is None:
                    self.must(not seal or not says, f"{where}: entry {entry['entry']} is sealed with a reply that is not shown")
                elif self.must(seal and says, f"{where}: nothing that is shown proves its reply in entry {entry['entry']}"):
                    right = octets_of(f"{seal}=") == sha256(sha256(octets).digest() + reply.encode()).digest()
                    self.must(right, f"{where}: entry {entry['entry']} is not sealed with this recipient and this reply")
                    held += 1
            erased += [str(number)] if d["recipient"] is None else []
            unproven += [str(number)] if d["recipient"] and {*replies.values()} <= {None} else []
        self.must(not about, f"{DELIVERIES} does not have what entries are about: {', '.join(about)}")
        for name in sorted(name for name in self.files if name.startswith("data/copies/") and name not in copies):
            self.must(False, f"{name} belongs to no delivery, so no entry speaks of it")
        self.tell(f"   note: erased or disposed of (or damaged) are recipients of deliveries: {', '.join(erased) or 'none'}")
        self.tell(f"   note: shown, but sealed in no entry here, are those of deliveries: {', '.join(unproven) or 'none'}")
        return f"{len(copies)} copies are those that entries name; {held} entries are sealed with recipients and replies shown"

    def versions(self) -> str:
        """5. Texts of releases"""
        texts = {name: self.files[name][1] for name in sorted(self.files) if name.startswith("data/versions/")}
        for name, digest in texts.items():
            self.must(name == f"data/versions/{digest}.json", f"{name}: its name is not its SHA-256, {digest}, and .json")
        named = {str(entry["payload"]["version"]) for entry in self.entries.values() if "version" in entry["payload"]}
        self.tell(f"   note: named by entries, but not in the bag: {', '.join(sorted(named - {*texts.values()})) or 'none'}")
        self.tell(f"   note: in the bag, but named by no entry: {', '.join(sorted({*texts.values()} - named)) or 'none'}")
        return f"{len(named & set(texts.values()))} of {len(named)} texts that entries name are in the bag, with this SHA-256"

    def stamps(self) -> str:
        """6. Time-stamps (RFC 3161)"""
        sizes = sorted({int(found[1]) for found in (re.fullmatch(ANCHOR, name) for name in self.files) if found})
        for size in sizes:
            note, token, proof = (f"data/anchors/{size}.{ending}" for ending in ("txt", "tsr", "json"))
            head, stamp = self.head(note), self.got(token, stamp_in, self.read(token))
            grown, to = self.got(proof, checked, self.read(proof), "consistency"), self.sealed
            if head and stamp and grown and to:
                ours = head[:2] == (to.origin, size) and {*head.signers} & {*to.signers}
                grew = grown_root(head.root, size, to.size, grown["proof"]) == to.root
                same = self.must(stamp[1] == self.files[note][1], f"{token} is not for the octets of {note}: one was changed")
                self.must(ours, f"{note} is no head of this record and of that size, signed with a key of the checkpoint")
                self.must(grew, f"by {proof}, the checkpoint of {to.size} entries did not grow out of {note}")
                if same and ours and grew:
                    some = f"the first {sum(leaf < size for leaf in self.leaves)} of the {len(self.entries)} entries here"
                    self.tell(f"   note: {some} were in the record at {stamp[0]}, if OpenSSL says OK to this:")
                    self.tell(f"         openssl ts -verify -data {note} -in {token} -CAfile ROOT.pem")
        some = "without that no hour is proven. ROOT.pem is got from the authority; once it has run out, add -attime SECONDS"
        self.tell(f"   note: {some if sizes else 'there are none, so for all hours there is only the word of the office'}")
        return f"{len(sizes)} time-stamps" + (", each for a head out of which the checkpoint grew" if self.sealed else "")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an evidence bag; all about it stands at the top of this file.")
    parser.add_argument("bag", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="its top folder")
    parser.add_argument("--key", metavar="FILE_OR_TEXT", help="the office's key, got another way than the bag")
    given = parser.parse_args(arguments)
    key = Path(given.key).read_text("utf-8", "replace") if given.key and os.path.isfile(given.key) else given.key
    return Verification(given.bag, key).run()


if __name__ == "__main__":
    sys.exit(main())
