"""Every way by which a release's text leaves the office, walked a second before the lift and a second after it.

The ways are taken from the tree of commands and the routes of the web: one that is new is in a list below, or fails.
"""

from __future__ import annotations

import re
import signal
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from distro.cli import app as tree
from distro.config import Office as Settings
from distro.web.app import create_app
from tests.acceptance.process import Office
from tests.acceptance.test_cli_notices import change
from tests.acceptance.test_clock import LIBRARY
from tests.sink import Sink

HEADLINE = "Clinic opens on Main Street"
TEXT = "The clinic opens."

RECORDED = {
    "release preview": ("release", "preview", "clinic", "--out", "out"),
    "release show": ("release", "show", "clinic"),
    "archive eml": ("archive", "eml", "1"),
    "archive search": ("archive", "search", "clinic"),
    "archive evidence": ("archive", "evidence", "clinic", "--out"),
    "release check": ("release", "check", "clinic"),
    "release correct": ("release", "correct", "clinic", "--dry-run"),
    "release update": ("release", "update", "clinic", "--dry-run"),
}
"""Staff reads the text; while the embargo holds, the record gets who did."""

SENT = {
    "run": "waves: the mark asks for a Permit before each copy",
    "release test": "a copy marked TEST: before the lift to staff alone",
    "embargo calendar": "a headline, once the release is out",
}
"""It goes to somebody outside, or may; each has a walk of its own below."""

NOTICES = {
    "embargo offer": "hours, and a topic that is not the headline",
    "embargo move": "hours",
    "embargo lift": "hours",
    "embargo break": "hours",
    "embargo withdraw": "nothing is sent",
}
"""What they send carries no text: tests/acceptance/test_embargo_life.py reads it."""

PLANNING = {"release kill", "release confirm-kill",
            "release add", "release list", "release submit", "release approve", "release recall", "release schedule",
            "release reschedule", "release waive", "wave list", "wave pause", "wave resume", "wave cancel", "wave resend",
            "wave show", "wave settle", "embargo show", "embargo list", "archive list", "archive show",
            "archive held-before-lift", "archive never-got", "archive received-by", "archive approvals"}  # fmt: skip
"""Staff sees slugs, hours and people; a waiver, which is an entry of its own, the words that a rule found. What these set
going leaves by `run`."""

NO_RELEASE = {"init", "doctor", "staff add", "staff list", "contacts add", "contacts edit", "contacts remove", "contacts list",
              "contacts show", "contacts import", "contacts suppress", "contacts unsuppress", "contacts agree",
              "contacts erase", "segments save", "segments list", "segments show", "segments explain", "archive verify",
              "archive seal", "archive checkpoint", "archive reindex", "archive anchors", "dkim key", "dkim record",
              "hold add", "hold list", "hold cards", "hold lift", "retention due", "retention dispose", "retention list",
              "retention confirm", "retention certificate", "template check",
              "import-page"}  # fmt: skip
"""They show nothing of a release."""

WHOLE = {"backup", "restore"}
"""The office itself, for whoever keeps it: an admin's, and as secret as the machine."""

ROUTES = {
    "/assets/{sha256}/{name}": "files of a release: walked below",
    "/u/{token}": "unsubscribing",
    "/checkpoint": "the head of the record, once it says nothing of when the office sends",
    "/checkpoint.key": "its key",
    "/healthz": "ok",
}


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    known = getattr(group, "commands", None)
    if known is None:
        yield " ".join(path)
        return
    for name, command in known.items():
        yield from commands(command, (*path, name))


def test_every_command_is_known_as_a_way_out_or_as_none() -> None:
    tree._grow([])
    known = {*RECORDED, *SENT, *NOTICES, *PLANNING, *NO_RELEASE, *WHOLE}
    assert set(commands(typer.main.get_command(tree.app))) == known, "say in this file whether it hands out a text"


def test_every_route_is_known() -> None:
    app = create_app(None, Settings())  # type: ignore[arg-type]
    assert {route.path for route in app.routes} == set(ROUTES)  # type: ignore[attr-defined]


needs_clock = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed (Debian: faketime)")


