"""Makers: processes beside the bot that make copies ready, so that cores work side by side. They send nothing.

Opening, filling in, hashing and above all signing take as long as all the rest, and Python lets one thread of a process
work at a time. A maker is forked before the bot has threads, a loop or a connection: so it starts at once, shares what was
imported, and holds none of the bot's locks. It gets claims and answers with what makes them jobs, over a pair of sockets
that nobody else has. When that ends, because the bot ended however it did, the maker ends. The first of them also compiles
letters: what that takes to import, and what a parser may do to its process, stays out of the bot.

A maker that cannot answer is no harm: the bot does its work in a thread of its own, and meets there what was wrong.
"""

from __future__ import annotations

import asyncio
import ctypes
import marshal
import os
import select
import signal
import socket
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from distro import clock
from distro.archive.columns import from_microseconds, microseconds
from distro.archive.copies import Skeleton
from distro.archive.vault import Keys, Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.claims import Claimed
from distro.dispatch.job import Copy, Job
from distro.dispatch.letters import compile_letters
from distro.dispatch.making import Making
from distro.dispatch.recipient import Recipient
from distro.log import log
from distro.mail.dkim import Signing
from distro.mail.transport import Envelope

PATIENCE = 10.0
"""Seconds within which a maker answers, or is taken for lost."""

QUIET = 1.0
"""Seconds without a question after which the first maker fetches what compiling takes, so that the first letter of the day
does not wait for it. A bot that has something to send as it starts is not kept from it."""

_PR_SET_PDEATHSIG = 1

_LENGTH = 4
"""Octets of a frame's length, before what `marshal` made of the rest: both ends are the same program, forked."""


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
                _serve(its, config, compiles=number == 0)
            its.close()
            makers.append(Maker(pid, ours))
        return cls(makers)

    def __bool__(self) -> bool:
        return bool(self._makers)

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
            self._writer.write(_frame(question))
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
                length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
                answer = _read(await reader.readexactly(length))
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


# --- what goes over the sockets

Made = tuple[Any, ...]
"""One job without its claim and without a fault, as `marshal` bears it; see `_made` and `job_of`."""


def _made(job: Job) -> Made:
    copy = job.copy
    return (
        None if job.recipient is None else tuple(job.recipient),
        job.sealed,
        job.key,
        microseconds(job.first_at),
        job.urgent,
        None if copy is None else (copy.skeleton_id, copy.values, copy.kept, copy.stamped_us, copy.sha256, copy.size),
        None if job.envelope is None else tuple(job.envelope),
    )


def skeletons_of(made: Sequence[Made]) -> set[int]:
    """The ids of the skeletons that copies among these were filled into."""
    return {copy[0] for *_, copy, _ in made if copy is not None}


def job_of(claimed: Claimed, made: Made, letters: Mapping[int, Skeleton]) -> Job:
    """The job. `letters`: skeletons by id."""
    recipient, sealed, key, first_us, urgent, copy, envelope = made
    return Job(
        claimed,
        None if recipient is None else Recipient._make(recipient),
        sealed,
        key,
        from_microseconds(first_us),
        urgent,
        None if copy is None else Copy(copy[0], letters[copy[0]], *copy[1:]),
        None if envelope is None else Envelope._make(envelope),
    )


def _frame(content: Any) -> bytes:
    octets = marshal.dumps(content)
    return len(octets).to_bytes(_LENGTH, "big") + octets


def _read(content: bytes) -> Any:
    """What `_frame` wrote, without its length. Nobody else can write here: the sockets have no name and are ours alone."""
    return marshal.loads(content)  # noqa: S302


# --- the process


def _serve(its: socket.socket, config: Config, *, compiles: bool) -> NoReturn:
    """What a maker does until its socket ends. Signals are the bot's business: who stops that, stops its makers."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _end_with_parent()
    try:
        if compiles and not select.select([its], [], [], QUIET)[0]:
            import distro.mail.compile  # noqa: F401
        answer(its, config)
    finally:
        os._exit(0)  # nothing of the bot's own end is ours


def _end_with_parent() -> None:
    """Its socket tells a maker that the bot has ended; Linux sees to it even where the maker hangs (prctl(2))."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def answer(its: socket.socket, config: Config) -> None:
    """Question by question, until the socket ends: the number of a wave asks for its letters, claims ask for jobs."""
    desk: _Desk | None = None
    with its.makefile("rwb") as stream:
        while True:
            head = stream.read(_LENGTH)
            if len(head) < _LENGTH:
                return
            question = _read(stream.read(int.from_bytes(head, "big")))
            try:
                desk = desk or _Desk(config)
                said: Any = desk.compile(question) if isinstance(question, int) else desk.make(question)
            except Exception:  # whatever it was, the bot meets it when it does this itself, and says so
                said = None
            stream.write(_frame(said))
            stream.flush()


class _Desk:
    """What a maker works with, opened with the first question."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._store = Store(config.store_url, must_exist=True, small_cache=True)
        self._making = Making(self._store, Vault(Keys.load(config.storage.data_dir)), config, Signing.of(config))

    def make(self, claims: Sequence[Sequence[Any]]) -> list[Made] | None:
        jobs = self._making.make_ready([Claimed._make(one) for one in claims])
        return None if any(job.fault for job in jobs) else [_made(job) for job in jobs]

    def compile(self, wave_id: int) -> bool:
        compile_letters(self._store, self._config, wave_id, clock.now())
        return True
