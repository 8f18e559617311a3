"""Claims made ready before a line takes them. Sends nothing.

Copies that are signed are made by the bot's makers, or else in a thread: a signature takes longer than all the rest. Others are
made by the bot's loop, shortly before they leave: some when a line takes one that is not made yet, and some while a group of
marks gathers, when the loop would only wait (`GroupCommit`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from math import ceil
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from distro.archive.copies import Skeleton
from distro.bulk import in_parts
from distro.dispatch.claims import Claimed
from distro.dispatch.groupcommit import PAUSES, may_pass, said_by
from distro.dispatch.hand import Hand
from distro.dispatch.inloop import InLoop
from distro.dispatch.job import Job
from distro.dispatch.maker import job_of, skeletons_of
from distro.dispatch.makers import Makers
from distro.dispatch.making import Making, NotCompiled
from distro.log import log

_SIGNED_AT_ONCE = 32
"""Copies that are signed before they are handed over: signing takes several times as long as all the rest, so that lines and
makers are busy side by side only if it goes in small parts."""
_OPENED_AT_ONCE = 50
"""Claims that are opened in one go, which holds the loop up for half a millisecond,"""
_BREATH = 0.001
"""and seconds before the next ones."""
TOGETHER = 24
"""Copies that the loop makes in one go, in about a millisecond: many at once cost less, for the processor has at hand what each
of them takes."""
_AHEAD = 2
"""Copies for each line that are made while a group gathers. What is made long before it leaves is no longer at hand then."""

Out = TypeVar("Out")


class Preparing:
    """`under_way`: how many claims of each wave are on their way into the `hand`."""

    def __init__(self, making: Making, makers: Makers | None, hand: Hand, stopping: asyncio.Event) -> None:
        self.under_way: Counter[int] = Counter()
        self._making, self._makers = making, Makers() if makers is None else makers
        self._hand, self._stopping = hand, stopping
        self._one_by_one = asyncio.Lock()
        self._in_loop = InLoop(making.dialect)
        self._aside = 0  # how much is being done by the thread
        self._thread = ThreadPoolExecutor(1, "prepare")

    async def start(self) -> None:
        await self._makers.start()

    def begin(self, claimed: Sequence[Claimed], tasks: asyncio.TaskGroup) -> None:
        """`claimed`: one or more."""
        self.under_way.update(c.wave_id for c in claimed)
        signed = self._making.signs
        at_once = min(_SIGNED_AT_ONCE, ceil(len(claimed) / self._makers.count)) if signed else _OPENED_AT_ONCE
        for part in in_parts(claimed, at_once):
            tasks.create_task(self._sign(part) if signed else self._open(part), name="prepare")

    def close(self) -> None:
        self._makers.stop()
        self._thread.shutdown()
        self._making.close()

    def make(self, job: Job) -> None:
        """See to it that it has its copy, if it can have one; where that is to be made, make some of the next ones with it."""
        if job.unmade is not None:
            self._making.make([job, *self._hand.coming(job.claimed.wave_id, TOGETHER - 1)])

    def make_ahead(self) -> bool:
        """Make some of the copies that come next, where few are. False: there was nothing to do. Raises nothing."""
        if self._making.signs:
            return False
        for wave in self._hand.queues:
            coming = self._hand.coming(wave, _AHEAD * self._hand.lines // len(self._hand.queues))
            unmade = [one for one in coming if one.unmade is not None]
            if unmade:
                with suppress(Exception):  # who takes one of them meets it
                    self._making.make(unmade[:TOGETHER])
                    return True
        return False

    async def _sign(self, claimed: Sequence[Claimed]) -> None:
        jobs = await self._by_makers(claimed) if self._makers else None
        self._take_in(claimed, jobs or await self._by_thread(partial(self._making.make_ready, claimed)))

    async def _open(self, claimed: Sequence[Claimed]) -> None:
        """Take them in without their copies."""
        try:
            if await self._at_once(claimed):
                return
            jobs = await self._by_thread(partial(self._making.open, claimed))
        except NotCompiled as missing:
            await self._makers.compile(missing.wave)
            jobs = await self._by_thread(partial(self._making.open, claimed, compiles=True))
        self._take_in(claimed, jobs)

    async def _at_once(self, claimed: Sequence[Claimed]) -> bool:
        """The same in the loop, which does something else before it takes the next part. False where the thread had better do
        it, which may wait: for what it is reading already, for a network or a slow disk, or for a store that refuses."""
        async with self._one_by_one:
            if self._aside or not self._in_loop.may:
                return False
            try:
                with self._in_loop.timed():
                    jobs = self._making.open(claimed, patient=False)
            except SQLAlchemyError:  # the thread meets it too
                return False
            self._take_in(claimed, jobs)
            await asyncio.sleep(_BREATH)
        return True

    def _take_in(self, claimed: Sequence[Claimed], jobs: Sequence[Job] | None) -> None:
        """`jobs`: None at the stop while the store refuses."""
        if jobs is None:
            return
        self._hand.take_in(jobs)
        self.under_way.subtract(Counter(c.wave_id for c in claimed))  # counted in C; `subtract` itself is a loop in Python
        self.under_way += Counter()  # without the zeros

    async def _by_makers(self, claimed: Sequence[Claimed]) -> list[Job] | None:
        made = await self._makers.make(claimed)
        if made is None:
            return None
        letters: dict[int, Skeleton] = {}
        for skeleton_id in skeletons_of(made):
            found = self._making.letter(skeleton_id) or await self._by_thread(partial(self._making.fetch, skeleton_id))
            if found is None:
                return None
            letters[skeleton_id] = found
        return [job_of(c, one, letters) for c, one in zip(claimed, made, strict=True)]

    async def _by_thread(self, work: Callable[[], Out]) -> Out | None:
        """Its result; None at the stop while the store refuses: what was claimed is taken back at the next start."""
        self._aside += 1
        try:
            return await self._patiently(work)
        finally:
            self._aside -= 1

    async def _patiently(self, work: Callable[[], Out]) -> Out | None:
        tries = 0
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
            except DBAPIError as wrong:  # a connection lost, or the letter that another bot wrote just now
                if not may_pass(wrong, tries):
                    raise
                log().error("store.unreadable", reason=said_by(wrong), tries=tries + 1)
                if self._stopping.is_set():
                    return None
                await asyncio.sleep(min(1.0, PAUSES[min(tries, len(PAUSES) - 1)]))
                tries += 1
