"""Evidence with hours that are not the office's: a real authority stamps heads, and a bag's reader needs Python and OpenSSL."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distro.archive import verify
from distro.archive.anchors import How, head_of, keep, stamped
from distro.archive.sealing import newest
from distro.config import Anchors
from distro.dispatch.evidence_anchors import choose
from tests.acceptance import process
from tests.authority import OPENSSL, Authority, Server, unsigned
from tests.integration.test_anchors import DAY, anchoring, happen, look, sealed, signer_of
from tests.integration.test_evidence import in_process, lines, pdf_text, take, taken, unpacked, untriggered
from tests.office import WRITER, Office, now

ADA = "ada@daily.example.com"
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="there is no openssl, which is the authority of these tests")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    server = Server(authority.answer).start()
    yield server
    server.stop()


def play(office: Office) -> None:
    """A copy leaves."""
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()


def stamp(office: Office, hour: str = "20261201100000Z") -> int:
    """Seal what there is, and keep a token for its head that nobody signed. Returns its size."""
    sealed(office)
    with office.write() as session:
        head = head_of(newest(session) or pytest.fail("no head"), signer_of(office))
        keep(session, head, How.TSA, actor="robot:scheduler", at=now(), token=unsigned(head.note.encode(), hour))
    return head.size


def sizes(bag: Path) -> list[int]:
    return sorted(int(path.stem) for path in (bag / "data" / "anchors").glob("*.tsr"))


@needs_openssl
def test_a_bag_tells_an_hour_that_an_authority_signed(
    office: Office, authority: Authority, server: Server, tmp_path: Path
) -> None:
    """From the settings to the court: the bot sends and has its head stamped; the bag verifies in a bare process."""
    play(office)
    office.settings["anchors"] = Anchors(tsa_url=server.url)
    before = now().replace(microsecond=0)
    office.run()
    assert len(server.questions) == 1
    bag, exported = taken(office, "clinic", tmp_path)
    assert (exported.stamps, exported.unfit) == (1, ())
    (size,) = sizes(bag)
    name = f"data/anchors/{size}"

    bare = [sys.executable, "-I", "-S", "verify.py"]
    done = subprocess.run(bare, cwd=bag, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = re.search(
        r"the first (\d+) of the (\d+) entries here were in the record at ([-0-9]{10} [:0-9]{8}) UTC, if", done.stdout
    )
    assert told, done.stdout
    assert f"{before:%Y-%m-%d %H:%M:%S}" <= told[3] <= f"{now():%Y-%m-%d %H:%M:%S}"
    leaves = [proof["leaf"] for proof in lines(bag, "proofs")]
    assert [int(told[1]), int(told[2])] == [sum(leaf < size for leaf in leaves), len(leaves)]
    covered = [entry["kind"] for entry in lines(bag, "entries")][: int(told[1])]
    assert "delivery.accepted" in covered, "the acceptance was there by that hour"
    assert "archive.exported" not in covered

    assert f"openssl ts -verify -data {name}.txt -in {name}.tsr -CAfile ROOT.pem" in done.stdout
    assert authority.verifies(bag / f"{name}.txt", bag / f"{name}.tsr")
    with (bag / f"{name}.txt").open("ab") as file:
        file.write(b" ")
    assert not authority.verifies(bag / f"{name}.txt", bag / f"{name}.tsr")
    assert in_process(bag)[0] == 1


@needs_openssl
def test_the_command_that_the_bag_tells_is_one_that_works(
    office: Office, authority: Authority, server: Server, tmp_path: Path
) -> None:
    """From the words of verify.py, README.txt and the summary, as a reader would take them."""
    happen(office)
    play(office)
    look(anchoring(office, tsa_url=server.url))
    bag, _ = taken(office, "wave:1", tmp_path)
    (size,) = sizes(bag)
    readme = (bag / "README.txt").read_text()
    printed = " ".join(pdf_text(bag / "data" / "summary.pdf").split())
    commands = {
        bag: re.findall(r"openssl ts -verify \S.*ROOT\.pem", in_process(bag)[1]),
        bag / "data" / "anchors": [
            *(found.replace(" N.", f" {size}.") for found in re.findall(r"openssl ts -verify .*ROOT\.pem", readme)),
            *re.findall(r"openssl ts -verify \S+ \S+ \S+ \S+ \S+ ROOT\.pem", printed),
        ],
    }
    assert [len(found) for found in commands.values()] == [1, 3]
    for folder, found in commands.items():
        for command in found:
            words = [str(authority.root) if word == "ROOT.pem" else word for word in command.split()]
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            assert "Verification: OK" in done.stdout + done.stderr, command


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Time-stamps", "its clock is not the office's", "There by", "2026-12-01 05:00:00 EST", "2026-12-01 10:00:00 UTC",
             "If OpenSSL confirms the authority's signature", "stamp proves nothing"),
        ),
        (
            "es",
            ("Sellos de tiempo", "autoridad de sellado de tiempo", "Constaba, a más tardar", "2026-12-01 10:00:00 UTC",
             "Si OpenSSL confirma la firma de la autoridad", "un sello de tiempo no demuestra nada"),
        ),
    ],
)  # fmt: skip
def test_the_summary_and_the_readme_say_what_a_time_stamp_proves(
    office: Office, tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    play(office)
    stamp(office)
    bag, _ = taken(office, "clinic", tmp_path, language=language)
    printed = " ".join(pdf_text(bag / "data" / "summary.pdf").split())
    for one in words:
        assert one in printed
    assert "evidence:" not in printed
    readme = (bag / "README.txt").read_text()
    assert "In this bag: 1. An authority" in readme
    assert "En esta bolsa: 1. Una autoridad de sellado de tiempo" in readme


def test_a_bag_without_any_says_so(office: Office, tmp_path: Path) -> None:
    play(office)
    bag, exported = taken(office, "clinic", tmp_path)
    assert (exported.stamps, exported.unfit) == (0, ())
    assert not (bag / "data" / "anchors").exists()
    printed = " ".join(pdf_text(bag / "data" / "summary.pdf").split())
    assert "This bag has no time-stamp of an authority" in printed
    assert "If OpenSSL confirms" not in printed
    assert "In this bag: 0." in (bag / "README.txt").read_text()
    assert "there are none, so for all hours there is only the word of the office" in in_process(bag)[1]


def test_each_entry_has_the_first_head_that_covers_it(office: Office, tmp_path: Path) -> None:
    """Under the first is how writer and approver came onto the staff; what came between the second and the third is none of
    the bag's business; the last has what happened elsewhere, and is the newest."""
    happen(office)
    staff = stamp(office)
    play(office)
    first = stamp(office)
    happen(office)
    skipped = stamp(office)
    take(office, "clinic", tmp_path / "before.zip")
    last = stamp(office)
    happen(office)
    newest_of_all = stamp(office)
    bag, exported = taken(office, "clinic", tmp_path)
    assert sizes(bag) == [staff, first, last, newest_of_all]
    with office.store.read() as session:
        assert stamped(session, exported.size) == [staff, first, skipped, last, newest_of_all]
    said = in_process(bag)[1]
    counts = [int(found) for found in re.findall(r"the first (\d+) of the", said)]
    assert counts[0] == 2 < counts[1] < counts[2] == counts[3] == exported.entries - 1, "all but the second export"


