"""Makers: processes beside the bot that make copies ready, so that cores work side by side. They send nothing.

Opening, filling in, hashing and above all signing take as long as all the rest, and Python lets one thread of a process
work at a time. A maker is forked before the bot has threads, a loop or a connection: so it starts at once, shares what was
imported, and holds none of the bot's locks. It gets claims and answers with what makes them jobs, over a pair of sockets
that nobody else has. When that ends, because the bot ended however it did, the maker ends. The first of them also compiles
letters: what that takes to import, and what a parser may do to its process, stays out of the bot. And it seals the record.

A maker that cannot answer is no harm: the bot does its work in a thread of its own, and meets there what was wrong.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from distro.config import Config
from distro.dispatch.claims import Claimed
from distro.dispatch.maker import LENGTH, SEAL, Made, frame, read_frame, serve
from distro.log import log

PATIENCE = 10.0
"""Seconds within which a maker answers, or is taken for lost."""


class Makers:
    """Those of one bot. Fork them first, and `start` them in the event loop; without any, `make` answers None at once."""

    def __init__(self, makers: Sequence[Maker] = ()) -> None:
        self._makers = list(makers)

    @classmethod
    def forked(cls, config: Config) -> Makers:
        """As many as [limits] makers says. To be called while the process has one thread and nothing open."""
        makers: list[Maker] = []
        for number in range(config.limits.makers):
            ours, its = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                for other in (ours, *(maker.socket for maker in makers)):
                    other.close()  # or one maker would keep another's line to a dead bot open
                serve(its, config, compiles=number == 0)
            its.close()
            makers.append(Maker(pid, ours))
        return cls(makers)

    def __bool__(self) -> bool:
        return bool(self._makers)

    @property
    def count(self) -> int:
        """How many work at once: without any, the bot itself."""
        return len(self._makers) or 1

    async def start(self) -> None:
        for maker in self._makers:
            await maker.start()

    async def make(self, claimed: Sequence[Claimed]) -> Sequence[Made] | None:
        """What makes these claims jobs, see `job_of`; None where no maker could."""
        self._makers = [maker for maker in self._makers if not maker.lost]
        if not self._makers:
            return None
        made: Sequence[Made] | None = await min(self._makers, key=lambda maker: maker.waiting).ask([tuple(c) for c in claimed])
        return made

    async def compile(self, wave_id: int) -> bool:
        """Have the letters of this wave compiled that are not yet. False where no maker could, or one of them makes no mail."""
        if not self._makers or self._makers[0].lost:
            return False
        return await self._makers[0].ask(wave_id) is not None

    async def seal(self) -> int | None:
        """Have some entries sealed, see archive.sealing. Returns how many; None where no maker could."""
        if not self._makers or self._makers[0].lost:
            return None
        sealed: int | None = await self._makers[0].ask(SEAL)
        return sealed

    def stop(self) -> None:
        """End them. May be called again."""
        for maker in self._makers:
            maker.stop()
        self._makers = []


class Maker:
    """One maker, as the bot sees it. Answers come in the order of the questions."""

    def __init__(self, pid: int, ours: socket.socket) -> None:
        self.lost = False
        self.socket = ours
        self._pid = pid
        self._asked: deque[asyncio.Future[Any]] = deque()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        return len(self._asked)

    async def start(self) -> None:
        reader, self._writer = await asyncio.open_unix_connection(sock=self.socket)
        self._reading = asyncio.create_task(self._read(reader), name="maker")

    async def ask(self, question: Any) -> Any:
        """Its answer; None where it has none, or is not listened to yet."""
        if self._writer is None:
            return None
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        try:
            self._writer.write(frame(question))
        except (OSError, RuntimeError) as wrong:  # uvloop's, of a socket that has just broken and has not been told of
            self._lose(type(wrong).__name__)
            return None
        for seconds in (PATIENCE, 1.0):  # once more, for it may be us who stood still: then the answer is there already
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(answer), seconds)
        self._lose("no answer")
        return None

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()
        else:
            self.socket.close()
        self._answer_none()
        self._end()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(LENGTH), "big")
                answer = read_frame(await reader.readexactly(length))
                waiting = self._asked.popleft()
                if not waiting.done():
                    waiting.set_result(answer)
        except (EOFError, OSError, ValueError) as wrong:  # IncompleteReadError is an EOFError
            self._lose(type(wrong).__name__)

    def _lose(self, why: str) -> None:
        """It is gone or no use: what it was asked for is done in the bot."""
        if self.lost:
            return
        self.lost = True
        log().error("maker.lost", pid=self._pid, reason=why)
        self.stop()

    def _answer_none(self) -> None:
        for waiting in self._asked:
            if not waiting.done():
                waiting.set_result(None)
        self._asked.clear()

    def _end(self) -> None:
        """It ends with its socket; but one that does not listen must not stay either, nor remain as a dead child. Once: the
        number may be somebody else's afterwards. In a thread, for one that waits for a broken disk dies late."""
        pid, self._pid = self._pid, 0
        if pid:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            threading.Thread(target=_reap, args=(pid,), name="reap", daemon=True).start()


def _reap(pid: int) -> None:
    with suppress(OSError):
        os.waitpid(pid, 0)
