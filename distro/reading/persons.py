"""A person's name and title out of a phrase such as "NDA Director Jane Roe" or "la directora de la red, Ana Pérez". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from distro.reading.speechwords import ARTICLES, BODIES, DAYS, HONORIFICS, LEADING, PARTICLES, PRONOUNS, ROLES

_CREDENTIAL = re.compile(
    r",?\s+(?:M\.?D|Ph\.?D|J\.?D|R\.?N|D\.?O|M\.?P\.?H|M\.?S\.?W|LCSW|D\.?D\.?S|CPA|Esq|FACP|FACS)\b\.?(?=,|\s|$)"
)
_SUFFIX = re.compile(r",\s*(?=(?:Jr|Sr|Inc|LLC|S\.A|II|III|IV)\b)")
_AFTERTHOUGHT = re.compile(
    r"\s+(?:in\s+(?:an?|his|her|their|response)\b|on\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|today\b|yesterday\b|hoy\b|ayer\b"
    r"|this\s+\w+|during\b|durante\b|after\b|tras\b|when\b|while\b|who\b|quien\b|about\b|sobre\b|en\s+(?:una?|su|el|la)\b"
    r"|tod(?:o|a)\b|reporters\b|before\b|al\s+\w+ar\b|as\s+(?:he|she|they)\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_JOINING = re.compile(
    r"^(?:of|from|with|at|for|de|del|desde|por|con|para|du|da|do)(?:\s+(?:the|la|el|los|las|a|an))?\s+", re.IGNORECASE
)


@dataclass(frozen=True)
class Person:
    """Either may be "": what the phrase does not say."""

    name: str = ""
    title: str = ""


def person(phrase: str) -> Person:
    """Who a phrase names. The name is a person's where there is one, else the body's or the description's own words."""
    phrase = re.sub(r"\s*\([^()]*\)", "", phrase)
    phrase = _SUFFIX.sub(" ", _CREDENTIAL.sub("", " ".join(phrase.split()))).strip(" ,.;:—–-")
    segments = [one.strip(" ;:") for one in re.split(r",\s+|;\s+", phrase) if one.strip(" ,;:")]
    if not segments:
        return Person()
    read = [_in_segment(_AFTERTHOUGHT.sub("", one)) for one in segments]
    named = [number for number, one in enumerate(read) if one.name and not _is_body(one.name)]
    if not named:
        body = next((one.name for one in read if one.name), "")
        return Person(body) if body else next((who for who in map(_described, segments) if who.name), Person())
    best = next((n for n in named if read[n].title or _is_title(segments, n + 1)), named[0])
    if len(read[best].name.split()) == 1 and (longer := next((n for n in named if n > best and " " in read[n].name), None)):
        best = longer if not read[best].title and not _is_title(segments, best + 1) else best
    titles = [read[best].title, *_titles(segments[best + 1 :])]
    if not any(titles) and best and _is_title(segments, best - 1):
        titles = [_without_article(segments[best - 1])]
    return Person(read[best].name, ", ".join(one for one in titles if one))


def is_name(text: str) -> bool:
    """The text is a person's name and nothing else: two to five words, each in its capital, none of an office or a body."""
    words = text.split()
    if not 2 <= len(words) <= 6 or any(c.isdigit() for c in text) or (text.isupper() and len(text) < 8):
        return False
    found = _in_segment(text)
    return found.name == text and not found.title and not _is_body(text)


def is_role(described: str) -> bool:
    """The words are an office and no name: "the director", "la doctora"."""
    return not any(word[0].isupper() for word in described.split()) and any(
        _is_role(word) or word in HONORIFICS for word in described.split()
    )


