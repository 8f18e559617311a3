"""Several relays: shares by weight, fail-over, spares, limits, and what callers see while none answers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
from structlog.testing import capture_logs

from distro.config import Relay, Tls
from distro.dispatch.relays import Relays
from distro.mail.smtp import SmtpTransport
from distro.mail.transport import Line
from tests.lines import SHORT
from tests.wire import Peer, Server, serve


class House:
    """A relay that can be made to turn everybody away, or to greet slowly. `visits`: connections so far."""

    def __init__(self) -> None:
        self.greeting = b""
        self.delay = 0.0
        self.visits = 0
        self.server: Server

    async def script(self, peer: Peer) -> None:
        self.visits += 1
        await asyncio.sleep(self.delay)
        if self.greeting:
            peer.say(self.greeting)
        else:
            with suppress(asyncio.IncompleteReadError, ConnectionError):  # who came has gone
                await peer.greet()
        await peer.rest()

    def transport(self, **terms: Any) -> SmtpTransport:
        there = Relay(host="127.0.0.1", port=self.server.port, tls=Tls.NONE, ehlo="us.example.org", **terms)
        return SmtpTransport(there, None, SHORT)


@asynccontextmanager
async def houses(*several: House) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for house in several:
            house.server = await stack.enter_async_context(serve(house.script))
        yield


async def lines(relays: Relays, count: int) -> list[Line]:
    opened = await asyncio.gather(*(relays.open() for _ in range(count)))
    return [line for line in opened if line is not None]


async def close(*several: Line) -> None:
    for line in several:
        line._wire.end("the test is over")  # type: ignore[attr-defined]
    await asyncio.sleep(0)


def names(several: list[Line]) -> Counter[str]:
    return Counter(line.name for line in several)


async def test_lines_are_shared_out_by_weight_and_evenly() -> None:
    a, b = House(), House()
    async with houses(a, b):
        transports = [a.transport(weight=3), b.transport(weight=1)]
        relays = Relays(transports, asyncio.Event())
        first, second = await lines(relays, 4), await lines(relays, 4)
        for four in (first, second):
            assert names(four) == {transports[0].name: 3, transports[1].name: 1}
        await close(*first, *second)


async def test_lines_open_side_by_side() -> None:
    slow = House()
    slow.delay = 0.3
    async with houses(slow):
        began = time.monotonic()
        opened = await lines(Relays([slow.transport()], asyncio.Event()), 20)
        assert len(opened) == 20
        assert time.monotonic() - began < 3
        await close(*opened)


@pytest.mark.parametrize("greeting", [b"421 4.3.2 going down\r\n", b"451 4.7.1 later\r\n", b"554 no\r\n"])
async def test_a_relay_that_fails_is_set_aside_and_one_caller_tries_it(greeting: bytes) -> None:
    a, b = House(), House()
    a.greeting = greeting
    async with houses(a, b):
        bad, good = a.transport(), b.transport()
        relays = Relays([bad, good], asyncio.Event())
        with capture_logs() as logs:
            opened = await lines(relays, 10)
            assert names(opened) == {good.name: 10}
            visits = a.visits
            opened += await lines(relays, 5)
            assert a.visits == visits, "it is left alone for a while"
            await asyncio.sleep(0.6)
            opened += await lines(relays, 10)
            assert a.visits == visits + 1, "then one looks"
            a.greeting = b""
            await asyncio.sleep(1.1)
            opened += await lines(relays, 10)
        assert names(opened)[bad.name] >= 1
        assert relays.unreachable is None
        assert relays.failures == 0
        told = [(entry["event"], entry["relay"]) for entry in logs]
        assert told == [("relay.away", bad.name), ("relay.away", bad.name), ("relay.back", bad.name)]
        assert [entry["failures"] for entry in logs] == [1, 2, 2]
        await close(*opened)


async def test_a_spare_is_used_only_while_all_others_fail() -> None:
    a, b = House(), House()
    async with houses(a, b):
        main, spare = a.transport(weight=2), b.transport(weight=0)
        relays = Relays([main, spare], asyncio.Event())
        opened = await lines(relays, 4)
        assert names(opened) == {main.name: 4}
        a.greeting = b"421 no\r\n"
        opened += (failed_over := await lines(relays, 4))
        assert names(failed_over) == {spare.name: 4}
        a.greeting = b""
        await asyncio.sleep(0.6)
        opened += (back := await lines(relays, 1) + await lines(relays, 4))
        assert names(back) == {main.name: 5}
        await close(*opened)


async def test_a_relay_has_no_more_lines_than_it_may() -> None:
    a, b = House(), House()
    async with houses(a, b):
        narrow, wide = a.transport(connections=2), b.transport()
        relays = Relays([narrow, wide], asyncio.Event())
        opened = await lines(relays, 9)
        assert names(opened) == {narrow.name: 2, wide.name: 7}
        await close(*opened)


async def test_where_all_are_full_a_caller_waits_for_a_line_to_end() -> None:
    a = House()
    async with houses(a):
        relays = Relays([a.transport(connections=2)], asyncio.Event())
        opened = await lines(relays, 2)
        began = time.monotonic()
        assert await relays.open() is None
        assert 0.8 < time.monotonic() - began < 5
        assert (relays.unreachable, relays.failures) == (None, 0), "full is not away"
        waiting = asyncio.create_task(relays.open())
        await asyncio.sleep(0.05)
        await close(opened[0])
        assert await waiting is None
        again = await relays.open()
        assert again is not None
        await close(opened[1], again)


async def test_lines_to_one_relay_share_its_pace() -> None:
    a, b = House(), House()
    async with houses(a, b):
        relays = Relays([a.transport(messages_per_second=2), b.transport()], asyncio.Event())
        opened = await lines(relays, 4)
        paced = [line for line in opened if relays.pace_of(line).per_second == 2]
        free = [line for line in opened if relays.pace_of(line).per_second == 0]
        assert len(paced) == len(free) == 2
        relays.pace_of(paced[0]).take(100.0)
        assert relays.pace_of(paced[1]).wait(100.0) == pytest.approx(0.5)
        assert relays.pace_of(free[0]).wait(100.0) == 0
        await close(*opened)


async def test_while_none_answers_one_caller_tries_and_says_why_the_others_wait() -> None:
    a = House()
    a.greeting = b"421 4.3.2 going down\r\n"
    async with houses(a):
        transport = a.transport()
        relays = Relays([transport], asyncio.Event())
        assert (relays.unreachable, relays.failures) == (None, 0)
        began = time.monotonic()
        assert await relays.open() is None
        assert 0.4 < time.monotonic() - began < 3, "half a second, and then the second try"
        sentence = f"The relay {transport.name} does not take our mail: 421 4.3.2 going down."
        assert (relays.unreachable, relays.failures, a.visits) == (sentence, 2, 2)
        a.greeting = b""
        opened = await lines(relays, 5)
        assert len(opened) == 5
        assert (relays.unreachable, relays.failures) == (None, 0)
        await close(*opened)


async def test_at_the_stop_nobody_waits_any_longer() -> None:
    a = House()
    a.greeting = b"421 no\r\n"
    async with houses(a):
        stopping = asyncio.Event()
        relays = Relays([a.transport()], stopping)
        for _ in range(2):
            await relays.open()
        waiting = [asyncio.create_task(relays.open()) for _ in range(5)]
        await asyncio.sleep(0.05)
        visits, began = a.visits, time.monotonic()
        stopping.set()
        assert await asyncio.gather(*waiting) == [None] * 5
        assert time.monotonic() - began < 1
        assert a.visits == visits


async def test_a_relay_that_never_greets_does_not_hold_up_the_stop() -> None:
    a = House()
    a.delay = 1.5
    async with houses(a):
        stopping = asyncio.Event()
        relays = Relays([a.transport()], stopping)
        waiting = [asyncio.create_task(relays.open()) for _ in range(3)]
        await asyncio.sleep(0.2)
        began = time.monotonic()
        stopping.set()
        assert await asyncio.gather(*waiting) == [None] * 3
        assert time.monotonic() - began < 1
        assert a.visits == 3
        assert (relays.unreachable, relays.failures) == (None, 0)


async def test_while_others_carry_on_a_black_hole_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distro.dispatch.relays.PROBE_PATIENCE", 0.2)
    a, b = House(), House()
    a.greeting = b"421 no\r\n"
    async with houses(a, b):
        bad, good = a.transport(), b.transport()
        relays = Relays([bad, good], asyncio.Event())
        opened = await lines(relays, 2)
        a.delay = 1.5
        await asyncio.sleep(0.6)
        began = time.monotonic()
        opened += await lines(relays, 2)
        assert time.monotonic() - began < 1
        assert names(opened) == {good.name: 4}
        await close(*opened)
