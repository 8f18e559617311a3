"""The ways out: opens lines to the first relay that takes our mail, and waits while none does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from distro.log import log
from distro.mail.transport import Line, Transport, Unreachable

LONGEST_WAIT = 30.0
"""Seconds between two tries while no relay answers."""


class Relays:
    """`unreachable` is a sentence while no relay takes our mail; `failures` counts the tries in a row."""

    def __init__(self, transports: Sequence[Transport], stopping: asyncio.Event) -> None:
        self.unreachable: str | None = None
        self.failures = 0
        self._transports = transports
        self._stopping = stopping
        self._probing = asyncio.Lock()

    async def open(self) -> Line | None:
        """A line; None after waiting a while where no relay gives one. While they are away, one caller tries for all."""
        async with self._probing:
            wrong: Unreachable | None = None
            for transport in self._transports:
                try:
                    line = await transport.open()
                except Unreachable as reason:
                    wrong = reason
                    continue
                if self.unreachable is not None:
                    log().info("relay.back", failures=self.failures)
                self.unreachable, self.failures = None, 0
                return line
            self.unreachable, self.failures = str(wrong), self.failures + 1
            log().warning("relay.unreachable", reason=self.unreachable, failures=self.failures)
            try:
                await asyncio.wait_for(self._stopping.wait(), min(LONGEST_WAIT, 0.5 * 2.0 ** min(self.failures - 1, 6)))
            except TimeoutError:
                return None
            return None
