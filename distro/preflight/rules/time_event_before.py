"""time-event-before: an event that would be over before the release is out: of release.toml, of an advisory, of a sentence that
speaks of what will be."""

from __future__ import annotations

import re
from datetime import date, timedelta

from distro.preflight.case import Case, about, place
from distro.preflight.clocks import sentence
from distro.preflight.moments import dates
from distro.preflight.rule import Found, Rule
from distro.reading.dates import DateFound, nearest
from distro.severity import Severity

_FUTURE = {
    "en": re.compile(
        r"\bwill\b|\b(?:opens|starts|begins|returns|closes|ends|runs|holds|hosts|celebrates|meets|takes\s+place|goes\s+on\s+sale)\b|\b(?:is|are)\s+(?:set|scheduled|due|expected)\s+(?:to|for)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:abre|empieza|comienza|arranca|vuelve|cierra|termina|vence|organiza|realiza|ofrece|celebra|se\s+inaugura|tiene\s+lugar)n?\b|\b\w+(?:ar|er|ir|dr|br)(?:á|án)\b|\bvan?\s+a\s+\w+r\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(r"\b\w+r(?:a|ont)\b", re.IGNORECASE),
    "pt": re.compile(r"\b\w+r(?:á|ão)\b|\bv(?:ai|ão)\s+\w+r\b", re.IGNORECASE),
}
_LONG_AGO = timedelta(days=120)
"""A date without a year that is longer past is next year's."""


def _look(case: Case) -> Found:
    printed = case.content.date
    for event in case.content.events:
        day = event.start.day(case.office.timezone)
        if day < printed:
            yield about("", "events", event.start.spoken), _why(day, printed), _REMEDY
    for language, part, text in case.texts():
        for found in dates(text, language):
            past = _past(found, printed)
            if past is not None and (part == "when" or _is_to_come(text, found, language)):
                yield place(language, part, text, found.span), _why(past, printed), _REMEDY


_REMEDY = "Correct the day, or the date of the release; what is over is told in the past."


def _why(day: date, printed: date) -> str:
    return f"This is announced for {day:%Y-%m-%d}, and the release is dated {printed:%Y-%m-%d}."


def _past(found: DateFound, printed: date) -> date | None:
    day = nearest(found, printed) if found.day else None
    return day if day is not None and day < printed and (found.year or printed - day < _LONG_AGO) else None


def _is_to_come(text: str, found: DateFound, language: str) -> bool:
    """The verb stands right before the date ("will open on …"), or the date opens the sentence ("On …, it will open")."""
    future = _FUTURE.get(language.partition("-")[0])
    if future is None:
        return False
    start, end = sentence(text, found.span.start)
    before, after = text[start : found.span.start], text[found.span.end : end]
    if (plan := _PLANNED.search(before)) is not None and not _IN_THE_PAST.search(plan[0]):
        return True
    if not re.search(r"(?:\bon|^)\s*$", before, re.IGNORECASE) and not re.match(
        r"(?:el|le)\s", found.span.words, re.IGNORECASE
    ):
        return False  # "the March 3 fire", "la reunión del 3 de marzo": what happened then is over
    clause = re.split(r"[,;:—–()]|\b(?:which|that|who|since|que|desde|tras|after|before|de)\s*$", before)[-1]
    verb = future.search(clause)
    if verb is not None:
        return _OVER.search(_PASSIVE.sub("", clause[verb.end() :])) is None
    opens = re.fullmatch(r"[\W]*(?:On)?\s*", before) is not None
    return opens and future.search(re.split(r"[;:—–()]|\b(?:which|that|who|que)\b", after)[0]) is not None


_PLANNED = re.compile(
    r"(?:\b\w+\s+){0,2}\b(?:called|scheduled|planned|convened|convoca\w*|program(?:a|an|ado|ada|ados|adas)|previst[oa]s?|fijad[oa]s?)\b"
    r"(?:\s+[^\W\d_]+){0,6}\s+(?:for|para)\s*$",
    re.IGNORECASE,
)
"""What is called for a day is to come, whatever the verb's tense: "has called a march for"."""
_IN_THE_PAST = re.compile(r"\b(?:had|was|were|hab[ií]an?|estaban?|fue(?:ron)?|era[n]?)\b", re.IGNORECASE)
_PASSIVE = re.compile(r"^\s+(?:be|been|sid[oa]|ser)?\s*\w+(?:ed|en|[ai]d[oa]s?)\b")
_OVER = re.compile(r"(?<!\bun )(?<!\buna )(?<!\bla )(?<!\bel )(?<!\bsu )\b\w{3,}(?:ed|[ai]d[oa]s?|ó|aron|ieron)\b")
"""Between the verb and the date, something that was: "will review the complaints filed on March 3"."""

RULE = Rule("time-event-before", Severity.WARNS, "AP Stylebook, time element", "an event before the release", _look)
