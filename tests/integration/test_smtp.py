"""The SMTP line against a real server: TLS, logging in, and what a server without SMTPUTF8 is not sent."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from distro.checkup import Verdict
from distro.config import Relay, Tls
from distro.editorial.embargo import Permit, for_notice
from distro.mail.outbox import OutboxTransport
from distro.mail.relaycheck import look_at_relay
from distro.mail.smtp import SmtpTransport
from distro.mail.transport import Envelope, Reply, Unreachable
from tests.certificates import self_signed
from tests.sink import Listening, Sink

LETTER = b"Subject: x\r\n\r\n.dot first\r\n..two\r\nend\r\n"
TO = Envelope("bot+b.x@bounce.example.org", "reader@example.org", "1-1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's own, signed by nobody."""
    return self_signed(tmp_path_factory.mktemp("tls"))[1]


def check_password(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: object) -> AuthResult:
    return AuthResult(success=isinstance(given, LoginPassword) and given.password == b"right", handled=False)


def serve(sink: Sink, **options: Any) -> Listening:
    controller = Listening(sink, **options)
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


def test_an_outbox_that_is_nowhere_keeps_nothing_and_asks_the_gate_all_the_same() -> None:
    async def shut() -> None:
        return None

    async def opened() -> Permit:
        return for_notice(datetime.now(UTC))

    async def go() -> list[Reply]:
        line = await OutboxTransport(Path("/dev/null")).open()
        return [await line.send(TO, LETTER, gate, TO) for gate in (shut, opened)]

    stopped, thrown_away = asyncio.run(go())
    assert (stopped.stopped, stopped.accepted) == (True, False)
    assert (thrown_away.text, thrown_away.accepted) == ("250 2.0.0 thrown away", True)
    assert Path("/dev/null").is_char_device()


def test_an_outbox_files_what_it_is_given_whatever_follows(tmp_path: Path) -> None:
    async def gate() -> Permit:
        return for_notice(datetime.now(UTC))

    async def go() -> Reply:
        line = await OutboxTransport(tmp_path / "out").open()
        return await line.send(TO, LETTER, gate, Envelope("a@example.org", "b@example.org", "1-2"))

    assert asyncio.run(go()).accepted
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1-1.eml", "1-1.json"]
    assert (tmp_path / "out" / "1-1.eml").read_bytes() == LETTER


def test_the_doctor_says_of_a_relay_what_the_mailer_would_meet(
    certificate: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "wrong")
    plain = serve(Sink(), authenticator=check_password, auth_require_tls=False, auth_required=False)
    secret = serve(Sink(), tls_context=certificate)

    def look(port: int, **relay: Any) -> tuple[Verdict, str]:
        *_, last = look_at_relay(Relay(host="127.0.0.1", port=port, **relay))
        return last.verdict, last.sentence

    try:
        verdict, sentence = look(plain.port, tls=Tls.NONE)
        assert verdict is Verdict.OK
        assert "SMTPUTF8" in sentence
        verdict, sentence = look(plain.port, tls=Tls.REQUIRED)
        assert (verdict, "it does not offer STARTTLS" in sentence) == (Verdict.BAD, True)
        verdict, sentence = look(plain.port, tls=Tls.NONE, username="office", password_env="A_SECRET")
        assert (verdict, "It turns us away: logging in fails: 535" in sentence) == (Verdict.BAD, True)
        verdict, sentence = look(secret.port, tls=Tls.REQUIRED)
        assert (verdict, "certificate verify failed" in sentence) == (Verdict.BAD, True)
        verdict, sentence = look(secret.port, tls=Tls.STARTTLS)
        assert (verdict, "STARTTLS" in sentence) == (Verdict.OK, True)
        verdict, sentence = look(1, tls=Tls.NONE)
        assert (verdict, "There is no talking to it: it does not answer" in sentence) == (Verdict.BAD, True)
    finally:
        plain.stop()
        secret.stop()
