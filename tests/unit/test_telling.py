"""What a bot says of itself: rates that follow the truth, lanes until they are free again, and nothing lost in JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from distro.dispatch.telling import MEMORY, QUIET, Rate, Telling
from distro.dispatch.workers import LaneTold, RelayTold, Snapshot

NOW = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
SLOW = LaneTold("mail.example.com", "421 4.7.28", NOW, NOW + timedelta(seconds=30))


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@given(st.floats(1.0, 5000.0), st.floats(1.0, 100.0))
def test_a_steady_rate_is_told_as_it_is(per_second: float, seconds: float) -> None:
    """Also in its first second: what could not have been yet is made good for."""
    rate = Rate(100.0)
    steps = 200
    for n in range(1, steps + 1):
        mono = 100.0 + seconds * n / steps
        rate.went(mono, round(per_second * seconds * n / steps) - round(per_second * seconds * (n - 1) / steps))
    assert rate.at(100.0 + seconds) == pytest.approx(per_second, rel=0.3, abs=1.0)


def test_a_rate_falls_when_nothing_goes() -> None:
    rate = Rate(0.0)
    for n in range(600):
        rate.went(n / 10)
    before = rate.at(60.0)
    assert before == pytest.approx(10.0, rel=0.05)
    assert rate.at(60.0 + MEMORY) == pytest.approx(before / 2.718, rel=0.05)
    assert rate.at(60.0 + 20 * MEMORY) < 0.001


def test_each_wave_has_its_own_rate_and_tally_until_it_is_quiet() -> None:
    telling = Telling("a1", NOW)
    for n in range(100):
        telling.went(4, "accepted" if n % 10 else "deferred", n / 10)
    telling.went(5, "refused", 9.9)
    four, five = telling.snapshot(NOW, 10.0).waves
    assert (four.wave, four.tally, five.wave, five.tally) == (4, {"accepted": 90, "deferred": 10}, 5, {"refused": 1})
    assert four.rate == pytest.approx(10.0, rel=0.05)
    assert telling.snapshot(NOW, 10.0 + QUIET + 1).waves == ()


def test_closed_lanes_are_told_before_those_that_are_merely_slow() -> None:
    slow = LaneTold("post.example.net", "450 4.7.1", NOW, rate=0.5)
    said = Telling("a1", NOW).snapshot(NOW, 0.0, lanes=[slow, SLOW])
    assert said.lanes == (SLOW, slow)


def test_many_lanes_are_counted_though_few_are_told() -> None:
    lanes = [replace(SLOW, domain=f"mail{n}.example.com") for n in range(300)]
    said = Telling("a1", NOW).snapshot(NOW, 0.0, lanes=lanes)
    assert (len(said.lanes), said.slowed) == (50, 300)


def test_it_is_blocked_since_the_first_time_until_it_is_not() -> None:
    telling = Telling("a1", NOW)
    telling.snapshot(NOW, 0.0, blocked="disk full")
    assert telling.snapshot(later(60), 60.0, blocked="disk full").blocked_since == NOW
    assert telling.snapshot(later(61), 61.0).blocked_since is None
    assert telling.snapshot(later(62), 62.0, blocked="disk full").blocked_since == later(62)


def test_a_snapshot_survives_being_written() -> None:
    telling = Telling("a1", NOW)
    telling.went(4, "accepted", 1.0)
    relay = RelayTold("relay.example.org:25", "Connection refused", NOW, later(12), 3)
    said = telling.snapshot(NOW, 2.0, lanes=[SLOW], relays=[relay], blocked="disk full")
    known = TypeAdapter(Snapshot)
    assert known.validate_json(known.dump_json(said)) == said
