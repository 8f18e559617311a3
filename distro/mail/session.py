"""Setting a session up: connect, greeting, EHLO, TLS, AUTH. After that, transactions are `line`'s business."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from functools import cache

from distro.config import Relay, Tls
from distro.mail.commands import Offers, offers_of
from distro.mail.replies import Said
from distro.mail.wire import Patience, Wire

CONNECT_PATIENCE = 30.0
"""Seconds for one address to take a connection; then the next is tried."""
HANDSHAKE_PATIENCE = 60.0


class NoSession(Exception):
    """No session came about. The message is part of a sentence, without a password and without a full stop."""


class TlsFails(NoSession):
    """Encryption is asked for and does not come about: the certificate, the handshake, or no STARTTLS."""


class TurnedAway(NoSession):
    """The server answers, and does not want us."""


@dataclass(frozen=True)
class Session:
    """`starttls`: it was offered. `encrypted`: the session is under TLS."""

    wire: Wire
    offers: Offers
    starttls: bool
    encrypted: bool


def context_for(relay: Relay) -> ssl.SSLContext | None:
    """How certificates are judged; None where there will be no TLS. Opportunistic TLS (RFC 7435) takes any: better encrypted
    to somebody than in clear to everybody. But a password goes only to a server that proved its name."""
    if relay.tls is Tls.NONE:
        return None
    context = ssl.create_default_context()
    if relay.tls is Tls.STARTTLS and not relay.username:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def open_session(relay: Relay, password: str, context: ssl.SSLContext | None, patience: Patience) -> Session:
    """Raises NoSession."""
    wire = await _connect(relay, context, patience)
    try:
        await _hear(wire, "220")
        greeting = await _our_name(relay, wire)
        offers = await _greet(wire, greeting)
        starttls, encrypted = "STARTTLS" in offers.keywords, relay.tls is Tls.IMPLICIT
        if starttls and context is not None and not encrypted:
            await _encrypt(wire, relay, context)
            offers, encrypted = await _greet(wire, greeting), True
        elif relay.tls is Tls.REQUIRED:
            raise TlsFails("it does not offer STARTTLS, and [smtp] tls is required")
        if relay.username:
            if not encrypted and relay.tls is not Tls.NONE:
                raise TlsFails('it offers no STARTTLS, and a password does not go in the clear; `tls = "none"` would allow it')
            await _log_in(wire, offers, relay, password)
        if not wire.in_step:
            raise NoSession(wire.lost or "it said more than it was asked")
    except BaseException:
        wire.end("no session came about")
        raise
    return Session(wire, offers, starttls, encrypted)


async def _connect(relay: Relay, context: ssl.SSLContext | None, patience: Patience) -> Wire:
    """To the first address that takes us, IPv6 or IPv4, in the order in which the system prefers them (RFC 6724)."""
    loop = asyncio.get_running_loop()
    tls = relay.tls is Tls.IMPLICIT
    seconds = min(patience.envelope, CONNECT_PATIENCE)
    wrong: BaseException | None = None
    try:
        found = await loop.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM)
    except OSError as reason:
        raise NoSession(f"its name leads nowhere: {reason.strerror or reason}") from reason
    for address in dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found):
        try:
            async with asyncio.timeout(seconds):
                _, wire = await loop.create_connection(
                    lambda: Wire(loop, patience),
                    address,
                    relay.port,
                    ssl=context if tls else None,
                    server_hostname=relay.host if tls else None,
                )
        except TimeoutError:
            wrong = NoSession(f"it does not answer within {seconds:g} s")
        except ssl.SSLError as reason:
            wrong = TlsFails(_tls_said(reason))
        except OSError as reason:
            wrong = NoSession(f"it does not answer: {reason.strerror or reason}")
        else:
            return wire
    raise wrong or NoSession("its name leads nowhere")


async def _our_name(relay: Relay, wire: Wire) -> bytes:
    """What EHLO says (RFC 5321, 4.1.4): our full name, or where this machine has none, the address that we come from."""
    name = relay.ehlo or await asyncio.to_thread(_full_name)
    if name:
        return name.encode()
    ours = ipaddress.ip_address(wire.transport.get_extra_info("sockname")[0].partition("%")[0])
    return f"[IPv6:{ours}]".encode() if ours.version == 6 else f"[{ours}]".encode()


@cache
def _full_name() -> str:
    name = socket.getfqdn()
    return name if "." in name and name.isascii() and name.isprintable() and " " not in name else ""


async def _greet(wire: Wire, name: bytes) -> Offers:
    """EHLO, or HELO for a server that knows no better (RFC 5321, 3.2)."""
    said = await _ask(wire, b"EHLO " + name)
    if said.code // 100 == 5:
        await _ask(wire, b"HELO " + name, "2")
        return Offers()
    _expect(said, "2")
    return offers_of(said.octets)


async def _encrypt(wire: Wire, relay: Relay, context: ssl.SSLContext) -> None:
    """STARTTLS (RFC 3207). What came in the clear behind the server's "go ahead" was not said by the server."""
    said = await _ask(wire, b"STARTTLS")
    if said.code // 100 != 2:
        raise TlsFails(f"STARTTLS does not work: {_shown(said)}")
    if not wire.in_step:
        raise TlsFails("something was said in the clear after STARTTLS, which only an attacker has a reason to do")
    try:
        under = await asyncio.get_running_loop().start_tls(
            wire.transport,
            wire,
            context,
            server_hostname=relay.host,
            ssl_handshake_timeout=min(wire.patience.envelope, HANDSHAKE_PATIENCE),
        )
    except ssl.SSLError as wrong:
        raise TlsFails(_tls_said(wrong)) from wrong
    except (OSError, TimeoutError) as wrong:
        raise TlsFails(f"the TLS handshake does not come to an end: {wrong or 'the connection was closed'}") from wrong
    if under is None:
        raise TlsFails("the TLS handshake does not come to an end: the connection was closed")
    wire.take_over(under)


