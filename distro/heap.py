"""How the process keeps its memory. glibc gives every thread a heap of its own, each of which keeps what it once held: with
the bot's threads that is some 30 MB for nothing. Python's own lock lets one of them work at a time anyhow."""

from __future__ import annotations

import ctypes
import gc

_M_ARENA_MAX = -8


def settle() -> None:
    """To be called before threads are started, and before processes are forked that are to share what is there."""
    _keep_one_heap()
    gc.collect()
    gc.freeze()  # what is shared stays shared: a later collection would write into every page


def _keep_one_heap() -> None:
    """Where the C library is another (musl, macOS), nothing happens."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_ARENA_MAX, 1)
