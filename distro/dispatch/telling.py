"""What a bot will say of itself: gathered as it happens, on the event loop; `snapshot` makes the frozen value of it.

Nothing here is evidence, and nothing is asked of the store. Told the time: instants for what is shown, monotonic seconds for
rates.
"""

from __future__ import annotations

import math
import os
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from distro.dispatch.workers import LaneTold, RelayTold, Snapshot, WaveTold

MEMORY = 10.0
"""Seconds over which a rate is smoothed: what is older weighs less than a third."""

QUIET = 60.0
"""Seconds without a copy after which a wave is not spoken of any more."""

_LANES_TOLD = 50


@dataclass
class Rate:
    """Events a second, each weighing less the older it is; made good for the time in which there could be none yet."""

    began: float
    _weight: float = 0.0
    _last: float = 0.0

    def went(self, mono: float, count: int = 1) -> None:
        self._weight = self._weight * self._faded(mono) + count
        self._last = mono

    def at(self, mono: float) -> float:
        seen = 1.0 - math.exp(-max(mono - self.began, 0.5) / MEMORY)
        return self._weight * self._faded(mono) / (MEMORY * seen)

    def quiet(self, mono: float) -> bool:
        return mono - self._last > QUIET

    def _faded(self, mono: float) -> float:
        return math.exp(-max(0.0, mono - self._last) / MEMORY)


@dataclass
class _Wave:
    rate: Rate
    tally: Counter[str] = field(default_factory=Counter)


class Telling:
    """One bot's account of itself. Every method is cheap; all are called from the event loop."""

    def __init__(self, worker: str, started_at: datetime) -> None:
        self._worker, self._started_at = worker, started_at
        self._host, self._pid = socket.gethostname(), os.getpid()
        self._waves: dict[int, _Wave] = {}
        self._blocked_since: datetime | None = None

    def went(self, wave: int, state: str, mono: float, count: int = 1) -> None:
        """Tries have ended, and their deliveries are now in this state."""
        found = self._waves.get(wave)
        if found is None:
            found = self._waves[wave] = _Wave(Rate(mono))
        found.rate.went(mono, count)
        found.tally[state] += count

    def snapshot(
        self,
        now: datetime,
        mono: float,
        *,
        lanes: Sequence[LaneTold] = (),
        relays: Sequence[RelayTold] = (),
        blocked: str | None = None,
    ) -> Snapshot:
        """All of it as it stands. `lanes`: those that are slowed. `blocked`: why no evidence can be written."""
        self._blocked_since = None if blocked is None else self._blocked_since or now
        self._waves = {number: wave for number, wave in self._waves.items() if not wave.rate.quiet(mono)}
        return Snapshot(
            self._worker,
            self._host,
            self._pid,
            self._started_at,
            now,
            tuple(WaveTold(number, round(wave.rate.at(mono), 2), dict(wave.tally)) for number, wave in self._waves.items()),
            tuple(sorted(lanes, key=lambda told: (told.closed_until is None, told.domain))[:_LANES_TOLD]),
            len(lanes),
            tuple(relays),
            blocked,
            self._blocked_since,
        )
