"""Quotation marks that have no partner. Who speaks is `quotes`; this only follows what opens and what closes.

A quotation that runs over paragraphs opens each and closes only the last; in Spanish the further paragraphs may open with ».
"""

from __future__ import annotations

from dataclasses import dataclass

from distro.reading.markup import paragraphs
from distro.reading.span import Span

_OPENS = {"“": "”", "«": "»", "„": "”"}
_CLOSES = {"”": "“„", "»": "«"}
_BEFORE = " \t\n([{—–-/'‘“«\0¿¡"
"""What may stand before a straight mark that opens."""


@dataclass(frozen=True)
class Unpaired:
    """`span` is the mark with the words beside it; `opens`: it opens, and nothing closes it; else the other way round."""

    span: Span
    opens: bool


@dataclass
class _Open:
    mark: str
    at: int


def unpaired(text: str) -> list[Unpaired]:
    found: list[Unpaired] = []
    open_: list[_Open] = []
    for paragraph in paragraphs(text):
        start = paragraph.start + _skipped(paragraph.words)
        if open_ and not _continues(text[start : start + 1]):
            found += [Unpaired(_opening(text, one.at), True) for one in open_]
            open_ = []
        at = start
        if open_:
            del open_[1:]
            open_[0].at, at = start, start + 1
        _follow(text, at, paragraph.end, open_, found)
    found += [Unpaired(_opening(text, one.at), True) for one in open_]
    return sorted(found, key=lambda one: one.span.start)


def _skipped(words: str) -> int:
    """Signs of Markdown before the first word."""
    return len(words) - len(words.lstrip(" \t>*_#\0"))


def _continues(mark: str) -> bool:
    return mark != "" and mark in '“«»"„'


def _follow(text: str, start: int, end: int, open_: list[_Open], found: list[Unpaired]) -> None:
    for at in range(start, end):
        mark = text[at]
        if mark == '"':
            mark = _straight(text, at, open_)
        if mark in _OPENS:
            if open_ and open_[-1].mark == mark:
                found.append(Unpaired(_opening(text, open_.pop().at), True))
            open_.append(_Open(mark, at))
        elif mark in _CLOSES:
            _close(text, at, mark, open_, found)


def _straight(text: str, at: int, open_: list[_Open]) -> str:
    """What a straight mark stands for, by what is around it; "" for inches and seconds."""
    before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
    if before in _BEFORE and not after.isspace():
        return "“"
    if before.isdigit() and not any(one.mark == "“" for one in open_):
        return ""
    return "”"


def _close(text: str, at: int, mark: str, open_: list[_Open], found: list[Unpaired]) -> None:
    partner = next((n for n in reversed(range(len(open_))) if open_[n].mark in _CLOSES[mark]), None)
    if partner is None:
        found.append(Unpaired(_closing(text, at), False))
        return
    found += [Unpaired(_opening(text, one.at), True) for one in open_[partner + 1 :]]
    del open_[partner:]


def _opening(text: str, at: int) -> Span:
    """The mark and the first words behind it."""
    end = min([n for n in (text.find("\n", at), at + 40) if n != -1] + [len(text)])
    cut = text.rfind(" ", at, end) if end < len(text) and text[end] != "\n" else end
    return Span.of(text, at, cut if cut > at + 1 else end)


def _closing(text: str, at: int) -> Span:
    """The last words before the mark, and the mark."""
    start = max(text.rfind("\n", 0, at) + 1, at - 40)
    cut = text.find(" ", start, at) + 1 if start > 0 and text[start - 1] != "\n" else start
    return Span.of(text, cut or start, at + 1)
