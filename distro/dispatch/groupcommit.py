"""Many small writes, one transaction: whoever wants something durable hands it in and waits; what has gathered while the
last commit was under way goes into the next. So a commit's cost is shared by as many connections as are waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlmodel import Session

from distro.db import Store
from distro.log import log

Handler = Callable[[Session, list[Any]], list[Any]]
"""Writes a batch of items of one type, and returns one result for each, in order. Must bear being called again with the
same items: a commit whose answer was lost is tried again."""

PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while the store refuses; the last one is repeated."""

_LOOKS = 2


@dataclass
class _Waiting:
    item: Any
    result: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class GroupCommit:
    """One writer thread over the store. `blocked` is the reason while nothing can be written, else None."""

    def __init__(self, store: Store, handlers: Mapping[type, Handler]) -> None:
        self._store = store
        self._handlers = handlers
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "record")
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._giving_up = False
        self.blocked: str | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="group commit")

    async def write(self, item: Any) -> Any:
        """Have the item written; returns its handler's result once it is durable. Raises what the store raised for good."""
        waiting = _Waiting(item)
        self._waiting.append(waiting)
        self._wake.set()
        return await waiting.result

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
                batch, self._waiting = self._waiting, []
                await self._commit(batch)

    async def _commit(self, batch: list[_Waiting]) -> None:
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            try:
                results = await loop.run_in_executor(self._thread, self._apply, [w.item for w in batch])
            except DBAPIError as wrong:
                if self._giving_up or not _may_pass(wrong, tries):
                    self._fail(batch, wrong)
                    return
                self.blocked = str(wrong.orig).strip().splitlines()[0]
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
                for waiting, result in zip(batch, results, strict=True):
                    if not waiting.result.cancelled():
                        waiting.result.set_result(result)
                return

    def _fail(self, batch: list[_Waiting], wrong: Exception) -> None:
        for waiting in batch:
            if not waiting.result.cancelled():
                waiting.result.set_exception(wrong)

    def _apply(self, items: list[Any]) -> list[Any]:
        """One transaction for all: by type, in the order in which the handlers are listed."""
        results: dict[int, Any] = {}
        with self._store.write() as session:
            for kind, handler in self._handlers.items():
                of_kind = [(n, item) for n, item in enumerate(items) if type(item) is kind]
                if of_kind:
                    answers = handler(session, [item for _, item in of_kind])
                    results.update(zip((n for n, _ in of_kind), answers, strict=True))
        return [results[n] for n in range(len(items))]


def _may_pass(wrong: DBAPIError, tries: int) -> bool:
    """Whether trying again may help: busy, disk full, connection lost, serialization failure; not a fault of ours.

    A row that is there already may be another bot's, written since we looked: handlers look again, so it is tried again,
    but not for ever. SQLite calls a statement that cannot be right an operational error too.
    """
    if isinstance(wrong, IntegrityError):
        return tries < _LOOKS
    said = str(wrong.orig)
    return not (isinstance(wrong, ProgrammingError) or "no such" in said or "syntax error" in said)
