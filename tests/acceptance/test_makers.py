"""Makers and the clerk beside the real bot: that they are used, that losing one loses nothing, that none outlives its bot."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from distro.archive.sealing import waiting
from distro.db import Store
from distro.dkimkey import KeyType, make_key
from tests.acceptance.process import cpu_of
from tests.acceptance.rig.check import figures, violations
from tests.acceptance.rig.server import Plan
from tests.acceptance.rig.stage import Bot, Stage

PEOPLE = [f"reader{n}@outlet{n % 7}.example.org" for n in range(400)]


@pytest.fixture
def quiet_stage(store_url: str, tmp_path: Path) -> Iterator[Stage]:
    """An office with nothing to send."""
    stage = Stage.build(tmp_path / "office", store_url)
    stage.open(PEOPLE)
    yield stage
    stage.close()


@pytest.fixture
def stage(quiet_stage: Stage) -> Stage:
    quiet_stage.release(set(PEOPLE))
    return quiet_stage


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def only_waits(pid: int) -> bool:
    """Whether it has opened what it needs, and uses no time any more."""
    used = cpu_of(pid)
    time.sleep(0.3)
    return used > 0.002 and cpu_of(pid) == used


def resting(stage: Stage, **settings: Any) -> Bot:
    """A bot without work, with its clerk and one maker ready for some."""
    bot = stage.start(**settings)
    assert stage.wait_until(lambda: len(bot.beside) == 2 and has_a_compiler(bot.beside[0]), 10)
    assert stage.wait_until(lambda: only_waits(bot.makers[0]), 10)
    return bot


def sending(stage: Stage, makers: int = 1) -> Bot:
    """A bot in the midst of its wave."""
    stage.relay.tell(Plan(delay=0.02))
    bot = stage.start(DISTRO_LIMITS__MAKERS=str(makers))
    stage.relay.wait_for(20)
    return bot


def all_is_well(stage: Stage) -> None:
    stage.settle()
    evidence = stage.evidence()
    assert violations(evidence) == []
    told = figures(evidence)
    assert (told.accepted, told.uncertain, told.doubled) == (len(PEOPLE), 0, 0)


def test_a_maker_that_is_killed_loses_nothing_and_is_told(stage: Stage) -> None:
    bot = sending(stage, makers=2)
    makers = bot.makers
    assert len(makers) == 2
    for maker in makers:
        os.kill(maker, signal.SIGKILL)
    stage.relay.wait_for(len(PEOPLE), 60)
    assert stage.end(bot) == 0
    assert bot.said.read_text().count("maker.lost") == 2
    all_is_well(stage)


def test_a_maker_does_the_work_and_ends_with_a_bot_that_is_killed(quiet_stage: Stage) -> None:
    stage = quiet_stage
    bot = resting(stage)
    (maker,) = bot.makers
    before = cpu_of(maker)
    stage.release(set(PEOPLE))
    stage.relay.wait_for(20)
    assert cpu_of(maker) - before > 0.002, "it used no more time than a process that only waits"
    stage.kill(bot)
    assert stage.wait_until(lambda: not lives(maker), 5)


def test_what_a_terminal_says_to_all_processes_ends_the_bot_as_ever(stage: Stage) -> None:
    """Ctrl-C reaches makers too; they leave it to the bot to finish what is on the wire."""
    bot = sending(stage)
    beside = bot.beside
    for process in (*beside, bot.process.pid):
        os.kill(process, signal.SIGINT)
    assert bot.process.wait(10) == 0
    stage.buried(bot, clean=True)
    # they were told to end; one that gives way needs a moment of a busy machine to do so
    assert stage.wait_until(lambda: not any(lives(one) for one in beside), 5)
    assert "maker.lost" not in bot.said.read_text()
    assert stage.until_idle() == 0
    all_is_well(stage)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_without_makers_the_bot_does_it_itself(stage: Stage) -> None:
    bot = stage.start(DISTRO_LIMITS__MAKERS="0")
    stage.relay.wait_for(len(PEOPLE), 60)
    assert bot.beside == []
    assert stage.end(bot) == 0
    all_is_well(stage)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_maker_that_hangs_does_not_outlive_its_bot_either(stage: Stage) -> None:
    bot = sending(stage)
    (maker,) = bot.makers
    os.kill(maker, signal.SIGSTOP)
    stage.kill(bot)
    assert stage.wait_until(lambda: not lives(maker), 5)


def has_a_compiler(pid: int) -> bool:
    """Whether it has loaded the HTML parser that premailer works with."""
    return "lxml" in Path(f"/proc/{pid}/maps").read_text()


def test_letters_are_compiled_by_the_clerk(stage: Stage) -> None:
    bot = sending(stage)
    clerk, maker = bot.beside
    assert has_a_compiler(clerk)
    assert not has_a_compiler(maker)
    assert not has_a_compiler(bot.process.pid)


def unsealed(stage: Stage) -> int:
    store = Store(stage.office.settings["DISTRO_STORAGE__URL"])
    try:
        with store.read() as session:
            return waiting(session)
    finally:
        store.close()


def test_a_clerk_that_is_killed_loses_nothing_and_is_told(stage: Stage) -> None:
    bot = sending(stage)
    os.kill(bot.beside[0], signal.SIGKILL)
    stage.relay.wait_for(len(PEOPLE), 60)
    assert stage.end(bot) == 0
    assert unsealed(stage) == 0
    assert bot.said.read_text().count("maker.lost") == 1
    all_is_well(stage)


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="this system has no such policy")
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("signed", [False, True])
def test_makers_give_way_unless_they_sign_and_who_writes_never_does(quiet_stage: Stage, tmp_path: Path, signed: bool) -> None:
    """A clerk that holds the store's lock must not be kept from the processor by whoever else wants it."""
    key = tmp_path / "s.key"
    make_key(key, KeyType.ED25519)
    bot = resting(quiet_stage, **({"DISTRO_DKIM__0__SELECTOR": "s", "DISTRO_DKIM__0__KEY_FILE": str(key)} if signed else {}))
    clerk, maker = bot.beside
    assert os.sched_getscheduler(maker) == (os.SCHED_OTHER if signed else os.SCHED_IDLE)
    assert os.sched_getscheduler(clerk) == os.sched_getscheduler(bot.process.pid) == os.SCHED_OTHER
    assert quiet_stage.end(bot) == 0


def test_a_maker_that_gets_no_time_keeps_no_copy_waiting(quiet_stage: Stage) -> None:
    """It has none before there is anything to do, and is not taken for lost: that would be after ten minutes."""
    stage = quiet_stage
    bot = resting(stage)
    (maker,) = bot.makers
    os.kill(maker, signal.SIGSTOP)
    stage.release(set(PEOPLE))
    stage.relay.wait_for(len(PEOPLE), 30)
    os.kill(maker, signal.SIGCONT)
    assert stage.end(bot) == 0
    said = bot.said.read_text()
    assert said.count("maker.slow") == 1
    assert "maker.lost" not in said
    all_is_well(stage)


def test_a_clerk_with_nothing_to_do_is_ready_to_compile(quiet_stage: Stage) -> None:
    assert quiet_stage.end(resting(quiet_stage)) == 0
