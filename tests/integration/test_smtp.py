"""The SMTP line against a real server: TLS, logging in, and what a server without SMTPUTF8 is not sent."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from distro.config import Relay, Tls
from distro.editorial.embargo import Permit, for_notice
from distro.mail.smtp import SmtpTransport
from distro.mail.transport import Envelope, Reply, Unreachable
from tests.sink import Sink, free_port

LETTER = b"Subject: x\r\n\r\n.dot first\r\n..two\r\nend\r\n"
TO = Envelope("bot+b.x@bounce.example.org", "reader@example.org", "1-1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's own, signed by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.example.org")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "relay.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def check_password(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: object) -> AuthResult:
    return AuthResult(success=isinstance(given, LoginPassword) and given.password == b"right", handled=False)


def serve(sink: Sink, **options: Any) -> Controller:
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    return controller


async def send(port: int, *, tls: Tls = Tls.NONE, username: str = "", password: str | None = None, to: Envelope = TO) -> Reply:
    async def gate() -> Permit:
        return for_notice(datetime.now(UTC))

    relay = Relay(host="127.0.0.1", port=port, tls=tls, timeout=5)
    line = await SmtpTransport(relay.model_copy(update={"username": username}), password).open()
    try:
        return await line.send(to, LETTER, gate)
    finally:
        await line.close()


def test_dots_travel_unharmed() -> None:
    sink = Sink().start()
    try:
        reply = asyncio.run(send(sink.port))
    finally:
        sink.stop()
    assert reply.accepted
    assert reply.text == "250 2.0.0 Ok: queued as 000001"
    assert [r.octets for r in sink.received] == [LETTER]


def test_starttls_is_used_where_it_is_offered_whoever_signed_it(certificate: ssl.SSLContext) -> None:
    controller = serve(sink := Sink(), tls_context=certificate, require_starttls=True)
    try:
        assert asyncio.run(send(controller.port, tls=Tls.STARTTLS)).accepted
    finally:
        controller.stop()
    assert len(sink.received) == 1


def test_required_tls_wants_a_certificate_that_holds(certificate: ssl.SSLContext) -> None:
    controller = serve(Sink(), tls_context=certificate)
    try:
        with pytest.raises(Unreachable, match="certificate verify failed"):
            asyncio.run(send(controller.port, tls=Tls.REQUIRED))
    finally:
        controller.stop()


def test_required_tls_is_not_gone_without() -> None:
    controller = serve(sink := Sink())
    try:
        with pytest.raises(Unreachable, match="STARTTLS"):
            asyncio.run(send(controller.port, tls=Tls.REQUIRED))
    finally:
        controller.stop()
    assert sink.received == []


def test_a_password_goes_only_over_tls_that_proved_itself(certificate: ssl.SSLContext) -> None:
    plain = serve(Sink(), authenticator=check_password, auth_require_tls=False)
    secret = serve(Sink(), authenticator=check_password, tls_context=certificate)
    try:
        with pytest.raises(Unreachable, match="no STARTTLS"):
            asyncio.run(send(plain.port, tls=Tls.STARTTLS, username="office", password="right"))
        with pytest.raises(Unreachable, match="certificate verify failed"):
            asyncio.run(send(secret.port, tls=Tls.STARTTLS, username="office", password="right"))
        assert asyncio.run(send(plain.port, tls=Tls.NONE, username="office", password="right")).accepted
        with pytest.raises(Unreachable, match="535"):
            asyncio.run(send(plain.port, tls=Tls.NONE, username="office", password="wrong"))
    finally:
        plain.stop()
        secret.stop()


def test_an_international_address_needs_smtputf8() -> None:
    to = Envelope("bot+b.x@bounce.example.org", "zoë@radio.example.org", "1-2")
    knows, knows_not = Sink().start(), Sink().start(smtputf8=False)
    try:
        assert asyncio.run(send(knows.port, to=to)).accepted
        reply = asyncio.run(send(knows_not.port, to=to))
    finally:
        knows.stop()
        knows_not.stop()
    assert [r.to for r in knows.received] == ["zoë@radio.example.org"]
    assert (reply.code, reply.enhanced, reply.phase) == (550, "5.6.7", "mail")
    assert knows_not.received == []


def test_a_shut_gate_lets_nothing_of_the_content_out(tmp_path: Path) -> None:
    async def shut() -> None:
        return None

    async def go(port: int) -> list[Reply]:
        line = await SmtpTransport(Relay(host="127.0.0.1", port=port, tls=Tls.NONE)).open()
        first = await line.send(TO, LETTER, shut)
        second = await line.send(TO, LETTER, shut)
        await line.close()
        return [first, second]

    sink = Sink().start()
    try:
        replies = asyncio.run(go(sink.port))
    finally:
        sink.stop()
    assert [r.stopped for r in replies] == [True, True]
    assert sink.received == []
