"""The verifier that goes into every evidence bag: a good bag passes, and whatever was done to one is found and named.

The bags are made here by a Merkle tree and signatures that the verifier does not know, over entries as the mailer writes them.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from distro.archive import merkle, verify
from distro.archive.ledger import canonical
from distro.dispatch.attempts import Told, seal_of
from distro.dispatch.recipient import Recipient
from tests.authority import unsigned

SOURCE = Path(verify.__file__)
ORIGIN = "press.example.org/ledger"
ENTRIES, PROOFS, DELIVERIES = "data/entries.jsonl", "data/proofs.jsonl", "data/deliveries.jsonl"
CHECKPOINT, KEY = "data/checkpoint.txt", "data/key.txt"
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
OFFICE, ATTACKER = Ed25519PrivateKey.from_private_bytes(b"o" * 32), Ed25519PrivateKey.from_private_bytes(b"a" * 32)

# a Merkle tree by its definition (RFC 9162, 2.1.1, 2.1.3.1 and 2.1.4.1)


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def root_of(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    k = split(len(leaves))
    return sha256(b"\x01" + root_of(leaves[:k]) + root_of(leaves[k:]))


def proof_of(leaf: int, leaves: list[bytes]) -> list[str]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if leaf < k:
        return [*proof_of(leaf, leaves[:k]), root_of(leaves[k:]).hex()]
    return [*proof_of(leaf - k, leaves[k:]), root_of(leaves[:k]).hex()]


def growth_of(old: int, leaves: list[bytes], whole: bool = True) -> list[str]:
    """SUBPROOF: that the tree of the leaves grew out of that of its first `old` ones."""
    if old == len(leaves):
        return [] if whole else [root_of(leaves).hex()]
    k = split(len(leaves))
    if old <= k:
        return [*growth_of(old, leaves[:k], whole), root_of(leaves[k:]).hex()]
    return [*growth_of(old - k, leaves[k:], False), root_of(leaves[:k]).hex()]


# a signed note


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def key_id(key: Ed25519PrivateKey, name: str = ORIGIN) -> bytes:
    return sha256(name.encode() + b"\n\x01" + public(key))[:4]


def key_line(key: Ed25519PrivateKey, name: str = ORIGIN) -> str:
    return "+".join([name, key_id(key, name).hex(), b64encode(b"\x01" + public(key)).decode()])


def signed(leaves: list[bytes], *keys: Ed25519PrivateKey) -> bytes:
    text = f"{ORIGIN}\n{len(leaves)}\n{b64encode(root_of(leaves)).decode()}\n"
    lines = [f"— {ORIGIN} {b64encode(key_id(key) + key.sign(text.encode())).decode()}\n" for key in keys]
    return (text + "\n" + "".join(lines)).encode()


# a bag

PERSON = Recipient("Josefa Inventada", "josefa@daily.example", "josefa@daily.example", "The Daily", b"s" * 16)
SECOND = Recipient("Omar Ñandú", "Omar@Radio.example", "omar@radio.example", "Radio Uno", b"t" * 16)
OLDER = canonical({"name": "Eva", "address": "eva@x.example", "canonical": "eva@x.example", "outlet": "", "salt": "00" * 16})
VERSION = canonical({"slug": "agua", "editions": {"es": {"title": "Más agua"}}}).encode()


def copy(number: int) -> bytes:
    head = f"From: Press <press@example.org>\r\nTo: {number}@x.example\r\nMessage-ID:\r\n <m{number}@press.example.org>\r\n"
    return f"{head}Subject: Water\r\n\r\nMessage-ID: <other@x>\r\nMás agua, {number}.\r\n".encode()


@dataclass
class Bag:
    """Files by their path in the bag. `leaves` are all entries of the record, more than are in the bag."""

    files: dict[str, bytes] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)

    def clone(self) -> Bag:
        return Bag(dict(self.files), list(self.leaves))

    def lines(self, name: str) -> list[bytes]:
        return self.files[name].splitlines(keepends=True)

    def put(self, name: str, lines: list[bytes]) -> None:
        self.files[name] = b"".join(lines)

    def edit(self, name: str, line: int, change: Callable[[Any], object]) -> None:
        """Change one line (counted from 1) of a file of JSON, as somebody would who knows the format."""
        lines = self.lines(name)
        value = json.loads(lines[line - 1])
        change(value)
        lines[line - 1] = canonical(value).encode() + b"\n"
        self.put(name, lines)

    def sealed(self) -> Bag:
        """With Payload-Oxum and manifests that suit what is there."""
        payload = {name: octets for name, octets in self.files.items() if name.startswith("data/")}
        oxum = f"{sum(map(len, payload.values()))}.{len(payload)}"
        self.files["bag-info.txt"] = f"Bagging-Date: 2026-12-01\nPayload-Oxum: {oxum}\n".encode()
        self.files[MANIFEST] = listing(payload)
        self.files[TAGS] = listing({n: o for n, o in self.files.items() if not n.startswith("data/") and n != TAGS})
        return self

    def stamp(self, note: bytes, token: bytes, size: int, proof: list[str] | None = None) -> Bag:
        """With a head that was stamped, and the proof that the record grew out of its first `size` entries."""
        grown = growth_of(size, self.leaves) if proof is None else proof
        name = f"data/anchors/{size}"
        self.files |= {f"{name}.txt": note, f"{name}.tsr": token, f"{name}.json": canonical({"proof": grown}).encode()}
        return self.sealed()

    def write(self, folder: Path) -> Path:
        for name, octets in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(octets)
        return folder


def listing(files: dict[str, bytes]) -> bytes:
    return "".join(f"{sha256(octets).hex()}  {name}\n" for name, octets in sorted(files.items())).encode()


def attempt(person: bytes, reply: str, number: int, wave: int = 1, **told: Any) -> dict[str, object]:
    sealed = seal_of(person, reply.encode()) if reply else ""
    more: dict[str, Any] = {"attempt": 1, "said": reply[:3]} | told
    return Told(phase="dot", permit="lift", **more).payload(wave=wave, digest=sha256(copy(number)), sealed=sealed)


def facts() -> Iterator[tuple[str, str, dict[str, object]]]:
    """What the record says, in its order; what begins with "other" does not go into the bag."""
    hash_of = sha256(VERSION).hex()
    yield "other.first", "contact:1", {}
    yield "release.submit", "release:1", {"slug": "agua", "from": "draft", "to": "submitted", "version": hash_of}
    yield "release.add", "release:1", {"slug": "agua", "version": "e" * 64}
    yield "delivery.accepted", "delivery:1", attempt(PERSON.octets, "250 2.0.0 Ok: queued as 4F", 1)
    yield "delivery.deferred", "delivery:2", attempt(SECOND.octets, "451 4.7.1 Más tarde", 2)
    yield "other.between", "contact:2", {}
    yield "delivery.accepted", "delivery:2", attempt(SECOND.octets, "250 Ok", 2, attempt=2)
    yield "delivery.accepted", "delivery:3", attempt(b"erased", "250 Ok, erased", 3)
    yield "delivery.uncertain", "delivery:4", attempt(b"", "", 4)
    yield "delivery.refused", "delivery:6", attempt(OLDER.encode(), "550 5.1.1 No such user", 6)
    yield "wave.finish", "wave:1", {"release": 1, "counts": {"accepted": 3}}
    yield "other.last", "contact:3", {}


def delivery(number: int, person: bytes | None, state: str, attempts: dict[int, str | None]) -> dict[str, object]:
    """A line of deliveries.jsonl; whoever has attempts has a copy, unless they are erased."""
    shown = None if person is None else verify.recipient_in(person)
    return {
        "delivery": number,
        "wave": 1,
        "recipient": shown,
        "recipient_octets": None if person is None else b64encode(person).decode(),
        "copy": f"copies/{number}.eml" if attempts and person else None,
        "sha256": sha256(copy(number)).hex() if attempts else None,
        "state": state,
        "message_id": f"<m{number}@press.example.org>" if attempts else None,
        "attempts": [{"entry": entry, "reply": reply} for entry, reply in attempts.items()],
    }


def record_of(said: list[tuple[str, str, dict[str, object]]]) -> list[bytes]:
    """Leaves. Numbers of entries have gaps, as those of a database have."""
    at = "2026-12-01T09:00:00.000001Z"
    return [
        canonical({"actor": "robot:mailer", "at": at, "entry": 3 * n + 10, "kind": k, "payload": p, "subject": s}).encode()
        for n, (k, s, p) in enumerate(said)
    ]


def bag_of(leaves: list[bytes], deliveries: list[dict[str, object]], *keys: Ed25519PrivateKey) -> Bag:
    shown = [(n, leaf) for n, leaf in enumerate(leaves) if b'"kind":"other.' not in leaf]
    bag = Bag(leaves=leaves)
    bag.files = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "README.txt": b"Read me.\n",
        "verify.py": SOURCE.read_bytes(),
        CHECKPOINT: signed(leaves, *(keys or (OFFICE,))),
        KEY: "".join(key_line(key) + "\n" for key in keys or (OFFICE,)).encode(),
        ENTRIES: b"".join(leaf + b"\n" for _, leaf in shown),
        DELIVERIES: "".join(canonical(one) + "\n" for one in deliveries).encode(),
        f"data/versions/{sha256(VERSION).hex()}.json": VERSION,
        "data/copies.mbox": b"From press\n\n",
        "data/deliveries.csv": b"delivery,state\n",
        "data/summary.pdf": b"%PDF-1.7\n\xff\x00",
    }
    proofs = ({"entry": 3 * n + 10, "leaf": n, "proof": proof_of(n, leaves)} for n, _ in shown)
    bag.files[PROOFS] = "".join(canonical(proof) + "\n" for proof in proofs).encode()
    for one in deliveries:
        if one["copy"]:
            bag.files[f"data/{one['copy']}"] = copy(int(str(one["delivery"])))
    return bag.sealed()


STAMPED = {5: "20261201100000Z", 12: "20261202100000.5Z"}
"""Sizes of heads, and when they were stamped. The first covers three entries that are in the bag."""


@cache
def _good() -> Bag:
    bag = bag_of(
        record_of(list(facts())),
        [
            delivery(1, PERSON.octets, "accepted", {19: "250 2.0.0 Ok: queued as 4F"}),
            delivery(2, SECOND.octets, "accepted", {22: "451 4.7.1 Más tarde", 28: "250 Ok"}),
            delivery(3, None, "accepted", {31: None}),
            delivery(4, PERSON.octets, "uncertain", {34: None}),
            delivery(5, PERSON.octets, "pending", {}),
            delivery(6, OLDER.encode(), "refused", {37: "550 5.1.1 No such user"}),
        ],
    )
    for size, hour in STAMPED.items():
        note = signed(bag.leaves[:size], OFFICE)
        bag.stamp(note, unsigned(note, hour), size)
    return bag


def good() -> Bag:
    return _good().clone()


def verified(folder: Path, *arguments: str) -> tuple[int, str]:
    """How it ended and what it said, in this process. It never gives up on a step."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verify.main([str(folder), *arguments])
    assert "broke off" not in said.getvalue(), said.getvalue()
    assert (code == 0) == ("FAULT" not in said.getvalue())
    assert (code == 0) == ("\nVERIFIED: " in said.getvalue())
    return code, said.getvalue()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good bag; who changes it puts it back."""
    return good().write(tmp_path_factory.mktemp("bag"))


@contextlib.contextmanager
def changed(folder: Path, bag: Bag) -> Iterator[Path]:
    """The bag in the place of the good one, for a moment; only files that differ are written."""
    whole = good().files
    differ = {name for name in {*whole, *bag.files} if whole.get(name) != bag.files.get(name)}

    def write(files: dict[str, bytes]) -> None:
        for name in differ:
            (folder / name).unlink(missing_ok=True)
            if name in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(files[name])

    write(bag.files)
    try:
        yield folder
    finally:
        write(whole)


# a good bag


def test_a_good_bag_is_verified_in_words(here: Path) -> None:
    code, said = verified(here)
    assert code == 0, said
    for words in (
        "ok: 25 files, each with the SHA-256 that the manifests list",
        f"ok: {ORIGIN} signed that its record had 12 entries, under the root {root_of(good().leaves).hex()}",
        f"the key {ORIGIN}+{key_id(OFFICE).hex()}, with the SHA-256 {sha256(public(OFFICE)).hex()}: COMPARE it",
        "ok: 9 entries, each at its place in the record, none twice",
        "note: 3 x delivery.accepted",
        "ok: 4 copies are those that entries name; 4 entries are sealed with recipients and replies shown",
        "erased or disposed of (or damaged) are recipients of deliveries: 3\n",
        "shown, but sealed in no entry here, are those of deliveries: 4, 5\n",
        f"note: named by entries, but not in the bag: {'e' * 64}\n",
        "ok: 1 of 2 texts that entries name are in the bag",
        "the first 4 of the 9 entries here were in the record at 2026-12-01 10:00:00 UTC, if OpenSSL says OK to this:\n"
        "         openssl ts -verify -data data/anchors/5.txt -in data/anchors/5.tsr -CAfile ROOT.pem\n",
        "the first 9 of the 9 entries here were in the record at 2026-12-02 10:00:00.5 UTC, if OpenSSL says OK to this:\n",
        "note: without that no hour is proven",
        "ok: 2 time-stamps, each for a head out of which the checkpoint grew",
        "speaks for these: data/copies.mbox, data/deliveries.csv, data/summary.pdf\n",
        "What this proves: the holder of the key recorded these entries, in this order",
        "What it does not prove: that a person read a message; that the office's clock was right",
    ):
        assert words in said
    assert said.isascii()


def test_several_keys_after_a_rotation_and_witnesses_are_no_fault(tmp_path: Path) -> None:
    witness = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    whole = good()
    bag = bag_of(whole.leaves, [json.loads(line) for line in whole.lines(DELIVERIES)], OFFICE, witness)
    bag.files[KEY] = "".join(f"{key_line(key)}\n" for key in (ATTACKER, OFFICE)).encode()
    code, said = verified(bag.sealed().write(tmp_path))
    assert code == 0
    assert f"{CHECKPOINT}, line 6: signed with a key of {ORIGIN} that is not in {KEY}; not checked" in said


@pytest.mark.parametrize("count", range(1, 10))
def test_a_record_of_any_size(tmp_path: Path, count: int) -> None:
    leaves = record_of([("wave.finish", f"wave:{n}", {"n": n}) for n in range(count)])
    assert verified(bag_of(leaves, []).write(tmp_path))[0] == 0


def test_a_key_got_elsewhere(here: Path, tmp_path: Path) -> None:
    file = tmp_path / "their.txt"
    file.write_text(f"{key_line(ATTACKER)}\n{key_line(OFFICE)}\n")
    for key in (key_line(OFFICE), str(file)):
        code, said = verified(here, "--key", key)
        assert code == 0
        assert "it is one given with --key" in said
    for key in (key_line(ATTACKER), "", "nonsense", str(tmp_path / "none.txt"), "x" * 5000, key_line(OFFICE, "another")):
        code, said = verified(here, "--key", key)
        assert code == 1
        assert "--key" in said.partition("FAULT")[2]


def test_a_record_that_somebody_else_signed_is_found_by_the_key_got_elsewhere(tmp_path: Path) -> None:
    """Nothing within a bag can tell whose key it is: that is what the words say, and what --key is for."""
    whole = good()
    bag = bag_of(whole.leaves, [json.loads(line) for line in whole.lines(DELIVERIES)], ATTACKER).write(tmp_path)
    assert verified(bag)[0] == 0
    code, said = verified(bag, "--key", key_line(OFFICE))
    assert code == 1
    assert "not signed with a key that was given with --key" in said


# any bit


def flipped(octets: bytes, bit: int) -> bytes:
    changed = bytearray(octets)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flip(here: Path, name: str, bit: int) -> None:
    bag = good()
    bag.files[name] = flipped(bag.files[name], bit % (8 * len(bag.files[name])))
    with changed(here, bag):
        code, said = verified(here)
    assert code == 1
    assert name in said.partition("FAULT")[2]


@pytest.mark.parametrize("name", sorted(_good().files))
def test_a_bit_of_each_file(here: Path, name: str) -> None:
    for n in range(8):
        flip(here, name, n * 7919 + n % 8)


@settings(max_examples=350, deadline=None)
@given(st.sampled_from(sorted(_good().files)), st.integers(0, 10**9))
def test_any_bit_of_any_file(here: Path, name: str, bit: int) -> None:
    flip(here, name, bit)


ANCHORED = [f"data/anchors/{size}.{ending}" for size in STAMPED for ending in ("txt", "json")]
PROVEN = [
    *(CHECKPOINT, KEY, ENTRIES, PROOFS, DELIVERIES),
    *("data/copies/1.eml", f"data/versions/{sha256(VERSION).hex()}.json"),
    *ANCHORED,
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PROVEN), st.integers(0, 10**9))
def test_any_bit_of_what_is_proven_though_the_manifests_are_made_anew(here: Path, name: str, bit: int) -> None:
    """Of deliveries.jsonl the first two lines: those of whom everything is shown."""
    bag = good()
    size = len(b"".join(bag.lines(name)[:2])) if name == DELIVERIES else len(bag.files[name])
    bag.files[name] = flipped(bag.files[name], bit % (8 * size))
    with changed(here, bag.sealed()):
        code, said = verified(here)
    assert code == 1
    assert name in said.partition("FAULT")[2] or name == KEY


# what somebody would do who knows the format, and makes the manifests anew


def reorder(name: str) -> Callable[[Bag], None]:
    def change(bag: Bag) -> None:
        lines = bag.lines(name)
        bag.put(name, [lines[1], lines[0], *lines[2:]])

    return change


def twice(name: str) -> Callable[[Bag], None]:
    return lambda bag: bag.put(name, [bag.lines(name)[0], *bag.lines(name)])


def drop(name: str, line: int) -> Callable[[Bag], None]:
    return lambda bag: bag.put(name, [octets for n, octets in enumerate(bag.lines(name), 1) if n != line])


def edit(name: str, line: int, **fields: object) -> Callable[[Bag], None]:
    return lambda bag: bag.edit(name, line, lambda value: value.update(fields))


def replace(name: str, old: bytes, new: bytes) -> Callable[[Bag], None]:
    def change(bag: Bag) -> None:
        assert old in bag.files[name]
        bag.files[name] = bag.files[name].replace(old, new, 1)

    return change


def rename(old: str, new: str) -> Callable[[Bag], None]:
    def change(bag: Bag) -> None:
        bag.files[new] = bag.files.pop(old)

    return change


def all_of(*changes: Callable[[Bag], object]) -> Callable[[Bag], None]:
    def change(bag: Bag) -> None:
        for one in changes:
            one(bag)

    return change


def as_another(line: int) -> Callable[[Bag], None]:
    """Recipient and octets changed so that they agree."""
    person = PERSON._replace(name="Josefa Invertida").octets
    return edit(DELIVERIES, line, recipient=verify.recipient_in(person), recipient_octets=b64encode(person).decode())


TEXT = f"data/versions/{sha256(VERSION).hex()}.json"
FORGED_KEY = f"{ORIGIN}+{key_id(OFFICE).hex()}+{b64encode(b'x' * 33).decode()}\n".encode()
ATTACKS: dict[str, tuple[Callable[[Bag], object], str]] = {
    "a copy": (replace("data/copies/1.eml", "Más".encode(), b"Less"), "data/copies/1.eml is not the copy"),
    "a copy removed": (lambda b: b.files.pop("data/copies/1.eml"), "data/copies/1.eml, is not there"),
    "a copy hidden": (
        all_of(edit(DELIVERIES, 1, copy=None), rename("data/copies/1.eml", "data/note.txt")),
        "delivery 1: its copy is not shown",
    ),
    "a copy added": (lambda b: b.files.update({"data/copies/9.eml": copy(9)}), "data/copies/9.eml belongs to no delivery"),
    "a copy of another": (edit(DELIVERIES, 1, copy="copies/2.eml"), "delivery 1: its copy, which must be data/copies/1.eml"),
    "a copy out of the bag": (edit(DELIVERIES, 1, copy="../../etc/passwd"), "delivery 1: its copy, which must be"),
    "an entry": (replace(ENTRIES, b'"to":"submitted"', b'"to":"submittee"'), f"{ENTRIES}, line 1 (entry 13): by"),
    "an entry's hour": (replace(ENTRIES, b"T09:00", b"T08:00"), f"{ENTRIES}, line 1 (entry 13): by"),
    "entries swapped": (reorder(ENTRIES), f"{ENTRIES}, line 2 (entry 13): in the record it stands before"),
    "entries and proofs swapped": (
        all_of(reorder(ENTRIES), reorder(PROOFS)),
        f"{ENTRIES}, line 2 (entry 13): in the record it stands before",
    ),
    "proofs swapped": (reorder(PROOFS), f"{PROOFS}, line 2: leaf 1 does not come after that of the line before"),
    "an entry twice": (
        twice(ENTRIES),
        f"{ENTRIES}, line 2: entry 13 stands twice",
    ),
    "an entry and its proof twice": (
        all_of(*(twice(name) for name in (ENTRIES, PROOFS))),
        f"{PROOFS}, line 2: entry 13 stands twice",
    ),
    "an entry removed": (drop(ENTRIES, 2), f"{PROOFS} has proofs of entries that are not in {ENTRIES}: 16"),
    "an attempt removed": (all_of(drop(ENTRIES, 5), drop(PROOFS, 5)), "delivery 2: its attempts are not entries about it"),
    "all removed": (lambda b: b.files.update({ENTRIES: b"", PROOFS: b"", DELIVERIES: b""}), f"{ENTRIES} has no entry"),
    "a proof removed": (drop(PROOFS, 3), f"{ENTRIES}, line 3 (entry 19): {PROOFS} has no proof of it"),
    "a proof": (edit(PROOFS, 3, proof=["0" * 64] * 4), f"{ENTRIES}, line 3 (entry 19): by {PROOFS}, line 3"),
    "a proof too long": (
        lambda b: b.edit(PROOFS, 3, lambda p: p["proof"].append("0" * 64)),
        f"{ENTRIES}, line 3 (entry 19): by {PROOFS}, line 3",
    ),
    "no proof": (edit(PROOFS, 3, proof=[]), f"{ENTRIES}, line 3 (entry 19): by {PROOFS}, line 3"),
    "a proof of something else": (edit(PROOFS, 3, proof=[1]), f"{PROOFS}, line 3: its proof is no list of SHA-256 in hex"),
    "a proof of digits": (edit(PROOFS, 3, proof=[10**63]), f"{PROOFS}, line 3: its proof is no list of SHA-256 in hex"),
    "a proof in capitals": (
        lambda b: b.edit(PROOFS, 3, lambda p: p.update(proof=[one.upper() for one in p["proof"]])),
        f"{PROOFS}, line 3: its proof is no list of SHA-256 in hex",
    ),
    "a leaf": (edit(PROOFS, 3, leaf=2), "it is not leaf 2 of the record"),
    "a leaf below": (edit(PROOFS, 3, leaf=-1), "it is not leaf -1 of the record"),
    "a leaf beyond": (edit(PROOFS, 3, leaf=12), "it is not leaf 12 of the record"),
    "the size": (replace(CHECKPOINT, b"\n12\n", b"\n11\n"), f"{CHECKPOINT}, line 5: the signature of {ORIGIN} does not hold"),
    "the size as text": (replace(CHECKPOINT, b"\n12\n", b"\n012\n"), f"{CHECKPOINT}: not lines of origin, size, root"),
    "the size without end": (replace(CHECKPOINT, b"\n12\n", b"\n" + b"9" * 5000 + b"\n"), f"{CHECKPOINT}: not lines"),
    "an extension": (replace(CHECKPOINT, b"\n\n", b"\nmore\n\n"), f"{CHECKPOINT}: not lines of origin, size, root"),
    "the origin": (replace(CHECKPOINT, b"press.", b"pross."), f"{CHECKPOINT}, line 5: the signature of {ORIGIN} does not hold"),
    "no signature": (lambda b: b.put(CHECKPOINT, b.lines(CHECKPOINT)[:4]), f"{CHECKPOINT}: not lines of origin, size, root"),
    "the signature's name": (
        replace(CHECKPOINT, "— press".encode(), "— other".encode()),
        f"{CHECKPOINT}: no signature with a key",
    ),
    "a short signature": (
        (
            lambda b: b.put(
                CHECKPOINT, [*b.lines(CHECKPOINT)[:4], f"— {ORIGIN} {b64encode(key_id(OFFICE)).decode()}\n".encode()]
            )
        ),
        f"{CHECKPOINT}, line 5: the signature of {ORIGIN} does not hold",
    ),
    "another key": (
        lambda b: b.files.update({KEY: f"{key_line(ATTACKER)}\n".encode()}),
        f"{CHECKPOINT}: no signature with a key",
    ),
    "a key under its id": (lambda b: b.files.update({KEY: FORGED_KEY}), f"{KEY}, line 1: not an Ed25519 key"),
    "a name": (
        lambda b: b.edit(DELIVERIES, 1, lambda d: d["recipient"].update(name="Josefa Invertida")),
        "delivery 1: its recipient is not the one that its recipient_octets speak of",
    ),
    "a name and its octets": (as_another(1), "delivery 1: entry 19 is not sealed with this recipient and this reply"),
    "a name where replies are hidden": (
        all_of(as_another(1), lambda b: b.edit(DELIVERIES, 1, lambda d: d["attempts"][0].update(reply=None))),
        "delivery 1: entry 19 is sealed with a reply that is not shown",
    ),
    "a name where attempts are hidden": (
        all_of(as_another(1), edit(DELIVERIES, 1, attempts=[])),
        "delivery 1: entry 19 is sealed",
    ),
    "a person for an erased one": (
        edit(
            DELIVERIES, 3, recipient=PERSON._asdict() | {"salt": "73" * 16}, recipient_octets=b64encode(PERSON.octets).decode()
        ),
        "delivery 3: its copy is not shown",
    ),
    "a reply": (
        lambda b: b.edit(DELIVERIES, 1, lambda d: d["attempts"][0].update(reply="250 2.0.0 Ok: queued as 5F")),
        "delivery 1: entry 19 is not sealed with this recipient and this reply",
    ),
    "a reply of an erased one": (
        lambda b: b.edit(DELIVERIES, 3, lambda d: d["attempts"][0].update(reply="250 Ok, erased")),
        "delivery 3: nothing that is shown proves its reply in entry 31",
    ),
    "a reply that was none": (
        lambda b: b.edit(DELIVERIES, 4, lambda d: d["attempts"][0].update(reply="250 Ok")),
        "delivery 4: nothing that is shown proves its reply in entry 34",
    ),
    "attempts swapped": (
        lambda b: b.edit(DELIVERIES, 2, lambda d: d["attempts"].reverse()),
        "delivery 2: its attempts are not entries about it, each once and in their order",
    ),
    "an attempt of another": (
        lambda b: b.edit(DELIVERIES, 2, lambda d: d["attempts"].append({"entry": 31, "reply": None})),
        "delivery 2: its attempts are not entries about it",
    ),
    "an attempt twice": (
        lambda b: b.edit(DELIVERIES, 2, lambda d: d["attempts"].append(d["attempts"][1])),
        "delivery 2: its attempts are not entries about it",
    ),
    "an attempt that is none": (
        edit(DELIVERIES, 1, attempts=[19]),
        "delivery 1: not an object with the fields entry:int reply",
    ),
    "octets that are none": (edit(DELIVERIES, 1, recipient_octets="x"), "delivery 1: not canonical JSON"),
    "a refusal called acceptance": (
        edit(DELIVERIES, 6, state="accepted"),
        "delivery 6: its state is accepted, but entries say not",
    ),
    "an acceptance called refusal": (
        edit(DELIVERIES, 1, state="refused"),
        "delivery 1: its state is refused, but entries say acc",
    ),
    "the hash of a copy": (edit(DELIVERIES, 1, sha256="0" * 64), "delivery 1: its sha256 is not what entries name"),
    "a hash that no entry names": (edit(DELIVERIES, 5, sha256="0" * 64), "delivery 5: its sha256 is not what entries name"),
    "a Message-ID": (edit(DELIVERIES, 1, message_id="<m2@press.example.org>"), "delivery 1: its message_id is not"),
    "a wave": (edit(DELIVERIES, 1, wave=2), "delivery 1: its wave is not in its entries"),
    "a delivery removed": (drop(DELIVERIES, 4), f"{DELIVERIES} does not have what entries are about: delivery:4"),
    "deliveries swapped": (reorder(DELIVERIES), f"{DELIVERIES}, line 2: delivery 1 does not come after that"),
    "a field more": (edit(DELIVERIES, 1, opened=True), f"{DELIVERIES}, line 1: not an object with the fields"),
    "a text": (replace(TEXT, "Más".encode(), b"Less"), f"{TEXT}: its name is not its SHA-256"),
    "a text's name": (rename(TEXT, f"data/versions/{'f' * 64}.json"), f"data/versions/{'f' * 64}.json: its name is not"),
    "a name twice in JSON": (replace(ENTRIES, b'{"actor"', b'{"actor":"x","actor"'), f"{ENTRIES}, line 1: not canonical JSON"),
    "a space in JSON": (replace(PROOFS, b":", b": "), f"{PROOFS}, line 1: not canonical JSON"),
    "an escape in JSON": (replace(DELIVERIES, "Ñ".encode(), b"\\u00d1"), f"{DELIVERIES}, line 2: not canonical"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_who_makes_the_manifests_anew_is_found_out_by_name(here: Path, attack: str) -> None:
    change, named = ATTACKS[attack]
    bag = good()
    change(bag)
    with changed(here, bag.sealed()):
        code, said = verified(here)
    assert code == 1
    assert "1. The bag\n   note" in said  # the bag itself is whole
    assert named in said.partition("FAULT")[2], said


def test_all_faults_are_told_at_once(here: Path) -> None:
    bag = good()
    for attack in ("a copy", "a text", "a reply", "the size", "a space in JSON"):
        ATTACKS[attack][0](bag)
    with changed(here, bag.sealed()):
        said = verified(here)[1]
    assert all(ATTACKS[attack][1] in said for attack in ("a copy", "a text", "a reply", "the size", "a space in JSON"))
    assert "skipped: whether entries and time-stamped heads are in the record, as the checkpoint does not hold" in said


# the bag as such

SPOILT: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "a path that leads out": (
        MANIFEST,
        lambda o: o + b"0" * 64 + b"  data/../../x\n",
        f"is here, once: {'0' * 64}  data/../../x",
    ),
    "an absolute path": (TAGS, lambda o: o + b"0" * 64 + b"  /etc/passwd\n", f"is here, once: {'0' * 64}  /etc/passwd"),
    "a path of Windows": (TAGS, lambda o: o + b"0" * 64 + b"  C:\\x\n", f"is here, once: {'0' * 64}  C:\\x"),
    "a file twice": (MANIFEST, lambda o: o + o.splitlines(keepends=True)[0], f"{MANIFEST}, line 20: not the SHA-256 and path"),
    "a file in the wrong list": (
        TAGS,
        lambda o: o + listing({KEY: good().files[KEY]}),
        f"  {KEY}.",
    ),
    "a file left out": (
        MANIFEST,
        lambda o: b"".join(o.splitlines(keepends=True)[1:]),
        f"{MANIFEST} does not list, with the SHA-256 they have: data/",
    ),
    "a digest of another": (
        MANIFEST,
        lambda o: b"0" * 64 + o[64:],
        f"{MANIFEST}, line 1: not the SHA-256 and path of a file that is here, once: {'0' * 64}  data/",
    ),
    "a digest in capitals": (MANIFEST, lambda o: o[:64].upper() + o[64:], f"{MANIFEST}, line 1: not the SHA-256"),
    "one space": (MANIFEST, lambda o: o.replace(b"  ", b" ", 1), f"{MANIFEST}, line 1: not the SHA-256 and path"),
    "no end": (MANIFEST, lambda o: o[:-1], f"{MANIFEST}, line 19, the last one, has no end"),
    "another version": ("bagit.txt", lambda o: o.replace(b"1.0", b"0.97"), "bagit.txt does not declare BagIt 1.0"),
    "a count": ("bag-info.txt", lambda o: o.replace(b".19\n", b".18\n"), "bag-info.txt does not say once what is there"),
    "two counts": ("bag-info.txt", lambda o: o + b"Payload-Oxum: 1.1\n", "bag-info.txt does not say once what is there"),
    "no count": ("bag-info.txt", lambda o: b"", "bag-info.txt does not say once what is there"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_bag_that_is_none(here: Path, case: str) -> None:
    name, change, named = SPOILT[case]
    bag = good()
    bag.files[name] = change(bag.files[name])
    if name != TAGS:
        bag.files[TAGS] = listing({n: o for n, o in bag.files.items() if not n.startswith("data/") and n != TAGS})
    with changed(here, bag):
        code, said = verified(here)
    assert code == 1
    assert named in said.partition("FAULT")[2], said


@pytest.mark.parametrize("name", ["notes.txt", "data/notes.txt", "data/copies/.hidden", "__pycache__/x.pyc"])
def test_a_file_that_nobody_lists(here: Path, name: str) -> None:
    bag = good()
    bag.files[name] = b"x"
    with changed(here, bag):
        assert f"does not list, with the SHA-256 they have: {name}" in verified(here)[1]


def test_links_and_devices(tmp_path: Path) -> None:
    folder = good().write(tmp_path / "bag")
    (folder / "data/away").symlink_to("/etc")
    (folder / "data/passwd").symlink_to("/etc/passwd")
    os.mkfifo(folder / "data/pipe")
    code, said = verified(folder)
    assert code == 1
    for name in ("away", "passwd", "pipe"):
        assert f"data/{name} is neither a file nor a folder" in said


@pytest.mark.parametrize("name", sorted(_good().files))
def test_a_file_that_is_missing(here: Path, name: str) -> None:
    bag = good()
    del bag.files[name]
    with changed(here, bag):
        code, said = verified(here)
    assert code == 1
    assert name in said.partition("FAULT")[2]


def test_no_bag_at_all(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert "bagit.txt is not there" in verified(folder)[1]


# nothing makes it stumble

JUNK = [
    *(
        b"",
        b"\n",
        b"\x00",
        b"\xff\xfe\x00\xd8" * 50,
        b"{}",
        b"null\n",
        b"[]\n",
        b"{}\n\n",
        b"\xef\xbb\xbf{}\n",
        b'{"a":NaN}\n',
        b"1e999\n",
    ),
    *(
        b"[" * 100_000 + b"\n",
        b"9" * 10_000 + b"\n",
        b'"\\ud800"\n',
        b'{"a":1,"a":2}\n',
        bytes(range(256)),
        b"- " * 999,
        b"\r\n\r\n",
    ),
]


@pytest.mark.parametrize("name", sorted(set(_good().files)))
def test_junk_in_the_place_of_a_file(here: Path, name: str) -> None:
    for junk in [*JUNK, good().files[name][:-1], good().files[name][: len(good().files[name]) // 2], good().files[name] * 2]:
        bag = good()
        bag.files[name] = junk
        with changed(here, bag):
            assert verified(here)[0] == 1
        if name in PROVEN:
            with changed(here, bag.sealed()):
                verified(here)


STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [-1, 0, 1, 2, 19, 2**63, 10**3000, 1.5, float("nan"), "", "x", "é=", "=", "A" * 43, "\ud800", "delivery:9" + "9" * 5000]
    ),
    st.sampled_from([[], {}, [[]], [None], [{}], {"": None}, [{"entry": 19, "reply": 5}], ["00" * 32]]),
    st.text(max_size=5),
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([ENTRIES, PROOFS, DELIVERIES]), st.integers(0, 8), st.data())
def test_strange_values_in_the_place_of_any_field(here: Path, name: str, line: int, data: st.DataObject) -> None:
    bag = good()
    lines = bag.lines(name)
    value = json.loads(lines[line % len(lines)])
    value[data.draw(st.sampled_from(sorted(value)))] = data.draw(STRANGE)
    dumped = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    lines[line % len(lines)] = dumped.encode("utf-8", "surrogatepass") + b"\n"
    bag.put(name, lines)
    with changed(here, bag.sealed()):
        verified(here)


PLAIN = STRANGE.filter(lambda value: not isinstance(value, float) and value != "\ud800")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(["wave", "sha256", "sealed", "version", "to"]), PLAIN), PLAIN.map(str))
def test_strange_entries_that_the_office_signed(tmp_path_factory: pytest.TempPathFactory, payload: Any, subject: str) -> None:
    """The record is the office's; the verifier does not trust it to make sense."""
    said = [("delivery.accepted", "delivery:1", payload), ("delivery.resend", subject, payload), ("release.x", "x", payload)]
    folder = tmp_path_factory.mktemp("strange")
    verified(bag_of(record_of(said), [delivery(1, PERSON.octets, "accepted", {10: "250 Ok"})]).write(folder))


