"""What carries a copy: the contract that SMTP and the outbox keep. Knows envelopes, bytes and replies; no store, no clock.

A Line is one open way to the next server. The caller hands it a Gate: it is passed after the envelope was taken and
before the content is written, and it is where the delivery is durably marked in flight under a Permit. So a crash after
the gate leaves an uncertain delivery, and a crash before it leaves none. What was announced for the copy after it is an
envelope and no more: it waits for a gate of its own.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from distro.editorial.embargo import Permit

Phase = Literal["connect", "mail", "rcpt", "data", "dot"]

Gate = Callable[[], Awaitable[Permit | None]]
"""Marks the delivery as in flight, durably, and gives its permit; None: it must not leave now."""

Content = bytes | Callable[[], Sequence[bytes]]
"""A copy's octets, or what gives them in pieces when they are about to be written: until then nobody has to hold them, and most
pieces are the same for all copies. Where it is the latter the envelope says their size, and that they are ASCII unless an
address is not."""

_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")


def pieces_of(copy: Content) -> Sequence[bytes]:
    """The octets, in pieces that follow one another."""
    return (copy,) if isinstance(copy, bytes) else copy()


def octets_of(copy: Content) -> bytes:
    """The octets, joined now if they were not."""
    return copy if isinstance(copy, bytes) else b"".join(copy())


class Envelope(NamedTuple):
    """RFC 5321's: who gets bounces, the one recipient, and what the copy needs of the server.

    `size`: of the copy in octets; 0: not said. Only an envelope that is announced before its copy needs it (RFC 1870).
    `dotless`: the copy is known to end in CRLF and to have no line that begins with a dot, so nobody has to look.
    """

    mail_from: str
    rcpt_to: str
    envid: str
    size: int = 0
    dotless: bool = False

    @property
    def needs_smtputf8(self) -> bool:
        return not (self.rcpt_to.isascii() and self.mail_from.isascii())


class Reply(NamedTuple):
    """What became of one try. `code` 0: the server said nothing. `text` is verbatim, code included, lines joined by LF.

    `content_sent`: the content may have been taken, so that silence means doubt, not failure.
    """

    phase: Phase
    code: int
    text: str
    content_sent: bool = False
    stopped: bool = False
    """The gate was shut: nothing of the content was written."""

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), or ""."""
        found = _ENHANCED.match(self.text[4:]) if len(self.text) > 4 else None
        return found.group(1) if found else ""

    @property
    def accepted(self) -> bool:
        return self.content_sent and 200 <= self.code < 300


class Unreachable(Exception):
    """No line could be opened; nothing was tried for any delivery. The message is a sentence."""


@dataclass(frozen=True)
class Terms:
    """How a transport wants to be used. `weight`: its share of the lines; 0: only when all others fail. `connections`: at most
    so many lines; 0: no limit. `messages_per_second`: 0: no limit."""

    weight: int = 1
    connections: int = 0
    messages_per_second: float = 0.0


class Line(Protocol):
    """An open connection, used for one copy at a time."""

    @property
    def name(self) -> str:
        """Where it leads: host:port."""
        ...

    @property
    def alive(self) -> bool: ...

    async def send(self, envelope: Envelope, copy: Content, gate: Gate, following: Envelope | None = None) -> Reply:
        """Carry one copy. `following`: the envelope of the copy that will be sent next on this line (this very object). It
        may be announced to the server together with this copy; its content never goes before its own gate was passed."""
        ...

    async def close(self) -> None: ...


class Transport(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def terms(self) -> Terms: ...

    async def open(self) -> Line:
        """Raises Unreachable."""
        ...
