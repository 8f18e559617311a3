"""A real SMTP server in the process, which keeps what it accepted and can be told what to answer."""

from __future__ import annotations

import random
import socket
import time
from asyncio import AbstractServer
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Listening(Controller):
    """Of aiosmtpd, on a port that is its own from the first moment: a number that was only found free may be taken by then."""

    def __init__(self, handler: object, **options: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, hostname="127.0.0.1", port=self._socket.getsockname()[1], ready_timeout=60.0, **options)

    def _create_server(self) -> Awaitable[AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)


@dataclass(frozen=True)
class Received:
    mail_from: str
    to: str
    octets: bytes
    at: datetime

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.octets, policy=SMTPUTF8)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def text(self, subtype: str = "plain") -> str:
        body = self.message.get_body((subtype,))
        assert body is not None
        return str(body.get_content())


Answer = Callable[[str, bytes], str | None]
"""From recipient and content (empty at RCPT) to a reply; None: take it. "drop" closes the connection without a word."""


@dataclass
class Sink:
    """`at_rcpt` and `at_dot` decide; by default all is taken. `delay` seconds pass before each final reply."""

    received: list[Received] = field(default_factory=list)
    at_rcpt: Answer = lambda _to, _octets: None
    at_dot: Answer = lambda _to, _octets: None
    delay: float = 0.0
    controller: Listening | None = None

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        said = self.at_rcpt(address, b"")
        if said is not None:
            return said
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (to,) = envelope.rcpt_tos
        octets = cast(bytes, envelope.original_content)
        if self.delay:
            import asyncio

            await asyncio.sleep(self.delay)
        said = self.at_dot(to, octets)
        if said is not None and not said.startswith("drop"):
            return said
        self.received.append(Received(envelope.mail_from or "", to, octets, datetime.now(UTC)))
        if said is not None:
            cast(Any, server).transport.abort()
        return f"250 2.0.0 Ok: queued as {len(self.received):06X}"

    def start(self, *, smtputf8: bool = True) -> Sink:
        self.controller = Listening(self, enable_SMTPUTF8=smtputf8)
        self.controller.start()
        return self

    @property
    def port(self) -> int:
        return int(self.controller.port) if self.controller is not None else 0

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def wait_for(self, count: int, seconds: float = 20.0) -> None:
        """Wait until so many copies have come."""
        until = time.monotonic() + seconds
        while len(self.received) < count:
            if time.monotonic() > until:
                raise AssertionError(f"only {len(self.received)} of {count} copies came in {seconds} s")
            time.sleep(0.01)

    def to(self, address: str) -> list[Received]:
        return [r for r in self.received if r.to == address]


@contextmanager
def deaf_port() -> Iterator[int]:
    """One that refuses whoever asks: it is bound, so that no other server takes it, and nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield nobody.getsockname()[1]


def free_port() -> int:
    """For a server that must be told its port. It is below those that systems give away themselves, so that no connection takes
    it meanwhile, and drawn, so that hardly another test does."""
    draw = random.SystemRandom()
    while True:
        with suppress(OSError), socket.create_server(("127.0.0.1", draw.randrange(20_000, 32_000))) as probe:
            return int(probe.getsockname()[1])