async def _log_in(wire: Wire, offers: Offers, relay: Relay, password: str) -> None:
    """AUTH PLAIN in one step (RFC 4616), or LOGIN where that is all there is."""
    user, secret = relay.username.encode(), password.encode()
    plain = b64encode(b"\0" + user + b"\0" + secret)
    steps: tuple[bytes, ...]
    if "PLAIN" in offers.auth:
        steps = (b"AUTH PLAIN " + plain,)
    elif "LOGIN" in offers.auth:
        steps = (b"AUTH LOGIN", b64encode(user), b64encode(secret))
    else:
        raise TurnedAway("it offers neither AUTH PLAIN nor AUTH LOGIN, and [smtp] has a username")
    for step in steps[:-1]:
        _expect(await _ask(wire, step), "334")
    said = await _ask(wire, steps[-1])
    if said.code != 235:
        hidden = {plain.decode(), b64encode(secret).decode(), password} - {""}
        raise TurnedAway(f"logging in fails: {_without(_shown(said), hidden)}")


async def _ask(wire: Wire, command: bytes, good: str = "") -> Said:
    wire.write(command + b"\r\n", 1)
    return await _hear(wire, good)


async def _hear(wire: Wire, good: str) -> Said:
    """The next reply. Raises NoSession without one, TurnedAway where it does not begin with `good`."""
    await wire.hear(1, (wire.patience.envelope,))
    if not wire.said:
        raise NoSession(wire.lost)
    said = wire.said.popleft()
    _expect(said, good)
    return said


def _expect(said: Said, good: str) -> None:
    if not str(said.code).startswith(good):
        raise TurnedAway(_shown(said))


def _shown(said: Said) -> str:
    return " ".join(said.text.split()).rstrip(".")


def _without(text: str, hidden: set[str]) -> str:
    """Some servers repeat a command that they do not like, and with it the password."""
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _tls_said(wrong: ssl.SSLError) -> str:
    if isinstance(wrong, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {wrong.verify_message.rstrip('.')}"
    return f"TLS fails: {wrong.reason or wrong}"
