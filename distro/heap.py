"""How the process keeps its memory. glibc gives every thread a heap of its own, each of which keeps what it once held: with
the bot's threads that is some 30 MB for nothing. Python's own lock lets one of them work at a time anyhow."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8


def keep_one_heap() -> None:
    """To be called before threads are started. Where the C library is another (musl, macOS), nothing happens."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_ARENA_MAX, 1)
