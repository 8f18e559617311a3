"""Many small writes, one transaction: whoever wants something durable hands it in and waits; what has gathered while the
last commit was under way goes into the next. So a commit's cost is shared by as many connections as are waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlmodel import Session

from distro.db import AGAIN, Store
from distro.dispatch.inloop import InLoop
from distro.log import log
from distro.writer import Writer

Handler = Callable[[Session, list[Any]], list[Any]]
"""Writes a batch of items of one type, and returns one result for each, in order. Must bear being called again with the
same items: a commit whose answer was lost is tried again, with db.AGAIN in the session's info."""

PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while the store refuses; the last one is repeated."""

PATIENCE = 8.0
"""Seconds for which a stop waits for a store that refuses."""

GATHER = 0.002
"""Seconds that a group may wait to become large, where more is on its way."""

LARGE = 3 / 5
"""A group that holds so many items for each job at work waits no longer: what it would save on commits, the others would lose
who have nothing to do meanwhile."""

MANY = 50
"""From so many jobs at work on, two to a line, the loop naps while a group gathers. Replies come one by one, and one that wakes
the bot by itself costs it the processor's caches; after a nap several are read at once."""
NAPS = 0.0008, 0.0002, 0.0002, 0.0002, 0.0002
"""Seconds of each nap, in place of GATHER."""

COMPANY = 0.01
"""Seconds for which items that nobody waits for may wait for one that somebody does."""

_LOOKS = 2
_STEPS = 3
"""Of the loop: one for what has come to be read, one for who waits for it to be woken, one for them to go on."""

Waiting = tuple[Any, "asyncio.Future[Any] | None"]


