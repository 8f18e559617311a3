"""Limits: how many messages a second, overall and per recipient domain. Pure; told the monotonic time in seconds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

_LANES_KEPT = 10_000


@dataclass
class Pace:
    """A token bucket of a tenth of a second's worth (one token at least): even, and never above the rate for long."""

    per_second: float
    _free_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next may go; 0 when it may go now."""
        return 0.0 if self.per_second <= 0 else max(0.0, self._free_at - self._burst() - now)

    def take(self, now: float) -> None:
        if self.per_second > 0:
            self._free_at = max(self._free_at, now) + 1 / self.per_second

    def _burst(self) -> float:
        return max(0.0, 0.1 - 1 / self.per_second)


@dataclass
class Lane:
    pace: Pace
    closed_until: float = 0.0
    refusals: int = 0


@dataclass
class Throttle:
    """The overall pace, and a lane for each recipient domain. A lane that is told to back off waits 30 s, then twice as
    long each time, to an hour; what it lets through opens it again."""

    overall: Pace
    per_domain: float
    lanes: OrderedDict[int, Lane] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, messages_per_second: float, per_domain_per_second: float) -> Throttle:
        return cls(Pace(messages_per_second), per_domain_per_second)

    def wait(self, lane: int, now: float) -> float:
        """Seconds until a message of this lane may go."""
        found = self.lanes.get(lane)
        here = 0.0 if found is None else max(found.pace.wait(now), found.closed_until - now)
        return max(0.0, here, self.overall.wait(now))

    def take(self, lane: int, now: float) -> None:
        self.overall.take(now)
        if self.per_domain > 0:
            self._lane(lane).pace.take(now)

    def back_off(self, lane: int, now: float) -> float:
        """The domain said that we are too fast or not welcome. Returns the seconds for which its lane is closed."""
        found = self._lane(lane)
        found.refusals += 1
        pause = min(3600.0, 30.0 * 2.0 ** min(found.refusals - 1, 10))
        found.closed_until = max(found.closed_until, now + pause)
        return pause

    def went_well(self, lane: int) -> None:
        if lane in self.lanes:
            self.lanes[lane].refusals = 0

    def blocked(self, now: float, horizon: float) -> list[int]:
        """The lanes from which nothing may go within `horizon` seconds: not worth claiming from."""
        return [name for name, lane in self.lanes.items() if max(lane.closed_until - now, lane.pace.wait(now)) > horizon]

    def _lane(self, lane: int) -> Lane:
        found = self.lanes.get(lane)
        if found is None:
            found = self.lanes[lane] = Lane(Pace(self.per_domain))
            while len(self.lanes) > _LANES_KEPT:
                self.lanes.popitem(last=False)
        else:
            self.lanes.move_to_end(lane)
        return found
