"""Invented words for invented releases: a few are in every text, most in few, so that searches find much and little."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import accumulate

from distro.editorial.content import Edition, Instant, Kind, Organisation, PressContact, ReleaseContent

WORDS = 6000
"""In each language; the n-th comes about as often as 1/n of the first, as in any language."""
_ENGLISH = (
    "ba",
    "ton",
    "mer",
    "le",
    "sing",
    "ra",
    "kel",
    "do",
    "wick",
    "sha",
    "ple",
    "nor",
    "th",
    "gri",
    "fen",
    "low",
    "un",
    "ex",
)
_SPANISH = ("ca", "ción", "mé", "la", "ñi", "ro", "ju", "lle", "bá", "dor", "que", "sí", "ver", "tú", "go", "pla", "ár", "ne")


def vocabulary(syllables: Sequence[str], chance: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(chance.choice(syllables) for _ in range(chance.choice((1, 2, 2, 3, 3, 4))))] = None
    return list(found)


class Writer:
    """Writes releases, the same ones for the same seed. `asked` is a word to search for, frequent or rare."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._words = {"en": vocabulary(_ENGLISH, self._chance), "es": vocabulary(_SPANISH, self._chance)}
        self._weights = list(accumulate(1 / n for n in range(1, WORDS + 1)))

    def words(self, language: str, count: int) -> list[str]:
        return self._chance.choices(self._words[language], cum_weights=self._weights, k=count)

    def asked(self, language: str) -> str:
        return self._chance.choice(self._words[language])

    def content(self, slug: str, day: date, embargo: datetime | None, paragraphs: int = 8) -> ReleaseContent:
        """A bilingual release of an ordinary length: some 60 words to a paragraph."""
        return ReleaseContent(
            kind=Kind.RELEASE,
            slug=slug,
            date=day,
            languages=("en", "es"),
            embargo=None if embargo is None else Instant(utc=embargo.astimezone(UTC), wall=embargo.isoformat()),
            organisations=(Organisation(name="Example Workers' Network"),),
            contacts=(PressContact(name="Rosa Example", email="rosa@network.example.org", phone="+1 202 555 0101"),),
            editions={tag: self._edition(tag, paragraphs) for tag in ("en", "es")},
        )

    def _edition(self, tag: str, paragraphs: int) -> Edition:
        return Edition(
            headline=" ".join(self.words(tag, 8)).capitalize(),
            subhead=" ".join(self.words(tag, 12)).capitalize(),
            dateline="Los Angeles, CA",
            body="\n\n".join(" ".join(self.words(tag, 60)).capitalize() + "." for _ in range(paragraphs)),
            notes_to_editors=" ".join(self.words(tag, 20)).capitalize() + ".",
        )