def test_a_line_that_is_signed_but_not_canonical_is_refused(tmp_path: Path) -> None:
    for number, (old, new) in enumerate({b'"n":1': b'"n":1,"n":1', b'"n":1}': b'"n":1.0}', b'"n":1,': b'"n": 1,'}.items()):
        leaves = [
            leaf.replace(old, new)
            for leaf in record_of([("wave.finish", "wave:1", {"n": 1, **({"o": 1} if number == 2 else {})})])
        ]
        assert new in leaves[0]
        code, said = verified(bag_of(leaves, []).write(tmp_path / str(number)))
        assert code == 1
        assert f"{ENTRIES}, line 1: not canonical JSON" in said


def test_a_lower_number_that_was_sealed_later_stands_where_it_was_sealed(tmp_path: Path) -> None:
    """On PostgreSQL a lower number may be committed after a higher one; the order of the record is that of its leaves."""
    leaves = record_of([("wave.finish", f"wave:{n}", {"n": n}) for n in range(4)])
    record = [leaves[1], leaves[0], *leaves[2:]]
    for folder, order, right in (("as sealed", (1, 0, 2, 3), True), ("as numbered", (0, 1, 2, 3), False)):
        bag = bag_of(record, [])
        bag.put(ENTRIES, [leaves[n] + b"\n" for n in order])
        proofs = [{"entry": 3 * n + 10, "leaf": (at := record.index(leaves[n])), "proof": proof_of(at, record)} for n in order]
        bag.put(PROOFS, [canonical(proof).encode() + b"\n" for proof in proofs])
        code, said = verified(bag.sealed().write(tmp_path / folder))
        assert (code == 0) == right, said
        assert right or f"{ENTRIES}, line 2 (entry 13): in the record it stands before" in said


