"""How one wave stands, read from the store alone: what a screen needs, as frozen values. Reads only.

The counts go over the index (wave_id, state), the later tries over (wave_id, due_at): no row is visited but the few in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from distro.dispatch.attempts import attempts_of
from distro.dispatch.counts import counts_of
from distro.dispatch.delivery import UNFINISHED, Delivery, State
from distro.editorial.plan import Wave, WaveState
from distro.editorial.release import Release

DOUBTS_TOLD = 100
"""How many deliveries that wait for a person, or are in doubt, are told one by one."""

TOGETHER = timedelta(minutes=1)
"""Tries this near to each other are told as one."""


@dataclass(frozen=True)
class Retry:
    """Later tries: `count` of them within a minute from `at`, the first; `waiting` in all, the last one at `until`."""

    at: datetime
    count: int
    until: datetime
    waiting: int


@dataclass(frozen=True)
class Doubt:
    """A delivery that is uncertain or held. `sent`: its content may have left, so it may have arrived. `due_at`: when the bot
    sends it again by itself, None where it waits for a person."""

    delivery: int
    state: str
    since: datetime | None
    due_at: datetime | None
    sent: bool


@dataclass(frozen=True)
class WaveSight:
    """One wave at one instant. `reason` is why it was put into its state."""

    id: int
    release: str
    purpose: str
    at: datetime
    state: str
    reason: str
    launched_at: datetime | None
    finished_at: datetime | None
    counts: Mapping[str, int]
    retry: Retry | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """Those for which the bot still has work."""
        return sum(self.counts.get(state, 0) for state in UNFINISHED)

    @property
    def ended(self) -> int:
        return self.total - self.left

    @property
    def due(self) -> int:
        """Those that may go now."""
        return max(0, self.left - (self.retry.waiting if self.retry else 0))

    @property
    def in_doubt(self) -> int:
        return self.counts.get(State.UNCERTAIN, 0) + self.counts.get(State.HELD, 0)

    def mean(self, now: datetime) -> float:
        """Deliveries brought to an end for each second since the launch."""
        if self.launched_at is None:
            return 0.0
        seconds = ((self.finished_at or now) - self.launched_at).total_seconds()
        return self.ended / seconds if seconds > 0 else 0.0

    def eta(self, rate: float, now: datetime) -> datetime | None:
        """When what is due now will have gone, at `rate` copies a second; None where that cannot be said. A later try goes
        later."""
        if self.state != WaveState.SENDING or not self.due or rate <= 0.01:
            return None
        return now + timedelta(seconds=round(self.due / rate))


def under_way(session: Session, since: datetime) -> list[Wave]:
    """The waves that are sending or were stopped half-way, and those that ended after `since`: the earliest hour first."""
    going = col(Wave.state) == WaveState.SENDING.value
    stopped = col(Wave.state).in_([WaveState.HELD.value, WaveState.PAUSED.value]) & col(Wave.launched_at).isnot(None)
    ended = (col(Wave.state) == WaveState.DONE.value) & (col(Wave.finished_at) >= since)
    waves = session.exec(select(Wave).where(or_(going, stopped, ended)).order_by(col(Wave.at), col(Wave.id))).all()
    return sorted(waves, key=lambda wave: wave.state == WaveState.DONE)


def sight_of(session: Session, wave: Wave, now: datetime) -> WaveSight:
    """Everything that the store knows of how the wave stands."""
    return sights_of(session, [wave], now)[0]


def sights_of(session: Session, waves: Sequence[Wave], now: datetime) -> list[WaveSight]:
    counts = counts_of(session, [w.id or 0 for w in waves])
    return [_sight(session, wave, counts[wave.id or 0], now) for wave in waves]


def _sight(session: Session, wave: Wave, counts: Mapping[str, int], now: datetime) -> WaveSight:
    number = wave.id or 0
    later = wave.launched_at is not None and any(counts.get(s) for s in (State.DEFERRED, State.UNCERTAIN, State.PENDING))
    return WaveSight(
        number,
        session.get_one(Release, wave.release_id).slug,
        wave.purpose,
        wave.at,
        wave.state,
        wave.reason,
        wave.launched_at,
        wave.finished_at,
        dict(counts),
        _retry(session, number, now) if later else None,
        _doubts(session, number) if counts.get(State.UNCERTAIN) or counts.get(State.HELD) else (),
    )


def _retry(session: Session, wave: int, now: datetime) -> Retry | None:
    later = (Delivery.wave_id == wave, col(Delivery.due_at) > now)
    first, last, waiting = session.exec(
        select(func.min(Delivery.due_at), func.max(Delivery.due_at), func.count()).where(*later)
    ).one()
    if first is None or last is None:
        return None
    near = session.exec(select(func.count()).where(*later, col(Delivery.due_at) <= first + TOGETHER)).one()
    return Retry(first, near, last, waiting)


def _doubts(session: Session, wave: int) -> tuple[Doubt, ...]:
    """The held ones first: they wait for a person."""
    found: list[Delivery] = []
    for state in (State.HELD, State.UNCERTAIN):
        some = select(Delivery).where(Delivery.wave_id == wave, Delivery.state == state.value).order_by(col(Delivery.id))
        found += session.exec(some.limit(DOUBTS_TOLD - len(found))).all() if len(found) < DOUBTS_TOLD else []
    tried = attempts_of(session, [d.id or 0 for d in found], set())
    since = {delivery: attempts[-1].at for delivery, attempts in tried.items() if attempts}
    return tuple(Doubt(d.id or 0, d.state, since.get(d.id or 0), d.due_at, d.doubt) for d in found)
