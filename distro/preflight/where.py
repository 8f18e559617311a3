"""From a place within a part of a release to the file, line and column in its folder, so that an editor can go there.

An edition's text is found where it stands; a value of front matter or of release.toml by its key, and by its words behind that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from distro.editorial.content import Edition, ReleaseContent
from distro.editorial.fields import language_tag, plain_lines
from distro.editorial.release_toml import NAME
from distro.preflight.case import PROSE
from distro.preflight.finding import Finding, Place
from distro.reading.span import line_and_column

_KEYS = {
    "contacts": r"^\s*\[\[\s*contact\s*\]\]",
    "organisations": r"^\s*\[\[\s*organisation\s*\]\]",
    "resources": r"^\s*\[\[\s*resource\s*\]\]",
    "events": r"^\s*\[\[\s*event\s*\]\]",
    "embargo": r"^\s*embargo\s*=",
    "date": r"^\s*date\s*=",
    "languages": r"^\s*languages\s*=",
    "slug": r"^\s*slug\s*=",
}


def in_files(found: Iterable[Finding], folder: Path, content: ReleaseContent) -> list[Finding]:
    """The findings with the places in the folder's files."""
    texts = {name: plain_lines(path.read_bytes().decode("utf-8-sig")) for name, path in _files(folder).items()}
    return [replace(one, place=_placed(one.place, texts, content.editions)) for one in found]


def _files(folder: Path) -> Mapping[str, Path]:
    """The files of a folder by language, and release.toml by its name."""
    found = {NAME: folder / NAME}
    for path in sorted(folder.glob("*.[mM][dD]")):
        tag = language_tag(path.stem)
        if tag is not None:
            found.setdefault(tag, path)
    return found


def _placed(place: Place, texts: Mapping[str, str], editions: Mapping[str, Edition]) -> Place:
    edition = editions.get(place.language)
    text = texts.get(place.language)
    if edition is not None and text is not None and place.part in PROSE:
        file = f"{place.language}.md"
        said = str(getattr(edition, place.part))
        if place.part == "body":
            start = text.rfind(said) if said else -1
            return _at(place, file, text, _offset(said, place, start)) if start >= 0 else replace(place, file=file)
        return _of_front_matter(place, file, text)
    if place.part in _KEYS:
        return _of_settings(place, texts.get(NAME, ""))
    return place


def _offset(said: str, place: Place, start: int) -> int:
    """Where the place is in a file in which the part starts at `start`."""
    lines = said.split("\n")
    return start + sum(len(line) + 1 for line in lines[: max(0, place.line - 1)]) + max(0, place.column - 1)


def _of_front_matter(place: Place, file: str, text: str) -> Place:
    key = re.search(rf"(?m)^{re.escape(place.part)}\s*:[ \t]*[\"'|>]?", text)
    if key is None:
        return replace(place, file=file, line=1, column=1)
    first = re.escape(place.words.split("\n", maxsplit=1)[0].strip())
    words = re.compile(first).search(text, key.end()) if first else None
    return _at(place, file, text, words.start() if words else key.start())


def _of_settings(place: Place, text: str) -> Place:
    key = re.search(_KEYS[place.part], text, re.MULTILINE)
    if key is None:
        return replace(place, file=NAME)
    words = text.find(place.words, key.start()) if place.words else -1
    return _at(place, NAME, text, words if words >= 0 else key.start())


def _at(place: Place, file: str, text: str, at: int) -> Place:
    line, column = line_and_column(text, at)
    return replace(place, file=file, line=line, column=column)