def test_what_was_taken_before_a_resend_goes_by_the_order_of_the_record(tmp_path: Path) -> None:
    again = ("delivery.resend", "delivery:1", {"wave": 1, "from": "accepted", "attempts": 1})
    taken = ("delivery.accepted", "delivery:1", attempt(PERSON.octets, "250 Ok", 1))
    leaves = record_of([again, taken])[::-1]  # the resend has the lower number, and was sealed later
    bag = bag_of(leaves, [delivery(1, PERSON.octets, "pending", {13: "250 Ok"})])
    proofs = [{"entry": 13 - 3 * n, "leaf": n, "proof": proof_of(n, leaves)} for n in (0, 1)]
    bag.put(PROOFS, [canonical(proof).encode() + b"\n" for proof in proofs])
    code, said = verified(bag.sealed().write(tmp_path))
    assert code == 0, said


def test_a_step_that_breaks_off_is_a_fault_and_the_others_go_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(verify, "root_over")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert verify.main([str(here)]) == 1
    assert "FAULT: this step broke off" in said.getvalue()
    assert "5. Texts of releases\n" in said.getvalue()
    assert "   ok: 1 of 1 texts" in said.getvalue()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    folder = good().write(tmp_path)
    (folder / "data/copies/1.eml").chmod(0)
    code, said = verified(folder)
    assert code == 1
    assert "data/copies/1.eml cannot be read: [Errno 13] Permission denied" in said