@given(st.sets(st.integers(1, 60), max_size=12), st.lists(st.integers(0, 70), max_size=20))
def test_which_heads_a_bag_needs(heads: set[int], leaves: list[int]) -> None:
    ordered = sorted(heads)
    chosen = choose(ordered, leaves)
    first = {min(covering) for leaf in leaves if (covering := [size for size in ordered if leaf < size])}
    assert chosen == sorted(first | set(ordered[-1:]))
    assert all(bisect_right(ordered, leaf) == len(ordered) or leaf < max(chosen) for leaf in leaves)


@pytest.mark.altered
@pytest.mark.parametrize("attack", ["token", "note", "tree"])
def test_one_that_does_not_fit_is_left_out_and_told(office: Office, tmp_path: Path, attack: str) -> None:
    """It keeps nothing else out of the bag."""
    play(office)
    size = stamp(office)
    happen(office)
    fits = stamp(office)
    with office.store.read() as session:
        head = head_of(newest(session) or pytest.fail("no head"), signer_of(office))
    other = {"token": "substr(token, 1, 20)", "note": "token", "tree": "token"}[attack]
    with untriggered(office) as execute:
        if attack == "token":
            execute(f"UPDATE anchor SET token = {other} WHERE size = {size}")
        elif attack == "note":
            execute(f"UPDATE checkpoint SET note = replace(note, 'ledger', 'ladder') WHERE size = {size}")
        else:  # another head's note, which the office did sign
            execute(f"UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = {head.size}) WHERE size = {size}")
    bag, exported = taken(office, "clinic", tmp_path)
    assert (exported.stamps, exported.unfit) == (1, (size,))
    assert sizes(bag) == [fits]
    assert f"Left out, as they do not fit {size}" in " ".join(pdf_text(bag / "data" / "summary.pdf").split())


