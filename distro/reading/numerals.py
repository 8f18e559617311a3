"""Numbers in figures, with the separators of any country: 1,500, 1.500, 1 500, 3.5 and 3,5. Also Roman ones. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

SPACES = "\u00a0\u202f\u2009"
"""Those that never break, as CLDR groups digits with."""

FIGURES = rf"\d+(?:[.,'’{SPACES}]\d+)*"
GROUPED_BY_SPACES = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)"

_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN_SHAPE = re.compile(r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")


def readings(figures: str, language: str) -> tuple[Decimal, ...]:
    """What the figures may mean, the likeliest first. Three figures after one comma or stop are thousands, but a fraction in
    English after a stop; in other languages papers of both customs are read, so a second reading follows."""
    plain = re.sub(rf"[ '’{SPACES}]", "", figures)
    marks = [c for c in plain if c in ".,"]
    if not marks:
        return (Decimal(plain),)
    if len(set(marks)) == 2:
        return (_with_fraction(plain, marks[-1]),) if marks.count(marks[-1]) == 1 else (_joined(plain),)
    mark, (first, *groups) = marks[0], re.split(r"[.,]", plain)
    thousands = all(len(group) == 3 for group in groups) and len(first) <= 3 and first.lstrip("0") != ""
    if len(groups) > 1:
        return (_joined(plain),)
    english = language.partition("-")[0] == "en"
    if not thousands or (english and mark == "."):
        return (_with_fraction(plain, mark),)
    return (_joined(plain),) if english else (_joined(plain), _with_fraction(plain, mark))


def roman(text: str) -> int | None:
    """XXI is 21; None for what is not a Roman number."""
    if not _ROMAN_SHAPE.fullmatch(text):
        return None
    values = [_ROMAN[c] for c in text]
    return sum(-v if i + 1 < len(values) and v < values[i + 1] else v for i, v in enumerate(values))


def _with_fraction(plain: str, mark: str) -> Decimal:
    whole, _, fraction = plain.rpartition(mark)
    return Decimal(f"{_joined(whole)}.{fraction}")


def _joined(plain: str) -> Decimal:
    return Decimal(re.sub(r"[.,]", "", plain))
