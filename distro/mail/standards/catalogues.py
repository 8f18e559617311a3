"""Whether every catalogue is whole: no message untranslated, the same places to fill, nothing that nobody asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from distro.errors import Refused
from distro.mail.standards.opened import Fault
from distro.words import CATALOGUES, ENGLISH, PLACE, Key, catalogue, languages, read_catalogue

_NAMED = re.compile(r"%\(\w+\)s")
_TOLD = 8


def every_message() -> frozenset[Key]:
    """Context and text of all that is said anywhere: what any of our catalogues translates."""
    ours = (read_catalogue(path) for path in sorted(CATALOGUES.glob("*.po")) if path.stem != ENGLISH)
    return frozenset(key for messages in ours for key in messages)


def lacking(language: str, folder: Path | None = None) -> list[Key]:
    """The messages that this language has no words for, in the order of the alphabet. English is its own key."""
    return [] if language == ENGLISH else sorted(every_message() - set(catalogue(language, folder)))


def look(language: str, folder: Path | None) -> Iterator[Fault]:
    if missing := lacking(language, folder):
        yield Fault(
            "catalogue",
            True,
            f"The words in {language!r} lack {len(missing)} of {len(every_message())} messages: {_named(missing)}.",
            f"Translate them in {PLACE}/{language}.po; docs/languages.md says how.",
        )
    yield from _wrong_places(language, catalogue(language, folder))
    own = read_catalogue(folder / PLACE / f"{language}.po") if folder else {}
    if unknown := sorted(set(own) - every_message()):
        yield Fault(
            "catalogue",
            False,
            f"{PLACE}/{language}.po translates what nobody says: {_named(unknown)}.",
            "Copy the msgid letter by letter from ours, or take it out.",
        )


def of_folder(folder: Path | None) -> Iterator[tuple[str, Fault]]:
    for language in sorted(languages(folder)):
        try:
            yield from ((language, fault) for fault in look(language, folder))
        except Refused as refused:
            yield language, Fault("catalogue", True, " ".join(refused.sentences), "msgfmt --check says where, too.")


def _wrong_places(language: str, messages: Mapping[Key, str]) -> Iterator[Fault]:
    for (_, message), text in messages.items():
        if sorted(_NAMED.findall(text)) != sorted(_NAMED.findall(message)):
            yield Fault(
                "catalogue",
                True,
                f"The words in {language!r} for “{message}” have other places to fill than it has: “{text}”.",
                "Write each %(name)s of the msgid once, and no other; a lone % is written %%.",
            )


def _named(keys: list[Key]) -> str:
    told = ", ".join(f"“{message}”" + (f" ({context})" if context else "") for context, message in keys[:_TOLD])
    return told if len(keys) <= _TOLD else f"{told} and {len(keys) - _TOLD} more"