def test_nothing_in_a_bag_steers_the_screen(here: Path) -> None:
    bag = good()
    bag.edit(DELIVERIES, 1, lambda d: d.update(state="\x1b[2J\nVERIFIED: all\u202e", sha256="\x07"))
    with changed(here, bag.sealed()):
        said = verified(here)[1]
    assert "\\x1b[2J\\nVERIFIED: all\\u202e" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)


def test_what_was_accepted_stays_so_unless_it_is_sent_again(tmp_path: Path) -> None:
    taken = ("delivery.accepted", "delivery:1", attempt(PERSON.octets, "250 Ok", 1))
    again = ("delivery.resend", "delivery:1", {"wave": 1, "from": "accepted", "attempts": 1})
    vouched = ("delivery.settled", "delivery:1", {"wave": 1, "from": "held", "to": "accepted", "attempts": 1})
    lost = ("delivery.uncertain", "delivery:1", attempt(PERSON.octets, "", 1))
    cases = [
        ([taken], "accepted", True),
        ([taken], "pending", False),
        ([taken, again], "pending", True),
        ([taken, again], "accepted", True),
        ([again, taken], "pending", False),
        ([lost], "accepted", False),
        ([lost], "held", True),
        ([lost, vouched], "accepted", True),
    ]
    for number, (said, state, right) in enumerate(cases):
        one = delivery(1, PERSON.octets, state, {10 + 3 * n: "250 Ok" for n, f in enumerate(said) if f is taken})
        one |= {"copy": "copies/1.eml", "sha256": sha256(copy(1)).hex(), "message_id": "<m1@press.example.org>"}
        code, words = verified(bag_of(record_of(said), [one]).write(tmp_path / str(number)))
        assert (code == 0) == right, words


