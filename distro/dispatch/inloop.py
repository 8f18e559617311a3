"""What the event loop does itself, standing still meanwhile, for as long as that is quick."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from distro import clock

SLOW = 0.02
"""Seconds that asking the store may take in the loop. Where it took longer twice running a thread asks for a while: once may
have been the machine, which gave its time to others, and the thread costs a tenth of the speed."""
SLOW_FOR = 10.0
"""How many seconds that is."""


class InLoop:
    """Whether the loop `may` ask the store: never over a network, and not while its disk is slow."""

    def __init__(self, dialect: str) -> None:
        self._by_thread_until = 0.0 if dialect == "sqlite" else inf
        self._was_slow = False

    @property
    def may(self) -> bool:
        return clock.monotonic() >= self._by_thread_until

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Around what the loop does."""
        began = clock.monotonic()
        try:
            yield
        finally:
            ended = clock.monotonic()
            slow, self._was_slow = self._was_slow, ended - began > SLOW
            if slow and self._was_slow:
                self._by_thread_until = ended + SLOW_FOR
