"""Processes that look at parts of an audit, so that cores work side by side. They only read."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType

from distro.dispatch.audit import Checking, DeliveriesFound
from distro.dispatch.frozen import Frozen
from distro.dispatch.maker import end_with_parent
from distro.errors import Failed

_checking: Checking | None = None
"""Of this process, once it is a checker."""


class Checkers:
    """As many as there are cores, each with a `checking` of its own. To be forked while the process has one thread, and before
    the store of `checking` was asked for anything: a connection cannot be shared."""

    def __init__(self, checking: Checking) -> None:
        forking = multiprocessing.get_context("fork")
        self._pool = ProcessPoolExecutor(os.cpu_count() or 1, forking, initializer=_begin, initargs=(checking,))
        self._pool.submit(os.getpid)  # with the first question all of them are forked

    def __call__(self, parts: Iterable[Frozen]) -> Iterator[DeliveriesFound]:
        """What was found in each part, in their order. Raises Failed where a checker was ended from outside."""
        try:
            yield from self._pool.map(_part, parts)
        except BrokenProcessPool:
            raise Failed("A process of the audit was ended from outside; run it again.") from None

    def __enter__(self) -> Checkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _begin(checking: Checking) -> None:
    """In the new process. It is the command that is interrupted, and ends its checkers."""
    global _checking  # noqa: PLW0603
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    _checking = checking


def _part(part: Frozen) -> DeliveriesFound:
    assert _checking is not None
    return _checking.part(part)
