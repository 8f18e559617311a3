"""The words a person reads in mail and on pages, in their language: gettext catalogues in templates/locale, read by Babel.

A message's key is its English text. An office's own catalogues (`folder`, its locale/*.po) lie over ours, message by message.
Owns no dates (see `hours`) and no words of a release itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import PoFileError, read_po

from distro.errors import Refused

ENGLISH = "en"
CATALOGUES = Path(__file__).resolve().parents[1] / "templates" / "locale"
PLACE = "locale"
"""Where an office's catalogues stand in its folder."""

Key = tuple[str, str]
"""Context and message."""

_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True)
class Words:
    """A translator: `_ = words("es")`, then `_("About %(name)s", name="…")`.

    `language` is the one that it really speaks, which is not always the one that was asked for.
    """

    language: str
    _messages: Mapping[Key, str]

    def __call__(self, message: str, context: str = "", /, **values: str) -> str:
        """The message in this language, or as it is where the catalogue lacks it. `context` tells apart two meanings of
        one English text (msgctxt). Raises KeyError where a named value is missing."""
        text = self._messages.get((context, message), message)
        if values and direction(self.language) == "rtl":  # an hour or an address keeps its own order (Unicode UAX 9, 2.4)
            values = {name: f"{_ISOLATE}{value}{_END_ISOLATE}" for name, value in values.items()}
        return text % values if values else text


def direction(tag: str) -> str:
    """Which way a language is written: "ltr" or "rtl"."""
    return "rtl" if tag.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def words(language: str, *others: str, folder: Path | None = None) -> Words:
    """The words in `language`, else in the first of `others` that has a catalogue, else in English."""
    known = languages(folder)
    for tag in (language, *others):
        for name in (tag, tag.partition("-")[0]):
            if name in known:
                return Words(name, catalogue(name, folder))
    return Words(ENGLISH, catalogue(ENGLISH, folder))


def languages(folder: Path | None = None) -> frozenset[str]:
    """The languages that have a catalogue, of ours or of the office's folder."""
    own = frozenset(path.stem for path in (folder / PLACE).glob("*.po")) if folder else frozenset()
    return _packaged() | own


def catalogue(language: str, folder: Path | None = None) -> Mapping[Key, str]:
    """What is translated into this language, the office's own messages over ours. A file that was edited is read again."""
    places = (CATALOGUES, folder / PLACE) if folder else (CATALOGUES,)
    tags = (language.partition("-")[0], language) if "-" in language else (language,)  # pt-PT lies over pt
    laid = [read for tag in tags for place in places if (read := read_catalogue(place / f"{tag}.po"))]
    return laid[0] if len(laid) == 1 else {key: text for read in laid for key, text in read.items()}


def read_catalogue(path: Path) -> Mapping[Key, str]:
    """The messages of one file; none where it is not there. Raises Refused for a file that is no catalogue."""
    return _read(path, path.stat().st_mtime_ns) if path.exists() else MappingProxyType({})


@lru_cache(maxsize=1)
def _packaged() -> frozenset[str]:
    return frozenset({path.stem for path in CATALOGUES.glob("*.po")} | {ENGLISH})


@lru_cache(maxsize=64)
def _read(path: Path, _changed_ns: int) -> Mapping[Key, str]:
    messages: dict[Key, str] = {}
    try:
        with path.open("rb") as file:
            for message in read_po(file, abort_invalid=True):
                if message.id and isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                    messages[message.context or "", message.id] = message.string
    except PoFileError as wrong:
        raise Refused(f"{path} is no catalogue at line {wrong.lineno + 1}: {wrong.args[0]}.") from wrong
    except (ValueError, LookupError, OSError) as wrong:  # not UTF-8, a charset that nobody knows, not to be read
        raise Refused(f"{path} cannot be read as a catalogue: {wrong}. Save it as UTF-8.") from wrong
    return MappingProxyType(messages)
