"""The mailer's account of itself: what became durable is counted and logged, and a screen is told how it goes. No evidence:
that is the ledger's."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distro import clock
from distro.dispatch.classify import enhanced_in
from distro.dispatch.delivery import State
from distro.dispatch.outcomes import Outcome
from distro.dispatch.relays import Way
from distro.dispatch.retry import Class
from distro.dispatch.telling import Telling
from distro.dispatch.throttle import LaneTold as SlowLane
from distro.dispatch.throttle import Throttle
from distro.dispatch.workers import LaneTold, RelayTold, Snapshot
from distro.log import log

TELL_EVERY = 0.25
"""Seconds for which accepted copies are gathered into one line of the log."""


_ACCEPTED = State.ACCEPTED.value


@dataclass
class Tally:
    """Tries by what they ended in, since the process started."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    uncertain: int = 0
    stopped: int = 0


class Account:
    """Of one worker. Called from the event loop only."""

    def __init__(self, worker: str) -> None:
        self.tally = Tally()
        self._telling = Telling(worker, clock.now())
        self._accepted: defaultdict[int, list[int]] = defaultdict(list)  # durable, and not in the log yet, by wave
        self._domains: dict[int, str] = {}  # of the lanes that were told to slow down

    def recorded(self, items: Sequence[object]) -> None:
        """These have become durable."""
        mono, ended = clock.monotonic(), Counter[tuple[int, str]]()
        for o in items:
            if type(o) is not Outcome:
                continue
            c = o.job.claimed
            if o.verdict.because is Class.ACCEPTED:
                ended[c.wave_id, _ACCEPTED] += 1
                self._accepted[c.wave_id].append(c.id)
                continue
            state = o.verdict.state.value
            ended[c.wave_id, state] += 1
            told = {"wave": c.wave_id, "delivery": c.id, "code": o.reply.code, "enhanced": enhanced_in(o.reply.text)}
            log().info(f"delivery.{state}", **told, phase=o.reply.phase)
        for (wave, state), count in ended.items():
            self._telling.went(wave, state, mono, count)
            if hasattr(self.tally, state):
                setattr(self.tally, state, getattr(self.tally, state) + count)

    def slowed(self, lane: int, domain: str) -> None:
        """A screen may want to name the domain behind this lane."""
        self._domains[lane] = domain

    async def keep_telling(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(TELL_EVERY)
            self.tell()

    def tell(self) -> None:
        """One line of the log a wave: a line for each copy would cost as much as sending it."""
        gathered, self._accepted = self._accepted, defaultdict(list)
        for wave, deliveries in gathered.items():
            log().info("delivery.accepted", wave=wave, count=len(deliveries), deliveries=ranges(deliveries))

    def snapshot(self, throttle: Throttle, ways: Sequence[Way], blocked: str | None) -> Snapshot:
        """How it goes, now. `blocked`: why no evidence can be written."""
        now, mono = clock.now(), clock.monotonic()
        slow = throttle.lanes_told(mono)
        self._domains = {lane.lane: self._domains[lane.lane] for lane in slow if lane.lane in self._domains}
        lanes = [_lane_told(lane, self._domains.get(lane.lane, "?"), now, mono) for lane in slow]
        relays = [_relay_told(way, now, mono) for way in ways]
        return self._telling.snapshot(now, mono, lanes=lanes, relays=relays, blocked=blocked)


def ranges(numbers: Sequence[int]) -> str:
    """2078-2093,2095: a line of the log for hundreds of copies, and each can still be found by its number."""
    told: list[str] = []
    first = last = None
    for number in sorted(numbers):
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            told.append(str(first) if first == last else f"{first}-{last}")
        first = last = number
    if first is not None:
        told.append(str(first) if first == last else f"{first}-{last}")
    return ",".join(told)


def _lane_told(lane: SlowLane, domain: str, now: datetime, mono: float) -> LaneTold:
    """From the throttle's monotonic seconds to instants. It closes lanes, and lets those that are open again go slowly."""
    until = now + timedelta(seconds=lane.closed_for) if lane.closed_for > 0 else None
    return LaneTold(domain, lane.reason, now - timedelta(seconds=mono - lane.since), until, round(lane.rate, 2))


def _relay_told(way: Way, now: datetime, mono: float) -> RelayTold:
    return RelayTold(
        way.transport.name,
        way.reason or None,
        None if way.since is None else now - timedelta(seconds=mono - way.since),
        now + timedelta(seconds=max(0.0, way.due - mono)) if way.failures else None,
        len(way.lines),
    )
