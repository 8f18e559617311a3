"""SMTP to one's own relay: session set-up by aiosmtplib, one transaction at a time on a connection that is kept."""

from __future__ import annotations

import asyncio
import ssl

import aiosmtplib
from aiosmtplib.errors import SMTPException, SMTPHeloError, SMTPResponseException

from distro.config import Relay, Tls
from distro.mail.transport import Envelope, Gate, Phase, Reply, Unreachable

DOT_TIMEOUT = 600.0
"""Seconds for the reply to the final dot (RFC 5321, 4.5.3.2.6)."""


class SmtpTransport:
    """Opens lines to one relay."""

    def __init__(self, relay: Relay, password: str | None = None) -> None:
        self.relay = relay
        self._password = password

    async def open(self) -> SmtpLine:
        relay = self.relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            timeout=relay.timeout,
            local_hostname=relay.ehlo or None,
            use_tls=relay.tls is Tls.IMPLICIT,
            start_tls={Tls.NONE: False, Tls.IMPLICIT: False, Tls.REQUIRED: True, Tls.STARTTLS: None}[relay.tls],
            tls_context=_unverified() if relay.tls is Tls.STARTTLS and not relay.username else None,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
            if relay.username:
                await self._log_in(client)
        except (SMTPException, OSError, ssl.SSLError, TimeoutError) as wrong:
            client.close()
            said = (
                _said(wrong.code, wrong.message)
                if isinstance(wrong, SMTPResponseException)
                else str(wrong) or type(wrong).__name__
            )
            raise Unreachable(
                f"The relay {relay.host}:{relay.port} does not take our mail: {' '.join(said.split())}."
            ) from wrong
        return SmtpLine(client)

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        """Never hand the password to a server that did not prove its name, but where the office said `tls = "none"`."""
        if self.relay.tls is Tls.STARTTLS and client.get_transport_info("ssl_object") is None:
            raise SMTPException('it offers no STARTTLS, and a password does not go in the clear; `tls = "none"` would allow it')
        await client.login(self.relay.username, self._password or "")


async def _greet(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO for a server that knows no better (RFC 5321, 3.2)."""
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


def _unverified() -> ssl.SSLContext:
    """Opportunistic TLS (RFC 7435): better encrypted to somebody than in clear to everybody."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class SmtpLine:
    """One connection. After a refusal the transaction is reset and the line lives on; after silence it is closed."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client

    @property
    def alive(self) -> bool:
        return self._client.is_connected

    async def send(self, envelope: Envelope, copy: bytes, gate: Gate, following: Envelope | None = None) -> Reply:
        client = self._client
        if envelope.needs_smtputf8 and not client.supports_extension("smtputf8"):
            return Reply("mail", 550, "550 5.6.7 The relay does not offer SMTPUTF8, which this address needs")
        phase: Phase = "mail"
        try:
            refusal = await self._command(b"MAIL", b"FROM:" + _path(envelope.mail_from), *self._mail_options(envelope, copy))
            if refusal:
                return Reply(phase, *refusal)
            phase = "rcpt"
            refusal = await self._command(b"RCPT", b"TO:" + _path(envelope.rcpt_to), *self._rcpt_options(envelope))
            if refusal:
                return Reply(phase, *refusal)
        except (SMTPException, OSError, TimeoutError) as wrong:
            self._client.close()
            return Reply(phase, 0, _silence(wrong))
        try:
            permit = await gate()
        except BaseException:
            self._client.close()
            raise
        if permit is None:
            await self._reset()
            return Reply("data", 0, "", stopped=True)
        return await self._content(copy)

    async def _content(self, copy: bytes) -> Reply:
        try:
            response = await self._client.data(copy, timeout=max(DOT_TIMEOUT, self._client.timeout or 0))
        except SMTPResponseException as wrong:
            await self._after(wrong.code)
            if wrong.code < 400:  # a 3xx, or a reply that makes no sense, where 250 was due: nobody knows what it means
                self._client.close()
                return Reply("dot", 0, _said(wrong.code, wrong.message), content_sent=True)
            return Reply("dot", wrong.code, _said(wrong.code, wrong.message))
        except (SMTPException, OSError, TimeoutError, asyncio.CancelledError) as wrong:
            self._client.close()
            return Reply("dot", 0, _silence(wrong), content_sent=True)
        return Reply("dot", response.code, _said(response.code, response.message), content_sent=True)

    async def _command(self, *words: bytes) -> tuple[int, str] | None:
        """None where the server agrees, else its code and verbatim reply."""
        response = await self._client.execute_command(*words)
        if 200 <= response.code < 300:
            return None
        await self._after(response.code)
        return response.code, _said(response.code, response.message)

    def _mail_options(self, envelope: Envelope, copy: bytes) -> list[bytes]:
        options = []
        if self._client.supports_extension("size"):
            options.append(b"SIZE=%d" % len(copy))
        if envelope.needs_smtputf8:
            options += [b"BODY=8BITMIME", b"SMTPUTF8"]
        if self._client.supports_extension("dsn"):  # RFC 3461
            options += [b"RET=HDRS", b"ENVID=" + _xtext(envelope.envid)]
        return options

    def _rcpt_options(self, envelope: Envelope) -> list[bytes]:
        if not self._client.supports_extension("dsn"):
            return []
        kind = b"utf-8;" if envelope.needs_smtputf8 else b"rfc822;"  # RFC 6533, 3: utf-8-addr-xtext is plain UTF-8 here
        address = envelope.rcpt_to.encode() if envelope.needs_smtputf8 else _xtext(envelope.rcpt_to)
        return [b"NOTIFY=FAILURE,DELAY", b"ORCPT=" + kind + address]

    async def _after(self, code: int) -> None:
        """421 means that the server is leaving (RFC 5321, 3.8); anything else is undone by RSET."""
        if code == 421:
            self._client.close()
        else:
            await self._reset()

    async def _reset(self) -> None:
        if not self._client.is_connected:
            return
        try:
            await self._client.rset()
        except (SMTPException, OSError, TimeoutError):
            self._client.close()

    async def close(self) -> None:
        if self._client.is_connected:
            try:
                await self._client.quit(timeout=5)
            except (SMTPException, OSError, TimeoutError):
                self._client.close()


def _path(address: str) -> bytes:
    """RFC 5321's path. A control character or an angle bracket here would be a second command; address.parse refuses them."""
    if any(c < " " or c in "<>\x7f" for c in address):
        raise ValueError("an envelope address with a control character or bracket")
    return b"<" + address.encode() + b">"


def _xtext(text: str) -> bytes:
    """RFC 3461, 4: printable ASCII but "+" and "="; the rest in hex."""
    return b"".join(bytes([o]) if 33 <= o <= 126 and o not in b"+=" else b"+%02X" % o for o in text.encode())


def _said(code: int, message: str) -> str:
    r"""A reply as text that can be kept. Octets that are no UTF-8, which come as surrogates, are written \xE1."""
    return f"{code} {message.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')}"


def _silence(wrong: BaseException) -> str:
    return f"(no reply: {' '.join(str(wrong).split()) or type(wrong).__name__})"
