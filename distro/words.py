"""The words a person reads in mail and on pages, in their language: gettext catalogues in templates/locale, read by Babel.

A message's key is its English text. Owns no dates (see `hours`) and no words of a release itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import read_po

ENGLISH = "en"
CATALOGUES = Path(__file__).resolve().parents[1] / "templates" / "locale"


@dataclass(frozen=True)
class Words:
    """A translator: `_ = words("es")`, then `_("About %(name)s", name="…")`.

    `language` is the one that it really speaks, which is not always the one that was asked for.
    """

    language: str
    _messages: MappingProxyType[tuple[str, str], str]

    def __call__(self, message: str, context: str = "", /, **values: str) -> str:
        """The message in this language, or as it is where the catalogue lacks it. `context` tells apart two meanings of
        one English text (msgctxt). Raises KeyError where a named value is missing."""
        text = self._messages.get((context, message), message)
        return text % values if values else text


@lru_cache(maxsize=64)
def words(language: str, *others: str) -> Words:
    """The words in `language`, else in the first of `others` that has a catalogue, else in English."""
    for tag in (language, *others):
        for known in (tag, tag.partition("-")[0]):
            if known in languages():
                return Words(known, _read(known))
    return Words(ENGLISH, _read(ENGLISH))


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """The languages that have a catalogue."""
    return frozenset({path.stem for path in CATALOGUES.glob("*.po")} | {ENGLISH})


@lru_cache(maxsize=16)
def _read(language: str) -> MappingProxyType[tuple[str, str], str]:
    messages: dict[tuple[str, str], str] = {}
    path = CATALOGUES / f"{language}.po"
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                    messages[message.context or "", message.id] = message.string
    return MappingProxyType(messages)
