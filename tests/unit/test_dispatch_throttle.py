"""Limits hold over time, and one slow domain keeps nobody else waiting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from distro.dispatch.throttle import Throttle


def sent_in(throttle: Throttle, lane: int, seconds: float) -> int:
    """How many a greedy sender gets out in this time."""
    now, count = 0.0, 0
    while True:
        now += throttle.wait(lane, now)
        if now >= seconds:
            return count
        throttle.take(lane, now)
        count += 1
        assert count < 100_000


@given(rate=st.floats(0.5, 500), seconds=st.floats(1, 30))
def test_the_overall_rate_is_kept(rate: float, seconds: float) -> None:
    count = sent_in(Throttle.of(rate, 0), 1, seconds)
    assert rate * seconds - 1 <= count <= rate * seconds + max(1.0, rate * 0.1) + 1


def test_a_domain_has_a_rate_of_its_own() -> None:
    throttle = Throttle.of(0, 2)
    assert sent_in(throttle, 1, 10) in range(20, 22)
    assert throttle.wait(2, 0.0) == 0


def test_a_domain_that_refuses_waits_longer_each_time_and_the_others_do_not() -> None:
    throttle = Throttle.of(0, 0)
    assert [throttle.back_off(1, 0.0) for _ in range(4)] == [30, 60, 120, 240]
    assert throttle.wait(1, 0.0) == 240
    assert throttle.wait(2, 0.0) == 0
    assert throttle.blocked(0.0, 2.0) == [1]
    throttle.went_well(1)
    assert throttle.back_off(1, 1000.0) == 30


def test_without_limits_nobody_waits() -> None:
    throttle = Throttle.of(0, 0)
    for _ in range(1000):
        assert throttle.wait(7, 0.0) == 0
        throttle.take(7, 0.0)
    assert throttle.lanes == {}
