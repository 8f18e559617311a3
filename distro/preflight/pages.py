"""When two links of two editions lead to one page, or to the same page in two languages. Looks nothing up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from distro.preflight.case import Case
from distro.preflight.comparing import Reader
from distro.preflight.parts import pieces
from distro.preflight.tongues import base
from distro.reading.calendars import fold
from distro.reading.links import find_links
from distro.reading.span import Span

_LANGUAGES = {
    "en": "en eng english ingles anglais", "es": "es esp spa spanish espanol castellano", "fr": "fr fra french francais",
    "pt": "pt por portuguese portugues", "de": "de deutsch german", "it": "it italiano", "ca": "ca catala",
}  # fmt: skip
_MARKS = {mark: language for language, marks in _LANGUAGES.items() for mark in marks.split()}


@dataclass(frozen=True)
class PageFound:
    """`page`: the address without its scheme and the marks of languages. `marked`: the language of such a mark. `last`: the
    words of its last part, folded."""

    span: Span
    language: str
    page: tuple[str, ...]
    marked: str
    last: frozenset[str]


def reader(case: Case) -> Reader[PageFound]:
    """Of every link of the editions that leads somewhere else than to a mail."""
    said = {language: _words(" ".join(p.text for p in pieces(case.content, language))) for language in case.editions}

    def read(text: str, language: str) -> list[PageFound]:
        return [_page(one.span, one.target, language) for one in find_links(text) if one.target.strip("#/ ")]

    def translated(one: PageFound, other: PageFound) -> bool:
        if one.page[:1] != other.page[:1] or (one.marked and one.marked == other.marked):
            return False
        if (one.marked, other.marked) == (base(one.language), base(other.language)):  # /en/needs and /es/necesidades
            return len(one.page) == len(other.page)
        return _is_word_of(one, other, said) and _is_word_of(other, one, said)

    return Reader(read, _same, lambda one: False, lambda one, other: True, translated)


def _same(one: PageFound, other: PageFound) -> bool:
    return one.page == other.page


def _is_word_of(one: PageFound, other: PageFound, said: Mapping[str, frozenset[str]]) -> bool:
    """Its last part is called by a word of its own edition, which is none of the other's: /agreement and /acuerdo."""
    return bool(one.last & said[one.language]) and not one.last & (said[other.language] | other.last)


def _words(text: str) -> frozenset[str]:
    """Of a text, folded, links left out."""
    bare = re.sub(r"\]\([^)]*\)|https?://\S+", "]", text)
    return frozenset(fold(word) for word in re.findall(r"[^\W\d_]{3,}", bare))


def _page(span: Span, target: str, language: str) -> PageFound:
    url = urlsplit(target if "://" in target else f"https://{target}")
    host = url.hostname or ""
    labels = [label for label in host.split(".") if label != "www"]
    marked = [_MARKS[label] for label in labels[:-2] if label in _MARKS]
    labels = [label for i, label in enumerate(labels) if i >= len(labels) - 2 or label not in _MARKS]
    path: list[str] = []
    for part in filter(None, [*re.split(r"[/]", url.path), *re.split("[&]", url.query)]):
        words = [word for word in re.split(r"[-_.=]", part.lower()) if word]
        if re.fullmatch(r"[a-z]{2}[-_][a-zA-Z]{2}", part) and words[0] in _MARKS:
            words = words[:1]  # es-MX
        bare = [word for word in words if fold(word) not in _MARKS]
        marked += [_MARKS[fold(word)] for word in words if fold(word) in _MARKS]
        path += ["-".join(bare)] if bare and bare != ["lang"] else []
    last = frozenset(fold(word) for word in re.findall(r"[^\W\d_]{3,}", path[-1] if path else ""))
    return PageFound(span, language, (".".join(labels), *path), marked[0] if marked else "", last)
