"""One misfortune at a time, on the real bot before a server that misbehaves on cue; after each, the check of the whole."""

from __future__ import annotations

import base64
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.rig.certificates import self_signed
from tests.acceptance.rig.check import on_the_wire, violations
from tests.acceptance.rig.clockwork import LIBRARY
from tests.acceptance.rig.server import Plan
from tests.acceptance.rig.stage import Stage

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed (Debian: faketime)")

Build = Callable[..., Stage]

SILENT = 5.0
"""A bot's patience where the server is silent. The test waits so long too; no machine should stand still for it."""


def readers(count: int) -> list[str]:
    return [f"reader{n}@outlet{n % 5}.example.org" for n in range(count)]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Makes an office with a list, on SQLite; its server ends with the test. `count` 0: nobody has entered it yet."""
    built: list[Stage] = []

    def make(url: str = "", count: int = 40, **settings: Any) -> Stage:
        built.append(Stage.build(tmp_path / f"office{len(built)}", url, **settings))
        if count:
            built[-1].open(readers(count))
        return built[-1]

    yield make
    for stage in built:
        stage.close()


@pytest.fixture
def stage(store_url: str, build: Build) -> Stage:
    """An office with a hundred and twenty readers, on either database."""
    return build(store_url, count=120)


def passes(stage: Stage) -> list[dict[str, Any]]:
    """The check finds nothing. Returns the archive."""
    evidence = stage.evidence()
    assert violations(evidence) == []
    return evidence.archive


ANSWERS = {
    # cue: what the first attempt leads to
    "mail say 421 4.3.2 Going down": "deferred",
    "mail say 451 4.3.0 Later": "deferred",
    "mail say 552 5.3.4 Too large": "refused",
    "mail reset": "deferred",
    "mail say 250 2.1.0 Ok,\ngo\non": "accepted",
    "rcpt say 421 4.3.2 Going down": "deferred",
    "rcpt say 450 4.2.1 Busy": "deferred",
    "rcpt say 554 5.6.0 Not here": "refused",
    "rcpt say 552 5.2.2 Full": "deferred",
    "rcpt close": "deferred",
    "rcpt split 250 2.1.5 Ok": "accepted",
    "data say 421 4.3.2 Going down": "deferred",
    "data say 451 4.3.0 Not now": "deferred",
    "data say 554 5.6.0 No": "refused",
    "data split 354 Go on": "accepted",
    "content reset": "uncertain",
    "content close": "uncertain",
    "dot say 421 4.3.2 Going down": "deferred",
    "dot say 451 4.3.0 Queue file write error": "deferred",
    "dot say 552 5.2.2 Full": "deferred",
    "dot say 554 5.6.0 Content rejected": "refused",
    "dot reset": "uncertain",
    "dot close": "uncertain",
    "dot take-reset": "uncertain",
    "dot take-close": "uncertain",
    "dot take-hole": "uncertain",
    "dot slow 8": "uncertain",
    "dot take-raw what? \xe9\xe8": "uncertain",
    "dot raw 250 2.0.0 Bien re\xe7u": "accepted",
    "dot split 250 2.0.0 Ok": "accepted",
    "dot say 250 2.0.0 Ok,\nqueued,\nthank you": "accepted",
}


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one at a time"])
def test_every_answer_at_every_phase_is_judged_by_itself(build: Build, pipelining: bool) -> None:
    """One line, so that each answer meets the copy it is for; what one of them breaks harms no other."""
    stage = build(count=len(ANSWERS), connections=1, patience=SILENT)
    extensions = tuple(e for e in Plan().extensions if pipelining or e != "PIPELINING")
    stage.relay.tell(Plan(copies=list(ANSWERS), extensions=extensions))
    stage.release(set(readers(len(ANSWERS))))
    stage.until_idle()
    stage.relay.tell(Plan(extensions=extensions))
    stage.settle()

    archive = passes(stage)
    first = {cue: archive[n]["attempts"][0]["outcome"] for n, cue in enumerate(ANSWERS)}
    assert first == ANSWERS
    assert {d["state"] for d in archive if d["attempts"][0]["outcome"] in ("deferred", "uncertain")} == {"accepted"}


def test_a_server_that_does_not_greet_properly_costs_nobody_anything(build: Build) -> None:
    stage = build(patience=SILENT)
    greetings = [
        "greet hole",
        "greet say 421 4.3.2 Too busy",
        "greet slow 0.3",
        "greet raw \xe9\xe8 who are you",
        "ehlo say 421 4.3.2 Too busy",
        "greet reset",
        "ehlo close",
    ]
    stage.relay.tell(Plan(connections=greetings))
    stage.release(set(readers(40)))
    bot = stage.start()
    stage.relay.wait_for(40)
    assert stage.end(bot) == 0
    stage.settle()
    assert all(len(d["attempts"]) == 1 for d in passes(stage))


def test_what_must_be_encrypted_never_leaves_in_the_clear_or_to_a_stranger(build: Build, tmp_path: Path) -> None:
    """Four servers that no copy may go to; then, where the office asks for less, it goes."""
    stage = build(count=3, RIG_PASSWORD="right", DISTRO_SMTP__USERNAME="rosa", DISTRO_SMTP__PASSWORD_ENV="RIG_PASSWORD")
    stage.release(set(readers(3)))
    certificate = str(self_signed(tmp_path / "stranger.pem"))
    right, wrong = (base64.b64encode(f"\0rosa\0{word}".encode()).decode() for word in ("right", "else"))
    for tls, plan in (
        ("required", Plan(login=right)),
        ("required", Plan(login=right, tls="starttls", certificate=certificate)),
        ("required", Plan(login=right, tls="starttls", certificate=certificate, connections=["starttls say 454 4.7.0 No"] * 9)),
        ("starttls", Plan(login=right)),  # a password does not go in the clear either
        ("none", Plan(login=wrong)),
    ):
        stage.relay.tell(plan)
        stage.office.settings["DISTRO_SMTP__TLS"] = tls
        before = stage.relay.connections()
        bot = stage.start()
        assert stage.wait_until(lambda: stage.relay.connections() >= before + 2), plan  # noqa: B023
        assert stage.end(bot) == 0
        assert stage.relay.count() == 0, plan
    stage.relay.tell(Plan(login=right))
    stage.settle()
    assert [d["state"] for d in passes(stage)] == ["accepted"] * 3


def test_where_no_evidence_can_be_written_sending_stops_and_says_so(stage: Stage) -> None:
    """The store's disk is full for a while in the midst of a wave."""
    stage.relay.tell(Plan(delay=0.3))
    stage.release(set(readers(120)))
    sign = stage.folder / "disk-full"
    bot = stage.start(faults=[{"what": "disk_full", "file": str(sign)}])
    stage.relay.wait_for(15)
    sign.touch()
    log = stage.folder / "data" / "distro.log"
    assert stage.wait_until(lambda: "evidence.blocked" in log.read_text())
    stands = stage.relay.count()
    time.sleep(3.0)
    assert stage.relay.count() <= stands + stage.lines < 120, "more than was on the wire"
    sign.unlink()
    stage.relay.wait_for(120)
    assert stage.end(bot) == 0
    stage.settle()
    assert all(len(d["attempts"]) == 1 for d in passes(stage))


