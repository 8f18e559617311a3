"""Which piece of one edition answers to which of another: by their lengths (Gale and Church, 1993) and by what both must name.

Numbers, links, names and words of one root are the anchors. Two pieces may answer to one, and a piece may stand alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from distro.preflight.case import Case
from distro.preflight.parts import Piece, PieceKind, pieces
from distro.reading.calendars import fold
from distro.reading.dates import find_dates
from distro.reading.hours import find_hours
from distro.reading.numbers import find_numbers

ALONE = 1.6
"""What it costs that a piece has no counterpart."""
MERGED = 1.5
"""What it costs, beside, that two answer to one."""
ODD = 1.0
"""What it costs, beside, that a heading answers to a paragraph, or is one with it."""
USUAL = 800
"""So many characters of texts that are as long in one language as in the other are taken for granted; a paragraph that is
missing from a short text must not pass for brevity."""
DOUBT = 3.0
"""The weight of knowing nothing."""


@dataclass(frozen=True)
class Bead:
    """Pieces that say the same: one of each edition, or two of one of them; or one, alone."""

    left: tuple[Piece, ...]
    right: tuple[Piece, ...]

    @property
    def alone(self) -> Piece | None:
        return None if self.left and self.right else (*self.left, *self.right)[0]


def beads(case: Case, left: str, right: str) -> list[Bead]:
    """Every piece of both editions in a bead: parts by their names, running text by what it says."""
    one, other = tuple(pieces(case.content, left)), tuple(pieces(case.content, right))
    return list(_beads(one, other))


@lru_cache(maxsize=32)
def _beads(one: tuple[Piece, ...], other: tuple[Piece, ...]) -> tuple[Bead, ...]:
    found: list[Bead] = []
    for key in dict.fromkeys(piece.key for piece in (*one, *other)):
        found += _aligned([p for p in one if p.key == key], [p for p in other if p.key == key])
    return tuple(found)


def _aligned(one: Sequence[Piece], other: Sequence[Piece]) -> list[Bead]:
    """The cheapest way through both, by dynamic programming."""
    if len(one) == len(other) == 1:
        return [Bead(tuple(one), tuple(other))]
    left, right = _Side(one), _Side(other)
    ratio = (sum(right.lengths) + USUAL) / (sum(left.lengths) + USUAL)
    cost = {(0, 0): 0.0}
    step: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            for di, dj in ((1, 1), (1, 0), (0, 1), (1, 2), (2, 1)):
                if (i - di, j - dj) not in cost:
                    continue
                new = cost[i - di, j - dj] + _cost(left, right, (i - di, i), (j - dj, j), ratio)
                if new < cost.get((i, j), math.inf) - 1e-9:
                    cost[i, j], step[i, j] = new, (di, dj)
    at, found = (len(one), len(other)), list[Bead]()
    while at != (0, 0):
        (i, j), (di, dj) = at, step[at]
        found.append(Bead(tuple(one[i - di : i]), tuple(other[j - dj : j])))
        at = (i - di, j - dj)
    return found[::-1]


def _cost(left: _Side, right: _Side, ours: tuple[int, int], theirs: tuple[int, int], ratio: float) -> float:
    if ours[0] == ours[1] or theirs[0] == theirs[1]:
        return ALONE
    a, b = left.length(*ours), right.length(*theirs)
    length = min(2.5, 1.6 * abs(math.log((b + 12) / (ratio * a + 12))))
    kinds = left.kinds(*ours) | right.kinds(*theirs)
    odd = ODD if len(kinds) > 1 else 0.0
    if ours[1] - ours[0] + theirs[1] - theirs[0] > 2:
        odd += MERGED if kinds == {PieceKind.PARAGRAPH} else MERGED + ODD
    return length + odd + 2.2 * (1 - _likeness(left.anchors(*ours), right.anchors(*theirs)))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """From 0 to 1; the less there is to go by, the nearer to a half."""
    weight = sum(_weight(key) * n for key, n in (one + other).items())
    shared = 2 * sum(_weight(key) * n for key, n in (one & other).items())
    return min(1.0, (1.5 * shared + 0.5 * DOUBT) / (weight + DOUBT))


def _weight(key: str) -> float:
    return {"#": 2.0, "@": 2.0, "N": 1.5}.get(key[0], 0.6)


class _Side:
    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.lengths = [len(piece.text) for piece in pieces]
        self._anchors = [Counter(_anchors(piece.text, piece.language)) for piece in pieces]

    def length(self, start: int, end: int) -> int:
        return sum(self.lengths[start:end])

    def kinds(self, start: int, end: int) -> set[PieceKind]:
        return {piece.kind for piece in self.pieces[start:end]}

    def anchors(self, start: int, end: int) -> Counter[str]:
        return sum(self._anchors[start:end], Counter[str]())


_WORD = re.compile(r"[^\W\d_]{4,}")
_LINK = re.compile(r"https?://[^/\s)]+|[\w.+-]+@[\w.-]+")


@lru_cache(maxsize=2048)
def _anchors(text: str, language: str) -> frozenset[str]:
    """Numbers, hosts, names, and how words of one Latin root begin."""
    found = {f"#{one.value.normalize()}" for one in find_numbers(text, language)}
    found |= {f"#{one.month}/{one.day}" for one in find_dates(text, language) if one.day}
    found |= {f"#{one.minutes % 720} min" for one in find_hours(text, language)}
    found |= {f"@{m[0].lower()}" for m in _LINK.finditer(text)}
    for match in _WORD.finditer(text):
        word = fold(match[0])
        found.add(f"N{word}" if match[0][0].isupper() else f"c{word[:4]}")
        if match[0][0].isupper() and len(word) > 5:
            found.add(f"c{word[:4]}")
    return frozenset(found)
