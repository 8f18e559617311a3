"""Claims made ready before a line takes them: by the bot's makers, or else in a thread. Sends nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from distro.archive.copies import Skeleton
from distro.bulk import in_parts
from distro.dispatch.claims import Claimed
from distro.dispatch.groupcommit import PAUSES, may_pass, said_by
from distro.dispatch.job import Job
from distro.dispatch.maker import job_of, skeletons_of
from distro.dispatch.makers import Makers
from distro.dispatch.making import Making
from distro.log import log

_SIGNED_AT_ONCE = 32
"""Copies that are signed before they are handed over: signing takes several times as long as all the rest, so that lines and
makers are busy side by side only if it goes in small parts."""
_MADE_AT_ONCE = 100

In = TypeVar("In")
Out = TypeVar("Out")


class Preparing:
    """`under_way`: how many claims of each wave are being made ready. `take_in` gets what is."""

    def __init__(
        self, making: Making, makers: Makers, take_in: Callable[[list[Job]], None], stopping: asyncio.Event, *, signed: bool
    ) -> None:
        self.under_way: Counter[int] = Counter()
        self._making, self._makers = making, makers
        self._take_in, self._stopping = take_in, stopping
        self._at_once = _SIGNED_AT_ONCE if signed else _MADE_AT_ONCE
        self._thread = ThreadPoolExecutor(1, "prepare")

    def begin(self, claimed: Sequence[Claimed], tasks: asyncio.TaskGroup) -> None:
        """`claimed`: one or more."""
        self.under_way.update(c.wave_id for c in claimed)
        for part in in_parts(claimed, min(self._at_once, ceil(len(claimed) / self._makers.count))):
            tasks.create_task(self._prepare(part), name="prepare")

    def close(self) -> None:
        self._makers.stop()
        self._thread.shutdown()
        self._making.close()

    async def _prepare(self, claimed: Sequence[Claimed]) -> None:
        jobs = await self._by_makers(claimed) if self._makers else None
        if jobs is None:
            jobs = await self._by_thread(self._making.make_ready, claimed)
        if jobs is None:
            return
        self._take_in(jobs)
        self.under_way.subtract(Counter(c.wave_id for c in claimed))  # counted in C; `subtract` itself is a loop in Python
        self.under_way += Counter()  # without the zeros

    async def _by_makers(self, claimed: Sequence[Claimed]) -> list[Job] | None:
        made = await self._makers.make(claimed)
        if made is None:
            return None
        letters: dict[int, Skeleton] = {}
        for skeleton_id in skeletons_of(made):
            found = self._making.letter(skeleton_id) or await self._by_thread(self._making.fetch, skeleton_id)
            if found is None:
                return None
            letters[skeleton_id] = found
        return [job_of(c, one, letters) for c, one in zip(claimed, made, strict=True)]

    async def _by_thread(self, work: Callable[[In], Out], what: In) -> Out | None:
        """Its result; None at the stop while the store refuses: what was claimed is taken back at the next start."""
        tries = 0
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work, what)
            except DBAPIError as wrong:  # a connection lost, or the letter that another bot wrote just now
                if not may_pass(wrong, tries):
                    raise
                log().error("store.unreadable", reason=said_by(wrong), tries=tries + 1)
                if self._stopping.is_set():
                    return None
                await asyncio.sleep(min(1.0, PAUSES[min(tries, len(PAUSES) - 1)]))
                tries += 1
