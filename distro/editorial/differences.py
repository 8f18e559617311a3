"""What one edition says otherwise than another: paragraph by paragraph, and in these word by word, as pairs of was and is.

Pure. It finds what differs; whether that was wrong is for a person to say.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from distro.editorial.content import ReleaseContent
from distro.editorial.notice import Change

ALIKE = 0.3
"""From so much of the same words on, a paragraph is another wording of one, and not another paragraph."""

LONGEST_QUOTE = 45
"""Words. A longer sentence is quoted around its change alone."""

_AROUND = 8
_SENTENCE_END = re.compile(r"[.!?…:][\"”»’)\]]*$")


def changes_between(old: ReleaseContent, new: ReleaseContent, language: str) -> tuple[Change, ...]:
    """What the newer edition in this language says otherwise. Both have one."""
    before, after = paragraphs(old, language), paragraphs(new, language)
    found: list[Change] = []
    for was, now in _pairs(before, after):
        found += _within(was, now) if was and now else [Change(was=was, now=now)]
    return tuple(dict.fromkeys(found))


def paragraphs(content: ReleaseContent, language: str) -> list[str]:
    """All that a mail of the edition says, in one line each, without the marks of Markdown."""
    return [text for part in content.parts_said(language) for one in re.split(r"\n\s*\n", part) if (text := _plain(one))]


def _plain(text: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)", r"\1 (\2)", text)
    text = re.sub(r"(?m)^\s*(#{1,6}|>|[-*+]|\d+[.)])\s+", "", text)
    return " ".join(re.sub(r"\*\*|__|`", "", text).split())


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Paragraphs that are not the same, each beside the one that took its place; "" where there is none."""
    for step, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if step == "equal":
            continue
        left, right = list(before[i1:i2]), list(after[j1:j2])
        while left or right:
            near = [(_alike(left[0], one), at) for at, one in enumerate(right)] if left else []
            best, at = max(near, key=lambda one: one[0], default=(0.0, 0))
            if left and best < ALIKE:
                yield left.pop(0), ""
                continue
            for one in right[:at] if left else right:
                yield "", one
            if not left:
                break
            yield left.pop(0), right[at]
            del right[: at + 1]


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def _within(was: str, now: str) -> Iterator[Change]:
    """The sentences that differ."""
    for old, new in _pairs(_sentences(was), _sentences(now)):
        if old and new and max(len(old.split()), len(new.split())) > LONGEST_QUOTE:
            yield from _closely(old.split(), new.split())
        else:
            yield Change(was=old, now=new)


def _sentences(text: str) -> list[str]:
    found: list[list[str]] = [[]]
    for word in text.split():
        found[-1].append(word)
        if _SENTENCE_END.search(word):
            found.append([])
    return [" ".join(words) for words in found if words]


def _closely(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Of sentences too long to be quoted: some words around each change."""
    for step, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step != "equal":
            yield Change(was=_around(old, i1, i2), now=_around(new, j1, j2))


def _around(words: Sequence[str], start: int, end: int) -> str:
    first, last = max(0, start - _AROUND), min(len(words), end + _AROUND)
    return ("… " if first else "") + " ".join(words[first:last]) + (" …" if last < len(words) else "")
