"""The system's clock moved under the real process (libfaketime): what an embargo protects is held, the rest goes on."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.process import Office
from tests.sink import Sink

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed (Debian: faketime)")


@pytest.fixture
def office(tmp_path: Path, sink: Sink) -> Office:
    office = Office.at(tmp_path, sink.port)
    office.people()
    office.contacts(["reader@outlet.example.org,Reader,es,2", "other@outlet.example.org,Other,en,2"])
    return office


def start(office: Office, offset: str) -> tuple[subprocess.Popen[bytes], Callable[[str], None]]:
    """The bot under a clock that the returned function moves: "+3600" is an hour ahead."""
    clock = office.folder / "clock"

    def move(text: str) -> None:
        clock.with_suffix(".new").write_text(text)
        clock.with_suffix(".new").replace(clock)

    move(offset)
    bot = office.start(
        "run",
        LD_PRELOAD=str(LIBRARY),
        FAKETIME_TIMESTAMP_FILE=str(clock),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        FAKETIME_FORCE_MONOTONIC_FIX="0",  # or waiting threads spin (glibc since 2.25)
    )
    return bot, move


def state(office: Office, purpose: str) -> tuple[str, str]:
    (wave,) = [w for w in office.json("wave", "list") if w["purpose"] == purpose]
    return wave["state"], wave["reason"]


def seen(office: Office) -> datetime:
    """When the bot said last that it is there, by its own clock."""
    (worker,) = office.json("wave", "show", "1")["workers"]
    return datetime.fromisoformat(worker["seen_at"])


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.2)


@pytest.mark.parametrize("jump", ["+7200", "-7200"])
def test_a_jump_of_the_clock_holds_embargoed_waves_until_a_person_confirms(office: Office, sink: Sink, jump: str) -> None:
    lift = datetime.now(UTC) + timedelta(hours=1)
    office.release(embargo=lift.isoformat())
    bot, move = start(office, "+0")
    try:
        log = office.folder / "data" / "distro.log"
        wait_for(lambda: log.exists() and "run.started" in log.read_text())
        time.sleep(1.5)
        move(jump)
        wait_for(lambda: state(office, "general")[0] == "held")
        time.sleep(2)
        assert sink.received == []
        assert "clock jumped" in state(office, "general")[1]
    finally:
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0
    assert sink.received == []


def test_what_is_for_immediate_release_goes_on_through_a_jump(office: Office, sink: Sink) -> None:
    sink.delay = 0.2
    office.contacts([f"reader{n}@outlet.example.org,Reader {n},en,1" for n in range(60)])
    office.release()
    bot, move = start(office, "+0")
    try:
        sink.wait_for(5)
        move("+7200")
        sink.wait_for(62, 40)
    finally:
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0
    assert len({r.to for r in sink.received}) == len(sink.received) == 62


def test_a_clock_that_stands_behind_the_record_holds_embargoed_waves(office: Office, sink: Sink) -> None:
    lift = datetime.now(UTC) + timedelta(minutes=1)
    office.release(embargo=lift.isoformat())
    bot, move = start(office, "-600")
    try:
        wait_for(lambda: state(office, "general")[0] == "held")
        assert "behind the last entry" in state(office, "general")[1]
        move(f"{(lift - datetime.now(UTC)).total_seconds() + 1:+.0f}")
        wait_for(lambda: seen(office) > lift)
        time.sleep(1)
        assert sink.received == []
        assert state(office, "general")[0] == "held"
    finally:
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0
