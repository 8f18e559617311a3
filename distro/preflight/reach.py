"""Whom a release would reach, as counts: what the audience rules are handed. Values; who is counted is dispatch's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Segment:
    """One segment. `count`: who matches its rule; `suppressed`: who of them may not be written to."""

    name: str
    count: int
    suppressed: int = 0


@dataclass(frozen=True)
class Reach:
    """All waves of a release, or the segments that were asked for.

    count      people who get a copy
    fallbacks  how many of them read a language that the release does not have, and get the primary one
    unread     their first preferences among those that it does not have, with how many prefer each
    overlap    for two segments, how many stand in both
    joined     how many more than when the waves were approved; `left`: how many fewer
    """

    segments: tuple[Segment, ...] = ()
    count: int = 0
    fallbacks: int = 0
    unread: Mapping[str, int] = field(default_factory=dict)
    overlap: Mapping[tuple[str, str], int] = field(default_factory=dict)
    joined: int = 0
    left: int = 0
