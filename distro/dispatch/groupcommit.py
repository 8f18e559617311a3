"""Many small writes, one transaction: whoever wants something durable hands it in and waits; what has gathered while the
last commit was under way goes into the next. So a commit's cost is shared by as many connections as are waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlmodel import Session

from distro.db import AGAIN, Store
from distro.log import log

Handler = Callable[[Session, list[Any]], list[Any]]
"""Writes a batch of items of one type, and returns one result for each, in order. Must bear being called again with the
same items: a commit whose answer was lost is tried again, with db.AGAIN in the session's info."""

PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while the store refuses; the last one is repeated."""

GATHER = 0.002
"""Seconds that a group waits to become larger, where more is on its way."""

_LOOKS = 2

Waiting = tuple[Any, "asyncio.Future[Any] | None"]


class GroupCommit:
    """One writer thread over the store.

    blocked   the reason while nothing can be written, else None
    expected  how many writers are at work: a group that holds half as many does not wait for more
    done      told of each group once it is durable
    """

    def __init__(self, store: Store, handlers: Mapping[type, Handler], done: Callable[[list[Any]], None] | None = None) -> None:
        self.blocked: str | None = None
        self.expected = 0
        self._store = store
        self._handlers = handlers
        self._done = done
        self._waiting: list[Waiting] = []
        self._wake = asyncio.Event()
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
        self._wake.set()
        return result

    def post(self, item: Any) -> None:
        """Have the item written, in the order of asking: whatever is written after it is durable only with it or after it.

        Nobody waits. If it cannot be written for good, every later `write` raises why.
        """
        self._waiting.append((item, None))
        self._wake.set()

    async def stop(self, patience: float = 10.0) -> None:
        """Write what is waiting, for at most `patience` seconds while the store refuses, and end."""
        if self._task is None:
            return
        self._task.get_loop().call_later(patience, setattr, self, "_giving_up", True)
        self._stopping = True
        self._wake.set()
        await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown(wait=True)

    async def _run(self) -> None:
        while not (self._stopping and not self._waiting):
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                if len(self._waiting) * 2 < self.expected and not self._stopping:
                    await asyncio.sleep(GATHER)
                batch, self._waiting = self._waiting, []
                if self._failed is not None:  # what was asked for before it failed comes after it all the same
                    self._fail(batch, self._failed)
                    continue
                try:
                    await self._commit(batch)
                except Exception as wrong:  # not the store's fault; but nobody may be left waiting for a writer that ended
                    self._failed = wrong
                    self._fail(batch, wrong)

    async def _commit(self, batch: list[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        items = [item for item, _ in batch]
        tries = 0
        while True:
            try:
                results = await loop.run_in_executor(self._thread, self._apply, items, tries > 0)
            except DBAPIError as wrong:
                if self._giving_up or not may_pass(wrong, tries):
                    self._fail(batch, wrong)
                    return
                self.blocked = said_by(wrong)
                log().error("evidence.blocked", reason=self.blocked, waiting=len(batch), tries=tries + 1)
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
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

    def _apply(self, items: list[Any], again: bool) -> list[Any]:
        """One transaction for all: by type, in the order in which the handlers are listed."""
        results: list[Any] = [None] * len(items)
        with self._store.write() as session:
            if again:
                session.info[AGAIN] = True
            for kind, handler in self._handlers.items():
                of_kind = [n for n, item in enumerate(items) if type(item) is kind]
                if of_kind:
                    for n, answer in zip(of_kind, handler(session, [items[n] for n in of_kind]), strict=True):
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
