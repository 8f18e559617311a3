"""The ways out: which relay the next line goes to, which ones are set aside because they fail, and how fast each may be used.

Lines go to the relays that answer, by their weights. One that fails is left out for half a second, then twice as long each
time, to 30 s, while the others carry on; then one caller, and only one, tries whether it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from distro import clock
from distro.dispatch.throttle import Pace
from distro.log import log
from distro.mail.transport import Line, Transport, Unreachable

LONGEST_WAIT = 30.0
"""Seconds between two tries of a relay that does not answer."""
PROBE_PATIENCE = 30.0
"""Seconds for a relay to show that it is back, where there are others to be tried or used meanwhile."""
FULL_WAIT = 1.0
"""Seconds for which a caller waits for one of the lines, where every relay has as many as it may have."""
LOOK_AGAIN = 0.1
_FREE = Pace(0.0)


@dataclass(eq=False)
class Way:
    """One relay. `failures`: tries in a row without an answer, the first of them at `since`; `due`: when the next one makes
    sense (both in monotonic seconds)."""

    transport: Transport
    pace: Pace
    failures: int = 0
    reason: str = ""
    since: float | None = None
    due: float = 0.0
    opening: int = 0
    probed: bool = False
    current: int = 0  # of the round-robin: rises by the weight with each line, falls by all weights when it is chosen
    lines: list[Line] = field(default_factory=list)

    def full(self) -> bool:
        """Whether it has as many lines as it may have. Lines that have ended are forgotten here."""
        self.lines = [line for line in self.lines if line.alive]
        most = self.transport.terms.connections
        return bool(most) and len(self.lines) + self.opening >= most


class Relays:
    """`open` gives lines; `turn` keeps the pace of the relay behind one; `ways` are they all, to be looked at.
    `paced`: whether any relay has a pace of its own."""

    def __init__(self, transports: Sequence[Transport], stopping: asyncio.Event) -> None:
        self.ways = [Way(transport, Pace(transport.terms.messages_per_second)) for transport in transports]
        self.paced = any(way.pace.per_second > 0 for way in self.ways)
        self._stopping = stopping
        self._waiting = asyncio.Lock()

    @property
    def unreachable(self) -> str | None:
        """A sentence while no relay takes our mail."""
        return min(self.ways, key=lambda way: way.failures).reason if self.failures else None

    @property
    def failures(self) -> int:
        """How many tries in a row failed at every relay."""
        return min((way.failures for way in self.ways), default=0)

    def pace_of(self, line: Line) -> Pace:
        """The pace that all lines to the same relay share."""
        return next((way.pace for way in self.ways if line in way.lines), _FREE) if self.paced else _FREE

    async def turn(self, line: Line) -> None:
        """Take the next place among the copies that the line's relay may be given, and wait for it, or for the stop."""
        pace, now = self.pace_of(line), clock.monotonic()
        wait = pace.wait(now)
        pace.take(now)
        if wait > 0:
            await self._stopped_within(wait)

    async def open(self) -> Line | None:
        """A line; None after a while in which there was none to be had.

        Where relays answer, any number of callers open lines side by side. Where none does, one caller at a time waits
        until the next try is due, and makes it.
        """
        while not self._stopping.is_set():
            if self.failures:
                async with self._waiting:
                    if self.failures:  # nobody brought one back while we waited for our turn
                        return await self._try_again()
            line = await self._open_one()
            if line is not None:
                return line
            if not self.failures:
                await self._wait_for_room()
                return None
        return None

    async def _open_one(self) -> Line | None:
        """A line to one of the relays that answer, or to one that may be back. None where there is none to be had."""
        line = await self._probe()
        tried: list[Way] = []
        while line is None and not self._stopping.is_set() and (way := self._choose(tried)) is not None:
            tried.append(way)
            line = await self._open(way)
        return line

    async def _probe(self) -> Line | None:
        """See whether a relay that was set aside is back."""
        now = clock.monotonic()
        away = [way for way in self.ways if way.failures and way.due <= now and not way.probed]
        if not away:
            return None
        way = away[0]
        way.probed = True
        try:
            return await self._open(way, PROBE_PATIENCE)
        finally:
            way.probed = False

    def _choose(self, tried: Sequence[Way]) -> Way | None:
        """By smooth weighted round-robin among the candidates."""
        candidates = self._candidates(tried)
        if not candidates:
            return None
        for way in candidates:
            way.current += way.transport.terms.weight or 1
        chosen = max(candidates, key=lambda way: way.current)
        chosen.current -= sum(way.transport.terms.weight or 1 for way in candidates)
        return chosen

    def _candidates(self, tried: Sequence[Way] = ()) -> list[Way]:
        """Those that answer and have room for a line; the spares (weight 0) only where no other answers."""
        healthy = [way for way in self.ways if not way.failures]
        weighty = [way for way in healthy if way.transport.terms.weight]
        return [way for way in weighty or healthy if way not in tried and not way.full()]

    async def _open(self, way: Way, patience: float | None = None) -> Line | None:
        """Open a line. None where the relay does not answer, which is then set aside, and at the stop."""
        way.opening += 1
        before = way.failures
        try:
            line = await self._within(way.transport, patience)
        except Unreachable as wrong:
            self._set_aside(way, str(wrong), before)
            return None
        finally:
            way.opening -= 1
        if line is None:
            return None
        if way.failures:
            log().info("relay.back", relay=way.transport.name, failures=way.failures)
            way.failures, way.reason, way.since = 0, "", None
        way.lines.append(line)
        return line

    async def _within(self, transport: Transport, patience: float | None) -> Line | None:
        """A line, if it opens within so many seconds. None at the stop: a relay that is slow to greet must not hold it up.
        Raises Unreachable."""
        opening = asyncio.create_task(transport.open())
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((opening, stop), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                return opening.result()
            if stop.done():
                return None
            raise Unreachable(f"The relay {transport.name} does not answer within {patience:g} s.")
        finally:
            stop.cancel()
            if not opening.done():
                opening.cancel()
                (late,) = await asyncio.gather(opening, return_exceptions=True)
                if not isinstance(late, BaseException):  # it came after all
                    await late.close()

    def _set_aside(self, way: Way, reason: str, before: int) -> None:
        """`before`: its failures when the try began. Tries that ran side by side and failed together count as one."""
        way.reason = reason
        if way.failures > before:
            return
        way.failures += 1
        way.since = clock.monotonic() if way.since is None else way.since
        wait = min(LONGEST_WAIT, 0.5 * 2.0 ** min(way.failures - 1, 6))
        way.due = clock.monotonic() + wait
        log().warning("relay.away", relay=way.transport.name, reason=reason, failures=way.failures, again_in=wait)

    async def _try_again(self) -> Line | None:
        """No relay answers: wait until one is due to be tried, and try it."""
        way = min(self.ways, key=lambda way: way.due)
        if await self._stopped_within(way.due - clock.monotonic()):
            return None
        return await self._open(way, PROBE_PATIENCE if len(self.ways) > 1 else None)

    async def _wait_for_room(self) -> None:
        """Every relay that answers has as many lines as it may have: wait for one of them to end."""
        until = clock.monotonic() + FULL_WAIT
        while clock.monotonic() < until and not await self._stopped_within(LOOK_AGAIN):
            if self._candidates():
                return

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), max(0.0, seconds))
        except TimeoutError:
            return False
        return True
