"""The release commands as a press office runs them: from a folder to armed waves, and every way to be told no."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.acceptance.ready import run_as_text

DISTRO = Path(sys.executable).with_name("distro")
SAMPLES = Path(__file__).parents[1] / "samples"

JOURNALISTS = """email,name,outlet,beats,region,languages,timezone,phone,tier,source,notes
ana@daily.example.net,Ana Ejemplo,Example Daily,labor,San Pedro,es,,,1,,
bob@wire.example.net,Bob Example,Example Wire,labor;health,San Pedro,en,,,1,,
eva@radio.example.net,Eva Ejemplo,Radio Ejemplo,labor,San Pedro,en+es,,,2,,
fay@post.example.net,Fay Example,Example Post,labor,San Pedro,fr,,,2,,
gus@blog.example.net,Gus Example,Example Blog,health,San Pedro,en,,,3,,
hal@desk.example.net,Hal Example,Example Desk,labor,San Pedro,en,,,3,,
"""


class Kept:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 kept as 4711"


class Office:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("DISTRO_")} | {
            "DISTRO_SMTP__HOST": "127.0.0.1",
            "DISTRO_SMTP__PORT": str(port),
            "DISTRO_SMTP__TLS": "none",
            "DISTRO_OFFICE__TIMEZONE": "America/Los_Angeles",
        }

    def run(self, person: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_as_text([*(("--as", person) if person else ()), *arguments], self.environment, self.folder)

    def ok(self, person: str, *arguments: str) -> str:
        done = self.run(person, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, person: str, *arguments: str) -> Any:
        return json.loads(self.ok(person, *arguments, "--json"))

    def refused(self, person: str, *arguments: str) -> str:
        done = self.run(person, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, Kept]]:
    kept = Kept()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield port, kept
    controller.stop()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, server: tuple[int, Kept]) -> Path:
    """An office with staff, six journalists and three segments."""
    folder = tmp_path_factory.mktemp("ready")
    office = Office(folder, server[0])
    (folder / "journalists.csv").write_text(JOURNALISTS)
    office.ok("", "init")
    office.ok("", "staff", "add", "Root", "--email", "root@press.example.org", "--role", "admin")
    office.ok("Root", "staff", "add", "Rosa", "--email", "rosa@press.example.org", "--role", "author")
    office.ok("Root", "staff", "add", "Ana", "--email", "ana@press.example.org", "--role", "approver")
    office.ok("Rosa", "contacts", "import", "journalists.csv")
    office.ok("Rosa", "contacts", "suppress", "hal@desk.example.net", "--reason", "asked")
    office.ok("Rosa", "contacts", "agree", "bob@wire.example.net")
    for name, rule in (("Labor", "beat:labor"), ("Health", "beat:health"), ("Blogs", 'outlet:"Example Blog"')):
        office.ok("Rosa", "segments", "save", name, rule)
    return folder


@pytest.fixture
def office(ready: Path, server: tuple[int, Kept], tmp_path: Path) -> Office:
    return Office(Path(shutil.copytree(ready, tmp_path / "office")), server[0])


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """The bilingual sample, embargoed until an hour that lies ahead."""
    folder = Path(shutil.copytree(SAMPLES / "clinic-report", tmp_path / "report"))
    lift = datetime.now(UTC) + timedelta(days=2)
    toml = (folder / "release.toml").read_text()
    (folder / "release.toml").write_text(
        f'slug = "report"\n{toml}'.replace("2026-12-01 09:00 America/Los_Angeles", lift.isoformat())
    )
    return folder


def test_from_a_folder_to_armed_waves(office: Office, report: Path) -> None:
    added = office.json("Rosa", "release", "add", str(report))
    assert (added["slug"], added["languages"], added["changed"]) == ("report", ["en", "es"], True)
    assert not office.json("Rosa", "release", "add", str(report))["changed"]
    assert office.json("Rosa", "release", "submit", "report")["version"] == added["version"]

    plan = ("release", "schedule", "report", "--audience", "Labor,Health", "--exclude", "Blogs", "--advance", "Health")
    tried = office.json("Rosa", *plan, "--dry-run")
    assert office.json("", "release", "show", "report")["waves"] == [], "a dry run leaves nothing behind"
    planned = office.json("Rosa", *plan)
    for waves in (tried["waves"], planned["waves"]):
        early, general = waves
        assert (early["purpose"], early["count"], early["languages"]) == ("advance", 1, {"en": 1})
        assert (general["purpose"], general["count"], general["fallbacks"]) == ("general", 3, 1)
        assert general["languages"] == {"es": 1, "en+es": 1, "en": 1}
        assert {left["count"] for left in general["left_out"]} == {1}
        assert len(general["left_out"]) == 3, "the suppressed, the excluded, and who gets the advance copy"
    lift = office.json("", "release", "list")[0]["embargo"]
    assert planned["waves"][1]["at"] == lift

    assert "Rosa is author and may not approve" in office.refused("Rosa", "release", "approve", "report")
    approved = office.json("Ana", "release", "approve", "report")
    assert {wave["state"] for wave in approved["waves"]} == {"armed"}
    shown = office.json("", "release", "show", "report")
    assert (shown["status"], shown["approvals"][0]["by"]) == ("approved", "Ana")
    assert "approved" in office.ok("", "release", "show", "report")

    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    moved = office.json("Rosa", "release", "reschedule", "report", "--at", later)
    assert datetime.fromisoformat(moved["waves"][1]["at"]) == datetime.fromisoformat(later)
    assert office.json("", "release", "show", "report")["status"] == "scheduled"
    recalled = office.json("Rosa", "release", "recall", "report", "--reason", "wrong figures")
    assert len(recalled["waves"]) == 2
    assert "is recalled" in office.refused("Rosa", "release", "recall", "report")


def test_changing_the_folder_makes_a_new_draft(office: Office, report: Path) -> None:
    first = office.json("Rosa", "release", "add", str(report))
    office.ok("Rosa", "release", "submit", "report")
    office.ok("Rosa", "release", "schedule", "report", "--audience", "Labor")
    office.ok("Ana", "release", "approve", "report")
    with (report / "en.md").open("a") as edition:
        edition.write("\nOne more sentence.\n")
    second = office.json("Rosa", "release", "add", str(report))
    assert second["version"] != first["version"]
    assert (second["status"], len(second["cancelled_waves"])) == ("draft", 1)
    assert any("that is void now" in note for note in second["notes"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("release", "add", "nowhere"), "There is no folder nowhere"),
        (("release", "show", "nothing"), "There is no release 'nothing'"),
        (("release", "submit", "nothing"), "There is no release 'nothing'"),
        (("release", "approve", "nothing"), "There is no release 'nothing'"),
    ],
)
def test_no_is_said_in_sentences(office: Office, arguments: tuple[str, ...], says: str) -> None:
    assert says in office.refused("Ana", *arguments)


def test_all_that_stops_a_submission_is_said_at_once(office: Office) -> None:
    office.ok("Rosa", "release", "add", str(SAMPLES / "hearing"))
    said = office.refused("Rosa", "release", "submit", "hearing-on-wages")
    for part in ("'who' is missing in es.md", "is not in the folder", "public_url"):
        assert part in said
    assert office.json("", "release", "show", "hearing-on-wages")["against_submitting"] == said.splitlines()


def test_unknown_segments_and_a_wrong_hour_are_said_together(office: Office, report: Path) -> None:
    office.ok("Rosa", "release", "add", str(report))
    assert "Submit it first" in office.refused("Rosa", "release", "schedule", "report", "--audience", "Labor")
    office.ok("Rosa", "release", "submit", "report")
    said = office.refused(
        "Rosa", "release", "schedule", "report", "--audience", "Labour,Nobody", "--at", "2027-03-14 02:30 America/New_York"
    )
    assert "no segment 'Labour'; did you mean 'Labor'?" in said
    assert "no segment 'Nobody'" in said
    assert "does not exist in America/New_York" in said


def test_an_actor_is_needed_to_write_and_none_to_read(office: Office, report: Path) -> None:
    assert "say who you are" in office.refused("", "release", "add", str(report))
    assert office.json("", "release", "list") == []


def test_a_preview_is_the_mail_and_its_two_parts(office: Office, report: Path, tmp_path: Path) -> None:
    office.ok("Rosa", "release", "add", str(report))
    out = tmp_path / "out"
    files = office.json("", "release", "preview", "report", "--for", "eva@radio.example.net", "--out", str(out))["files"]
    assert [Path(file).name for file in files] == [f"report.en+es{suffix}" for suffix in (".eml", ".html", ".txt")]
    mail = message_from_bytes(Path(files[0]).read_bytes(), policy=policy.default)
    assert mail["To"] == "Eva Ejemplo <eva@radio.example.net>"
    text = Path(files[2]).read_text()
    assert text.index("Half of dock workers") < text.index("La mitad del personal")
    assert "<html" in Path(files[1]).read_text()
    spanish = office.json("", "release", "preview", "report", "--language", "es", "--out", str(out))
    assert "La mitad del personal" in Path(spanish["files"][2]).read_text()
    assert "has no edition in 'fr'" in office.refused("", "release", "preview", "report", "--language", "fr", "--out", str(out))


def test_who_previews_an_embargoed_release_is_in_the_record(office: Office, report: Path, tmp_path: Path) -> None:
    office.ok("Rosa", "release", "add", str(report))
    preview = ("release", "preview", "report", "--out", str(tmp_path / "out"))
    office.ok("Ana", *preview)
    office.ok("", *preview, "--language", "es")
    assert "Nobody on the staff is called 'Zoe'" in office.refused("Zoe", *preview)
    with closing(sqlite3.connect(office.folder / "var/office/distro.db")) as store:
        read = store.execute("SELECT actor, payload FROM entry WHERE kind = 'release.read' ORDER BY id").fetchall()
    assert [(actor, json.loads(payload)["language"]) for actor, payload in read] == [
        ("Ana", "en"),
        (f"account:{getuser()}", "es"),
    ]


def test_a_test_copy_goes_to_the_house_only(office: Office, report: Path, server: tuple[int, Kept]) -> None:
    office.ok("Rosa", "release", "add", str(report))
    server[1].mails.clear()
    assert "staff" in office.refused("Rosa", "release", "test", "report", "--to", "somebody@example.com")
    assert "journalist" in office.refused("Rosa", "release", "test", "report", "--to", "Bob@wire.example.net")
    assert server[1].mails == []
    reply = office.json("Rosa", "release", "test", "report", "--to", "rosa@press.example.org", "--language", "en")["reply"]
    assert "4711" in reply
    ((recipients, octets),) = server[1].mails
    assert recipients == ["rosa@press.example.org"]
    assert "TEST" in str(message_from_bytes(octets, policy=policy.default)["Subject"])
