"""In which language an edition's pieces are. What is quoted may be in the language in which it was said, and names in any."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import pairwise

from distro.preflight.case import Case
from distro.preflight.parts import Piece, PieceKind, pieces
from distro.reading.languages import likely_language
from distro.reading.links import blanked
from distro.reading.span import Span

_QUOTED = re.compile(r"“[^”]*”?|«[^»]*»?|\"[^\"]*\"?|(?<![\w*])[*_][^*_\n]+[*_](?!\w)")
_NAMES = re.compile(r"(?<=[^\W\d_][ ,])\s?[A-ZÁÉÍÓÚÑ][^\W\d_]+")


def base(tag: str) -> str:
    return tag.partition("-")[0].lower()


def in_others(case: Case, language: str) -> list[tuple[Piece, Span, str]]:
    """What of an edition is in another language than its own: a piece, or a sentence of one; and in which."""
    among = {base(tag) for tag in case.editions} | {"en", "es"}
    found = []
    elsewhere = {piece.text: base(tag) for tag in case.editions if tag != language for piece in pieces(case.content, tag)}
    for piece in pieces(case.content, language):
        spoken = likely_language(_plain(blanked(piece.text)), among) or _left_as_it_was(piece, elsewhere, among)
        if spoken and spoken != base(language):
            start = len(piece.text) - len(piece.text.lstrip("-*#> "))
            found.append((piece, Span.of(piece.text, start, min(len(piece.text), start + 80)), spoken))
            continue
        text = _plain(blanked(piece.text))
        for start, end in _sentences(text):
            spoken = likely_language(text[start:end], among)
            if spoken and spoken != base(language):
                found.append((piece, Span.of(piece.text, start, min(end, start + 80)), spoken))
    return found


def _left_as_it_was(piece: Piece, elsewhere: Mapping[str, str], among: Collection[str]) -> str:
    """The language of a paragraph that another edition has word for word in its own: even where it is quoted, nobody has
    translated it."""
    spoken = elsewhere.get(piece.text, "")
    if piece.kind is not PieceKind.PARAGRAPH or not spoken:
        return ""
    return spoken if likely_language(blanked(piece.text), among) == spoken else ""


def is_of(case: Case, language: str, other: str) -> bool:
    """Whether an edition's text is in another language, more than not, as far as that can be told."""
    among = {base(tag) for tag in case.editions} | {"en", "es"}
    told = [(len(piece.text), likely_language(_plain(blanked(piece.text)), among)) for piece in pieces(case.content, language)]
    strange = sum(length for length, spoken in told if spoken == base(other))
    return strange * 2 > sum(length for length, spoken in told if spoken)


def _sentences(text: str) -> list[tuple[int, int]]:
    starts = [0, *(m.end() for m in re.finditer(r"[.!?…:;]\s+", text)), len(text)]
    return [pair for pair in pairwise(starts) if len(text[slice(*pair)].split()) > 8]


def _plain(text: str) -> str:
    """The same length: blank where it may rightly be in any language."""
    for pattern in (_QUOTED, _NAMES):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text
