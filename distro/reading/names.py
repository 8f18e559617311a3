"""Names in a text: runs of words with a capital letter, and which of them are people's. Knows no list of names.

What makes a run a person's: a title or an office beside it, or that it speaks. Organisations are told apart by nothing: a
translation may give them other names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from distro.reading.calendars import calendar, fold
from distro.reading.links import blanked
from distro.reading.span import Span
from distro.reading.speechwords import ARTICLES, BODIES, DAYS, HONORIFICS, LEADING, PARTICLES, PRONOUNS, ROLES, SAYING
from distro.reading.zones import cities

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*\.?")
_GLUE = r"[ \n]"


@dataclass(frozen=True)
class NameFound:
    """`words`: folded, with their particles left out. `person`: something beside it says so; `sure`: more than that it speaks,
    which bodies do, too."""

    span: Span
    words: tuple[str, ...]
    person: bool
    sure: bool = False


def find_names(text: str, language: str) -> list[NameFound]:
    """Runs of two words or more, in their order; a single word with a capital is `capitals`' business."""
    shown = blanked(text)
    titled = _in_title_case(shown)
    found = []
    for run in _runs(shown, language):
        words = tuple(_bare(m[0]) for m in run if _bare(m[0]) not in PARTICLES_FOLDED)
        if len(words) >= 2:
            span = Span.of(text, run[0].start(), _end(run[-1]))
            found.append(NameFound(span, words, *(_is_person(shown, span, words, language) if not titled else (False, False))))
    return found


def _in_title_case(text: str) -> bool:
    """A headline in which nearly every word has a capital, so that one says nothing."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    return "\n\n" not in text and len(words) >= 6 and sum(word[0].isupper() for word in words) >= 0.75 * len(words)


def capitals(text: str) -> list[tuple[Span, str]]:
    """Every word that begins with a capital letter, and how it is compared."""
    shown = blanked(text)
    return [
        (Span.of(text, m.start(), _end(m)), _bare(m[0]))
        for m in _WORD.finditer(shown)
        if m[0][0].isupper() and len(_bare(m[0])) > 1
    ]


def begins_a_sentence(text: str, at: int) -> bool:
    """Where a capital letter says nothing."""
    return re.search(r"(?:^|[.!?:…—–\n*#>|][\"'”’»)\]*_]*\s*|[\"“‘«(¿¡\[]\s*|^\W*)$", text[:at]) is not None


def _runs(text: str, language: str) -> Iterator[list[re.Match[str]]]:
    run: list[re.Match[str]] = []
    tail: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        last = tail[-1] if tail else run[-1] if run else None
        joined = last is not None and re.fullmatch(rf"{_GLUE}", text[last.end() : match.start()]) and not _stops(last)
        if not joined:
            yield from _split(run, text, language)
            run, tail = [], []
        if match[0][0].isupper():
            run, tail = [*run, *tail, match], []
        elif run and fold(match[0]) in PARTICLES_FOLDED and fold(match[0]) not in ("y", "e", "al"):
            tail = [*tail, match]
        else:
            yield from _split(run, text, language)
            run, tail = [], []
    yield from _split(run, text, language)


def _split(run: list[re.Match[str]], text: str, language: str) -> Iterator[list[re.Match[str]]]:
    """Without what stands before a name: "Yesterday Ana …", "Dr. Ana …", "Mayor Ana …"."""
    while run and (_bare(run[0][0]) in _before(language) or fold(run[0][0]) in PARTICLES_FOLDED):
        run = run[1:]
    if run:
        yield run


@lru_cache(maxsize=8)
def _before(language: str) -> frozenset[str]:
    c = calendar(language)
    return frozenset(c.months) | frozenset(c.weekdays) | _HONORIFICS | _ROLES | _SMALL


def _is_person(text: str, span: Span, words: tuple[str, ...], language: str) -> tuple[bool, bool]:
    """Whether the words are a person's name, and whether that is sure."""
    if len(words) > 5 or any(word in _BODIES or word in _ROLES for word in words) or span.words.isupper():
        return False, False
    if fold(span.words) in _places(language):
        return False, False
    lead = text[max(0, span.start - 60) : span.start].rpartition("\n\n")[2]
    after = text[span.end : span.end + 60]
    last = re.search(r"([\w.'’-]+)(,?)\s$", lead)
    before = _bare(last[1]) if last else ""
    if before in _ROLES | _HONORIFICS and (not last or not last[2] or after.startswith(",")):
        return True, True
    if before in _ROLES and _NAMED_AT_LAST.search(lead) and re.match(r"[.;]", after):
        return True, True
    if before in _PREPOSITIONS:
        return False, False
    if re.match(r"\s*[,(]\s*(?:de\s+)?\d{2}(?:\s+a[ñn]os)?\s*[,)]", after):  # an age
        return True, True
    clause = re.match(r"\s*,\s+(?!(?:whose|which|where|cuy[oa]s?|que|donde)\b)([^.;:]{2,60})", after)
    if clause is not None and any(_bare(word) in _ROLES for word in re.findall(r"[\w'’-]+", clause[1])[:5]):
        return True, True
    follows = re.match(r"\s([\w'’-]+)", after)
    speaks = before in _saying(language) or (follows is not None and _bare(follows[1]) in _saying(language))
    return speaks and words[0] not in _PEOPLES, False


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NAMED_AT_LAST = re.compile(r"\b(?:the|its|their|his|her|el|la|su)\s[^\W\d_]+,\s$")
""" "said the director, Ana Roe." """
_PREPOSITIONS = _set("of in at from near for to on with en de del desde por para hacia sobre da do em du")

_PEOPLES = _set("new puerto african native latin asian south north central costa american mexican first many most some")
"""How the names of whole peoples begin: "New Yorkers say"."""


@lru_cache(maxsize=8)
def _places(language: str) -> frozenset[str]:
    """Countries, and the cities that zones are named after."""
    names = [calendar(tag).locale.territories.values() for tag in {language, "en"}]
    return frozenset(fold(name) for table in names for name in table) | frozenset(cities())


def _bare(word: str) -> str:
    return re.sub(r"['’]s$", "", fold(word))


def _end(match: re.Match[str]) -> int:
    """Without a full stop, or the sign of a genitive."""
    return match.start() + len(re.sub(r"(?:['’]s)?\.?$", "", match[0])) if len(match[0]) > 2 else match.end()


def _stops(match: re.Match[str]) -> bool:
    """A full stop that ends a sentence, and none of "Dr." or "J."."""
    return match[0].endswith(".") and len(match[0]) > 2 and _bare(match[0]) not in _HONORIFICS | {"jr", "sr", "st"}


def _folded(words: frozenset[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words)


PARTICLES_FOLDED = _folded(PARTICLES) - {"st", "san", "santa"}
_HONORIFICS, _BODIES = _folded(HONORIFICS), _folded(BODIES)
_ROLES = _folded(ROLES) | {"coauthor", "co-author", "coautor", "coautora", "companero", "companera", "colleague", "colega"}
_SMALL = _folded(ARTICLES | PRONOUNS | LEADING | DAYS) | _set(
    """according and but or so yet also both each every no not this these those there here today yesterday tomorrow more most
    many some all other another such that which who what how why her his our their my your if than then only even still segun y
    pero o tambien cada todo todos todas esta este estos estas ese esa aqui hoy ayer manana mas muchos muchas algunos otra otro
    que quien como cuando donde si solo su sus mi nuestro nuestra"""
)


@lru_cache(maxsize=8)
def _saying(language: str) -> frozenset[str]:
    return _folded(frozenset(SAYING.get(language.partition("-")[0], "").split()))
