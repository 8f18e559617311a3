"""The jobs in hand: claimed, and waiting for a line whose lane is open."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from distro import clock
from distro.dispatch.job import Job
from distro.dispatch.throttle import Throttle

POLL = 0.2
"""Seconds between looks while nothing says that there is something to do."""


@dataclass
class Hand:
    """`working`: how many jobs are on a line. `changed` is set whenever somebody who waits should look again."""

    throttle: Throttle
    stopping: asyncio.Event
    jobs: deque[Job] = field(default_factory=deque)
    working: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def empty(self) -> bool:
        return not self.jobs and not self.working

    def take_in(self, jobs: list[Job]) -> None:
        self.jobs.extend(jobs)
        self.changed.set()

    async def next(self, patience: float | None) -> Job | None:
        """The next job whose lane is open. None after `patience` seconds without one, and at the stop."""
        until = None if patience is None else clock.monotonic() + patience
        while not self.stopping.is_set():
            now = clock.monotonic()
            soonest = POLL
            for n, job in enumerate(self.jobs):
                wait = self.throttle.wait(job.claimed.lane, now)
                if wait <= 0:
                    del self.jobs[n]
                    self.throttle.take(job.claimed.lane, now)
                    if not self.jobs:
                        self.changed.set()
                    return job
                soonest = min(soonest, wait)
            if until is not None and now >= until:
                return None
            await self.pause(max(0.001, soonest))
        return None

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until something changes."""
        self.changed.clear()
        if self.stopping.is_set():
            return
        try:
            await asyncio.wait_for(self.changed.wait(), seconds)
        except TimeoutError:
            return

    def empty_out(self) -> list[Job]:
        """All that is left, to be given back."""
        jobs, self.jobs = list(self.jobs), deque()
        return jobs
