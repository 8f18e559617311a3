"""Gives the record's newest head outside, each way by itself: a mail to witnesses, a file, a time-stamp authority's token.

What is due stands in the store (`archive.anchors`). What failed is told and tried again as a deferred copy is; nothing here
waits for sending, and sending waits for nothing here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from distro import clock
from distro.archive import anchors
from distro.archive.anchors import Head, How, head_of
from distro.archive.sealing import Signer, newest
from distro.config import Config
from distro.db import Store
from distro.dispatch.alerts import alert
from distro.dispatch.groupcommit import said_by
from distro.dispatch.retry import delay
from distro.dispatch.staffmail import Post
from distro.dispatch.witness import letter
from distro.errors import Failed, Refused
from distro.log import log
from distro.mail.transport import Envelope
from distro.staff import ROBOT

TOLD_AFTER = 4
"""Failures in a row of one way, after which the office is mailed, once: some twenty minutes."""

_ONE_AT_A_TIME = 4_137_260_916
"""Number of the advisory lock on PostgreSQL, where another bot may be at the same work: any that nobody else uses there."""


@dataclass(frozen=True)
class _Done:
    """What a way has to say when the head is outside."""

    to: int = 0
    token: bytes | None = None


@dataclass(frozen=True)
class _Failures:
    """Of one way, in a row."""

    count: int
    last: datetime

    def rest(self, now: datetime) -> bool:
        """Whether it is left alone for now; not where the clock was set back behind the failure."""
        return self.last <= now < self.last + delay(self.count)


class Anchoring:
    """Remembers nothing but failures: what a new process tries at once."""

    def __init__(self, store: Store, signer: Signer, config: Config, post: Post) -> None:
        self._store, self._signer, self._post = store, signer, post
        self._office, self._settings = config.office, config.anchors
        asked = config.anchors
        self._ways = anchors.ways_of(mail=asked.to, file=asked.file, tsa=asked.tsa_url)
        self._every = timedelta(hours=config.anchors.every_hours)
        self._failures: dict[How, _Failures] = {}

    def due(self, session: Session, now: datetime) -> list[How]:
        """The ways to be tried now."""
        ready = [how for how in self._ways if how not in self._failures or not self._failures[how].rest(now)]
        return anchors.due(session, ready, self._every, now) if ready else []

    async def look(self, now: datetime) -> None:
        """Try what is due, all ways at once: none keeps another waiting."""
        if not self._ways or not await asyncio.to_thread(self._due, now):
            return
        async with _alone(self._store) as alone:
            ways = await asyncio.to_thread(self._due, now) if alone else []  # another may have done it meanwhile
            for wrong in await asyncio.gather(*(self._try(how, now) for how in ways), return_exceptions=True):
                if isinstance(wrong, Exception):
                    raise wrong

    def _due(self, now: datetime) -> list[How]:
        with self._store.read() as session:
            return self.due(session, now)

    async def _try(self, how: How, now: datetime) -> None:
        do: dict[How, Callable[[Head], Awaitable[_Done]]] = {How.MAIL: self._mail, How.FILE: self._file, How.TSA: self._stamp}
        try:
            head = await asyncio.to_thread(self._head)
            done = await do[how](head)
            await asyncio.to_thread(self._keep, head, how, done)
        except Exception as wrong:
            await asyncio.to_thread(self._tell, how, wrong, now)
        else:
            self._failures.pop(how, None)
            log().info("record.anchored", how=how.value, size=head.size)

    def _head(self) -> Head:
        with self._store.read() as session:
            stored = newest(session)
            assert stored is not None, "what is due has a head"
            return head_of(stored, self._signer)

    async def _mail(self, head: Head) -> _Done:
        now, taken = clock.now(), 0
        for to in self._settings.to:
            envelope = Envelope(self._office.bot_address, to, f"checkpoint-{head.size}")
            if await self._post(envelope, letter(self._office, head, to, now), now):
                taken += 1
            else:
                log().warning("anchor.not_taken", size=head.size)
        if not taken:
            raise Failed(
                "No mail server took the checkpoint for any address of [anchors] to; `distro doctor` looks at the relays."
            )
        return _Done(to=taken)

    async def _file(self, head: Head) -> _Done:
        await asyncio.to_thread(write, self._settings.file, head.note)
        return _Done()

    async def _stamp(self, head: Head) -> _Done:
        stamp = await asyncio.to_thread(_stamping)
        token = await stamp(self._settings.tsa_url, head.note.encode(), self._settings.tsa_timeout)
        return _Done(token=token)

    def _keep(self, head: Head, how: How, done: _Done) -> None:
        with self._store.write() as session:
            anchors.keep(session, head, how, actor=ROBOT, at=clock.now(), to=done.to, token=done.token)

    def _tell(self, how: How, wrong: Exception, now: datetime) -> None:
        before = self._failures.get(how)
        failed = self._failures[how] = _Failures(before.count + 1 if before else 1, now)
        reason = said_by(wrong) if isinstance(wrong, DBAPIError) else str(wrong) or type(wrong).__name__
        again = int(delay(failed.count).total_seconds())
        trace = None if isinstance(wrong, Failed | Refused | OSError | DBAPIError) else wrong
        log().warning("anchor.failed", how=how.value, reason=reason, again_in=again, exc_info=trace)
        if failed.count == TOLD_AFTER:
            with self._store.write() as session:
                alert(session, *_notice(how, reason), at=clock.now())


def _stamping() -> Callable[[str, bytes, float], Awaitable[bytes]]:
    """Looked up in a thread: what it needs takes a while to import, and copies may be due."""
    from distro.archive.tsa import stamp

    return stamp


def _notice(how: How, reason: str) -> tuple[str, str]:
    return (
        f"The record's checkpoint does not get outside by {how.value}",
        f"{TOLD_AFTER} tries in a row have failed, the last with this: {reason}\n\nSending goes on, and so do the tries. "
        "There is one such notice until it works again.\n\nSee it:      distro doctor\n             distro archive anchors\n",
    )


def write(file_name: str, note: str) -> None:
    """Put the note in the file's place at once, readable for all: whoever reads meanwhile gets the old one or the new one,
    and all of it. Raises OSError."""
    path = Path(file_name).expanduser()
    beside = path.with_name(f".{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), 0o644)  # whatever the umask says
        file.write(note.encode())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@asynccontextmanager
async def _alone(store: Store) -> AsyncIterator[bool]:
    """Whether this bot is the only one at it. On PostgreSQL by a lock of the connection, without a transaction, so that nobody
    waits for it while the network does; it goes with the process. On SQLite there is one bot."""
    if store.dialect == "sqlite":
        yield True
        return
    engine = store.engine.execution_options(isolation_level="AUTOCOMMIT")
    connection = await asyncio.to_thread(engine.connect)
    try:
        locked = await asyncio.to_thread(_ask, connection, "SELECT pg_try_advisory_lock(:one)")
        try:
            yield locked
        finally:
            if locked:
                await asyncio.to_thread(_ask, connection, "SELECT pg_advisory_unlock(:one)")
    finally:
        connection.close()


def _ask(connection: Connection, question: str) -> bool:
    return bool(connection.execute(text(question), {"one": _ONE_AT_A_TIME}).scalar())
