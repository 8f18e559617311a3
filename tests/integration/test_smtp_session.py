"""Setting a session up: greetings of all kinds, EHLO, STARTTLS and those who would abuse it, logging in. On both loops."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from distro.config import Relay, Tls
from distro.mail.smtp import SmtpTransport
from distro.mail.transport import Unreachable
from distro.mail.wire import Patience
from tests.certificates import self_signed
from tests.lines import SHORT, Gate, letter, line_to, to
from tests.wire import PIPELINING, TAKEN, Peer, Script, serve

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])

IN_A_HURRY = Patience(envelope=0.2)
STARTTLS = b"250-mx.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(secured: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The system trusts the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secured[0]))
    return secured[1]


async def refused(script: Script, match: str, *, password: str = "secret", patience: Patience = SHORT, **relay: Any) -> str:
    """No session comes about with this server, for this reason."""
    async with serve(script) as server:
        there = Relay(**{"host": "127.0.0.1", "port": server.port, "tls": Tls.NONE, "ehlo": "us.example.org", **relay})
        with pytest.raises(Unreachable, match=match) as wrong:
            await SmtpTransport(there, password, patience).open()
        sentence = str(wrong.value)
        assert sentence.startswith(f"The relay 127.0.0.1:{server.port} does not take our mail: ")
        assert sentence.endswith(".")
        assert not sentence.endswith("..")
        return sentence


def login(**relay: Any) -> dict[str, Any]:
    """`password_file` is not read here: the secret is handed to the transport."""
    return {"username": "office", "password_file": __file__, **relay}


# --- greetings


@pytest.mark.parametrize(
    ("greeting", "match"),
    [
        (b"554 5.7.1 not you\r\n", r"554 5\.7\.1 not you\."),
        (b"421 4.3.2 too busy.\r\n", r"421 4\.3\.2 too busy\."),
        (b"450 later\r\n", "450 later"),
        (b"250 hello\r\n", "250 hello"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "a reply that is none: SSH-2.0-OpenSSH_9.6"),
        (b"220-mx\r\n221 mx\r\n", "a reply that is none: 221 mx"),
        (b"220 one\r\n220 two\r\n", "unasked: 220 two"),
    ],
)
async def test_a_greeting_that_is_none_of_ours(greeting: bytes, match: str) -> None:
    async def script(peer: Peer) -> None:
        peer.say(greeting)
        await peer.rest()

    await refused(script, match)


async def test_a_server_that_hangs_up_before_it_greets() -> None:
    async def script(peer: Peer) -> None:
        peer.hang_up()

    await refused(script, "the server closed the connection|the connection broke")


async def test_a_server_that_never_greets() -> None:
    async def script(peer: Peer) -> None:
        assert await peer.rest() == b""

    await refused(script, "silent for too long", patience=IN_A_HURRY)


async def test_a_slow_greeting_in_pieces_is_a_greeting() -> None:
    async def script(peer: Peer) -> None:
        await asyncio.sleep(0.1)
        await peer.say_in_pieces(b"22", b"0-mx\r", b"\n220 welco", b"me\r", b"\n", pause=0.05)
        await peer.hear(b"EHLO us.example.org\r\n")
        peer.say(PIPELINING)
        await peer.quit()

    async with line_to(script) as (line, _):
        assert line.alive


async def test_nobody_listens() -> None:
    with pytest.raises(Unreachable, match=r"The relay 127\.0\.0\.1:1 does not take our mail: it does not answer: "):
        await SmtpTransport(Relay(host="127.0.0.1", port=1, tls=Tls.NONE)).open()
    with pytest.raises(Unreachable, match="its name leads nowhere"):
        await SmtpTransport(Relay(host="relay.invalid", port=25, tls=Tls.NONE)).open()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_name_with_two_addresses_is_tried_at_both(host: str) -> None:
    """`localhost` leads to ::1 and to 127.0.0.1, and the server is at one of them. (Where it leads to one only, this proves
    less.)"""

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.quit()

    async with serve(script, host=host) as server:
        names = [host, "localhost"] if await _leads_to("localhost", host) else [host]
        for name in names:
            line = await SmtpTransport(
                Relay(host=name, port=server.port, tls=Tls.NONE, ehlo="us.example.org"), None, SHORT
            ).open()
            await line.close()
    assert len(server.heard) == len(names)


async def _leads_to(name: str, address: str) -> bool:
    found = await asyncio.get_running_loop().getaddrinfo(name, 25)
    return address in {str(sockaddr[0]) for *_, sockaddr in found}


async def test_a_machine_without_a_name_greets_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda: "localhost")
    said: list[bytes] = []

    async def script(peer: Peer) -> None:
        peer.say(b"220 mx\r\n")
        said.extend(await peer.hear(b"EHLO"))
        peer.say(PIPELINING)
        await peer.quit()

    from distro.mail import session

    session._full_name.cache_clear()
    for host, expected in (("127.0.0.1", b"EHLO [127.0.0.1]\r\n"), ("::1", b"EHLO [IPv6:::1]\r\n")):
        async with serve(script, host=host) as server:
            line = await SmtpTransport(Relay(host=host, port=server.port, tls=Tls.NONE), None, SHORT).open()
            await line.close()
        assert said.pop() == expected
    session._full_name.cache_clear()


# --- EHLO


async def test_a_server_that_knows_no_ehlo_is_asked_with_helo_and_nothing_more() -> None:
    async def script(peer: Peer) -> None:
        peer.say(b"220 mx\r\n")
        await peer.hear(b"EHLO")
        peer.say(b"502 5.5.1 what\r\n")
        await peer.hear(b"HELO us.example.org\r\n")
        peer.say(b"250 mx\r\n")
        for verb, reply in (
            (b"MAIL FROM:<bot+b.x@bounce.example.org>\r\n", b"250 Ok"),
            (b"RCPT", b"250 Ok"),
            (b"DATA", b"354 Go"),
        ):
            await peer.hear(verb)
            peer.say(reply + b"\r\n")
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate())).accepted


@pytest.mark.parametrize("answer", [b"421 4.7.0 bye\r\n", b"450 later\r\n"])
async def test_a_server_that_refuses_ehlo_for_now(answer: bytes) -> None:
    async def script(peer: Peer) -> None:
        peer.say(b"220 mx\r\n")
        await peer.hear(b"EHLO")
        peer.say(answer)
        assert await peer.rest() == b""

    await refused(script, answer.decode().strip())


# --- STARTTLS


async def starttls(peer: Peer, context: ssl.SSLContext) -> None:
    await peer.greet(STARTTLS)
    await peer.hear(b"STARTTLS\r\n")
    peer.say(b"220 Go ahead\r\n")
    await peer.writer.start_tls(context)


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.REQUIRED, Tls.IMPLICIT])
async def test_a_copy_goes_under_tls(trusted: ssl.SSLContext, tls: Tls) -> None:
    async def script(peer: Peer) -> None:
        if tls is Tls.IMPLICIT:
            await peer.greet()
        else:
            await starttls(peer, trusted)
            await peer.hear(b"EHLO us.example.org\r\n")
            peer.say(PIPELINING)
        await peer.envelope(b"ana")
        assert await peer.content() == letter("ana", 20_000) + b".\r\n"
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    ana, ben = to("ana"), to("ben")
    secured = trusted if tls is Tls.IMPLICIT else None
    async with line_to(script, tls=tls, secured=secured) as (line, server):
        assert (await line.send(ana, letter("ana", 20_000), Gate(), ben)).accepted
        assert (await line.send(ben, letter("ben"), Gate())).accepted
    assert b"Subject: ana" in server.heard[0]


@pytest.mark.parametrize("octets", [100_000, 8_000_000])
async def test_a_long_content_gets_through_tls(trusted: ssl.SSLContext, octets: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(0.2)
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await peer.content() == letter("ana", octets) + b".\r\n"
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    ana, ben = to("ana"), to("ben")
    async with line_to(script, tls=Tls.IMPLICIT, secured=trusted, receive_buffer=4096) as (line, _):
        assert (await line.send(ana, letter("ana", octets), Gate(), ben)).accepted
        assert (await line.send(ben, letter("ben"), Gate())).accepted


@pytest.mark.parametrize("how", ["reset", "silence"])
async def test_under_tls_too_there_is_no_doubt_where_the_dot_never_left(trusted: ssl.SSLContext, how: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(0.1 if how == "reset" else 0.6)
        peer.writer.transport.abort()

    patience = replace(SHORT, block=0.2)
    async with line_to(script, patience=patience, tls=Tls.IMPLICIT, secured=trusted, receive_buffer=4096) as (line, _):
        reply = await line.send(to("ana"), letter("ana", 8_000_000), Gate())
        assert (reply.phase, reply.code, reply.content_sent, line.alive) == ("dot", 0, False, False)


async def test_what_was_offered_before_tls_is_forgotten(trusted: ssl.SSLContext) -> None:
    async def script(peer: Peer) -> None:
        peer.say(b"220 mx\r\n")
        await peer.hear(b"EHLO")
        peer.say(b"250-mx\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 SIZE 10\r\n")
        await peer.hear(b"STARTTLS\r\n")
        peer.say(b"220 Go ahead\r\n")
        await peer.writer.start_tls(trusted)
        await peer.hear(b"EHLO")
        peer.say(b"250 mx\r\n")
        await peer.hear(b"MAIL")
        await peer.quiet(0.1)
        peer.say(b"452 no\r\n")
        await peer.hear(b"RSET")
        peer.say(b"250 Ok\r\n")
        await peer.quit()

    async with line_to(script, tls=Tls.REQUIRED) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate())).code == 452


@pytest.mark.parametrize("extra", [b"250-mx\r\n250 AUTH PLAIN\r\n", b"250-injected and not yet at its end"])
async def test_what_an_attacker_says_before_the_handshake_is_not_heard_after_it(trusted: ssl.SSLContext, extra: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(STARTTLS)
        await peer.hear(b"STARTTLS\r\n")
        peer.say(b"220 Go ahead\r\n" + extra)
        assert await peer.rest() == b"", "no handshake, no password"

    await refused(script, "in the clear after STARTTLS", tls=Tls.REQUIRED, **login())


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.REQUIRED])
async def test_starttls_that_is_offered_and_refused(tls: Tls) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(STARTTLS)
        await peer.hear(b"STARTTLS\r\n")
        peer.say(b"454 4.7.0 not now\r\n")
        assert await peer.rest() == b""

    await refused(script, r"STARTTLS does not work: 454 4\.7\.0 not now", tls=tls)


@pytest.mark.parametrize("how", ["nonsense", "hang up", "silence"])
async def test_a_handshake_that_comes_to_nothing(how: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(STARTTLS)
        await peer.hear(b"STARTTLS\r\n")
        peer.say(b"220 Go ahead\r\n")
        await peer.reader.read(10)
        if how == "nonsense":
            peer.say(b"this is no TLS at all\r\n")
        if how == "hang up":
            peer.hang_up()
        await peer.rest()

    patience = Patience(envelope=0.5) if how == "silence" else SHORT
    await refused(script, "TLS", tls=Tls.REQUIRED, patience=patience)


async def test_a_certificate_that_has_run_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, context = self_signed(tmp_path, days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    async def script(peer: Peer) -> None:
        with contextlib.suppress(ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
            await starttls(peer, context)
            assert await peer.rest() == b""

    await refused(script, "certificate verify failed: certificate has expired", tls=Tls.REQUIRED)


async def test_a_certificate_for_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, context = self_signed(tmp_path, address="192.0.2.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    async def script(peer: Peer) -> None:
        with contextlib.suppress(ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
            await starttls(peer, context)
            assert await peer.rest() == b""

    await refused(script, "certificate verify failed: IP address mismatch", tls=Tls.REQUIRED)


async def test_implicit_tls_with_a_server_that_speaks_in_the_clear() -> None:
    async def script(peer: Peer) -> None:
        peer.say(b"220 mx\r\n")
        await peer.rest()

    await refused(script, "TLS fails", tls=Tls.IMPLICIT)


# --- logging in


async def test_auth_plain_goes_in_one_step_under_tls(trusted: ssl.SSLContext) -> None:
    async def script(peer: Peer) -> None:
        await starttls(peer, trusted)
        await peer.hear(b"EHLO")
        peer.say(b"250-mx\r\n250 AUTH LOGIN PLAIN\r\n")
        (said,) = await peer.hear(b"AUTH PLAIN ")
        assert b64decode(said[11:]) == b"\0office\0secret"
        peer.say(b"235 2.7.0 welcome\r\n")
        await peer.quit()

    async with line_to(script, tls=Tls.STARTTLS, **login()) as (line, _):
        assert line.alive


async def test_auth_login_where_that_is_all_there_is() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(b"250-mx\r\n250 AUTH LOGIN CRAM-MD5\r\n")
        await peer.hear(b"AUTH LOGIN\r\n")
        peer.say(b"334 VXNlcm5hbWU6\r\n")
        await peer.hear(b64encode(b"office"))
        peer.say(b"334 UGFzc3dvcmQ6\r\n")
        await peer.hear(b64encode(b"secret"))
        peer.say(b"235 welcome\r\n")
        await peer.quit()

    async with line_to(script, **login()) as (line, _):
        assert line.alive


async def test_a_refusal_is_told_with_its_code_and_without_the_password() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(b"250-mx\r\n250 AUTH PLAIN\r\n")
        (said,) = await peer.hear(b"AUTH PLAIN ")
        peer.say(b"535 5.7.8 I do not like '%b', that is, hunter2\r\n" % said.strip())
        await peer.rest()

    sentence = await refused(script, r"logging in fails: 535 5\.7\.8", password="hunter2", **login())
    assert "hunter2" not in sentence
    assert b64encode(b"\0office\0hunter2").decode() not in sentence


async def test_no_mechanism_that_we_know() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(b"250-mx\r\n250 AUTH CRAM-MD5 XOAUTH2\r\n")
        assert await peer.rest() == b""

    await refused(script, "neither AUTH PLAIN nor AUTH LOGIN", **login())