def test_a_log_that_cannot_be_written_stops_nothing(build: Build) -> None:
    """The log is not the record: its disk is full from the start, and the wave goes all the same."""
    stage = build()
    try:
        os.mknod(stage.folder / "data" / "distro.log", stat.S_IFCHR | 0o600, os.makedev(1, 7))  # a /dev/full of its own
    except PermissionError:
        pytest.skip("only root makes devices")
    stage.release(set(readers(40)))
    assert stage.until_idle() == 0
    assert stage.relay.count() == 40
    passes(stage)


def test_a_connection_lost_before_or_after_commit_changes_nothing(postgres: str, build: Build) -> None:
    """Each of these commits is lost, or is done and its answer lost."""
    name = f"lost{time.time_ns()}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE distro_template")
    stage = build(postgres.replace("/postgres?", f"/{name}?"))
    stage.relay.tell(Plan(delay=0.03))
    stage.release(set(readers(40)))
    faults: list[dict[str, Any]] = [
        {"what": "lose_after_commit", "nth": 8, "times": 2},
        {"what": "lose_before_commit", "nth": 14, "times": 2},
        {"what": "conflict", "nth": 20, "times": 2},
    ]
    bot = stage.start(faults=faults)
    stage.relay.wait_for(40)
    assert stage.end(bot) == 0
    assert [stage.struck(fault["what"]) for fault in faults] == [2, 2, 2]
    stage.settle()
    assert all(len(d["attempts"]) == 1 for d in passes(stage))


