"""How far two spellings of a name are apart, and whether one may be a slip for the other. Pure; of folded words."""

from __future__ import annotations

from functools import lru_cache

_DEMONYM = ("n", "ns", "an", "ans", "ian", "ians", "ese", "ish", "ic", "ics", "o", "a", "os", "as", "s", "es")


@lru_cache(maxsize=16384)
def apart(one: str, other: str) -> int:
    """Letters put in, left out, changed, or two beside each other changed about (Damerau, 1964)."""
    if abs(len(one) - len(other)) > 3:
        return 9
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def is_slip(one: str, other: str, *, person: bool) -> bool:
    """One letter in a word of four or more, two in one of eight. Of a place: not its people."""
    short = min(len(one), len(other))
    if short < 4 or one == other or apart(one, other) > (2 if short >= 8 else 1):
        return False
    if person:
        return True
    root = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), short)
    return not {one[root:], other[root:]} <= {*_DEMONYM, ""}
