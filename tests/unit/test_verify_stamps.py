"""What the verifier says of a bag's time-stamps: a good one passes, and what was done to one is found and named.

Tokens are those of `openssl ts`, where it is there; in tests that are not about the authority, nobody signed them.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import core, tsp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from distro.archive import tsa, verify
from distro.archive.ledger import canonical
from tests.authority import OPENSSL, Authority, unsigned
from tests.unit.test_verify_bag import (
    ATTACKER,
    CHECKPOINT,
    DELIVERIES,
    ENTRIES,
    KEY,
    OFFICE,
    ORIGIN,
    PROOFS,
    STAMPED,
    Bag,
    bag_of,
    flipped,
    good,
    growth_of,
    key_id,
    key_line,
    record_of,
    root_of,
    run,
    sha256,
    signed,
    verified,
)

TEXT, TOKEN, GROWN = (f"data/anchors/8.{ending}" for ending in ("txt", "tsr", "json"))
HOUR = "20261201100000Z"
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="there is no openssl, which is the authority of these tests")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


def bare() -> Bag:
    """The good bag, without its anchors."""
    bag = good()
    bag.files = {name: octets for name, octets in bag.files.items() if not name.startswith("data/anchors/")}
    return bag.sealed()


def head(bag: Bag, size: int = 8, *keys: Ed25519PrivateKey) -> bytes:
    return signed(bag.leaves[:size], *(keys or (OFFICE,)))


def stamped(answer: Callable[[bytes], bytes], size: int = 8) -> Bag:
    """The good bag with one head of its record, and what an authority answers to it."""
    bag = bare()
    return bag.stamp(head(bag, size), answer(head(bag, size)), size)


def by_nobody(note: bytes) -> bytes:
    return unsigned(note, HOUR)


@pytest.fixture(scope="module")
def bag(authority: Authority) -> Bag:
    """With a token of openssl."""
    return stamped(lambda note: authority.answer(tsa._question(note, 5)))


def checked(bag: Bag, folder: Path, *arguments: str) -> tuple[int, str]:
    return verified(bag.sealed().write(folder), *arguments)


@needs_openssl
def test_a_good_time_stamp_is_told_in_words(bag: Bag, authority: Authority, tmp_path: Path) -> None:
    code, said = checked(bag, tmp_path)
    assert code == 0, said
    info = tsp.TimeStampResp.load(bag.files[TOKEN])["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    hour = f"{info['gen_time'].native:%Y-%m-%d %H:%M:%S} UTC"
    assert f"the first 6 of the 9 entries here were in the record at {hour}, if OpenSSL says OK to this:\n" in said
    assert f"openssl ts -verify -data {TEXT} -in {TOKEN} -CAfile ROOT.pem" in said
    assert "without that no hour is proven" in said
    assert "-attime SECONDS" in said
    assert "ok: 1 time-stamps, each for a head out of which the checkpoint grew" in said
    assert "speaks for these: data/copies.mbox, data/deliveries.csv, data/summary.pdf\n" in said
    assert authority.verifies(tmp_path / TEXT, tmp_path / TOKEN), "the command that it tells"


def test_a_bag_without_any_is_good_and_says_what_that_means(tmp_path: Path) -> None:
    code, said = checked(bare(), tmp_path)
    assert code == 0
    assert "6. Time-stamps (RFC 3161)\n   note: there are none, so for all hours there is only the word of the office" in said


@pytest.mark.parametrize("size", range(1, 13))
def test_a_head_of_any_size_up_to_the_checkpoint(tmp_path: Path, size: int) -> None:
    bag = stamped(by_nobody, size)
    code, said = checked(bag, tmp_path)
    assert code == 0, said
    there = sum(json.loads(line)["leaf"] < size for line in bag.lines(PROOFS))
    assert f"the first {there} of the 9 entries here were in the record at 2026-12-01 10:00:00 UTC" in said


def test_several_are_told_by_their_sizes(tmp_path: Path) -> None:
    bag = bare()
    for size in (10, 2, 9):
        bag.stamp(head(bag, size), by_nobody(head(bag, size)), size)
    said = checked(bag, tmp_path)[1]
    assert [line.split()[4] for line in said.splitlines() if "openssl ts" in line] == [
        f"data/anchors/{size}.txt" for size in (2, 9, 10)
    ]


def anew(**changes: object) -> Callable[[bytes], bytes]:
    """The answer with some of it changed by a program that knows the format."""

    def change(answer: bytes) -> bytes:
        asked = tsa.Answer.load(answer)
        for name, value in changes.items():
            asked[name] = value
        return bytes(asked.dump(force=True))

    return change


def other_content(answer: bytes) -> bytes:
    """A signature over something else, as of a mail."""
    asked = tsa.Answer.load(answer)
    asked["time_stamp_token"]["content"]["encap_content_info"] = {"content_type": "data", "content": b"0\x00"}
    return bytes(asked.dump(force=True))


def without_its_end(answer: bytes) -> bytes:
    """A SEQUENCE whose length is left open, as BER allows, and its content and end as they ought to be."""
    inner = answer[4:] if answer[1] == 0x82 else answer[3:] if answer[1] == 0x81 else answer[2:]
    return b"\x30\x80" + inner + b"\0\0"


TOKENS: dict[str, Callable[[bytes], bytes]] = {
    "not granted": anew(status={"status": "rejection"}),
    "granted with changes": anew(status={"status": "granted_with_mods"}),
    "no token": lambda _: bytes(tsa.Answer({"status": {"status": "granted"}}).dump()),
    "other content": other_content,
    "cut off": lambda token: token[:-1],
    "cut in half": lambda token: token[: len(token) // 2],
    "the token alone": lambda token: bytes(tsa.Answer.load(token)["time_stamp_token"].dump()),
    "without its end": without_its_end,
    "nothing": lambda _: b"",
    "a text": lambda _: b"2026-12-01 10:00:00 UTC",
}


@needs_openssl
@pytest.mark.parametrize("case", TOKENS)
def test_what_is_no_time_stamp(bag: Bag, tmp_path: Path, case: str) -> None:
    other = bag.clone()
    other.files[TOKEN] = TOKENS[case](bag.files[TOKEN])
    code, said = checked(other, tmp_path)
    assert code == 1
    assert f"FAULT: {TOKEN}: it is no time-stamp that an authority granted, over a SHA-256, with an hour in UTC" in said
    assert "entries here were in the record" not in said


@pytest.mark.parametrize(
    ("hour", "shown"),
    [
        (HOUR, "2026-12-01 10:00:00 UTC"),
        ("20261201100000.25Z", "2026-12-01 10:00:00.25 UTC"),
        ("202612011000Z", None),
        ("20261201100000+0100", None),
        ("20261201100000", None),
    ],
)
def test_its_hour_is_told_whole_and_in_utc(hour: str, shown: str | None) -> None:
    answer = unsigned(b"octets", hour)
    if shown is None:
        with pytest.raises(ValueError, match="hour in UTC"):
            verify.stamp_in(answer)
    else:
        assert verify.stamp_in(answer) == (shown, sha256(b"octets").hex())


@pytest.mark.parametrize("algorithm", ["sha1", "sha384", "sha512", "md5"])
def test_another_hash_than_sha_256_is_refused(algorithm: str) -> None:
    with pytest.raises(ValueError, match="over a SHA-256"):
        verify.stamp_in(unsigned(b"octets", HOUR, algorithm=algorithm))


def with_a_decoy(place: str) -> bytes:
    """The answer, with another token hidden in what no authority signs: it has an hour that suits whoever put it there."""
    decoy = bytes(tsa.Answer.load(unsigned(b"octets", "20200101000000Z"))["time_stamp_token"].dump())
    asked = tsa.Answer.load(unsigned(b"octets", HOUR))
    if place == "status":
        asked["status"] = {"status": "granted", "status_string": [decoy.decode("latin-1")]}
    else:
        signed_data = asked["time_stamp_token"]["content"]
        signed_data["digest_algorithms"] = [{"algorithm": "1.2.3.4", "parameters": core.OctetString(decoy)}]
    return bytes(asked.dump(force=True))


@pytest.mark.parametrize("place", ["status", "digest algorithms"])
def test_a_token_that_is_hidden_in_front_of_the_real_one_is_passed_over(place: str) -> None:
    assert verify.stamp_in(with_a_decoy(place))[0] == "2026-12-01 10:00:00 UTC"


def office_elsewhere(bag: Bag) -> bytes:
    """Signed with the same key, under another name."""
    return head(bag).replace(ORIGIN.encode(), b"x.example/ledger")


def forked(bag: Bag, size: int) -> bytes:
    return signed(record_of([("other", "thing:1", {})] * size), OFFICE)


NOTES: dict[str, tuple[Callable[[Bag], bytes], str]] = {
    "another key": (lambda b: head(b, 8, ATTACKER), f"{TEXT}: no signature with a key of {ORIGIN} holds"),
    "another record": (office_elsewhere, f"{TEXT}: no signature with a key of x.example/ledger holds"),
    "a fork": (lambda b: forked(b, 8), f"by {GROWN}, the checkpoint of 12 entries did not grow out of {TEXT}"),
    "another size": (lambda b: head(b, 7), f"{TEXT} is no head of this record and of that size"),
    "no note": (lambda _: b"hello\n", f"{TEXT}: not lines of origin, size, root"),
    "no signature": (lambda b: head(b).partition(b"\n\n")[0] + b"\n\n", f"{TEXT}: not lines of origin, size, root"),
    "a changed size": (
        lambda b: head(b).replace(b"\n8\n", b"\n7\n"),
        f"{TEXT}, line 5: the signature of {ORIGIN} does not hold: it, key or text was changed",
    ),
}


@pytest.mark.parametrize("case", NOTES)
def test_what_is_no_head_of_this_record(tmp_path: Path, case: str) -> None:
    """Though the token is for exactly these octets."""
    make, words = NOTES[case]
    bag = bare()
    code, said = checked(bag.stamp(make(bag), by_nobody(make(bag)), 8), tmp_path)
    assert code == 1
    assert words in said.partition("FAULT")[2], said
    assert "entries here were in the record" not in said


def test_a_fork_of_the_size_of_the_checkpoint(tmp_path: Path) -> None:
    """The key signed two records: whoever has both heads convicts it."""
    bag = bare()
    code, said = checked(bag.stamp(forked(bag, 12), by_nobody(forked(bag, 12)), 12), tmp_path)
    assert code == 1
    assert "the checkpoint of 12 entries did not grow out of data/anchors/12.txt" in said


def test_a_head_of_more_entries_than_the_checkpoint(tmp_path: Path) -> None:
    bag = bare()
    more = signed([*bag.leaves, b"more"], OFFICE)
    for proof in ([], growth_of(12, [*bag.leaves, b"more"])):
        code, said = checked(bag.stamp(more, by_nobody(more), 13, proof), tmp_path)
        assert code == 1
        assert "the checkpoint of 12 entries did not grow out of data/anchors/13.txt" in said


def test_a_head_of_more_entries_under_the_root_of_the_checkpoint(tmp_path: Path) -> None:
    """Only its size is another, a power of two, for which a tree of subtrees that size has one leaf: the root."""
    bag = bag_of(record_of([("wave.finish", "wave:1", {})]), [])
    text = signed(bag.leaves).partition(b"\n\n")[0].replace(b"\n1\n", b"\n2\n") + b"\n"
    signature = b64encode(key_id(OFFICE) + OFFICE.sign(text))
    note = text + b"\n" + f"— {ORIGIN} ".encode() + signature + b"\n"
    code, said = checked(bag.stamp(note, by_nobody(note), 2, []), tmp_path)
    assert code == 1
    assert "the checkpoint of 1 entries did not grow out of data/anchors/2.txt" in said


PROVING: dict[str, tuple[object, str]] = {
    "none": ({"proof": []}, f"by {GROWN}, the checkpoint"),
    "of another size": ({"proof": growth_of(7, good().leaves)}, f"by {GROWN}, the checkpoint"),
    "too long": ({"proof": [*growth_of(8, good().leaves), "00" * 32]}, f"by {GROWN}, the checkpoint"),
    "with the head": (
        {"proof": [root_of(good().leaves[:8]).hex(), *growth_of(8, good().leaves)]},
        f"by {GROWN}, the checkpoint",
    ),
    "no hashes": ({"proof": ["x"]}, f"{GROWN}: its proof is no list of SHA-256 in hex"),
    "no list": ({"proof": "00" * 32}, f"{GROWN}: not an object with the fields proof:list"),
    "more fields": ({"proof": growth_of(8, good().leaves), "size": 8}, f"{GROWN}: not an object with the fields proof:list"),
    "something else": (["00" * 32], f"{GROWN}: not an object with the fields proof:list"),
}


@pytest.mark.parametrize("case", PROVING)
def test_what_does_not_prove_that_the_record_grew(tmp_path: Path, case: str) -> None:
    value, words = PROVING[case]
    bag = stamped(by_nobody)
    bag.files[GROWN] = json.dumps(value, separators=(",", ":")).encode()
    code, said = checked(bag, tmp_path)
    assert code == 1
    assert words in said.partition("FAULT")[2]
    assert "entries here were in the record" not in said


def test_octets_that_are_not_those_that_were_stamped(tmp_path: Path) -> None:
    """The same head with the same signature, and a line more, as of a witness."""
    bag = stamped(by_nobody)
    bag.files[TEXT] = head(bag, 8, OFFICE, ATTACKER)
    code, said = checked(bag, tmp_path)
    assert code == 1
    assert f"{TOKEN} is not for the octets of {TEXT}: one was changed" in said
    assert "entries here were in the record" not in said


def test_a_key_beside_the_checkpoint_s_is_no_help(tmp_path: Path) -> None:
    """Whoever puts a key of their own into key.txt can sign heads, but not the checkpoint."""
    bag = bare()
    bag.files[KEY] = "".join(f"{key_line(key)}\n" for key in (OFFICE, ATTACKER)).encode()
    theirs = head(bag, 8, ATTACKER)
    code, said = checked(bag.stamp(theirs, by_nobody(theirs), 8), tmp_path)
    assert code == 1
    assert f"{TEXT} is no head of this record and of that size, signed with a key of the checkpoint" in said


@pytest.mark.parametrize("name", [TEXT, TOKEN, GROWN])
def test_a_part_that_is_missing(tmp_path: Path, name: str) -> None:
    bag = stamped(by_nobody)
    del bag.files[name]
    code, said = checked(bag, tmp_path)
    assert code == 1
    assert f"{name} is not there" in said.partition("FAULT")[2]


def test_what_lies_beside_them_is_called_unproven(tmp_path: Path) -> None:
    bag = stamped(by_nobody)
    bag.files |= {"data/anchors/8.pem": b"x", "data/anchors/08.txt": b"x", "data/anchors/a/8.tsr": b"x"}
    code, said = checked(bag, tmp_path)
    assert code == 0
    assert "speaks for these: data/anchors/08.txt, data/anchors/8.pem, data/anchors/a/8.tsr, data/copies.mbox" in said


def test_with_a_key_got_elsewhere(tmp_path: Path) -> None:
    bag = stamped(by_nobody)
    assert checked(bag, tmp_path, "--key", key_line(OFFICE))[0] == 0
    code, said = checked(bag, tmp_path, "--key", key_line(ATTACKER))
    assert code == 1
    assert "entries here were in the record" not in said


def test_a_checkpoint_that_does_not_hold(tmp_path: Path) -> None:
    bag = stamped(by_nobody)
    bag.files[KEY] = f"{key_line(ATTACKER)}\n".encode()
    code, said = checked(bag, tmp_path)
    assert code == 1
    assert "skipped: whether entries and time-stamped heads are in the record" in said
    assert "entries here were in the record" not in said
    assert "grew" not in said


def test_only_entries_that_are_proven_are_counted(tmp_path: Path) -> None:
    bag = stamped(by_nobody)
    bag.edit(PROOFS, 2, lambda value: value.update(proof=["00" * 32]))
    code, said = checked(bag, tmp_path)
    assert code == 1
    assert "the first 5 of the 9 entries here were in the record" in said


@pytest.mark.parametrize("size", STAMPED)
def test_any_bit_of_the_hash_in_a_token_though_the_manifests_are_made_anew(tmp_path: Path, size: int) -> None:
    """The rest of it is under the authority's signature, of which OpenSSL judges."""
    whole = good()
    token, note = f"data/anchors/{size}.tsr", f"data/anchors/{size}.txt"
    start = whole.files[token].index(sha256(whole.files[note]))
    for bit in range(8 * start, 8 * (start + 32), 7):
        bag = good()
        bag.files[token] = flipped(bag.files[token], bit)
        code, said = checked(bag, tmp_path)
        assert code == 1
        assert f"{token} is not for the octets of {note}" in said


