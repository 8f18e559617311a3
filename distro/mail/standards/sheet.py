"""Reads the style of a mail as far as mail programs do: rules with their selectors, and what stands in style="…". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bs4 import Tag

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """`media`: the condition of the @media around it, "" where there is none. `important` are the names said with it."""

    media: str
    selector: str
    declared: dict[str, str]
    important: frozenset[str]


def rules(css: str, media: str = "") -> Iterator[Rule]:
    """The rules of a style sheet in their order, one for each selector."""
    css = _COMMENT.sub("", css)
    at = 0
    while (brace := css.find("{", at)) >= 0:
        head = css[at:brace].rpartition(";")[2].strip()
        end = _closing(css, brace)
        inside = css[brace + 1 : end]
        if head.startswith("@media"):
            yield from rules(inside, head.removeprefix("@media").strip())
        elif head and not head.startswith("@"):
            declared, important = declarations(inside)
            for selector in head.split(","):
                yield Rule(media, " ".join(selector.split()), declared, important)
        at = end + 1


@lru_cache(maxsize=8)
def rules_of(css: str) -> tuple[Rule, ...]:
    """The same, remembered: the mails of an office have one sheet."""
    return tuple(rules(css))


def declarations(text: str) -> tuple[dict[str, str], frozenset[str]]:
    """What is declared, by lower-case name; and which of it is !important."""
    declared: dict[str, str] = {}
    important: set[str] = set()
    for one in text.split(";"):
        name, colon, value = one.partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon or not name:
            continue
        bare = re.sub(r"\s*!\s*important\s*$", "", value, flags=re.IGNORECASE)
        if bare != value:
            important.add(name)
        declared[name] = bare
    return declared, frozenset(important)


def hidden(tag: Tag) -> bool:
    """Whether the element itself, or one around it, is not displayed by what stands in style="…"."""
    styles = (declarations(str(one.get("style", "")))[0] for one in (tag, *tag.parents))
    return any(declared.get("display", "").lower() == "none" for declared in styles)


def specificity(selector: str) -> tuple[int, int, int]:
    """How much a selector counts (ids, classes and attributes, elements)."""
    bare = re.sub(r"\[[^\]]*\]", ".attribute", selector)
    return bare.count("#"), len(re.findall(r"\.[\w-]|(?<!:):[\w-]", bare)), len(re.findall(r"(?:^|[\s>+~])[a-zA-Z]", bare))


def _closing(css: str, brace: int) -> int:
    depth = 0
    for at in range(brace, len(css)):
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        if depth == 0:
            return at
    return len(css)
