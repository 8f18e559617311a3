"""How two spellings are found to be the same word: case, accents, width and spaces are folded away."""

from __future__ import annotations

import unicodedata
from itertools import filterfalse


def fold(text: str) -> str:
    """The comparison key of a word or name: NFKD without combining marks, case-folded, runs of white space as one space."""
    if text.isascii():  # has no marks, and most of a large import is
        return " ".join(text.casefold().split())
    bare = "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))
    return " ".join(bare.casefold().split())