@pytest.fixture
def lift() -> datetime:
    return (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)


@pytest.fixture
def office(tmp_path: Path, sink: Sink, lift: datetime) -> Office:
    """An embargoed release; Vera, who agreed, has her advance copy."""
    office = Office.at(tmp_path, sink.port)
    office.people()
    office.contacts(["vera@paper.example.net,Vera,en,2", "gil@wire.example.net,Gil,es,2"])
    office.several(["--as", "Rosa", "contacts", "agree", "vera@paper.example.net"])
    office.release("--advance", "All", embargo=lift.isoformat())
    _advance(office, sink)
    return office


def _advance(office: Office, sink: Sink) -> None:
    bot = office.start("run")
    try:
        sink.wait_for(1, 60)
        office.wait_for_wave("advance", "done")
    finally:
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0
    assert [r.to for r in sink.received] == ["vera@paper.example.net"]


def at(office: Office, now: datetime) -> Office:
    """The same office under a clock that stands still."""
    frozen = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME": f"{now:%Y-%m-%d %H:%M:%S}",
        "TZ": "UTC",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return Office(office.folder, office.settings | frozen)


def readings(office: Office) -> int:
    with sqlite3.connect(office.folder / "data" / "distro.db") as store:
        return int(store.execute("SELECT count(*) FROM entry WHERE kind = 'release.read'").fetchone()[0])


@needs_clock
@pytest.mark.parametrize("way", RECORDED)
def test_staff_reads_before_the_lift_and_the_record_knows(office: Office, lift: datetime, way: str) -> None:
    if way in ("release correct", "release update"):  # they show what differs from the text that Vera has
        change(office)
    for seconds, more in ((-1, 1), (1, 0)):
        command = [*RECORDED[way]]
        if command[-1] == "--out":
            command.append(f"bag{seconds}.zip")
        before = readings(office)
        at(office, lift + timedelta(seconds=seconds)).run(*command, as_="Rosa")
        assert readings(office) - before == more, f"{way} at T{seconds:+} s"


@needs_clock
def test_a_test_copy_goes_to_staff_alone_until_the_lift(office: Office, sink: Sink, lift: datetime) -> None:
    before, after = (at(office, lift + timedelta(seconds=s)) for s in (-1, 1))
    outsider = ("release", "test", "clinic", "--to", "friend@elsewhere.example.net")
    refused = before.run(*outsider, as_="Rosa", status=2)
    assert "only to the office's own staff" in refused.stderr.decode()
    before.run("release", "test", "clinic", "--to", "ana@press.example.org", as_="Rosa")
    assert sink.received[-1].to == "ana@press.example.org"
    assert "EMBARGO" in sink.received[-1].subject
    after.run(*outsider, as_="Rosa")
    assert sink.received[-1].to == "friend@elsewhere.example.net"
    assert "EMBARGO" not in sink.received[-1].subject


@needs_clock
def test_the_calendar_says_nothing_of_what_is_embargoed(office: Office, lift: datetime) -> None:
    for seconds in (-1, 1):  # at T+1 s it has lifted, and is not out yet
        file = at(office, lift + timedelta(seconds=seconds)).run("embargo", "calendar").stdout.decode()
        unfolded = re.sub(r"\r\n[ \t]", "", file)
        assert "clinic" not in unfolded.lower()
        assert "General sending" in unfolded


@needs_clock
def test_the_bot_sends_nothing_before_the_lift_and_all_after_it(office: Office, sink: Sink, lift: datetime) -> None:
    """Under a clock that is ahead of ours, so that the lift is some seconds away."""
    had = len(sink.received)
    ahead = lift - timedelta(seconds=6) - datetime.now(UTC)
    seconds = int(ahead.total_seconds())
    clock = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"+{seconds}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    bot = office.start("run", **clock, FAKETIME_FORCE_MONOTONIC_FIX="0")
    try:
        sink.wait_for(had + 1, 60)
        office.wait_for_wave("general", "done")
    finally:
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0
    (general,) = sink.received[had:]
    assert general.to == "gil@wire.example.net"
    assert general.at + timedelta(seconds=seconds) >= lift
