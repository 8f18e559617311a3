"""A maker or the clerk at work: the process beside the bot, the questions it answers, and what goes over its socket. See
`makers`."""

from __future__ import annotations

import ctypes
import marshal
import os
import select
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from distro import clock
from distro.archive.copies import Skeleton
from distro.archive.sealing import Signer, seal
from distro.archive.vault import Keys, Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.claims import Claimed
from distro.dispatch.job import Copy, Job
from distro.dispatch.letters import compile_letters, kept_letter
from distro.dispatch.making import Making, NotCompiled
from distro.dispatch.recipient import Recipient
from distro.mail.dkim import Signing
from distro.mail.transport import Envelope

QUIET = 0.5
"""Seconds without a question after which all of them open what the first will need, and the clerk fetches what compiling takes,
so that the first letter of the day does not wait for it. A bot that has something to send as it starts is not kept from it."""

SEAL = "seal"
"""The question that asks to seal."""

_PR_SET_PDEATHSIG = 1

LENGTH = 4
"""Octets of a frame's length, before what `marshal` made of the rest: both ends are the same program, forked."""


def serve(its: socket.socket, config: Config, *, clerk: bool) -> NoReturn:
    """What a maker, or the clerk, does until its socket ends. Signals are the bot's business: who stops that, stops these."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end_with_parent()
    try:
        desk: _Desk | None = None
        if not select.select([its], [], [], QUIET)[0]:
            if clerk:
                import distro.mail.compile  # noqa: F401
            with suppress(Exception):  # whatever it is, the first question meets it
                desk = _Desk(config).ready()
        answer(its, config, desk)
    finally:
        os._exit(0)  # nothing of the bot's own end is ours


def end_with_parent() -> None:
    """Its socket tells a maker that the bot has ended; Linux sees to it even where the maker hangs (prctl(2))."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def answer(its: socket.socket, config: Config, desk: _Desk | None = None) -> None:
    """Question by question, until the socket ends: the number of a wave asks for its letters, claims ask for jobs, SEAL asks to
    seal."""
    with its.makefile("rwb") as stream:
        while True:
            head = stream.read(LENGTH)
            if len(head) < LENGTH:
                return
            question = read_frame(stream.read(int.from_bytes(head, "big")))
            try:
                desk = desk or _Desk(config)
                said = desk.answer(question)
            except Exception:  # whatever it was, the bot meets it when it does this itself, and says so
                said = None
            stream.write(frame(said))
            stream.flush()


class _Desk:
    """What a maker or the clerk works with, opened with the first question if not before."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._store = Store(config.store_url, must_exist=True, small_cache=True)
        keys = Keys.load(config.storage.data_dir)
        self._making = Making(self._store, Vault(keys), config, Signing.of(config))
        self._signer = Signer.of(keys.ledger, config.office.mail_domain, config.storage.data_dir)

    def ready(self) -> _Desk:
        """Once the store has been asked something there is a connection, and what asking takes is in memory."""
        kept_letter(self._store, 0, "", "")
        return self

    def answer(self, question: Any) -> Any:
        if question == SEAL:
            return seal(self._store, self._signer, clock.now())
        if isinstance(question, int):
            return self.compile(question)
        return self.make(question)

    def make(self, claims: Sequence[Sequence[Any]]) -> list[Made] | int | None:
        """The number of a wave: a letter of it has to be compiled first, and that is the clerk's business."""
        try:
            jobs = self._making.make_ready([Claimed._make(one) for one in claims], compiles=False)
        except NotCompiled as missing:
            return missing.wave
        return None if any(job.fault for job in jobs) else [_made(job) for job in jobs]

    def compile(self, wave_id: int) -> bool:
        compile_letters(self._store, self._config, wave_id, clock.now())
        return True


# --- what goes over the socket

Made = tuple[Any, ...]
"""One job without its claim and without a fault, as `marshal` bears it; see `_made` and `job_of`."""


def _made(job: Job) -> Made:
    copy = job.copy
    return (
        None if job.recipient is None else tuple(job.recipient),
        job.sealed,
        job.key,
        job.first_us,
        job.urgent,
        None if copy is None else (copy.skeleton_id, copy.filling, copy.kept, copy.stamped_us, copy.sha256, copy.size),
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
        first_us,
        urgent,
        None if copy is None else Copy(copy[0], letters[copy[0]], *copy[1:]),
        None if envelope is None else Envelope._make(envelope),
    )


def frame(content: Any) -> bytes:
    octets = marshal.dumps(content)
    return len(octets).to_bytes(LENGTH, "big") + octets


def read_frame(content: bytes) -> Any:
    """What `_frame` wrote, without its length. Nobody else can write here: the sockets have no name and are ours alone."""
    return marshal.loads(content)  # noqa: S302