def _in_segment(segment: str) -> Person:
    words = segment.split()
    while words and words[0].lower() in ARTICLES:
        words = words[1:]
    if not words or words[0].lower() in PRONOUNS or words[0].lower() in LEADING:
        return Person()
    roles = [n for n, word in enumerate(words) if _is_role(word)]
    if roles:
        last = roles[-1] + 1
        while last < len(words) and words[last].lower() in HONORIFICS:
            last += 1
        run = _run(words[last:])
        if run and not _is_body(" ".join(words[last : last + run])):
            return Person(
                " ".join(words[last : last + run]), " ".join(filter(None, [*words[:last], _joined(words[last + run :])]))
            )
        early = _run(words[: roles[0]])
        if early == roles[0] and early in (2, 3) and not words[roles[0]][0].isupper():
            return Person(" ".join(words[:early]), " ".join(words[early:]))
        between = words[last : last + 1]
        return Person() if not between or _JOINING.match(f"{between[0]} ") else _later_name(words)  # "head keeper Ana Pérez"
    honours = []
    while words and words[0].lower() in HONORIFICS:
        honours.append(words[0])
        words = words[1:]
    run = _run(words)
    if not run:
        return _later_name(words)
    if run == 1 and not honours and words[1:2] == ["of"] and len(words) > 2:  # "Women of the Quay": no first name goes so
        return Person(" ".join(words), "")
    return Person(" ".join(words[:run]), " ".join(filter(None, [*honours, _joined(words[run:])])))


def _joined(words: list[str]) -> str:
    """What "of" or "from" joins to a name: "Jane Roe of Harbor Works"; what else follows is no title."""
    rest = " ".join(words)
    joined = _JOINING.sub("", rest)
    return joined if joined != rest else ""


def _later_name(words: list[str]) -> Person:
    """A name that ends a phrase which begins in small letters: "co-workers Ana Pérez"."""
    for start in range(1, len(words)):
        if words[start][0].isupper() and 2 <= _run(words[start:]) == len(words) - start:
            name = " ".join(words[start:])
            if words[start - 1].lower() in ("at", "in", "for", "the"):  # "a dishwasher at the Gilded Gull"
                return Person()
            return Person(name, " ".join(words[:start])) if start <= 4 and not _is_body(name) else Person()
    return Person()


def _run(words: list[str]) -> int:
    """How many of the words, from the first, make up a name."""
    count = 0
    for number, word in enumerate(words):
        plain = word.strip(".,").lower()
        if word[:1].isupper() and plain not in DAYS and not any(c.isdigit() for c in word):
            count = number + 1
            continue
        if count and plain in PARTICLES and _goes_on(words, number):
            continue
        break
    return count if count <= 12 else 0


def _goes_on(words: list[str], at: int) -> bool:
    """A particle within a name: "María de la Cruz"; not before a body ("Ana Pérez de la Red …") or an acronym."""
    following = next((word for word in words[at:] if word.lower() not in PARTICLES), "")
    return following[:1].isupper() and following.lower() not in BODIES and not (following.isupper() and len(following) > 1)


def _is_role(word: str) -> bool:
    plain = word.strip(".,:’'\"").lower()
    return plain in ROLES or any(part in ROLES for part in re.split(r"[-/]", plain) if len(part) > 3)


def _is_body(name: str) -> bool:
    words = name.lower().replace(",", "").split()
    return any(word in BODIES for word in words) or (len(words) == 1 and name.isupper() and len(name) > 1)


def _is_title(segments: list[str], at: int) -> bool:
    return 0 <= at < len(segments) and any(_is_role(word) for word in segments[at].split())


def _titles(segments: list[str]) -> list[str]:
    """What stands behind a name, up to what is no title any more ("who has worked there for ten years")."""
    found = []
    for one in segments:
        if re.match(
            r"(?:who|whose|quien|cuy[oa]|which|where|when|while|in|on|after|during|tras|durante)\b", one, re.IGNORECASE
        ):
            break
        if not one.isdigit():  # else an age
            found.append(_without_article(_AFTERTHOUGHT.sub("", one)))
    return found


def _without_article(text: str) -> str:
    return re.sub(r"^(?:the|an?|la|el|los|las|un|una)\s+", "", text, flags=re.IGNORECASE)


def _described(segment: str) -> Person:
    """ "the hospital", "la organización": nobody's name, but who it is."""
    words = _AFTERTHOUGHT.sub("", segment).split()
    if len(words) > 1 and words[0].lower() in ARTICLES and len(words) <= 8:
        return Person(" ".join(words[1:]) if words[0].lower() in ("the", "a", "an") else " ".join(words), "")
    return Person()
