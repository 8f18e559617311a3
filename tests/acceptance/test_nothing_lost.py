"""Large waves: a bot that is told to end in the midst of one, and two bots on one."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.rig.check import figures, violations
from tests.acceptance.rig.server import Plan
from tests.acceptance.rig.stage import Stage


@pytest.fixture
def stage(store_url: str, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage.build(tmp_path / "office", store_url)
    yield stage
    stage.close()


def test_told_to_end_in_a_large_wave_it_stops_in_time_and_the_rest_goes_later(stage: Stage) -> None:
    """10,000 recipients on SQLite, 2,000 on PostgreSQL. SIGTERM: within ten seconds what is on the wire ends, no more begins,
    and nothing is in doubt."""
    sqlite = stage.office.settings["DISTRO_STORAGE__URL"].startswith("sqlite")
    people = [f"reader{n}@outlet{n % 50}.example.org" for n in range(10_000 if sqlite else 2_000)]
    stage.open(people)
    stage.release(set(people))
    stage.relay.tell(Plan(delay=0.05))
    bot = stage.start()
    stage.relay.wait_for(200, 60)
    stage.relay.tell(Plan(delay=0.5))
    bot.process.send_signal(signal.SIGTERM)
    asked = time.time()
    assert stage.end(bot, 60) == 0
    assert time.time() - asked < 10, "as an office is promised"
    after = sum(copy.at > asked for copy in stage.relay.copies())
    assert after <= 2 * stage.lines, "one on the wire for each line, and one more where it was not heard at once"
    (wave,) = stage.waves()
    taken = stage.relay.count()
    assert wave["counts"] == {"accepted": taken, "pending": len(people) - taken}
    assert taken < len(people)

    stage.relay.tell(Plan())
    assert stage.until_idle() == 0
    evidence = stage.evidence()
    assert violations(evidence) == []
    told = figures(evidence)
    assert (told.accepted, told.uncertain, told.doubled) == (len(people), 0, 0)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_two_bots_share_a_wave(stage: Stage) -> None:
    people = [f"reader{n}@outlet{n % 50}.example.org" for n in range(1_000)]
    stage.open(people)
    _, (wave,) = stage.release(set(people))
    stage.relay.tell(Plan(delay=1))
    bots = [stage.start(), stage.start()]
    assert stage.wait_until(lambda: len(stage.json("wave", "show", str(wave))["workers"]) == 2, 60)
    stage.relay.tell(Plan(delay=0.1))
    stage.relay.wait_for(len(people), 60)
    assert [stage.end(bot) for bot in bots] == [0, 0]
    stage.settle()
    evidence = stage.evidence()
    assert violations(evidence) == []
    told = figures(evidence)
    assert (told.accepted, told.uncertain, told.doubled) == (len(people), 0, 0)
    assert min(stage.accepted_by_bot()[:2]) > 100  # both worked; one more may have looked on while all came to its end
