"""Where quotation marks open and close, in straight, curly, angle and single marks, well used or not. Knows no speakers.

A quotation that runs over paragraphs opens each of them and closes only the last; that is the rule of English and Spanish
print, and no fault.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from distro.reading.span import Span

OPENING, CLOSING, STRAIGHT = "“„«", "”»", '"'
_BEFORE_OPENING = " \t\n\u00a0\u202f([{—–-/¿¡…'‘" + OPENING
_BEHIND_CLOSING = " \t\n\u00a0\u202f)]}—–-/.,;:!?…('’" + CLOSING
_PARTNERS = {"”": "“„”" + STRAIGHT, "»": "«»", "“": "„“" + STRAIGHT, "«": "»"}
_SINGLE = re.compile(r"(?<![\w.,!?…’'])['‘‹](?=[\w¿¡\[…$“\"])(?!\d0s\b|(?:em|til|tis|twas|cause|n)\b)", re.IGNORECASE)
_SINGLE_END = re.compile(r"(?<=[^\s(])['’›](?!\w)")
_MOST_PARAGRAPHS = 6
"""Over so many paragraphs without a mark an end is looked for, where a writer opened only the first."""


@dataclass(frozen=True)
class Stretch:
    """A piece of a quotation within one paragraph, marks included: `text[start:end]`. `opened`, `closed`: it has the mark."""

    start: int
    end: int
    opened: bool = True
    closed: bool = True
    inner: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Piece:
    """`span` holds the quotation marks too; it is counted within its paragraph."""

    paragraph: int
    span: Span


@dataclass(frozen=True)
class Marked:
    """One quotation as the marks have it. `inner`: quotations within it, without their marks."""

    pieces: tuple[Piece, ...]
    opened: bool
    closed: bool
    inner: tuple[str, ...]


def marked(paragraphs: Sequence[str], ends_early: re.Pattern[str]) -> list[Marked]:
    """Every quotation, in order. `ends_early` matches what cannot stand within one that goes on: its speaker being named."""
    stretches = [stretches_in(text) for text in paragraphs]
    found: list[Marked] = []
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(stretches):
        for stretch in row:
            if (number, stretch.start) in taken:
                continue
            parts, last = [(number, stretch)], number
            while not parts[-1][1].closed:
                more = _goes_on(paragraphs, stretches, last, parts[-1][1], ends_early)
                if not more:
                    break
                parts += more
                last = more[-1][0]
            taken.update((at, one.start) for at, one in parts)
            found.append(_whole(paragraphs, parts))
    return found


def bare(words: str) -> str:
    """The words without the marks around them."""
    return words.strip().strip(OPENING + CLOSING + STRAIGHT + "'‘’‹›").strip(" \u00a0\u202f")


def stretches_in(text: str) -> list[Stretch]:
    """The outermost quotations of one paragraph, in order. An opening without an end ends where the next sentence opens
    another, else with the paragraph; an end without an opening begins with the paragraph."""
    found: list[Stretch] = []
    stack: list[tuple[int, str]] = []
    inner: list[tuple[int, int]] = []
    at, floor = 0, 0
    while at < len(text):
        if not stack and (end := _single(text, at)) is not None:
            within = stretches_in(text[at + 1 : end - 1])
            found.append(Stretch(at, end, inner=tuple((at + 1 + one.start, at + 1 + one.end) for one in within)))
            at = floor = end
            continue
        turn = _turn(text, at, stack)
        if turn == "open":
            if len(stack) == 1 and _sentence_ended(text, stack[0][0], at) and not _balanced(text, stack[0][0], at):
                found.append(Stretch(stack.pop()[0], len(text[:at].rstrip()), closed=False, inner=tuple(inner)))
                inner = []
            stack.append((at, text[at]))
        elif turn == "close" and not stack:
            found.append(Stretch(floor + len(text[floor:at]) - len(text[floor:at].lstrip()), at + 1, opened=False))
            floor = at + 1
        elif turn == "close":
            start = _pop(stack, text[at])
            if stack:
                inner.append((start, at + 1))
            else:
                found.append(Stretch(start, at + 1, inner=(*inner, *_singles(text, start + 1, at))))
                inner, floor = [], at + 1
        at += 1
    if stack:
        found.append(Stretch(stack[0][0], len(text.rstrip()), closed=False, inner=tuple(inner)))
    return found


def _turn(text: str, at: int, stack: Sequence[tuple[int, str]]) -> str:
    mark = text[at]
    if mark not in OPENING + CLOSING + STRAIGHT:
        return ""
    may_open = at == 0 or text[at - 1] in _BEFORE_OPENING
    may_close = at + 1 == len(text) or text[at + 1] in _BEHIND_CLOSING
    if mark in OPENING:
        ends = bool(stack) and may_close and not may_open and (mark == "“" or stack[-1][1] == "»")
        return "close" if ends else "open"
    if mark in CLOSING:
        return "close" if stack or not may_open or may_close else "open"
    if not stack and at and text[at - 1].isdigit() and not _later_closed(text, at):
        return ""  # inches
    if may_open != may_close:
        return "open" if may_open else "close"
    return "close" if stack else "open"


def _later_closed(text: str, at: int) -> bool:
    """A mark behind a digit ends a quotation where its opening was lost and a comma stands before it; not so with inches."""
    return at > 0 and text[at - 1] in ",.!?"


def _pop(stack: list[tuple[int, str]], mark: str) -> int:
    """Take out the opening that this mark closes, and what was left open within it."""
    partners = _PARTNERS.get(mark, "")
    if partners and stack[-1][1] not in partners and any(opening in partners for _, opening in stack):
        while stack[-1][1] not in partners:
            stack.pop()
    return stack.pop()[0]


def _sentence_ended(text: str, start: int, at: int) -> bool:
    return at - start > 20 and text[start:at].rstrip()[-1:] in ".!?" and text[at + 1 : at + 2].isupper()


def _balanced(text: str, start: int, at: int) -> bool:
    """The quotation opened at `start` has an end of its own behind the one that opens at `at`."""
    depth, stack = 2, [(start, text[start]), (at, text[at])]
    for here in range(at + 1, len(text)):
        turn = _turn(text, here, stack[:depth] if depth else [])
        depth += (turn == "open") - (turn == "close")
        if depth <= 0:
            return True
    return False


def _single(text: str, at: int) -> int | None:
    """Where the quotation in single marks that opens here ends, or None where none opens.

    A mark behind a letter may be an apostrophe (the workers' rights): one behind a comma or a full stop is preferred."""
    if text[at] not in "'‘‹" or not _SINGLE.match(text, at):
        return None
    ends = [m for m in _SINGLE_END.finditer(text, at + 1)]
    again = next((m.start() for m in _SINGLE.finditer(text, at + 1)), len(text))
    near = [m for m in ends if m.start() < again]
    if not near:
        return None
    sure = next((m for m in near if text[m.start() - 1] in ",.!?…"), None)
    first = near[0]
    possessive = text[first.start() - 1] in "sS" and sure is not None
    chosen = sure if possessive and sure is not None else first
    return chosen.end()


def _singles(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found, at = [], start
    while at < end:
        close = _single(text[:end], at)
        if close is not None:
            found.append((at, close))
        at = close or at + 1
    return found


def _goes_on(
    paragraphs: Sequence[str],
    stretches: Sequence[Sequence[Stretch]],
    last: int,
    open_: Stretch,
    ends_early: re.Pattern[str],
) -> list[tuple[int, Stretch]]:
    """What continues a quotation that paragraph `last` leaves open: the next paragraph where it opens again, or the paragraphs
    up to a lone end mark. Nothing where the speaker was named after it, for then only its end mark is missing."""
    text = paragraphs[last]
    if open_.end < len(text.rstrip()) or ends_early.search(text, max(open_.start + 2, open_.end - 160)):
        return []
    following = last + 1
    if following >= len(paragraphs):
        return []
    row, body = stretches[following], paragraphs[following]
    if row and row[0].opened and row[0].start == len(body) - len(body.lstrip()) and body[row[0].start] not in "'‘‹":
        return [(following, row[0])]
    more: list[tuple[int, Stretch]] = []
    for number in range(following, min(following + _MOST_PARAGRAPHS, len(paragraphs))):
        row = stretches[number]
        if row and not row[0].opened:
            return [*more, (number, row[0])]
        if row:
            break
        body = paragraphs[number]
        more.append((number, Stretch(len(body) - len(body.lstrip()), len(body.rstrip()), opened=False, closed=False)))
    return []


def _whole(paragraphs: Sequence[str], parts: Sequence[tuple[int, Stretch]]) -> Marked:
    pieces = tuple(Piece(number, Span.of(paragraphs[number], one.start, one.end)) for number, one in parts)
    inner = tuple(bare(paragraphs[number][start:end]) for number, one in parts for start, end in one.inner)
    return Marked(pieces, parts[0][1].opened, parts[-1][1].closed, inner)
