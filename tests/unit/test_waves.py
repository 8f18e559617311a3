"""The table of waves and the embargo of their clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from distro import clock
from distro.editorial.plan import WAVE_TRANSITIONS, WaveState, WaveVerb

FINAL = (WaveState.DONE, WaveState.CANCELLED, WaveState.EXPIRED)


def test_nothing_leaves_before_it_was_armed_and_prepared() -> None:
    into_sending = {(state, verb) for (state, verb), after in WAVE_TRANSITIONS.items() if after is WaveState.SENDING}
    assert into_sending == {
        (WaveState.PREPARING, WaveVerb.LAUNCH),
        (WaveState.DONE, WaveVerb.REOPEN),
        (WaveState.EXPIRED, WaveVerb.REOPEN),
    }
    into_armed = {(state, verb) for (state, verb), after in WAVE_TRANSITIONS.items() if after is WaveState.ARMED}
    assert into_armed == {
        (WaveState.PROPOSED, WaveVerb.ARM),
        (WaveState.PAUSED, WaveVerb.RESUME),
        (WaveState.HELD, WaveVerb.RESUME),
    }


def test_a_cancelled_wave_stays_so() -> None:
    assert not [step for (state, step) in WAVE_TRANSITIONS if state is WaveState.CANCELLED]


@pytest.mark.parametrize("state", [s for s in WaveState if s not in FINAL])
def test_every_open_wave_can_be_cancelled(state: WaveState) -> None:
    assert WAVE_TRANSITIONS[state, WaveVerb.CANCEL] is WaveState.CANCELLED


def test_the_watch_sees_a_jump_and_follows_a_slow_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, mono = datetime(2026, 12, 1, 9, tzinfo=UTC), 1000.0
    monkeypatch.setattr(clock, "now", lambda: wall)
    monkeypatch.setattr(clock, "monotonic", lambda: mono)
    watch = clock.ClockWatch.start()
    for _ in range(60):  # half a second a minute: NTP at work
        wall, mono = wall + timedelta(seconds=60.5), mono + 60
        assert watch.look() is None
    wall, mono = wall + timedelta(hours=1), mono + 1
    assert watch.look() == timedelta(hours=1) - timedelta(seconds=1)
    assert watch.look() is not None, "it stays seen until it is accepted"
    watch.accept()
    assert watch.look() is None
    wall -= timedelta(seconds=30)
    jump = watch.look()
    assert jump is not None
    assert jump < timedelta()