def test_a_bot_that_slept_past_its_lease_finds_itself_replaced(postgres: str, build: Build) -> None:
    """PostgreSQL: it is stopped in the midst of its copies, a second takes over, and then it wakes."""
    name = f"slept{time.time_ns()}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE distro_template")
    stage = build(postgres.replace("/postgres?", f"/{name}?"))
    stage.follows = True
    stage.relay.tell(Plan(delay=0.1))
    stage.release(set(readers(40)))
    sleeper = stage.start()
    stage.relay.wait_for(8)
    sleeper.process.send_signal(signal.SIGSTOP)
    stage.facts.presumed_dead.append(sleeper.lines)
    stage.clock.forward(20)
    other = stage.start()
    assert stage.wait_until(lambda: stage.relay.count() >= 25)
    sleeper.process.send_signal(signal.SIGCONT)
    stage.relay.wait_for(40)
    time.sleep(0.5)
    for bot in (sleeper, other):
        stage.end(bot)
    stage.settle()
    passes(stage)


def test_a_recall_in_the_midst_of_a_wave_stops_all_but_what_is_on_the_wire(store_url: str, build: Build) -> None:
    stage = build(store_url, count=400)
    stage.relay.tell(Plan(delay=0.3))
    slug, _ = stage.release(set(readers(400)))
    bot = stage.start()
    stage.relay.wait_for(1)
    recalling = stage.begin("release", "recall", slug)
    recalling.communicate(timeout=30)
    assert recalling.returncode == 0
    stage.facts.recalled[slug] = time.time()
    time.sleep(1.0)
    assert stage.end(bot) == 0
    stage.settle()
    evidence = stage.evidence()
    assert violations(evidence) == []
    assert len(on_the_wire(evidence)) <= 10
    assert {d["state"] for d in evidence.archive} == {"accepted", "cancelled"}


def test_the_hour_that_comes_twice_comes_when_it_was_meant(build: Build) -> None:
    """The night of 1 November 2026 in New York, half past one in winter time: not an hour earlier, in summer time."""
    stage = build(count=0)
    summer, winter = 1_793_511_000.0, 1_793_514_600.0  # 05:30 and 06:30 UTC
    stage.clock.move(summer - 20 - time.time())
    stage.open(readers(3))
    stage.release(set(readers(3)), "--at", "2026-11-01 01:30 America/New_York -05:00")
    stage.clock.move(summer - 1 - time.time())
    bot = stage.start()
    time.sleep(3)
    stage.kill(bot)
    assert stage.relay.count() == 0
    stage.clock.move(winter - 1 - time.time())
    bot = stage.start()
    stage.relay.wait_for(3)
    assert stage.end(bot) == 0
    stage.settle()
    passes(stage)
    first = min(copy.office_at for copy in stage.relay.copies())
    assert winter <= first < winter + 600, "not before its hour, and in it; how punctual a bot is `make punctual` measures"
