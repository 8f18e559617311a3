"""Transactions, octet by octet, against a scripted server: what is said when, and what each answer means. On both loops."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from distro.config import Relay, Tls
from distro.editorial.embargo import Permit, for_notice
from distro.mail.smtp import SmtpTransport
from tests.lines import SHORT, Gate, letter, line_to, to
from tests.wire import PIPELINING, PLAIN, TAKEN, Peer

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])


# --- the way it goes when nothing goes wrong


async def test_an_envelope_goes_in_one_write_and_the_content_after_the_gate() -> None:
    gate = Gate(hold=asyncio.Event())

    async def script(peer: Peer) -> None:
        await peer.greet()
        await asyncio.sleep(0.05)
        group = await peer.reader.read(1000)
        assert group == (b"MAIL FROM:<bot+b.x@bounce.example.org>\r\nRCPT TO:<ana@example.org>\r\nDATA\r\n")
        peer.say(b"250 2.1.0 Ok\r\n")
        await peer.quiet(0.05)
        assert gate.asked == 0, "two replies are missing"
        peer.say(b"250 2.1.5 Ok\r\n354 Go ahead\r\n")
        await gate.reached.wait()
        await peer.quiet()
        assert gate.hold is not None
        gate.hold.set()
        assert await peer.content() == letter("ana") + b".\r\n"
        peer.say(b"250 2.0.0 Ok: queued as 7\r\n")
        await peer.quit()

    async with line_to(script) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), gate)
        assert (reply.phase, reply.code, reply.text) == ("dot", 250, "250 2.0.0 Ok: queued as 7")
        assert reply.accepted
        assert line.alive
    assert not line.alive


async def test_the_next_envelope_goes_behind_the_dot_and_its_content_waits_for_its_own_gate() -> None:
    gates = {name: Gate() for name in ("ana", "ben", "eva")}
    gates["ben"].hold = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet(PIPELINING.replace(b"250-PIPELINING", b"250-PIPELINING\r\n250-SIZE 9999"))
        await peer.envelope(b"ana")
        await peer.content()
        mail, _, _ = await peer.hear(b"MAIL", b"RCPT TO:<ben@example.org>", b"DATA")
        assert b" SIZE=88\r\n" in mail
        assert gates["ben"].asked == 0
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        await gates["ben"].reached.wait()
        await peer.quiet()
        assert gates["ben"].hold is not None
        gates["ben"].hold.set()
        assert await peer.content() == letter("ben") + b".\r\n"
        await peer.hear(b"MAIL", b"RCPT TO:<eva@example.org>", b"DATA")
        await peer.say_in_pieces(b"250 2.0.0 fir", b"st\r\n250 Ok\r", b"\n250 Ok\r\n3", b"54 Go\r\n")
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    people = [to(name, size=88) for name in gates]
    async with line_to(script) as (line, _):
        for envelope, following in zip(people, [*people[1:], None], strict=True):
            name = envelope.rcpt_to.partition("@")[0]
            assert (await line.send(envelope, letter(name), gates[name], following)).accepted
    assert [gate.asked for gate in gates.values()] == [1, 1, 1]


async def test_a_message_with_one_behind_it_is_one_write() -> None:
    """Seen from the server: content, dot and the next envelope come in one packet, though it was not reading meanwhile."""
    seen = []

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        await asyncio.sleep(0.1)
        seen.append(await peer.reader.read(100_000))
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        await peer.rest()

    ana, ben = to("ana"), to("ben")
    async with line_to(script) as (line, _):
        assert (await line.send(ana, letter("ana", 5000), Gate(), ben)).accepted
    assert seen[0].startswith(letter("ana", 5000) + b".\r\nMAIL FROM")
    assert seen[0].endswith(b"DATA\r\n")


async def test_without_pipelining_it_says_one_thing_at_a_time() -> None:
    gate = Gate()

    async def script(peer: Peer) -> None:
        await peer.greet(PLAIN)
        for name in (b"ana", b"ben"):
            await peer.hear(b"MAIL")
            await peer.quiet(0.05)
            peer.say(b"250 Ok\r\n")
            await peer.hear(b"RCPT TO:<" + name)
            await peer.quiet(0.05)
            asked = gate.asked
            peer.say(b"250 Ok\r\n")
            await peer.hear(b"DATA")
            assert gate.asked == asked + 1
            await peer.quiet(0.05)
            peer.say(b"354 Go\r\n")
            await peer.content()
            await peer.quiet(0.05)
            peer.say(TAKEN)
        await peer.quit()

    ana, ben = to("ana"), to("ben")
    async with line_to(script) as (line, _):
        assert (await line.send(ana, letter("ana"), gate, ben)).accepted
        assert (await line.send(ben, letter("ben"), gate)).accepted


async def test_a_line_ends_itself_after_so_many_messages() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        await peer.content()
        await peer.quiet(0.05)
        peer.say(TAKEN)
        await peer.quit()

    ana, ben, eva = to("ana"), to("ben"), to("eva")
    async with line_to(script, messages_per_connection=2) as (line, _):
        assert (await line.send(ana, letter("ana"), Gate(), ben)).accepted
        assert line.alive
        assert (await line.send(ben, letter("ben"), Gate(), eva)).accepted
        assert not line.alive
        assert (await line.send(eva, letter("eva"), Gate())).code == 0


async def test_dots_and_a_missing_end_of_line_are_mended() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        assert await peer.content() == b"..\r\n...a\r\nb\r\n.\r\n"
        peer.say(TAKEN)
        await peer.quit()

    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), b".\r\n..a\r\nb", Gate())).accepted


# --- refusals

REFUSED = "550 5.1.1 nobody here"
SAYS_NO = {
    "mail": b"550 5.1.1 nobody here\r\n503 5.5.1 no\r\n503 5.5.1 no\r\n",
    "rcpt": b"250 Ok\r\n550 5.1.1 nobody here\r\n554 5.5.1 no valid recipients\r\n",
    "data": b"250 Ok\r\n250 Ok\r\n550 5.1.1 nobody here\r\n",
}


@pytest.mark.parametrize("phase", SAYS_NO)
async def test_a_refusal_is_that_phases_own_and_the_line_lives_on(phase: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear(b"MAIL", b"RCPT TO:<ana", b"DATA")
        peer.say(SAYS_NO[phase])
        await peer.hear(b"RSET")
        peer.say(b"250 Ok\r\n")
        await peer.envelope(b"ben")
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    refused, gate = Gate(), Gate()
    ana, ben = to("ana"), to("ben")
    async with line_to(script) as (line, _):
        reply = await line.send(ana, letter("ana"), refused, ben)
        assert (reply.phase, reply.code, reply.text, reply.enhanced) == (phase, 550, REFUSED, "5.1.1")
        assert not reply.content_sent
        assert refused.asked == 0
        assert (await line.send(ben, letter("ben"), gate)).accepted


@pytest.mark.parametrize("phase", SAYS_NO)
async def test_an_announced_envelope_is_refused_when_its_turn_comes(phase: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(b"452 4.3.1 full\r\n" + SAYS_NO[phase])
        await peer.hear(b"RSET")
        peer.say(b"250 Ok\r\n")
        await peer.quit()

    ana, ben, refused = to("ana"), to("ben"), Gate()
    async with line_to(script) as (line, _):
        first = await line.send(ana, letter("ana"), Gate(), ben)
        assert (first.phase, first.code, first.content_sent) == ("dot", 452, False)
        second = await line.send(ben, letter("ben"), refused)
        assert (second.phase, second.code) == (phase, 550)
        assert line.alive
    assert refused.asked == 0


@pytest.mark.parametrize("first", [b"250 Ok\r\n550 no\r\n", b"550 no\r\n250 Ok\r\n"], ids=["rcpt", "mail"])
async def test_a_server_that_waits_for_content_it_refused_is_left_without_an_octet(first: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear(b"MAIL", b"RCPT", b"DATA")
        peer.say(first + b"354 Go ahead\r\n")
        assert await peer.rest() == b""

    gate = Gate()
    async with line_to(script) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), gate)
        assert (reply.code, gate.asked, line.alive) == (550, 0, False)


async def test_what_the_server_does_not_offer_is_not_asked_of_it() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(PIPELINING.replace(b"250-PIPELINING", b"250-PIPELINING\r\n250-SIZE 100"))
        await peer.envelope(b"ana")
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    big, gate = to("ben", size=200), Gate()
    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate(), big)).accepted
        reply = await line.send(big, letter("ben", 200), gate)
        assert (reply.phase, reply.code, reply.enhanced) == ("mail", 552, "5.3.4")
        reply = await line.send(to("zoë"), letter("zoe"), gate)
        assert (reply.phase, reply.code, reply.enhanced) == ("mail", 550, "5.6.7")
        with pytest.raises(ValueError, match="envelope address"):
            await line.send(to("a>\r\nRSET"), letter("a"), gate)
        assert line.alive
    assert gate.asked == 0


async def test_a_copy_that_turns_out_too_large_when_it_was_announced_is_not_begun() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(PIPELINING.replace(b"250-PIPELINING", b"250-PIPELINING\r\n250-SIZE 100"))
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        assert await peer.rest() == b""

    ben, gate = to("ben"), Gate()
    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate(), ben)).accepted
        reply = await line.send(ben, letter("ben", 200), gate)
        assert (reply.phase, reply.code, gate.asked, line.alive) == ("mail", 552, 0, False)


# --- the gate


async def test_without_a_permit_a_server_that_waits_for_content_gets_none() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), Gate(shut=True), to("ben"))
        assert (reply.stopped, reply.content_sent, reply.code, line.alive) == (True, False, 0, False)


async def test_without_a_permit_and_without_pipelining_the_line_is_reset() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(PLAIN)
        for _ in range(2):
            for verb in (b"MAIL", b"RCPT", b"RSET"):
                await peer.hear(verb)
                peer.say(b"250 Ok\r\n")
        await peer.quit()

    async with line_to(script) as (line, _):
        for _ in range(2):
            assert (await line.send(to("ana"), letter("ana"), Gate(shut=True))).stopped
            assert line.alive


@pytest.mark.parametrize("offers", [PIPELINING, PLAIN], ids=["pipelined", "plain"])
@pytest.mark.parametrize("how", ["raises", "is cancelled"])
async def test_a_gate_that_breaks_closes_the_line(offers: bytes, how: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet(offers)
        if offers is PIPELINING:
            await peer.envelope()
        else:
            for verb in (b"MAIL", b"RCPT"):
                await peer.hear(verb)
                peer.say(b"250 Ok\r\n")
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        if how == "raises":
            with pytest.raises(RuntimeError, match="disk full"):
                await line.send(to("ana"), letter("ana"), Gate(wrong=RuntimeError("disk full")))
        else:
            gate = Gate(hold=asyncio.Event())
            sending = asyncio.create_task(line.send(to("ana"), letter("ana"), gate))
            await gate.reached.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        assert not line.alive


@pytest.mark.parametrize(
    ("unasked", "code"), [(b"421 4.4.2 timeout\r\n", 421), (b"250 Ok\r\n", 0), (b"", 0)], ids=["421", "250", "hang up"]
)
async def test_a_server_that_goes_while_the_gate_is_asked_gets_nothing(unasked: bytes, code: int) -> None:
    gate = Gate(hold=asyncio.Event())

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        await gate.reached.wait()
        peer.say(unasked)
        peer.hang_up()
        await asyncio.sleep(0.1)
        assert gate.hold is not None
        gate.hold.set()
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), gate)
        assert (reply.phase, reply.code, reply.content_sent, line.alive) == ("data", code, False, False)


@pytest.mark.parametrize("offers", [PIPELINING, PLAIN], ids=["pipelined", "plain"])
async def test_a_shut_gate_counts_even_if_the_server_went_meanwhile(offers: bytes) -> None:
    gate = Gate(shut=True, hold=asyncio.Event())

    async def script(peer: Peer) -> None:
        await peer.greet(offers)
        if offers is PIPELINING:
            await peer.envelope()
        else:
            for verb in (b"MAIL", b"RCPT"):
                await peer.hear(verb)
                peer.say(b"250 Ok\r\n")
        await gate.reached.wait()
        peer.hang_up()
        await asyncio.sleep(0.1)
        assert gate.hold is not None
        gate.hold.set()

    async with line_to(script) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), gate)
        assert (reply.stopped, reply.code, line.alive) == (True, 0, False)


async def test_a_cancellation_after_the_content_is_a_doubt() -> None:
    arrived = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        await peer.content()
        arrived.set()
        await peer.rest()

    async with line_to(script) as (line, _):
        sending = asyncio.create_task(line.send(to("ana"), letter("ana"), Gate()))
        await arrived.wait()
        sending.cancel()
        reply = await sending
        assert (reply.phase, reply.code, reply.content_sent, line.alive) == ("dot", 0, True, False)


# --- what was announced


async def test_closing_with_a_copy_announced_sends_nothing_of_it() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate(), to("ben"))).accepted


async def test_another_envelope_than_the_announced_one_is_not_taken_for_it() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        assert await peer.rest() == b""

    gate = Gate()
    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate(), to("ben"))).accepted
        reply = await line.send(to("ben"), letter("ben"), gate)  # equal, and not the same
        assert (reply.phase, reply.code, reply.content_sent, gate.asked, line.alive) == ("mail", 0, False, 0, False)


async def test_another_envelope_goes_where_the_announced_one_was_refused() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + SAYS_NO["rcpt"])
        await peer.hear(b"RSET")
        peer.say(b"250 Ok\r\n")
        await peer.envelope(b"eva")
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate(), to("ben"))).accepted
        assert (await line.send(to("eva"), letter("eva"), Gate())).accepted


@pytest.mark.parametrize("last", [b"421 4.3.2 going down\r\n", b""], ids=["421", "hang up"])
async def test_where_the_server_goes_after_the_first_the_announced_one_is_not_tried(last: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(last or TAKEN)
        peer.hang_up()
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), Gate(), to("ben"))
        assert (reply.phase, reply.code) == ("dot", 421 if last else 250)
        await asyncio.sleep(0.05)
        assert not line.alive


async def test_an_announced_envelope_that_was_refused_before_the_server_went_has_its_reply() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope(b"ana")
        await peer.content()
        await peer.hear(b"MAIL", b"RCPT TO:<ben", b"DATA")
        peer.say(TAKEN + b"250 Ok\r\n421 4.7.0 too many\r\n")
        peer.hang_up()

    ben, gate = to("ben"), Gate()
    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate(), ben)).accepted
        await asyncio.sleep(0.05)
        assert line.alive
        reply = await line.send(ben, letter("ben"), gate)
        assert (reply.phase, reply.code, reply.enhanced, gate.asked, line.alive) == ("rcpt", 421, "4.7.0", 0, False)


# --- silence, nonsense and the end

LEADS_TO = {"mail": b"", "rcpt": b"250 Ok\r\n", "data": b"250 Ok\r\n250 Ok\r\n", "dot": b"250 Ok\r\n250 Ok\r\n354 Go\r\n"}


async def at(peer: Peer, phase: str) -> None:
    """Come so far that the reply of this phase is due."""
    await peer.greet()
    await peer.hear(b"MAIL", b"RCPT", b"DATA")
    peer.say(LEADS_TO[phase])
    if phase == "dot":
        await peer.content()


@pytest.mark.parametrize("phase", LEADS_TO)
async def test_421_is_a_reply_and_the_end_of_the_line_even_if_the_server_stays(phase: str) -> None:
    async def script(peer: Peer) -> None:
        await at(peer, phase)
        peer.say(b"421 4.3.2 going down\r\n")
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), Gate())
        assert (reply.phase, reply.code, reply.content_sent, line.alive) == (phase, 421, False, False)


@pytest.mark.parametrize("how", ["hang up", "reset", "silence"])
@pytest.mark.parametrize("phase", LEADS_TO)
async def test_silence_is_a_doubt_only_after_the_content(phase: str, how: str) -> None:
    async def script(peer: Peer) -> None:
        await at(peer, phase)
        if how == "silence":
            await peer.rest()
        elif how == "reset":
            await asyncio.sleep(0.05)  # what was said before must have arrived, a RST would overtake it
            peer.reset()
        else:
            peer.hang_up()

    short = {"mail": {"envelope": 1.0}, "rcpt": {"envelope": 1.0}, "data": {"data": 0.2}, "dot": {"dot": 0.2}}
    patience = replace(SHORT, **short[phase]) if how == "silence" else SHORT
    async with line_to(script, patience=patience) as (line, _):
        gate = Gate()
        reply = await line.send(to("ana"), letter("ana"), gate)
        assert (reply.phase, reply.code, reply.content_sent) == (phase, 0, phase == "dot")
        assert reply.text.startswith("(no reply: ")
        assert gate.asked == (phase == "dot")
        assert not line.alive


@pytest.mark.parametrize("nonsense", [b"hello\r\n", b"250-a\r\n550 b\r\n", b"354 Go on\r\n", b"334 x\r\n", b"2" * 5000])
@pytest.mark.parametrize("phase", LEADS_TO)
async def test_nonsense_says_nothing_and_ends_the_line(phase: str, nonsense: bytes) -> None:
    if phase == "data" and nonsense.startswith(b"3"):
        nonsense = b"250 Ok, but what\r\n"

    async def script(peer: Peer) -> None:
        await at(peer, phase)
        peer.say(nonsense + (b"250 Ok\r\n250 Ok\r\n" if phase == "mail" else b"554 no\r\n" if phase == "rcpt" else b""))
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        gate = Gate()
        reply = await line.send(to("ana"), letter("ana"), gate)
        assert (reply.phase, reply.code, reply.content_sent) == (phase, 0, phase == "dot")
        assert gate.asked == (phase == "dot")
        assert not line.alive


async def test_a_250_that_comes_too_late_is_nobodys() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        await peer.content()
        await asyncio.sleep(0.4)
        peer.say(TAKEN)
        await peer.rest()

    async with line_to(script, patience=replace(SHORT, dot=0.2)) as (line, _):
        reply = await line.send(to("ana"), letter("ana"), Gate(), to("ben"))
        assert (reply.phase, reply.code, reply.content_sent, line.alive) == ("dot", 0, True, False)
        await asyncio.sleep(0.4)
        assert (await line.send(to("eva"), letter("eva"), Gate())).code == 0


async def test_each_reply_has_its_own_time() -> None:
    """Three replies that each come in time, and together take longer than one may."""

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear(b"MAIL", b"RCPT", b"DATA")
        for reply in (b"250 Ok\r\n", b"250 Ok\r\n", b"354 Go\r\n"):
            await asyncio.sleep(0.5)
            peer.say(reply)
        await peer.content()
        peer.say(TAKEN)
        await peer.quit()

    async with line_to(script, patience=replace(SHORT, envelope=1.3, data=1.3)) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate())).accepted


async def test_a_reply_that_nobody_asked_for_is_never_the_next_ones() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        await peer.content()
        peer.say(TAKEN + b"250 Ok\r\n250 Ok\r\n354 Go\r\n250 yours too\r\n")
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate())).accepted
        assert not line.alive


@pytest.mark.parametrize("last", [b"421 4.4.2 idle for too long\r\n", b""], ids=["421", "hang up"])
async def test_an_idle_line_that_the_server_ends_is_not_alive(last: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await asyncio.sleep(0.05)
        peer.say(last)
        peer.hang_up()

    async with line_to(script) as (line, _):
        assert line.alive
        async with asyncio.timeout(60):
            while line.alive:  # noqa: ASYNC110  (nobody waits for a reply on it, so nobody is told)
                await asyncio.sleep(0.01)


async def test_a_server_that_bears_no_rset_costs_the_line_only() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear(b"MAIL", b"RCPT", b"DATA")
        peer.say(SAYS_NO["rcpt"])
        await peer.hear(b"RSET")
        peer.say(b"500 what\r\n")
        assert await peer.rest() == b""

    async with line_to(script) as (line, _):
        assert (await line.send(to("ana"), letter("ana"), Gate())).code == 550
        assert not line.alive


# --- a content that does not get through

LONG = 8_000_000
"""More octets than the kernels on both sides take."""


def narrow(line: object) -> None:
    """Let our kernel take little at a time."""
    sock = line._wire.transport.get_extra_info("socket")  # type: ignore[attr-defined]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


@pytest.mark.parametrize("octets", [LONG, 120_000], ids=["in blocks", "at once"])
@pytest.mark.parametrize("how", ["hang up", "reset", "silence"])
async def test_no_doubt_where_the_dot_never_left(how: str, octets: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(0.1)
        if how == "reset":
            peer.reset()
        elif how == "hang up":
            peer.writer.write_eof()
        else:
            await asyncio.sleep(0.6)

    async with line_to(script, patience=replace(SHORT, block=0.2), receive_buffer=4096) as (line, _):
        narrow(line)
        reply = await line.send(to("ana"), letter("ana", octets), Gate())
        assert (reply.phase, reply.code, reply.content_sent) == ("dot", 0, False)
        assert not line.alive


async def test_no_doubt_where_the_kernel_refuses_the_content() -> None:
    """The server resets the connection while our loop is busy, so that the write itself is the first to find out."""
    reset, gone = threading.Event(), threading.Event()

    def play(listening: socket.socket) -> None:
        sock, _ = listening.accept()
        sock.sendall(b"220 mx\r\n")
        sock.recv(1000)
        sock.sendall(PIPELINING)
        sock.recv(1000)
        sock.sendall(b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
        reset.wait(5)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        gone.set()

    async def gate() -> Permit:
        reset.set()
        gone.wait(5)
        time.sleep(0.05)  # noqa: ASYNC251
        return for_notice(datetime.now(UTC))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=play, args=(listening,))
        server.start()
        relay = Relay(host="127.0.0.1", port=listening.getsockname()[1], tls=Tls.NONE, ehlo="us.example.org")
        line = await SmtpTransport(relay, None, SHORT).open()
        reply = await line.send(to("ana"), letter("ana"), gate, to("ben"))
        assert (reply.phase, reply.code, reply.content_sent, line.alive) == ("dot", 0, False, False)
        await line.close()
        server.join()


async def test_a_slow_server_has_all_the_time_while_it_takes_something() -> None:
    began = asyncio.get_running_loop().time()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        taken = asyncio.create_task(peer.content())
        while not taken.done():
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(0.1)
            peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert await taken == letter("ana", 260_000) + b".\r\n"
        peer.say(TAKEN)
        await peer.quit()

    patience = replace(SHORT, block=0.8)
    async with line_to(script, patience=patience, receive_buffer=4096) as (line, _):
        narrow(line)
        assert (await line.send(to("ana"), letter("ana", 260_000), Gate())).accepted
    assert asyncio.get_running_loop().time() - began > 2 * patience.block


@pytest.mark.parametrize("octets", [LONG, 120_000], ids=["in blocks", "at once"])
@pytest.mark.parametrize(("early", "code", "doubt"), [(b"552 5.3.4 too big\r\n", 552, False), (b"250 Ok\r\n", 0, True)])
async def test_an_answer_before_the_end_is_a_refusal_or_makes_no_sense(
    octets: int, early: bytes, code: int, doubt: bool
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.envelope()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(0.1)
        peer.say(early)
        await asyncio.sleep(0.3)

    async with line_to(script, receive_buffer=4096) as (line, _):
        narrow(line)
        reply = await line.send(to("ana"), letter("ana", octets), Gate(), to("ben"))
        assert (reply.phase, reply.code, reply.content_sent, line.alive) == ("dot", code, doubt, False)
