"""A lane whose domain refused us: how long it is closed, how slowly it opens, when it is as before. Pure, seconds throughout.

Multiplicative decrease, additive increase, as TCP does it: one halving at each refusal finds a bearable rate in a few steps,
and the even rise afterwards looks for the limit without hitting it hard.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PAUSE = 30.0
LONGEST_PAUSE = 3600.0
SLOWEST = 1 / 60
"""Messages a second below which no lane falls: one a minute still finds out when the domain is well again."""
LEAST_RATE = 1.0
"""Messages a second that a lane had at least, whatever was counted: the first copies of a wave count for little."""
PROBE = 1.0
"""Messages a second while a lane that has opened has not been taken anything from yet."""
RECOVERY = 300.0
"""Seconds of going well in which a lane rises from nothing to the rate it had."""
LONGEST_STEP = 30.0
"""Of a longer time between two that went well, no more than this counts as going well."""
FORGOTTEN_AFTER = 3600.0
"""Seconds after its opening without news, after which nothing is known about the lane any more."""


@dataclass
class Trouble:
    """full      the rate that the lane had when it was first refused, and has to reach again
    rate      messages a second that it has now, once it is open
    until     when it opens; `since`: when the trouble began
    row       refusals in a row, each on a lane that was open: what the pause doubles with
    refusals  all of them, also those of copies that were on the wire when it closed
    proven    something was taken since it opened
    """

    full: float
    rate: float
    since: float
    until: float = 0.0
    row: int = 0
    refusals: int = 0
    reason: str = ""
    proven: bool = False
    _free_at: float = 0.0
    _well_at: float = 0.0
    _news_at: float = 0.0

    @classmethod
    def starting(cls, observed: float, now: float) -> Trouble:
        full = max(observed, LEAST_RATE)
        return cls(full, full, now, until=now, _well_at=now, _news_at=now)

    def refused(self, now: float, reason: str) -> float:
        """Close, and halve the rate. Returns the seconds for which the lane is closed.

        Refusals that come while it is closed are of the same moment, of copies that were on the wire: they are counted, and
        close nothing for longer; or the fifty lines of a fast sender would close a lane for an hour at the first word.
        """
        self.refusals += 1
        self.reason = reason or self.reason
        self._news_at = max(self._news_at, now)
        if now < self.until:
            return self.until - now
        self.row += 1
        self.rate = max(SLOWEST, self.rate / 2)
        self.proven = False
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.row - 1, 10))
        self.until = now + pause
        return pause

    def went_well(self, now: float) -> bool:
        """One was taken: rise by the time that went well. True: the lane is as fast as before, and the trouble is over.

        Not while it is closed: then it was on the wire before, and says nothing about now.
        """
        if now < self.until:
            return False
        self._news_at = max(self._news_at, now)
        well_since = max(self._well_at, self.until)
        self.rate += self.full / RECOVERY * min(max(0.0, now - well_since), LONGEST_STEP)
        self._well_at = max(self._well_at, now)
        self.proven, self.row = True, 0
        return self.rate >= self.full

    def wait(self, now: float) -> float:
        return 0.0 if self.is_over(now) else max(0.0, self.until - now, self._free_at - now)

    def take(self, now: float) -> None:
        """One goes, and the next when its time has come: no burst here."""
        self._free_at = max(self._free_at, now) + 1 / self.rate_now(0.0)

    def rate_now(self, limit: float) -> float:
        """Messages a second as the lane stands; `limit` of the settings, 0 without one."""
        rate = self.rate if self.proven else min(self.rate, PROBE)
        return min(rate, limit) if limit > 0 else rate

    def is_over(self, now: float) -> bool:
        """Nothing was heard of it for so long that what it was told does not count any more."""
        return now >= max(self.until, self._news_at) + FORGOTTEN_AFTER