@needs_openssl
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_the_octets_there_is_a_sentence_or_the_stamp(bag: Bag, data: st.DataObject) -> None:
    octets = bytearray(bag.files[TOKEN])
    for place in data.draw(st.lists(st.integers(0, 300), max_size=3)):
        octets[place] = data.draw(st.integers(0, 255))
    try:
        hour, _ = verify.stamp_in(bytes(octets))
    except ValueError as error:
        hour = str(error)
    assert hour[:4].isdigit() or hour.startswith("it is no time-stamp")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_octets_that_are_nothing_at_all(octets: bytes) -> None:
    with pytest.raises(ValueError, match="it is no time-stamp"):
        verify.stamp_in(octets)


def test_a_bag_whose_record_is_one_entry(tmp_path: Path) -> None:
    bag = bag_of(record_of([("wave.finish", "wave:1", {})]), [])
    assert checked(bag.stamp(bag.files[CHECKPOINT], by_nobody(bag.files[CHECKPOINT]), 1), tmp_path)[0] == 0
    assert {ENTRIES, DELIVERIES} <= set(bag.files)
    assert bag.files["data/anchors/1.json"] == canonical({"proof": []}).encode()


@needs_openssl
def test_it_runs_from_the_bag_with_nothing_around_it(bag: Bag, tmp_path: Path) -> None:
    folder = bag.write(tmp_path / "bag")
    done = run(folder, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"openssl ts -verify -data {TEXT} -in {TOKEN}" in done.stdout
    assert not list(folder.rglob("*.pyc"))
