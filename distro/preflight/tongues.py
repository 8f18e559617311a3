"""In which language an edition's pieces are. What is quoted may be in the language in which it was said, and names in any."""

from __future__ import annotations

import re

from distro.preflight.case import Case
from distro.preflight.parts import Piece, pieces
from distro.reading.languages import likely_language
from distro.reading.links import blanked

_QUOTED = re.compile(r"“[^”]*”?|«[^»]*»?|\"[^\"]*\"?|(?<![\w*])[*_][^*_\n]+[*_](?!\w)")
_NAMES = re.compile(r"(?<=[^\W\d_][ ,])\s?[A-ZÁÉÍÓÚÑ][^\W\d_]+")


def base(tag: str) -> str:
    return tag.partition("-")[0].lower()


def in_others(case: Case, language: str) -> list[tuple[Piece, str]]:
    """The pieces of an edition that are in another language than its own, and in which."""
    among = {base(tag) for tag in case.editions} | {"en", "es"}
    found = []
    for piece in pieces(case.content, language):
        spoken = likely_language(_plain(piece.text), among)
        if spoken and spoken != base(language):
            found.append((piece, spoken))
    return found


def is_of(case: Case, language: str, other: str) -> bool:
    """Whether most of an edition's text is in another language."""
    whole = sum(len(piece.text) for piece in pieces(case.content, language))
    strange = sum(len(piece.text) for piece, spoken in in_others(case, language) if spoken == base(other))
    return strange * 2 > whole


def _plain(text: str) -> str:
    return _NAMES.sub(" ", _QUOTED.sub(" ", blanked(text)))
