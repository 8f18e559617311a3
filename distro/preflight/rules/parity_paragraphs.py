"""parity-paragraphs: a paragraph, a heading or an item of a list that stands in one edition only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from distro.preflight.aligning import Bead, beads
from distro.preflight.case import Case
from distro.preflight.parts import RUNNING, Piece, language_name
from distro.preflight.rule import Found, Rule
from distro.reading.span import Span
from distro.severity import Severity

_OTHERS = ("subhead",)
"""Of the other parts: the rules of form say where one is missing that each edition must have."""


def _look(case: Case) -> Found:
    for left, right in case.pairs:
        found = [bead for bead in beads(case, left, right) if _is_text(bead)]
        for i, bead in enumerate(found):
            piece = bead.alone
            if piece is None:
                continue
            other = language_name(right if piece.language == left else left)
            named = piece.part if piece.part in _OTHERS else f"{piece.kind}"
            why = f"This {named} of the {language_name(piece.language)} edition has no counterpart in the {other}"
            yield (
                piece.at(_first_words(piece)),
                f"{why}{_where(found[:i], piece)}.",
                f"Translate it into the {other} edition, or take it out here.",
            )


def _is_text(bead: Bead) -> bool:
    return all(piece.part in RUNNING or piece.part in _OTHERS for piece in (*bead.left, *bead.right))


def _where(before: Sequence[Bead], piece: Piece) -> str:
    """Behind which piece of the other edition it would stand."""
    for bead in reversed(before):
        side = bead.right if bead.left and bead.left[0].language == piece.language else bead.left
        if side and (bead.alone is None or bead.alone.language != piece.language) and side[-1].part == piece.part:
            return f", where it would stand behind “{_first_words(side[-1]).words}”"
    return ""


def _first_words(piece: Piece) -> Span:
    """Its first sentence, or as much of one as can be told in a line."""
    text = piece.text
    start = len(text) - len(re.sub(r"^(?:[-*+•#]+|\d{1,3}[.)])\s+", "", text))
    end = re.compile(r"[.!?…](?=[\s\"”»’)]|$)|\n|$").search(text, start)
    stop = end.end() if end and end[0] != "\n" else end.start() if end else len(text)
    return Span.of(text, start, min(stop, start + 100))


RULE = Rule("parity-paragraphs", Severity.WARNS, "ISO 17100, 5.3.3 (revision)", "a paragraph that only one edition has", _look)
