"""The program that checks a bag's time-stamps: a good one passes, and what was done to one is found and named."""

from __future__ import annotations

import ast
import contextlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import tsp
from hypothesis import given, settings
from hypothesis import strategies as st

from distro.archive import stamps, tsa, verify
from tests.authority import OPENSSL, Authority
from tests.unit.test_verify_bag import ATTACKER, CHECKPOINT, KEY, OFFICE, ORIGIN, Bag, good, key_line, record_of, signed

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="there is no openssl, which is the authority of these tests")

TEXT, TOKEN = "data/anchors/8.txt", "data/anchors/8.tsr"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


def stamped(authority: Authority, note: bytes) -> Bag:
    """The good bag with a head and its time-stamp."""
    bag = good()
    bag.files["stamps.py"] = Path(stamps.__file__).read_bytes()
    bag.files[TEXT], bag.files[TOKEN] = note, authority.answer(tsa._question(note, 5))
    return bag.sealed()


@pytest.fixture(scope="module")
def bag(authority: Authority) -> Bag:
    return stamped(authority, signed(good().leaves[:8], OFFICE))


def checked(bag: Bag, folder: Path, *arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = stamps.main([str(bag.sealed().write(folder)), *arguments])
    assert "broke off" not in said.getvalue(), said.getvalue()
    assert (code == 0) == ("FAULT" not in said.getvalue()) == ("\nVERIFIED: " in said.getvalue())
    return code, said.getvalue()


def test_a_good_time_stamp_is_told_in_words(bag: Bag, tmp_path: Path) -> None:
    code, said = checked(bag, tmp_path)
    assert code == 0, said
    hour = tsp.TimeStampResp.load(bag.files[TOKEN])["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert f"says that {TEXT} was there at {hour['gen_time'].native:%Y%m%d%H%M%S}Z" in said
    assert f"openssl ts -verify -data {TEXT} -in {TOKEN} -CAfile ROOT.pem" in said
    assert "the authority's signature is not checked here" in said
    assert "Without OpenSSL's word it proves no hour at all" in said
    with contextlib.redirect_stdout(io.StringIO()):
        assert verify.main([str(tmp_path)]) == 0, "verify.py minds them no more than other files"


def test_the_token_alone_will_do(bag: Bag, tmp_path: Path) -> None:
    alone = bag.clone()
    alone.files[TOKEN] = tsp.TimeStampResp.load(bag.files[TOKEN])["time_stamp_token"].dump()
    assert checked(alone, tmp_path)[0] == 0


def test_the_head_may_be_the_checkpoint_itself(authority: Authority, tmp_path: Path) -> None:
    assert checked(stamped(authority, good().files[CHECKPOINT]), tmp_path)[0] == 0


def ungranted(answer: bytes) -> bytes:
    asked = tsa.Answer.load(answer)
    asked["status"] = {"status": "rejection"}
    return bytes(asked.dump(force=True))


def other_content(answer: bytes) -> bytes:
    """A signature over something else, as of a mail."""
    asked = tsa.Answer.load(answer)
    asked["time_stamp_token"]["content"]["encap_content_info"] = {"content_type": "data", "content": b"0\x00"}
    return bytes(asked.dump(force=True))


ATTACKS: dict[str, tuple[Callable[[Bag], bytes], Callable[[bytes], bytes], str]] = {
    "another key": (lambda b: signed(b.leaves[:8], ATTACKER), bytes, "is no head of this record"),
    "more entries": (lambda b: signed([*b.leaves, b"more"], OFFICE), bytes, "has 13 entries, more than the checkpoint"),
    "another root": (
        lambda b: signed(record_of([("other", "thing:1", {})] * len(b.leaves)), OFFICE), bytes, "the key signed two records"
    ),
    "another record": (
        lambda b: signed(b.leaves[:8], OFFICE).replace(ORIGIN.encode(), b"x.example/ledger"), bytes, "is no head of this record"
    ),
    "no note": (lambda _: b"hello\n", bytes, "is no head of this record"),
    "not granted": (lambda b: signed(b.leaves[:8], OFFICE), ungranted, "did not grant it"),
    "no time-stamp": (lambda b: signed(b.leaves[:8], OFFICE), other_content, f"{TOKEN}: "),
    "cut off": (lambda b: signed(b.leaves[:8], OFFICE), lambda token: token[:-1], "this is not DER"),
    "more behind it": (lambda b: signed(b.leaves[:8], OFFICE), lambda token: token + b"\0", f"{TOKEN}: "),
    "nothing": (lambda b: signed(b.leaves[:8], OFFICE), lambda _: b"", f"{TOKEN}: "),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_done_to_it_is_named(authority: Authority, tmp_path: Path, attack: str) -> None:
    note, token, words = ATTACKS[attack]
    bag = stamped(authority, note(good()))
    bag.files[TOKEN] = token(bag.files[TOKEN])
    code, said = checked(bag, tmp_path)
    assert code == 1
    assert words in said.partition("FAULT")[2]


def test_a_head_whose_octets_are_not_those_that_were_stamped(bag: Bag, tmp_path: Path) -> None:
    """Signed as well as the other, and yet another text."""
    other = bag.clone()
    other.files[TEXT] = signed(good().leaves[:7], OFFICE)
    code, said = checked(other, tmp_path)
    assert code == 1
    assert f"{TOKEN} is not for the octets of {TEXT}" in said


def test_a_time_stamp_without_its_head_and_a_bag_without_any(bag: Bag, tmp_path: Path) -> None:
    other = bag.clone()
    del other.files[TEXT]
    assert f"{TEXT} is not there" in checked(other, tmp_path / "a")[1].partition("FAULT")[2]
    assert "has no time-stamp" in checked(good(), tmp_path / "b")[1].partition("FAULT")[2]


def test_with_a_key_got_elsewhere(bag: Bag, tmp_path: Path) -> None:
    assert checked(bag, tmp_path, "--key", key_line(OFFICE))[0] == 0
    assert checked(bag, tmp_path, "--key", key_line(ATTACKER))[0] == 1


def test_a_bag_that_does_not_hold(bag: Bag, tmp_path: Path) -> None:
    other = bag.clone()
    other.files[KEY] = f"{key_line(ATTACKER)}\n".encode()
    code, said = checked(other, tmp_path)
    assert code == 1
    assert f"skipped: whether {TEXT} is signed" in said


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_the_octets_there_is_a_sentence_or_the_stamp(bag: Bag, data: st.DataObject) -> None:
    octets = bytearray(bag.files[TOKEN])
    for place in data.draw(st.lists(st.integers(0, 300), max_size=3)):
        octets[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        hour, imprint = stamps.stamp_in(bytes(octets))
        assert hour.isascii()
        assert isinstance(imprint, bytes)


@pytest.mark.parametrize(
    "octets",
    ["", "0400", "04017f", "3003020101", "04818000"[:6] + "00" * 128, "0482010000"[:8] + "00" * 256],
)
def test_what_is_der(octets: str) -> None:
    values = stamps.der(bytes.fromhex(octets))
    assert len(values) == (octets != "")


@pytest.mark.parametrize(
    "octets",
    [
        "04",
        "0401",
        "0481",
        "048100",  # the length in a longer form than it needs
        "04817f" + "00" * 127,
        "04820080" + "00" * 128,
        "2480" + "0000",  # of no stated length: BER
        "048201",
        "1f8100" + "00",  # a tag of several octets
        "04ff" + "00" * 10,
    ],
)
def test_what_is_none(octets: str) -> None:
    with pytest.raises(ValueError, match="not DER"):
        stamps.der(bytes.fromhex(octets))


def test_it_runs_from_the_bag_with_nothing_around_it(bag: Bag, tmp_path: Path) -> None:
    folder = bag.write(tmp_path / "bag")
    done = subprocess.run(
        [sys.executable, str(folder / "stamps.py")], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nVERIFIED: " in done.stdout
    (folder / "verify.py").unlink()
    done = subprocess.run([sys.executable, str(folder / "stamps.py")], env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("verify.py is not there")


def test_it_wants_nothing_but_the_standard_library_and_its_neighbour() -> None:
    text = Path(stamps.__file__).read_text(encoding="utf-8")
    assert text.isascii()
    tree = ast.parse(text, feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {"distro", "verify"}
