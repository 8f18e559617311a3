"""How two spellings are found to be the same word: case, accents, width and spaces are folded away."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """The comparison key of a word or name: NFKD without combining marks, case-folded, runs of white space as one space."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())
