"""One connection to a server: octets out, replies in, and one clock for all waiting. Knows no command and no envelope.

An asyncio Protocol and not a stream: a reply wakes its reader once, and a message costs one write.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import cast

from distro.mail.commands import QUIT
from distro.mail.replies import Replies, Said


@dataclass(frozen=True)
class Patience:
    """Seconds to wait for a server (RFC 5321, 4.5.3.2).

    envelope   for its replies to everything up to RCPT
    data       for its reply to DATA
    block      for it to take something of the content
    dot        for its reply to the final dot: it may have much to do before it answers, and what it then did is done
    reset      for its reply to RSET
    quit       for its reply to QUIT
    """

    envelope: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0
    reset: float = 30.0
    quit: float = 5.0


class Wire(asyncio.Protocol):
    """`said`: replies not yet taken. `lost`: why the connection is no use any more; "" while it is.

    `clogged`: the end of what was written has not been handed to the kernel. `unsent`: how many octets of it at least,
    as far as is known, once the connection is lost. `farewell`: what the server said without being asked, if anything.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, patience: Patience) -> None:
        self.said: deque[Said] = deque()
        self.lost = ""
        self.clogged = False
        self.unsent = 0
        self.farewell: Said | None = None
        self.gone: asyncio.Future[None] = loop.create_future()
        self.transport: asyncio.Transport
        self.patience = patience
        self._loop = loop
        self._replies = Replies()
        self._owed = 0
        self._waiter: asyncio.Future[None] | None = None
        self._wanted = 0
        self._times: Sequence[float] = ()
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None
        self._left = 0
        self._parting = False

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.take_over(cast(asyncio.Transport, transport))
        self._owed = 1  # the greeting

    def take_over(self, transport: asyncio.Transport) -> None:
        """Use this transport from now on. Whatever was read before is forgotten: after STARTTLS it was said in the clear,
        by whoever could (RFC 3207, 6; CVE-2011-0411)."""
        self.transport = transport
        self._replies, self._owed = Replies(), 0
        self.said.clear()
        # As low as it goes, so that `clogged` is exact. 1 and not 0: for 0, asyncio's TLS calls an empty buffer full.
        transport.set_write_buffer_limits(high=1, low=0)

    def data_received(self, data: bytes) -> None:
        if self._parting:
            self.transport.close()
            return
        fresh = self._replies.feed(data)
        self.said.extend(fresh)
        self._owed -= len(fresh)
        if self._owed < 0:  # nobody asked: it may never be taken for the answer to the next question
            for _ in range(-self._owed):
                self.farewell = self.said.pop()
            assert self.farewell is not None
            self.end(f"the server said, unasked: {' '.join(self.farewell.text.split())}")
        elif self._replies.broken:
            self.end(self._replies.broken)
        elif fresh and fresh[-1].code == 421:  # it is leaving (RFC 5321, 3.8), even if it forgets to hang up
            self.end("the server closed the connection with 421")
        elif self._waiter is not None:
            if len(self.said) >= self._wanted:
                self._wake()
            elif fresh:
                self._wait_until(self._loop.time() + self._times[len(self.said)])

    def eof_received(self) -> None:
        self.unsent = self.transport.get_write_buffer_size()
        self._lose("the server closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(f"the connection broke: {exc}" if exc else "the connection was closed")
        self._stop_timer()
        if not self.gone.done():
            self.gone.set_result(None)

    def pause_writing(self) -> None:
        self.clogged = True
        self._left = self.transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        self.clogged = False
        if self._waiter is not None and not self._wanted:
            self._wake()
        elif self._waiter is not None:  # from here on the server has all the time that its reply may take
            self._wait_until(self._loop.time() + self._times[len(self.said)])

    # --- what a line calls

    @property
    def in_step(self) -> bool:
        """Whether every question has its reply, and nothing has come beyond that."""
        return not self.lost and not self._owed and not self.said and self._replies.between

    def write(self, octets: bytes | memoryview, replies: int = 0) -> None:
        """Write; the server then owes so many replies more. On a lost wire: nothing."""
        if not self.lost:
            self._owed += replies
            self.transport.write(octets)

    def write_all(self, pieces: Sequence[bytes], replies: int) -> None:
        """The same with several pieces, in one system call where the loop can."""
        if not self.lost:
            self._owed += replies
            self.transport.writelines(pieces)
            if self.transport.is_closing():  # the kernel refused: the connection had been reset, and nobody had told us yet
                self.unsent = sum(map(len, pieces))
                self._lose("the connection broke before it was written to")

    async def hear(self, count: int, times: Sequence[float]) -> None:
        """Wait until so many replies are there, or the wire is lost. `times`: seconds for the first, the second, …"""
        if len(self.said) < count and not self.lost:
            self._wanted, self._times = count, times
            await self._pause(self.patience.block if self.clogged else times[len(self.said)])

    async def flush(self) -> None:
        """Wait until all that was written is the kernel's, or the server speaks, or the wire is lost."""
        while self.clogged and not self.said and not self.lost:
            self._wanted = 0
            await self._pause(self.patience.block)

    def end(self, why: str) -> None:
        """Drop the connection now. What is not yet the kernel's is not sent."""
        if not self.lost:
            self.unsent = self.transport.get_write_buffer_size()
        self._lose(why)
        self.transport.abort()

    def part(self) -> None:
        """Say QUIT and hang up when it is answered, or after a while. Nobody has to wait for it."""
        if not self.lost:
            self._lose("we said QUIT")
            self._parting = True
            self.transport.write(QUIT)
            self._wait_until(self._loop.time() + self.patience.quit)

    # --- waiting

    async def _pause(self, seconds: float) -> None:
        self._waiter = self._loop.create_future()
        self._wait_until(self._loop.time() + seconds)
        try:
            await self._waiter
        finally:
            self._waiter = None
            self._deadline = inf

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _wait_until(self, deadline: float) -> None:
        """Set the deadline. The timer is left alone where it rings before that anyway: it looks again, and sleeps on."""
        self._deadline = deadline
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = self._loop.time()
        if self._deadline == inf:
            return
        if now < self._deadline:
            self._wait_until(self._deadline)
        elif self._parting:
            self.transport.abort()
        elif self.clogged and self.transport.get_write_buffer_size() < self._left:
            self._left = self.transport.get_write_buffer_size()
            self._wait_until(now + self.patience.block)
        else:  # a reply that comes now is an answer to nothing
            self.end("the server was silent for too long")

    def _lose(self, why: str) -> None:
        """`why`: the first reason holds; what follows from it is no news."""
        if self.lost:
            return
        self.lost = why
        self.unsent = max(self.unsent, int(self.clogged))
        self._stop_timer()
        self._wake()

    def _stop_timer(self) -> None:
        self._deadline = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