def test_any_bit_of_any_anchor(office: Office, tmp_path: Path) -> None:
    """Of a real bag: verify.py fails, and names the file."""
    play(office)
    for _ in range(3):
        happen(office)
        stamp(office)
    take(office, "clinic", tmp_path / "before.zip")
    stamp(office)
    bag, exported = taken(office, "clinic", tmp_path)
    files = sorted(path.relative_to(bag).as_posix() for path in (bag / "data" / "anchors").iterdir())
    assert len(files) == 3 * exported.stamps >= 6

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(files), st.integers(0, 10**9))
    def flip(name: str, bit: int) -> None:
        path = bag / name
        whole = path.read_bytes()
        octets = bytearray(whole)
        octets[bit // 8 % len(octets)] ^= 1 << bit % 8
        path.write_bytes(octets)
        try:
            code, said = in_process(bag)
        finally:
            path.write_bytes(whole)
        assert code == 1
        assert name in said.partition("FAULT")[2]

    flip()
    assert in_process(bag)[0] == 0


@needs_openssl
def test_the_command_tells_of_them(office: Office, server: Server, authority: Authority, tmp_path: Path) -> None:
    play(office)
    before = now()
    look(anchoring(office, tsa_url=server.url), before + DAY)
    outside = process.Office.at(tmp_path, office.port, url=office.config.store_url)
    done = outside.json("--as", WRITER.name, "archive", "evidence", "clinic", "--out", "case.zip")
    assert (done["stamps"], done["unfit"]) == (1, [])
    bag = unpacked(tmp_path / "case.zip", tmp_path / "case")
    (size,) = sizes(bag)
    assert json.loads((bag / f"data/anchors/{size}.json").read_text()).keys() == {"proof"}
    stamp, _ = verify.stamp_in((bag / f"data/anchors/{size}.tsr").read_bytes())
    assert f"{before:%Y-%m-%d %H:%M:%S}" <= stamp[:19] <= f"{now():%Y-%m-%d %H:%M:%S}", "the authority's hour, not the office's"
    said = outside.run("--as", WRITER.name, "archive", "evidence", "clinic", "--out", "again.zip").stdout.decode()
    assert "Time-stamped heads in it: 1." in said

    outside.run("archive", "anchors", "--token", str(size), "--out", "head.tsr")
    for ending in ("txt", "tsr"):
        assert (tmp_path / f"head.{ending}").read_bytes() == (bag / f"data/anchors/{size}.{ending}").read_bytes()
    assert authority.verifies(tmp_path / "head.txt", tmp_path / "head.tsr")
