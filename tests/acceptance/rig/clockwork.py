"""The clock of an office under test: the system's, moved for its processes by libfaketime. No setting moves it."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
"""None where libfaketime is not installed (Debian: faketime)."""


def mend_sleep() -> None:
    """For a process on a moved clock whose monotonic clock is left alone: Python's sleep ends at an instant of that clock
    (clock_nanosleep with TIMER_ABSTIME), and under libfaketime 0.9.10 that fails with EINVAL."""

    def sleep(seconds: Any) -> None:
        select.select((), (), (), seconds)

    time.sleep = sleep


@dataclass
class Clockwork:
    """`file` holds the seconds by which the office's clock is ahead; the scripted server reads it too."""

    file: Path
    ahead: float = 0.0
    moves: list[tuple[float, float]] = field(default_factory=list)
    """(instant, seconds ahead from then on)."""

    def __post_init__(self) -> None:
        self.move(self.ahead)

    def move(self, ahead: float) -> None:
        self.ahead = ahead
        self.moves.append((time.time(), ahead))
        new = self.file.with_suffix(".new")
        new.write_text(f"{ahead:+.3f}")
        new.replace(self.file)

    def forward(self, seconds: float) -> None:
        self.move(self.ahead + seconds)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.ahead, UTC)

    def environment(self, *, follows: bool = False) -> dict[str, str]:
        """What puts a process on this clock. `follows`: it sees later moves too, for which it reads the file each time."""
        if LIBRARY is None:
            return {}
        common = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # or waiting threads spin (glibc since 2.25)
        }
        if follows:
            return common | {"FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1"}
        return common | {"FAKETIME": f"{self.ahead:+.3f}"}
