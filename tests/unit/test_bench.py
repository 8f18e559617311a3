"""The benchmark itself: how it judges, draws and counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import racing, sinks
from tests.bench.chart import Bar, draw
from tests.bench.entrants import LIMIT, source
from tests.bench.keeping import Kept, Memory
from tests.bench.racing import Race, race
from tests.bench.verdicts import verdicts
from tests.bench.watching import Broken, Run, watch

no_sink = pytest.mark.skipif(
    not (sinks.found("smtp-sink") and sinks.found("smtp-source")), reason="smtp-sink and smtp-source come with Debian's postfix"
)


def run(rate: float, cpu: float) -> Run:
    return Run(1000, 1000 / rate, cpu, 2.0, 2.0)


def raced(**rates: list[float | None]) -> Race:
    runs = {key.replace("_", "-"): [None if r is None else run(r, 100 / r) for r in each] for key, each in rates.items()}
    return Race("one sink", [], runs)


def test_a_ratio_is_of_one_round_and_the_median_counts() -> None:
    ours = raced(smtp_source=[1000, 4000, 2000], sqlite=[800, 1000, 1600])
    wall, cpu, *_ = verdicts(ours, [], [])
    assert wall.values == pytest.approx((0.8, 0.25, 0.8))
    assert wall.kept
    assert cpu.values == pytest.approx((1.25, 4.0, 1.25))
    assert cpu.kept


def test_a_round_that_somebody_did_not_finish_counts_for_nobody() -> None:
    wall, *_ = verdicts(raced(smtp_source=[1000, None, 1000], sqlite=[100, 5000, None]), [], [])
    assert wall.values == pytest.approx((0.1,))
    assert wall.word == "**missed**"


def test_what_was_not_measured_is_not_kept() -> None:
    judged = verdicts(raced(smtp_source=[1000]), [], [])
    assert {one.word for one in judged} == {"**not measured**"}
    assert not any(one.kept for one in judged)


def test_memory_and_archive_are_at_most() -> None:
    kept = [Kept("sqlite", 10, 740.0, {"tile": 38.0, "sqlite_autoindex_tile_1": 2.0}), Kept("postgresql", 10, 2000.0, {})]
    memories = [Memory(100_000, 90, 149, 1), Memory(1_000_000, 90, 151, 1)]
    few, many, archive, with_tree = verdicts(raced(), kept, memories)[-4:]
    assert (few.kept, many.kept, archive.kept, with_tree.kept) == (True, False, True, True)
    assert archive.values == pytest.approx((700.0,))


def test_the_picture_is_well_formed_and_in_order() -> None:
    drawn = draw("a < b", "x & y", [Bar("slow", 10, 9, 11, False), Bar("quick", 20, 19, 21, True)])
    texts = [element.text for element in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["a < b", "x & y", "quick", "20", "slow", "10"]
    assert "prefers-color-scheme: dark" in drawn


@no_sink
def test_smtp_sink_counts_what_it_took() -> None:
    with sinks.smtp_sink() as sink:
        found = race("one sink", [source(10, 5000)], sink, 2, 3000, lambda _: None)
        assert sink.taken() == 6000
    for done in found.done(LIMIT):
        assert 0 < done.copies <= 3000
        assert done.seconds <= done.whole_seconds
        assert 0 < done.cpu <= done.whole_cpu + 0.01
    assert found.of_limit(LIMIT) == 1.0


@no_sink
def test_of_many_rounds_every_second_one_is_enough_for_most() -> None:
    with sinks.smtp_sink() as sink:
        both = [source(10, 500), source(50, 500)]
        few = race("one sink", both, sink, 3, 1000, lambda _: None, {LIMIT})
        many = race("one sink", both, sink, 4, 1000, lambda _: None, {LIMIT})
    other = both[1].key
    assert [len(few.done(key)) for key in (LIMIT, other)] == [3, 3]
    assert [len(many.done(key)) for key in (LIMIT, other)] == [4, 2]
    assert [run is None for run in many.runs[other]] == [True, False, True, False]
    assert many.of_limit(other) is not None  # of the rounds that both were in


@no_sink
def test_where_rounds_take_long_one_is_enough_for_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "SLOW", 0.0)
    with sinks.smtp_sink() as sink:
        both = [source(10, 500), source(50, 500)]
        many = race("one sink", both, sink, 4, 1000, lambda _: None, {LIMIT})
    assert len(many.done(LIMIT)) == 4
    assert [run is None for run in many.runs[both[1].key]] == [True, False, True, True]


@no_sink
def test_a_run_with_a_copy_too_few_does_not_count() -> None:
    with sinks.smtp_sink() as sink, pytest.raises(Broken, match="2999 of 3000 copies came"):
        watch(lambda: source(10, 5000).start(sink.port, 2999), sink.taken, 3000, 30)


def test_a_sender_that_fails_or_hangs_does_not_count() -> None:
    def started(code: str) -> list[subprocess.Popen[bytes]]:
        return [subprocess.Popen([sys.executable, "-c", code])]

    with pytest.raises(Broken, match=r"ended with \[3\]"):
        watch(lambda: started("raise SystemExit(3)"), lambda: 0, 1, 30)
    with pytest.raises(Broken, match="not done after"):
        watch(lambda: started("import time; time.sleep(60)"), lambda: 0, 1, 0.3)


def test_a_relay_that_is_far_away_answers_late_and_counts(tmp_path: Path) -> None:
    import smtplib
    import time

    with sinks.slow_relay(tmp_path / "slow", 0.05) as sink, smtplib.SMTP("127.0.0.1", sink.port) as client:
        begun = time.monotonic()
        client.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nx\r\n")
        assert time.monotonic() - begun >= 5 * 0.05  # EHLO, MAIL, RCPT, DATA, dot
        assert sink.taken() == 1
