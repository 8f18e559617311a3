"""`distro archive evidence`, as an auditor runs it; and the bag on a machine that has Python and nothing of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.acceptance.process import Office
from tests.sink import Sink


@pytest.fixture
def office(tmp_path: Path, store_url: str, sink: Sink) -> Office:
    """A bilingual release went to two readers."""
    office = Office.at(tmp_path, sink.port, url=store_url)
    office.people()
    office.run("staff", "add", "Olga", "--email", "olga@press.example.org", "--role", "auditor", as_="Rosa")
    office.contacts(["ada@daily.example.com,Ada Reader,en,1", "lucia@diario.example.com,Lucía Lectora,es,1"])
    office.release()
    office.run("run", "--until-idle")
    return office


def verify(bag: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "verify.py", *arguments]
    return subprocess.run(command, cwd=bag, env={}, capture_output=True, text=True, check=False)


def test_an_auditor_takes_the_proof_away(office: Office, sink: Sink) -> None:
    told = office.json("archive", "evidence", "clinic", "--out", "case.zip", as_="Olga")
    assert (told["deliveries"], told["copies"], told["erased"], told["damaged"]) == (2, 2, 0, [])
    assert (office.folder / "case.zip").stat().st_mode & 0o777 == 0o600
    with ZipFile(office.folder / "case.zip") as zipped:
        zipped.extractall(office.folder / "away")
    bag = office.folder / "away" / "case"

    done = verify(bag, "--key", told["key"])
    assert (done.returncode, done.stderr) == (0, "")
    assert f"under the root {told['root']}" in done.stdout
    assert "it is one given with --key" in done.stdout
    for received in sink.received:
        assert any(received.octets == copy.read_bytes() for copy in (bag / "data" / "copies").iterdir())

    (bag / "data" / "copies" / "1.eml").write_bytes(b"From: us\r\n\r\nSomething else.\r\n")
    done = verify(bag)
    assert (done.returncode, done.stderr) == (1, "")
    assert "FAULT: data/copies/1.eml" in done.stdout


def test_what_it_says_and_refuses(office: Office) -> None:
    said = office.run("archive", "evidence", "delivery:1", "--out", "one.zip", "--language", "es", as_="Olga").stdout.decode()
    assert "one.zip: deliveries 1, copies 1, entries " in said
    assert "python3 verify.py" in said
    whole = (office.folder / "one.zip").read_bytes()
    for arguments, sentence in (
        (("clinic", "--out", "one.zip"), "one.zip is there already"),
        (("clinics", "--out", "two.zip"), "did you mean 'clinic'?"),
        (("wave:7", "--out", "two.zip"), "There is no wave 7; `distro wave list` shows them."),
        (("clinic", "--out", "two.zip", "--language", "de"), "it speaks en, es, fr, pt"),
    ):
        refused = office.run("archive", "evidence", *arguments, as_="Olga", status=2)
        assert sentence in refused.stderr.decode()
        assert refused.stderr.count(b"\n") == 1
    assert b"say who you are" in office.run("archive", "evidence", "clinic", "--out", "two.zip", status=2).stderr
    assert not (office.folder / "two.zip").exists()
    assert (office.folder / "one.zip").read_bytes() == whole
    office.run("archive", "evidence", "clinic", "--out", "one.zip", "--force", as_="Olga")
    assert (office.folder / "one.zip").read_bytes() != whole

    entries = office.json("archive", "show", "1")["entries"]
    assert [(e["actor"], e["payload"]["what"]) for e in entries if e["kind"] == "archive.exported"] == [("Olga", "delivery:1")]


def test_a_bag_is_never_there_by_half(office: Office) -> None:
    """Killed whenever: there is a whole bag or none."""
    for seconds in (0.8, 1.2, 1.6):
        command = office.start("--as", "Olga", "archive", "evidence", "clinic", "--out", "killed.zip", "--force")
        time.sleep(seconds)
        command.kill()
        command.wait()
        if (office.folder / "killed.zip").exists():
            assert ZipFile(office.folder / "killed.zip").testzip() is None
    told = json.loads(
        office.run("archive", "evidence", "clinic", "--out", "killed.zip", "--force", "--json", as_="Olga").stdout
    )
    assert told["deliveries"] == 2
