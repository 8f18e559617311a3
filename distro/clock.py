"""The only reader of the clock. Everything else is handed `now`, aware and in UTC."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEADY_WITHIN = timedelta(seconds=5)
"""How far wall and monotonic time may come apart before embargoed waves wait for a person."""
_STEADY_WITHIN = STEADY_WITHIN.total_seconds()


def now() -> datetime:
    """The system's wall clock, as an aware instant in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that only go forward; for leases within one process and for rates, never for records."""
    return time.monotonic()


@dataclass
class ClockWatch:
    """Notices when the wall clock is moved under a running process.

    `look` compares the time that passed on both clocks since the last agreed point. Small drift (a slewing NTP daemon)
    is followed; a jump is returned, and stays so until `accept` is called.
    """

    wall: datetime
    mono: float

    @classmethod
    def start(cls) -> ClockWatch:
        return cls(now(), monotonic())

    def look(self, wall: datetime | None = None) -> timedelta | None:
        """How far the wall clock has jumped (positive: forward), or None while the clocks agree. `wall`: what it showed just
        now, where that was read already."""
        wall, mono = wall or now(), monotonic()
        passed = wall - self.wall
        if abs(passed.total_seconds() - (mono - self.mono)) > _STEADY_WITHIN:
            return passed - timedelta(seconds=mono - self.mono)
        self.wall, self.mono = wall, mono
        return None

    def accept(self) -> None:
        """Take the wall clock as it now is for the truth."""
        self.wall, self.mono = now(), monotonic()