def test_hashes_of_the_first_stores_are_in_hex(tmp_path: Path) -> None:
    said = [
        ("delivery.accepted", "delivery:1", {"wave": 1, "sha256": sha256(copy(1)).hex(), "to": "0" * 64, "reply": "0" * 64})
    ]
    assert verified(bag_of(record_of(said), [delivery(1, OLDER.encode(), "accepted", {10: None})]).write(tmp_path))[0] == 0


# in a process of its own


def run(folder: Path, cwd: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    command = [python, "-I", str(folder / "verify.py"), *arguments]
    return subprocess.run(command, cwd=cwd, env={}, capture_output=True, text=True, check=False)


def test_it_runs_from_the_bag_and_from_elsewhere_with_nothing_around_it(here: Path, tmp_path: Path) -> None:
    for cwd in (here, tmp_path):
        done = run(here, cwd)
        assert (done.returncode, done.stderr) == (0, "")
        assert "VERIFIED: " in done.stdout
    assert run(here, tmp_path, "--key", key_line(ATTACKER)).returncode == 1
    assert not list(here.rglob("*.pyc"))


@pytest.mark.parametrize("name", [ENTRIES, CHECKPOINT, TAGS])
def test_it_ends_with_1_and_no_traceback(here: Path, tmp_path: Path, name: str) -> None:
    bag = good()
    bag.files[name] = b"\xff" * 100
    with changed(here, bag):
        done = run(here, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert name in done.stdout


@pytest.mark.parametrize("minor", [8, 9, 10, 12, 13, 14])
def test_it_runs_with_other_pythons_that_are_there(here: Path, tmp_path: Path, minor: int) -> None:
    asked = [shutil.which(f"python3.{minor}") or "false", "-c", "import sys; print(sys.executable)"]
    python = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if not python:
        pytest.skip(f"no Python 3.{minor}")
    done = run(here, tmp_path, python=python)
    assert (done.returncode, done.stderr) == (0, "")
    bag = good()
    bag.files[ENTRIES] = b"[" * 100_000 + b"\n" + b"9" * 10_000 + b"\n" + b"\xff\n" + bag.files[ENTRIES]
    with changed(here, bag.sealed()):
        done = run(here, tmp_path, python=python)
    assert (done.returncode, done.stderr) == (1, "")
    assert [f"{ENTRIES}, line {n}: not " in done.stdout for n in (1, 2, 3, 4)] == [True, True, True, False]


# the file as such


def test_it_is_one_short_file_of_the_standard_library_for_old_pythons() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 400
    assert max(map(len, text.splitlines())) <= 128
    assert text.isascii()
    tree = ast.parse(text, feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert "Ed25519" in (ast.get_docstring(tree) or "")


# its signatures and its tree

VECTORS = [  # RFC 8032, 7.1: secret key, public key, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("secret", "key", "message", "signature"), VECTORS)
def test_signatures_of_the_rfc(secret: str, key: str, message: str, signature: str) -> None:
    octets = bytes.fromhex(signature)
    signer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert (public(signer).hex(), signer.sign(bytes.fromhex(message)).hex()) == (key, signature)
    assert verify.signature_holds(bytes.fromhex(key), bytes.fromhex(message), octets)
    assert not verify.signature_holds(bytes.fromhex(key), bytes.fromhex(message) + b"x", octets)
    larger = (int.from_bytes(octets[32:], "little") + verify.L).to_bytes(32, "little")
    assert not verify.signature_holds(bytes.fromhex(key), bytes.fromhex(message), octets[:32] + larger)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 8 * 96 - 1))
def test_signatures_are_judged_as_by_another_implementation(secret: bytes, message: bytes, bit: int) -> None:
    signer = Ed25519PrivateKey.from_private_bytes(secret)
    key, signature = public(signer), signer.sign(message)
    assert verify.signature_holds(key, message, signature)
    both = flipped(key + signature, bit)
    try:
        Ed25519PublicKey.from_public_bytes(both[:32]).verify(both[32:], message)
    except InvalidSignature:
        assert not verify.signature_holds(both[:32], message, both[32:])
    else:
        raise AssertionError("a changed signature holds")


def test_lengths_that_are_none() -> None:
    key, signature = public(OFFICE), OFFICE.sign(b"")
    for cut in (0, 1, 31, 32, 63):
        assert not verify.signature_holds(key, b"", signature[:cut])
        assert not verify.signature_holds(key[: cut % 32], b"", signature)
    assert not verify.signature_holds(key, b"", signature + b"\0")
    assert not verify.signature_holds(key + b"\0", b"", signature)


@pytest.mark.parametrize("y", [verify.P, verify.P + 1, 2**255 - 1, 1 | 1 << 255, verify.P - 1 | 1 << 255, 2])
def test_points_that_are_none_or_written_otherwise(y: int) -> None:
    assert verify.point(y.to_bytes(32, "little")) == ()


def test_a_signature_takes_well_under_a_tenth_of_a_second() -> None:
    key, signature = public(OFFICE), OFFICE.sign(b"message")
    took = []
    for _ in range(5):
        start = time.thread_time()  # what others do meanwhile is not counted
        assert verify.signature_holds(key, b"message", signature)
        took.append(time.thread_time() - start)
    assert min(took) < 0.05


def test_every_leaf_of_every_small_tree_and_no_other() -> None:
    for size in range(1, 34):
        leaves = [b"%d" % n for n in range(size)]
        root = root_of(leaves)
        for leaf in range(size):
            proof = proof_of(leaf, leaves)
            found = [n for n in range(-1, size + 2) if verify.root_over(sha256(b"\0" + leaves[leaf]), n, size, proof) == root]
            assert found == [leaf]
            assert verify.root_over(sha256(b"\0other"), leaf, size, proof) != root
            assert verify.root_over(sha256(b"\0" + leaves[leaf]), leaf, size, [*proof, "00" * 32]) != root
            assert not proof or verify.root_over(sha256(b"\0" + leaves[leaf]), leaf, size, proof[1:]) != root


def test_every_growth_of_every_small_tree_and_no_other() -> None:
    """By the definition of the RFC, and by merkle.verify_consistency, which follows its words (2.1.4.2)."""
    leaves = [b"%d" % n for n in range(24)]
    roots = {size: root_of(leaves[:size]) for size in range(1, 25)}
    for size in range(1, 25):
        for old in range(1, size + 1):
            proof = growth_of(old, leaves[:size])
            found = [n for n in range(1, 25) if verify.grown_root(roots[old], n, size, proof) == roots[size]]
            assert found == [old]
            for n in range(1, 25):  # of another size a tree may have the same proof; which size goes with a root, a head says
                by_the_rfc = merkle.verify_consistency(old, n, [bytes.fromhex(one) for one in proof], roots[old], roots[size])
                assert (verify.grown_root(roots[old], old, n, proof) == roots[size]) == by_the_rfc
            assert verify.grown_root(sha256(b"other"), old, size, proof) != roots[size]
            for wrong in (proof[1:], proof[:-1], proof[::-1], [*proof, "00" * 32], ["00" * 32, *proof], []):
                if wrong != proof:
                    assert verify.grown_root(roots[old], old, size, wrong) != roots[size]
                octets = [bytes.fromhex(one) for one in wrong]
                holds = merkle.verify_consistency(old, size, octets, roots[old], roots[size])
                assert holds == (verify.grown_root(roots[old], old, size, wrong) == roots[size])


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 2**40), st.integers(0, 2**40), st.lists(st.integers(0, 255), max_size=45))
def test_no_proof_that_somebody_thought_up_holds(old: int, more: int, octets: list[int]) -> None:
    proof = [bytes([one]).hex() * 32 for one in octets]
    assert old + more == old or verify.grown_root(b"r" * 32, old, old + more, proof) != b"n" * 32
    assert verify.grown_root(b"r" * 32, old, old, proof) == (b"" if proof else b"r" * 32)
