"""Our side in tests of the SMTP line: envelopes, gates that can be shut or watched, and lines to a scripted server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from distro.config import Relay, Tls
from distro.editorial.embargo import Permit, for_notice
from distro.mail.line import SmtpLine
from distro.mail.smtp import SmtpTransport
from distro.mail.transport import Envelope
from distro.mail.wire import Patience
from tests.wire import Script, Server, serve

SHORT = Patience(envelope=5, data=5, block=5, dot=5, reset=2, quit=1)


def to(name: str, size: int = 0) -> Envelope:
    return Envelope("bot+b.x@bounce.example.org", f"{name}@example.org", f"1-{name}", size)


def letter(name: str, octets: int = 0) -> bytes:
    return f"Subject: {name}\r\n\r\n".encode() + b"x" * 70 + b"\r\n" + (b"y" * 76 + b"\r\n") * (octets // 78)


@dataclass
class Gate:
    """`asked`: how often. `shut`: it gives no permit. `hold`: it waits until this is set."""

    asked: int = 0
    shut: bool = False
    wrong: BaseException | None = None
    hold: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> Permit | None:
        self.asked += 1
        self.reached.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.wrong is not None:
            raise self.wrong
        return None if self.shut else for_notice(datetime.now(UTC))


@asynccontextmanager
async def line_to(
    script: Script, *, patience: Patience = SHORT, receive_buffer: int = 0, secured: ssl.SSLContext | None = None, **relay: Any
) -> AsyncIterator[tuple[SmtpLine, Server]]:
    """A line to a server that follows this script. It is closed at the end; the script must have ended well."""
    async with serve(script, receive_buffer=receive_buffer, tls=secured) as server:
        there = Relay(**{"host": "127.0.0.1", "port": server.port, "tls": Tls.NONE, "ehlo": "us.example.org", **relay})
        line = await SmtpTransport(there, "secret", patience).open()
        try:
            yield line, server
        finally:
            await line.close()