class GroupCommit:
    """One writer over the store. A group is written in the event loop where that is quick, and by a thread where it is not.

    Writing a group takes a millisecond or two on SQLite, less than having the loop and a thread pass Python's lock and the
    processor's caches to and fro. So the loop does it while the disk is quick and nobody else writes. Over a network, after two
    commits running that took long, and while somebody holds the lock, it is the thread's, and the loop goes on.

    blocked   the reason while nothing can be written, else None
    expected  how many jobs are at work, two to a line; a group waits a moment to hold LARGE times as many items
    done      told of each group once it is durable
    meanwhile does a little of what else there is to do, and tells whether there was any
    """

    def __init__(
        self,
        store: Store,
        handlers: Mapping[type, Handler],
        done: Callable[[list[Any]], None] | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> None:
        self.blocked: str | None = None
        self.expected = 0
        self._writer = Writer(store)
        self._in_loop = InLoop(store.dialect)
        self._handlers = handlers
        self._done = done
        self._meanwhile = meanwhile
        self._waiting: list[Waiting] = []
        self._wanted = False  # somebody waits for one of them, or they have waited long enough
        self._company: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._gathering = False
        self._thread = ThreadPoolExecutor(1, "record")
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._giving_up = False
        self._failed: Exception | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="group commit")

    def write(self, item: Any) -> asyncio.Future[Any]:
        """Have the item written; gives its handler's result once it is durable. Raises what the store raised for good."""
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._failed is not None:
            result.set_exception(self._failed)
            return result
        self._waiting.append((item, result))
        self._wanted = True
        if not self._gathering or self._large:
            self._wake.set()
        return result

    def post(self, item: Any) -> None:
        """Have the item written, in the order of asking: whatever is written after it is durable only with it or after it.

        Nobody waits. If it cannot be written for good, every later `write` raises why.
        """
        self._waiting.append((item, None))
        if self._gathering and self._large:
            self._wake.set()
        if self._company is None:
            self._company = asyncio.get_running_loop().call_later(COMPANY, self._want)

    def give_up_after(self, seconds: float) -> None:
        """From then on what the store refuses is not tried again: whoever waits for it is told."""
        asyncio.get_running_loop().call_later(seconds, setattr, self, "_giving_up", True)

    async def stop(self, patience: float = PATIENCE) -> None:
        """Write what is waiting, for at most `patience` seconds while the store refuses, and end."""
        if self._task is None:
            return
        self.give_up_after(patience)
        self._stopping = True
        self._want()
        await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown(wait=True)
        self._writer.close()

    async def _run(self) -> None:
        while not (self._stopping and not self._waiting):
            await self._wake.wait()
            self._wake.clear()
            while self._waiting and (self._wanted or self._stopping):
                if self._failed is None:
                    await self._write_group()
                else:  # what was asked for before it failed comes after it all the same
                    self._fail(self._take(), self._failed)

    async def _write_group(self) -> None:
        batch: list[Waiting] = []
        try:
            if not self._large and not self._stopping:
                await self._gather()
            batch = self._take()
            await self._commit(batch)
        except Exception as wrong:  # not the store's fault; but nobody may be left waiting for a writer that ended
            self._failed = wrong
            self._fail(batch or self._take(), wrong)

    @property
    def _large(self) -> bool:
        return len(self._waiting) >= int(LARGE * self.expected)  # a line by itself has two jobs, and waits for nobody

    async def _gather(self) -> None:
        """Until the group is large, or for GATHER seconds."""
        if self.expected >= MANY:
            await self._nap()
            return
        self._gathering = True
        enough = asyncio.get_running_loop().call_later(GATHER, self._wake.set)
        try:
            self._wake.clear()
            await self._wake.wait()
            self._wake.clear()
        finally:
            enough.cancel()
            self._gathering = False

    async def _nap(self) -> None:
        """The same where much is at work. What has come already needs no nap, and who has something else to do takes none."""
        for seconds in NAPS:
            await self._hear()
            if self._large or self._stopping:
                break
            if self._meanwhile is None or not self._meanwhile():
                time.sleep(seconds)  # noqa: ASYNC251  (on purpose: nothing is to wake the loop)
        else:
            await self._hear()
        self._wake.clear()

    async def _hear(self) -> None:
        """Let the loop read what has come, and whoever waited for it go on."""
        for _ in range(_STEPS):
            await asyncio.sleep(0)

    def _want(self) -> None:
        self._wanted = True
        self._wake.set()

    def _take(self) -> list[Waiting]:
        batch, self._waiting = self._waiting, []
        self._wanted = False
        if self._company is not None:
            self._company.cancel()
            self._company = None
        return batch

    async def _commit(self, batch: list[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        items = [item for item, _ in batch]
        in_loop, again, tries = self._in_loop.may, False, 0
        while True:
            try:
                if in_loop:
                    results = self._at_once(items)
                else:
                    results = await loop.run_in_executor(self._thread, self._apply, items, again)
            except DBAPIError as wrong:
                if in_loop:  # somebody else is writing, or it is worse: the thread will see, and may wait
                    in_loop, again = False, True
                    continue
                if self._giving_up or not may_pass(wrong, tries):
                    self._fail(batch, wrong)
                    return
                self.blocked = said_by(wrong)
                log().error("evidence.blocked", reason=self.blocked, waiting=len(batch), tries=tries + 1)
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                again = True
                tries += 1
            except Exception as wrong:
                self._fail(batch, wrong)
                return
            else:
                if self.blocked is not None:
                    log().info("evidence.unblocked", tries=tries)
                    self.blocked = None
                for (_, waiting), result in zip(batch, results, strict=True):
                    if waiting is not None and not waiting.done():
                        waiting.set_result(result)
                if self._done is not None:
                    self._done(items)
                return

    def _fail(self, batch: list[Waiting], wrong: Exception) -> None:
        if any(waiting is None for _, waiting in batch):
            self._failed = wrong
        for _, waiting in batch:
            if waiting is not None and not waiting.done():
                waiting.set_exception(wrong)

    def _at_once(self, items: list[Any]) -> list[Any]:
        """In the loop, which stands still meanwhile."""
        with self._in_loop.timed():
            return self._apply(items, again=False, patient=False)

    def _apply(self, items: list[Any], again: bool, patient: bool = True) -> list[Any]:
        """One transaction for all: by type, in the order in which the handlers are listed."""
        results: list[Any] = [None] * len(items)
        with self._writer.transaction(patient=patient) as session:
            if again:
                session.info[AGAIN] = True
            places: dict[type, list[int]] = {kind: [] for kind in self._handlers}
            for n, item in enumerate(items):
                places[type(item)].append(n)
            for kind, of_kind in places.items():
                if of_kind:
                    for n, answer in zip(of_kind, self._handlers[kind](session, [items[n] for n in of_kind]), strict=True):
                        results[n] = answer
        return results


def may_pass(wrong: DBAPIError, tries: int) -> bool:
    """Whether trying again may help: busy, disk full, connection lost, serialization failure; not a fault of ours.

    A row that is there already may be another bot's, written since we looked: handlers look again, so it is tried again,
    but not for ever. SQLite calls a statement that cannot be right an operational error too.
    """
    if isinstance(wrong, IntegrityError):
        return tries < _LOOKS
    said = str(wrong.orig)
    return not (isinstance(wrong, ProgrammingError) or "no such" in said or "syntax error" in said)


def said_by(wrong: DBAPIError) -> str:
    """The first line of what the database said."""
    return (str(wrong.orig).strip() or type(wrong.orig).__name__).splitlines()[0]
