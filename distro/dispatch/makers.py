"""Makers: processes beside the bot that make copies ready where they are signed, so that cores work side by side. They send
nothing.

Signing takes longer than all the rest, and Python lets one thread of a process work at a time. A maker is forked before the bot
has threads, a loop or a connection: so it starts at once, shares what was imported, and holds none of the bot's locks. It gets
claims and answers with what makes them jobs, over a pair of sockets that nobody else has. When that ends, because the bot ended
however it did, the maker ends. Copies that nobody signs are made by the bot, in less time than it takes to hand them over (see
`preparing`), so it has no makers then.

Beside them is a clerk, which compiles letters: what that takes to import, and what a parser may do to its process, stays out of
the bot. And it seals the record. Makers write nothing.

One that cannot answer is no harm: the bot does its work in a thread of its own, and meets there what was wrong.
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
from dataclasses import dataclass
from typing import Any

from distro import clock
from distro.config import Config
from distro.dispatch.claims import Claimed
from distro.dispatch.maker import LENGTH, SEAL, Made, frame, read_frame, serve
from distro.log import log

PATIENCE = 10.0
"""Seconds of silence after which who owes an answer is taken for lost."""
_AT_ONCE = 2
"""Questions for copies that a maker has at once. The others wait for their turn in the bot, which may still do them itself."""


class Makers:
    """Those of one bot. Fork them first, and `start` them in the event loop; without any, `make` answers None at once."""

    def __init__(self, makers: Sequence[Maker] = (), clerk: Maker | None = None) -> None:
        self._makers = list(makers)
        self._clerk = clerk
        self._turns = asyncio.Semaphore(_AT_ONCE * len(self._makers))

    @classmethod
    def forked(cls, config: Config) -> Makers:
        """A clerk, and where copies are signed as many makers as [limits] makers says; nobody where that is 0. To be called
        while the process has one thread and nothing open."""
        forked: list[Maker] = []
        most = config.limits.makers
        for number in range(most and 1 + (most if config.dkim else 0)):
            ours, its = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                for other in (ours, *(maker.socket for maker in forked)):
                    other.close()  # or one maker would keep another's line to a dead bot open
                serve(its, config, clerk=number == 0)
            its.close()
            forked.append(Maker(pid, ours))
        return cls(forked[1:], *forked[:1])

    def __bool__(self) -> bool:
        return bool(self._able)

    @property
    def count(self) -> int:
        """How many work at once: without any, the bot itself."""
        return len(self._able) or 1

    async def start(self) -> None:
        for one in self._all:
            await one.start()

    async def make(self, claimed: Sequence[Claimed]) -> Sequence[Made] | None:
        """What makes these claims jobs, see `job_of`; None where no maker could."""
        made = await self._ask_for(claimed)
        if isinstance(made, int) and await self.compile(made):
            made = await self._ask_for(claimed)
        return None if isinstance(made, int) else made

    async def _ask_for(self, claimed: Sequence[Claimed]) -> Sequence[Made] | int | None:
        """The same, or the number of a wave of which a letter has to be compiled first."""
        if not self:
            return None
        async with self._turns:
            quickest = min(self._able, key=lambda maker: maker.waiting, default=None)
            made: Sequence[Made] | int | None = None if quickest is None else await quickest.ask([tuple(c) for c in claimed])
        return made

    async def compile(self, wave_id: int) -> bool:
        """Have the letters of this wave compiled that are not yet. False where the clerk could not, or one of them makes no
        mail."""
        return await self._ask_clerk(wave_id) is not None

    async def seal(self) -> int | None:
        """Have some entries sealed, see archive.sealing. Returns how many; None where the clerk could not."""
        sealed: int | None = await self._ask_clerk(SEAL)
        return sealed

    async def _ask_clerk(self, question: Any) -> Any:
        return None if self._clerk is None or self._clerk.lost else await self._clerk.ask(question)

    def stop(self) -> None:
        """End them. May be called again."""
        for one in self._all:
            one.stop()
        self._makers, self._clerk = [], None

    @property
    def _able(self) -> list[Maker]:
        return [maker for maker in self._makers if not maker.lost]

    @property
    def _all(self) -> list[Maker]:
        return [*self._makers, *([self._clerk] if self._clerk is not None else [])]


@dataclass(slots=True)
class _Question:
    """`at`: when it was asked, in monotonic seconds."""

    answer: asyncio.Future[Any]
    at: float


class Maker:
    """One maker, or the clerk, as the bot sees it. Answers come in the order of the questions. `lost`: it is of no use any
    more."""

    def __init__(self, pid: int, ours: socket.socket) -> None:
        self.socket = ours
        self.lost = False
        self._pid = pid
        self._asked: deque[_Question] = deque()
        self._heard = 0.0
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many answers it owes."""
        return len(self._asked)

    async def start(self) -> None:
        reader, self._writer = await asyncio.open_unix_connection(sock=self.socket)
        self._reading = asyncio.create_task(self._read(reader), name="maker")

    async def ask(self, question: Any) -> Any:
        """Its answer; None where it has none, is lost or not listened to yet, or was silent for too long."""
        if self._writer is None or self.lost:
            return None
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.append(_Question(answer, clock.monotonic()))
        try:
            self._writer.write(frame(question))
        except (OSError, RuntimeError) as wrong:  # uvloop's, of a socket that has just broken and has not been told of
            self._lose(type(wrong).__name__)
            return None
        overdue = False
        while not answer.done():
            left = PATIENCE - self._silence()
            if left <= 0 and overdue:
                self._lose("no answer")  # and so to all that was asked
                break
            overdue = left <= 0  # once more, for it may be us who stood still: then the answer is there already
            await asyncio.wait((answer,), timeout=min(1.0, PATIENCE / 5) if overdue else left)
        return answer.result()

    def _silence(self) -> float:
        """Seconds since it was heard or asked, where it owes an answer."""
        return clock.monotonic() - max(self._heard, self._asked[0].at) if self._asked else 0.0

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
                waiting = self._asked.popleft().answer
                self._heard = clock.monotonic()
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
        for question in self._asked:
            if not question.answer.done():
                question.answer.set_result(None)
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
