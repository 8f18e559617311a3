"""How the process keeps its memory. glibc gives every thread a heap of its own, each of which keeps what it once held: with
the bot's threads that is some 30 MB for nothing. Python's own lock lets one of them work at a time anyhow."""

from __future__ import annotations

import ctypes
import gc

_M_ARENA_MAX = -8
_THRESHOLDS = 5_000, 5, 3
"""So many objects that were made and are still there have Python look for circles among them; every sixth time also at older
ones, and every fourth of those times at all, which is as often as by its own thresholds. With its own 700 a bot looked whenever
copies had been made ready, met what the processor had no longer at hand, and found nothing: 4 % of what a copy costs it."""


def settle() -> None:
    """To be called before threads are started, and before processes are forked that are to share what is there."""
    _keep_one_heap()
    gc.collect()
    gc.freeze()  # what is shared stays shared: a later collection would write into every page
    gc.set_threshold(*_THRESHOLDS)


def _keep_one_heap() -> None:
    """Where the C library is another (musl, macOS), nothing happens."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_ARENA_MAX, 1)
