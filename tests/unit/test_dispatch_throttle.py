"""Limits hold over any second; a lane that refuses slows down by itself, recovers, and keeps nobody else waiting."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.dispatch.throttle import Throttle
from distro.dispatch.trouble import (
    FIRST_PAUSE,
    FORGOTTEN_AFTER,
    LONGEST_PAUSE,
    RECOVERY,
    SLOWEST,
)

LANE, OTHER = 1, 2


def sent_in(throttle: Throttle, lane: int, seconds: float, *, start: float = 0.0, well: bool = False) -> list[float]:
    """When a greedy sender gets its copies out in this time; `well`: each of them is taken."""
    now = start
    out: list[float] = []
    while True:
        now += throttle.wait(lane, now)
        if now >= start + seconds:
            return out
        throttle.take(lane, now)
        out.append(now)
        if well:
            throttle.went_well(lane, now)
        assert len(out) < 100_000


def most_in_any(window: float, instants: list[float]) -> int:
    """The most of these that any span of `window` seconds holds, its end not included."""
    most = first = 0
    for last, instant in enumerate(instants):
        while instant - instants[first] >= window - 1e-9:
            first += 1
        most = max(most, last - first + 1)
    return most


@given(rate=st.floats(0.5, 500), seconds=st.floats(1, 30))
def test_the_overall_rate_is_kept_and_used(rate: float, seconds: float) -> None:
    count = len(sent_in(Throttle.of(rate, 0), LANE, seconds))
    assert rate * seconds - 1 <= count <= rate * seconds + max(1.0, rate * 0.1) + 1


@given(
    rate=st.floats(0.2, 200),
    overall=st.booleans(),
    gaps=st.lists(st.one_of(st.just(0.0), st.floats(0, 0.05), st.floats(0, 3)), min_size=1, max_size=300),
)
def test_no_second_has_more_than_the_limit_and_the_burst(rate: float, overall: bool, gaps: list[float]) -> None:
    throttle = Throttle.of(rate, 0) if overall else Throttle.of(0, rate)
    now, out = 1000.0, []
    for gap in gaps:
        now += gap
        now += throttle.wait(LANE, now)
        throttle.take(LANE, now)
        out.append(now)
    burst = max(1.0, rate * 0.1)
    for window in (0.25, 1.0, 10.0):
        assert most_in_any(window, out) <= rate * window + burst + 1e-6


def test_a_domain_has_a_rate_of_its_own() -> None:
    throttle = Throttle.of(0, 2)
    assert len(sent_in(throttle, LANE, 10)) in range(20, 22)
    assert throttle.wait(OTHER, 0.0) == 0


def test_without_limits_nobody_waits() -> None:
    throttle = Throttle.of(0, 0)
    for _ in range(1000):
        assert throttle.wait(7, 0.0) == 0
        throttle.take(7, 0.0)
    assert throttle.blocked(0.0, 0.0) == []
    assert throttle.lanes_told(0.0) == []


def test_a_lane_that_refuses_when_it_opens_waits_longer_each_time() -> None:
    throttle, now, pauses = Throttle.of(0, 0), 100.0, []
    for _ in range(9):
        pauses.append(throttle.back_off(LANE, now))
        assert throttle.blocked(now, 2.0) == [LANE]
        now += throttle.wait(LANE, now)
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_all_that_was_on_the_wire_counts_as_one_refusal() -> None:
    """Fifty lines that hear 421 in one moment say it once."""
    throttle = Throttle.of(0, 0)
    for n in range(50):
        throttle.back_off(LANE, 100.0 + n / 100)
    assert throttle.wait(LANE, 100.0) == FIRST_PAUSE
    (told,) = throttle.lanes_told(100.0)
    assert (told.refusals, told.closed_for) == (50, FIRST_PAUSE)


def test_the_rate_that_was_observed_is_halved_and_is_back_after_a_while() -> None:
    throttle = Throttle.of(100, 0)
    before = sent_in(throttle, LANE, 20, start=1000)
    assert throttle.back_off(LANE, 1020.0, "421 4.7.28 at dot") == FIRST_PAUSE
    opens = 1020.0 + throttle.wait(LANE, 1020.0)
    throttle.take(LANE, opens)
    assert throttle.wait(LANE, opens) == pytest.approx(1.0)  # nothing more until it is seen how that one does
    throttle.went_well(LANE, opens)
    (told,) = throttle.lanes_told(opens)
    assert told.rate == pytest.approx(50, rel=0.1)
    counts = [len(sent_in(throttle, LANE, 10, start=opens + 1 + n * 10, well=True)) for n in range(20)]
    assert counts == sorted(counts)
    assert counts[0] == pytest.approx(500, rel=0.15)
    assert counts[-1] == pytest.approx(len(before) / 2, rel=0.05)  # ten seconds of twenty
    assert throttle.lanes_told(opens + 200) == []


def test_a_screen_sees_why() -> None:
    throttle = Throttle.of(0, 20)
    throttle.back_off(LANE, 100.0, "421 4.7.28 at rcpt")
    throttle.back_off(OTHER, 110.0, "421 4.7.0 at connect")
    throttle.back_off(OTHER, 140.0)
    first, second = throttle.lanes_told(150.0)
    assert (first.lane, first.closed_for, first.refusals, first.reason) == (OTHER, 50.0, 2, "421 4.7.0 at connect")
    assert (first.since, first.until) == (110.0, 200.0)
    assert (second.lane, second.closed_for, second.rate) == (LANE, 0.0, 0.5)
    assert [told.lane for told in throttle.lanes_told(150.0 + FORGOTTEN_AFTER)] == [OTHER]
    assert throttle.lanes_told(200.0 + FORGOTTEN_AFTER) == []
    assert throttle.wait(OTHER, 200.0 + FORGOTTEN_AFTER) == 0


def test_what_was_taken_while_the_lane_is_closed_opens_nothing() -> None:
    throttle = Throttle.of(0, 0)
    throttle.back_off(LANE, 100.0)
    before = throttle.lanes_told(101.0)
    throttle.went_well(LANE, 101.0)
    assert throttle.lanes_told(101.0) == before


def test_a_lane_that_was_forgotten_begins_anew() -> None:
    throttle = Throttle.of(0, 0)
    for at in (0.0, 30.0, 90.0):
        throttle.back_off(LANE, at)
    assert throttle.back_off(LANE, 90.0 + 120 + FORGOTTEN_AFTER) == FIRST_PAUSE


STEPS = st.lists(st.tuples(st.sampled_from(["refused", "well", "sent"]), st.floats(0, 400)), max_size=60)


def play(throttle: Throttle, step: str, now: float) -> None:
    if step == "refused":
        throttle.back_off(LANE, now)
    elif step == "well":
        throttle.went_well(LANE, now)
    else:
        throttle.take(LANE, now)


@given(STEPS)
def test_a_refusal_never_speeds_up_and_a_success_never_slows_down(steps: list[tuple[str, float]]) -> None:
    throttle, now = Throttle.of(0, 0), 0.0

    def rate() -> float:
        return next((told.rate for told in throttle.lanes_told(now)), float("inf"))

    for step, pause in steps:
        now += pause
        before, closed = rate(), throttle.wait(LANE, now)
        if step == "refused":
            assert 0 < throttle.back_off(LANE, now) <= LONGEST_PAUSE
            assert SLOWEST <= rate() <= before
            assert throttle.wait(LANE, now) >= closed
        elif step == "well":
            throttle.went_well(LANE, now)
            assert rate() >= before
            assert throttle.wait(LANE, now) <= closed
        else:
            throttle.take(LANE, now)
            assert throttle.wait(LANE, now) >= closed or rate() == float("inf")


@given(STEPS)
def test_one_lane_is_nothing_to_another(steps: list[tuple[str, float]]) -> None:
    throttle, now = Throttle.of(0, 0), 0.0
    for step, pause in steps:
        now += pause
        play(throttle, step, now)
        assert throttle.wait(OTHER, now) == 0
        assert OTHER not in throttle.blocked(now, 0.0)


@given(STEPS)
def test_every_lane_recovers_while_all_goes_well(steps: list[tuple[str, float]]) -> None:
    throttle, now = Throttle.of(0, 0), 0.0
    for step, pause in steps:
        now += pause
        play(throttle, step, now)
    now += throttle.wait(LANE, now)
    opened = now
    while throttle.lanes_told(now):
        throttle.take(LANE, now)
        throttle.went_well(LANE, now)
        now += max(0.1, throttle.wait(LANE, now))
        assert now <= opened + 2 * RECOVERY + 2 / SLOWEST
    assert throttle.wait(LANE, now) == 0


@given(STEPS, st.floats(0, 60))
def test_waiting_is_promised_honestly(steps: list[tuple[str, float]], part: float) -> None:
    """What is waited is not asked for again, and asking changes nothing."""
    throttle, now = Throttle.of(3, 2), 0.0
    for step, pause in steps:
        now += pause
        play(throttle, step, now)
    wait = throttle.wait(LANE, now)
    assert throttle.wait(LANE, now + part) == pytest.approx(max(0.0, wait - part), abs=1e-6)
    assert throttle.wait(LANE, now) == wait


def test_memory_is_bounded() -> None:
    throttle = Throttle.of(0, 5)
    for lane in range(50_000):
        throttle.take(lane, lane / 10_000)
        throttle.back_off(lane, lane / 10_000)
    assert len(throttle.lanes_told(5.0)) == 10_000
    assert len(throttle._paces) == 10_000
    assert len(throttle._seen) + len(throttle._seen_before) <= 20_000


def test_where_nothing_is_limited_a_message_costs_next_to_nothing() -> None:
    throttle = Throttle.of(0, 0)
    wait, take, well = throttle.wait, throttle.take, throttle.went_well

    def message() -> None:
        wait(LANE, 5.0)
        take(LANE, 5.0)
        well(LANE, 5.0)

    assert best_of(message) < 5e-6  # of the processor's time: under one on an idle machine


def best_of(work: Callable[[], None]) -> float:
    """Seconds of this thread on the processor: what others do meanwhile is no cost of ours."""
    return min(timeit.repeat(work, timer=time.thread_time, number=10_000, repeat=7)) / 10_000


def test_the_counting_of_a_window_can_fail() -> None:
    assert most_in_any(1.0, [0.0, 0.5, 0.9, 1.0, 1.4]) == 4
