"""Makers and the clerk beside a real bot that signs: that they are used, that losing one loses nothing, that none outlives its
bot."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from distro.archive.sealing import waiting
from distro.db import Store
from tests.acceptance.process import cpu_of
from tests.acceptance.rig.check import figures, violations
from tests.acceptance.rig.server import Plan
from tests.acceptance.rig.stage import Bot, Stage

PEOPLE = [f"reader{n}@outlet{n % 7}.example.org" for n in range(400)]


@pytest.fixture
def quiet_stage(store_url: str, tmp_path: Path) -> Iterator[Stage]:
    """An office with nothing to send, whose bots sign."""
    stage = Stage.build(tmp_path / "office", store_url)
    stage.signs = True
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


def resting(stage: Stage) -> Bot:
    """A bot without work, with its clerk and one maker ready for some."""
    bot = stage.start()
    assert stage.wait_until(lambda: len(bot.beside) == 2 and has_a_compiler(bot.beside[0]), 60)
    assert stage.wait_until(lambda: only_waits(bot.makers[0]), 60)
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
    assert stage.wait_until(lambda: not lives(maker), 60)


def test_what_a_terminal_says_to_all_processes_ends_the_bot_as_ever(stage: Stage) -> None:
    """Ctrl-C reaches makers too; they leave it to the bot to finish what is on the wire."""
    bot = sending(stage)
    beside = bot.beside
    for process in (*beside, bot.process.pid):
        os.kill(process, signal.SIGINT)
    assert bot.process.wait(60) == 0
    stage.buried(bot, clean=True)
    assert stage.wait_until(lambda: not any(lives(one) for one in beside), 60)
    assert "maker.lost" not in bot.said.read_text()
    assert stage.until_idle() == 0
    all_is_well(stage)


def test_a_bot_that_does_not_sign_has_a_clerk_and_makes_its_copies_itself(stage: Stage) -> None:
    stage.signs = False
    bot = sending(stage, makers=2)
    assert len(bot.beside) == 1
    assert has_a_compiler(bot.beside[0])
    assert not has_a_compiler(bot.process.pid)
    stage.relay.wait_for(len(PEOPLE), 60)
    assert stage.end(bot) == 0
    assert "maker.lost" not in bot.said.read_text()
    all_is_well(stage)


@pytest.mark.parametrize("signs", [False, True])
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_without_makers_the_bot_does_it_itself(stage: Stage, signs: bool) -> None:
    stage.signs = signs
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
    assert stage.wait_until(lambda: not lives(maker), 60)


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


def test_a_clerk_with_nothing_to_do_is_ready_to_compile(quiet_stage: Stage) -> None:
    assert quiet_stage.end(resting(quiet_stage)) == 0
