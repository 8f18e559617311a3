"""Limits: how many messages a second, overall and per recipient domain, and how a lane slows down when its domain says so.

Pure; told the monotonic time in seconds. A lane is a keyed hash of a domain: nothing here knows a name.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from distro.dispatch.trouble import Trouble

_LANES_KEPT = 10_000
_OBSERVED = 10.0
"""Seconds over which the rate of a lane is counted."""


@dataclass
class Pace:
    """An even pace with a small burst (GCRA): in any span of time no more than the rate allows for it, plus the burst, which is
    a tenth of a second's worth, one at least."""

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


@dataclass(frozen=True)
class LaneTold:
    """How a slowed lane stands, for a screen. `closed_for`: seconds until it opens, 0 when it is open. `rate`: messages a
    second that it has then. `refusals`: how often it was refused since it was last well, `reason`: what was said last (codes
    and phase, never an address). `since`: the monotonic time of the first of them; `until`: when the lane opens or opened."""

    lane: int
    closed_for: float
    rate: float
    reason: str
    refusals: int
    since: float
    until: float


@dataclass
class Throttle:
    """The overall pace, one for each recipient domain, and the lanes that are in trouble (see `trouble.Trouble`).

    Memory is bounded: of either kind the ten thousand lanes used last are kept. Only where more than that many domains are in
    use at once is a lane forgotten that was still waiting.
    """

    overall: Pace
    per_domain: float
    _paces: OrderedDict[int, Pace] = field(default_factory=OrderedDict)
    _troubled: OrderedDict[int, Trouble] = field(default_factory=OrderedDict)
    _seen: dict[int, int] = field(default_factory=dict)
    _seen_before: dict[int, int] = field(default_factory=dict)
    _counted_since: float = 0.0
    _counted_before: float = 0.0

    def __post_init__(self) -> None:
        self._unlimited = self.overall.per_second <= 0 and self.per_domain <= 0

    @classmethod
    def of(cls, messages_per_second: float, per_domain_per_second: float) -> Throttle:
        return cls(Pace(messages_per_second), per_domain_per_second)

    def wait(self, lane: int, now: float) -> float:
        """Seconds until a message of this lane may go."""
        if self._unlimited and not self._troubled:
            return 0.0
        longest = self.overall.wait(now)
        if self.per_domain > 0 and (pace := self._paces.get(lane)) is not None:
            longest = max(longest, pace.wait(now))
        if (trouble := self._troubled.get(lane)) is not None:
            longest = max(longest, trouble.wait(now))
        return longest

    def take(self, lane: int, now: float) -> None:
        """One goes now; ask `wait` first."""
        seen = self._seen
        if now >= self._counted_since + _OBSERVED or len(seen) >= _LANES_KEPT:
            seen = self._count_anew(now)
        seen[lane] = seen.get(lane, 0) + 1
        if self._unlimited and not self._troubled:
            return
        self.overall.take(now)
        if self.per_domain > 0:
            pace = self._paces.get(lane)
            if pace is None:
                pace = self._paces[lane] = Pace(self.per_domain)
                if len(self._paces) > _LANES_KEPT:
                    self._paces.popitem(last=False)
            else:
                self._paces.move_to_end(lane)
            pace.take(now)
        if (trouble := self._troubled.get(lane)) is not None:
            if trouble.is_over(now):
                del self._troubled[lane]
            else:
                trouble.take(now)

    def back_off(self, lane: int, now: float, reason: str = "") -> float:
        """The domain said that we are too fast or not welcome. Returns the seconds for which its lane is closed.

        reason  what a person is to see: codes and phase such as "421 4.7.28 at rcpt", never an address
        """
        trouble = self._troubled.get(lane)
        if trouble is None or trouble.is_over(now):
            trouble = self._troubled[lane] = Trouble.starting(self._rate_of(lane, now), now)
            if len(self._troubled) > _LANES_KEPT:
                self._troubled.popitem(last=False)
        self._troubled.move_to_end(lane)
        return trouble.refused(now, reason)

    def went_well(self, lane: int, now: float) -> None:
        """The domain took one. A troubled lane gets faster by it, until it is as fast as before."""
        if self._troubled and (trouble := self._troubled.get(lane)) is not None and trouble.went_well(now):
            del self._troubled[lane]

    def blocked(self, now: float, horizon: float) -> list[int]:
        """The lanes from which nothing may go within `horizon` seconds: not worth claiming from."""
        found = {lane for lane, trouble in self._troubled.items() if trouble.wait(now) > horizon}
        if self.per_domain > 0 and 1 / self.per_domain > horizon:  # else no lane waits for so long
            found |= {lane for lane, pace in self._paces.items() if pace.wait(now) > horizon}
        return sorted(found)

    def lanes_told(self, now: float) -> list[LaneTold]:
        """The lanes that are in trouble, those first that stay closed longest."""
        told = [
            LaneTold(lane, max(0.0, t.until - now), t.rate_now(self.per_domain), t.reason, t.refusals, t.since, t.until)
            for lane, t in self._troubled.items()
            if not t.is_over(now)
        ]
        return sorted(told, key=lambda one: (-one.closed_for, one.rate, one.lane))

    def _count_anew(self, now: float) -> dict[int, int]:
        """Begin a new count; the one that ends is kept until the next has ended."""
        stale = now >= self._counted_since + 2 * _OBSERVED
        self._seen_before, self._seen = {} if stale else self._seen, {}
        self._counted_before, self._counted_since = now if stale else self._counted_since, now
        return self._seen

    def _rate_of(self, lane: int, now: float) -> float:
        """Messages a second that this lane has had lately, within its limit."""
        count = self._seen.get(lane, 0) + self._seen_before.get(lane, 0)
        rate = count / max(1.0, now - self._counted_before)
        return min(rate, self.per_domain) if self.per_domain > 0 else rate
