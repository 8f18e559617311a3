"""The jobs in hand: claimed, opened, and waiting for a line whose lane is open. Each wave has a queue of its own."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from distro import clock
from distro.dispatch.job import Job
from distro.dispatch.throttle import Throttle

POLL = 0.2
"""Seconds between looks while nothing says that there is something to do."""

DEEP = 24
"""Jobs in hand of a wave, for each line: enough that no line waits for a claim, or where copies are signed for a maker."""

AHEAD = 30.0
"""Seconds for which jobs are in hand where the pace is limited."""

_LOOK = 64
"""Jobs of a wave that are looked at for one whose lane is open."""


@dataclass
class Hand:
    """`lines`: how many there are to carry. `working`: how many jobs are on one. `hungry` is set whenever a claim may
    be worth while. Whoever waits for a job is woken in turn, one for each that comes: waking all would have most of them look
    for nothing."""

    throttle: Throttle
    stopping: asyncio.Event
    lines: int = 0
    queues: dict[int, deque[Job]] = field(default_factory=dict)
    working: int = 0
    hungry: asyncio.Event = field(default_factory=asyncio.Event)
    _urgent: set[int] = field(default_factory=set)
    _asked: bool = False
    _low: set[int] = field(default_factory=set)
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.low = DEEP * self.lines // 2  # a wave with so many left wants more

    def depth_for(self, waves: int) -> int:
        """How many jobs of each wave should be in hand; of many waves less each, so that memory does not grow with them, and
        no more than go in AHEAD, so that the hour of writing in a copy is not long past when it leaves."""
        pace = self.throttle.overall.per_second
        most = 2 * DEEP * self.lines if pace <= 0 else min(2 * DEEP * self.lines, round(2 * AHEAD * pace))
        return max(self.lines, most // max(2, waves))

    @property
    def empty(self) -> bool:
        return not self.queues and not self.working

    @property
    def jobs(self) -> Iterator[Job]:
        """All that wait."""
        for queue in self.queues.values():
            yield from queue

    def coming(self, wave: int, most: int) -> list[Job]:
        """The first that wait of this wave, in their order."""
        return list(islice(self.queues.get(wave, ()), most))

    def held(self) -> Counter[int]:
        """How many wait, by wave."""
        return Counter({wave: len(queue) for wave, queue in self.queues.items()})

    def take_in(self, jobs: Collection[Job]) -> None:
        for job in jobs:
            self._queue(job).append(job)
        self._wake(len(jobs))

    def put_back(self, job: Job) -> None:
        """It was taken, and could not be carried: it is the next again."""
        self._queue(job).appendleft(job)

    def remove(self, jobs: Collection[Job]) -> None:
        gone = {id(job) for job in jobs}
        for wave in list(self.queues):
            self.queues[wave] = deque(job for job in self.queues[wave] if id(job) not in gone)
            self._drop_if_empty(wave)

    def forget(self, deliveries: Collection[int]) -> None:
        """We were taken for dead with these, and have claimed them anew: the older claim is nobody's."""
        if deliveries:
            self.remove([job for job in self.jobs if job.claimed.id in deliveries])

    def empty_out(self) -> list[Job]:
        """All that is left, to be given back."""
        jobs = list(self.jobs)
        self.queues.clear()
        return jobs

    def next_now(self) -> Job | None:
        """A job whose lane is open now, the waves taking turns and urgent ones before all."""
        return self._pick(clock.monotonic())[0]

    async def next(self, patience: float | None) -> Job | None:
        """The next job whose lane is open. None after `patience` seconds without one, and at the stop."""
        until = None if patience is None else clock.monotonic() + patience
        while not self.stopping.is_set():
            now = clock.monotonic()
            job, soonest = self._pick(now)
            if job is not None:
                return job
            if until is not None and now >= until:
                return None
            await self._woken_within(max(0.001, soonest))
        return None

    def look_again(self) -> None:
        """Something may be due, or it is time to stop."""
        self._wake(len(self._waiting))
        self._asked = True
        self.hungry.set()

    async def until_hungry(self) -> set[int] | None:
        """Wait until more may be wanted, but not for long. Clear `hungry` before looking, so that no wish is lost meanwhile.

        Returns the waves that ran low; None when it is time for a look whatever is in hand.
        """
        try:
            await asyncio.wait_for(self.hungry.wait(), POLL)
        except TimeoutError:
            return None
        asked, self._asked = self._asked, False
        low, self._low = self._low, set()
        return None if asked else low

    async def _woken_within(self, seconds: float) -> None:
        """Wait for one's turn to look again, or for so long."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()
        self._waiting.append(woken)
        timer = loop.call_later(seconds, _ring, woken)
        try:
            await woken
        finally:
            timer.cancel()
            with suppress(ValueError):  # it was woken by its turn
                self._waiting.remove(woken)

    def _wake(self, most: int) -> None:
        while most > 0 and self._waiting:
            woken = self._waiting.popleft()
            if not woken.done():
                woken.set_result(None)
                most -= 1

    def _pick(self, now: float) -> tuple[Job | None, float]:
        """A job taken out of its queue, and its wave put last; or the seconds until the soonest lane opens."""
        if len(self.queues) == 1:
            ((wave, queue),) = self.queues.items()
            lane = queue[0].claimed.lane
            if self.throttle.wait(lane, now) <= 0:
                self.throttle.take(lane, now)
                job = queue.popleft()
                if len(queue) == self.low or not queue:
                    self._drop_if_empty(wave)
                    self._ran_low(wave)
                return job, 0.0
        soonest = POLL
        for wave in [*(w for w in self._urgent if w in self.queues), *self.queues]:
            queue = self.queues[wave]
            for n in range(min(len(queue), _LOOK)):
                job = queue[n]
                wait = self.throttle.wait(job.claimed.lane, now)
                if wait > 0:
                    soonest = min(soonest, wait)
                    continue
                del queue[n]
                self.throttle.take(job.claimed.lane, now)
                del self.queues[wave]
                if queue:
                    self.queues[wave] = queue
                self._drop_if_empty(wave)
                if len(queue) == self.low:
                    self._ran_low(wave)
                return job, 0.0
        return None, soonest

    def _queue(self, job: Job) -> deque[Job]:
        wave = job.claimed.wave_id
        if job.urgent:
            self._urgent.add(wave)
        return self.queues.setdefault(wave, deque())

    def _drop_if_empty(self, wave: int) -> None:
        if not self.queues.get(wave):
            self.queues.pop(wave, None)
            self._urgent.discard(wave)
            self._ran_low(wave)

    def _ran_low(self, wave: int) -> None:
        self._low.add(wave)
        self.hungry.set()


def _ring(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
