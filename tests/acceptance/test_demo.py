"""The demo as `make demo` runs it, and its proof: that it holds, and that it would say so if it did not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.demo.folders import JOINT
from tests.demo.office import Office
from tests.demo.people import press_list
from tests.demo.proof import Archived, before_embargo, duplicates, mailbox, mismatches
from tests.demo.record import archived
from tests.demo.server import Mail, read_all

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def start(folder: Path) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")}
    command = [sys.executable, "-m", "tests.demo"]
    environment = {**clean, "DEMO_FOLDER": str(folder)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "var"


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    demo = start(folder)
    out, err = demo.communicate(timeout=600)
    assert demo.returncode == 0, f"{out.decode()}\n{err.decode()}"
    assert err == b""
    return out.decode()


@pytest.fixture(scope="module")
def last(printed: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return said


@pytest.fixture(scope="module")
def mails(printed: str, folder: Path) -> list[Mail]:
    return read_all(folder / "received")


@pytest.fixture(scope="module")
def lift(printed: str, folder: Path) -> datetime:
    written = (folder / "releases" / JOINT / "release.toml").read_text().split('embargo = "')[1].split('"')[0]
    return datetime.fromisoformat(written)


@pytest.fixture(scope="module")
def archive(printed: str, folder: Path) -> list[Archived]:
    return archived(Office(folder))


def test_it_ends_with_figures_that_the_files_bear_out(last: dict[str, Any], mails: list[Mail]) -> None:
    assert (last["before_embargo"], last["duplicates"], last["archive_mismatches"]) == (0, 0, 0)
    assert last["accepted"] == last["received"] == len(mails) > 400
    assert last["bilingual"] == sum(b"\r\nContent-Language: e" in m.octets and len(m.header.languages) == 2 for m in mails) > 50
    assert {(wave["release"], wave["purpose"]) for wave in last["waves"]} == {
        ("night-clinic", "advance"),
        ("night-clinic", "general"),
        ("heat-forum", "general"),
        ("council-vote", "general"),
    }
    assert all(wave["state"] == "done" and wave["planned"] == wave["received"] > 0 for wave in last["waves"])


def test_it_prints_for_people_and_without_control_codes(printed: str) -> None:
    for words in ("What happened when", "the embargo lifts", "What each wave did", "no embargo agreement", "Look for yourself"):
        assert words in printed
    assert not any(ord(letter) < 32 and letter != "\n" for letter in printed)


def test_every_mail_is_filed_as_it_came_and_pages_can_be_opened(mails: list[Mail], folder: Path) -> None:
    on_disk = {path.name for path in (folder / "received").glob("*.eml")}
    assert on_disk == {mail.path.name for mail in mails}
    assert all(b"\r\n" in mail.octets and mail.octets.count(b"\n") == mail.octets.count(b"\r\n") for mail in mails)
    assert any(not mail.to.isascii() for mail in mails), "an address that needs SMTPUTF8"
    pages = {path.name: path.read_text() for path in (folder / "open").glob("*.html")}
    assert {"night-clinic.advance.en+es.html", "heat-forum.es.html", "council-vote.en.html"} <= set(pages)
    assert all("</html>" in page for page in pages.values())


def test_who_agreed_had_it_first_and_nobody_who_wants_no_mail_got_any(mails: list[Mail], lift: datetime) -> None:
    people = press_list(JOINT)
    agreed = {mailbox(address) for address in people.agreements}
    early = [mail for mail in mails if mail.header.release == JOINT and mail.at < lift]
    assert early
    assert all(mail.header.early and mailbox(mail.to) in agreed for mail in early)
    assert not {mailbox(mail.to) for mail in mails} & {mailbox(address) for address in people.suppressed}
    french = {mailbox(one.email) for one in people.journalists if one.languages == "fr"}
    assert {mail.header.languages for mail in mails if mailbox(mail.to) in french} == {("en",)}


def test_the_proof_finds_what_is_wrong(mails: list[Mail], archive: list[Archived], lift: datetime) -> None:
    joint = next(mail for mail in mails if mail.header.release == JOINT and not mail.header.early)
    assert before_embargo([replace(joint, at=lift - timedelta(milliseconds=1))], JOINT, lift, []) == 1
    assert before_embargo([replace(joint, at=lift)], JOINT, lift, []) == 0
    assert before_embargo([replace(joint, at=lift - timedelta(seconds=1))], JOINT, lift, [joint.to.upper()]) == 0

    assert duplicates([*mails, joint]) == 1
    assert mismatches(mails, archive) == []
    assert len(mismatches(mails[1:], archive)) == 1, "archived and not received"
    assert len(mismatches(mails, archive[1:])) == 1, "received and not archived"
    altered = replace(joint, octets=joint.octets.replace(b"Alder", b"Elder", 1))
    assert len(mismatches([altered if mail is joint else mail for mail in mails], archive)) == 1
    elsewhere = replace(joint, to="someone@else.example.org")
    assert len(mismatches([elsewhere if mail is joint else mail for mail in mails], archive)) == 1


def is_of_the_bot(process: psutil.Process) -> bool:
    """The bot, or whom it has forked. Whoever has just been forked for a command is nobody yet."""
    with suppress(psutil.Error):
        return bool(process.cmdline()[-1:] == ["run"])
    return False


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def test_interrupted_it_takes_the_bot_with_it(tmp_path: Path) -> None:
    demo = start(tmp_path / "var")
    until = time.monotonic() + 90
    while sum(map(is_of_the_bot, started := psutil.Process(demo.pid).children(recursive=True))) < 2:
        assert time.monotonic() < until, "there is no bot with a clerk beside it"
        time.sleep(0.05)
    demo.send_signal(signal.SIGTERM)
    demo.communicate(timeout=120)
    assert demo.returncode == 130
    until = time.monotonic() + 10
    while any(map(lives, started)):
        assert time.monotonic() < until, f"of {started} some live on"
        time.sleep(0.05)


def test_it_wipes_no_folder_but_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    demo = start(tmp_path)
    _, err = demo.communicate(timeout=120)
    assert demo.returncode == 1
    assert "not the demo's" in err.decode()
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
