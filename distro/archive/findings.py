"""What an audit finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was recorded. `entry`, `delivery`: the number of the one that it is about, if of one."""

    what: str
    entry: int | None = None
    delivery: int | None = None
