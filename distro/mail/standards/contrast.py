"""Whether every letter of a mail stands out from its ground: by the inlined base, and under each set of dark colours.

Looks at colours that are declared; what a mail program inverts by itself is its own doing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString
from soupsieve import SelectorSyntaxError

from distro.contrast import ENOUGH, Colour, colour, ratio, shown
from distro.mail.standards.opened import Fault, Opened, page_of
from distro.mail.standards.sheet import Rule, declarations, rules_of, specificity

OUTLOOK = "[data-ogsc]"
"""How Outlook.com marks a page of which it changed the colours."""
_UNSEEN = ("style", "title", "head", "script")


@dataclass
class _Colours:
    """What is declared for elements, by their identity in the tree."""

    of: dict[int, dict[str, str]] = field(default_factory=dict)

    def lay(self, tag: Tag, declared: dict[str, str]) -> None:
        self.of.setdefault(id(tag), {}).update(declared)

    def near(self, tag: Tag | None, name: str) -> Colour | None:
        """That of the element itself or of the nearest around it."""
        while tag is not None:
            said = colour(self.of.get(id(tag), {}).get(name, ""))
            if said is not None:
                return said
            tag = tag.parent
        return None


def look(mail: Opened) -> Iterator[Fault]:
    yield from _look(mail.html)


@lru_cache(maxsize=8)
def _look(html: str) -> tuple[Fault, ...]:
    """Remembered, for it asks each rule of the sheet of each element, and a release is looked over more than once."""
    return tuple(_faults(page_of(html)))


def _faults(page: BeautifulSoup) -> Iterator[Fault]:
    base = _base(page)
    yield from _too_little(page, base, "in light colours", (0, 0, 0), (255, 255, 255))
    written = [rule for block in page.find_all("style") for rule in rules_of(block.get_text())]
    dark = [rule for rule in written if "prefers-color-scheme" in rule.media and "dark" in rule.media]
    outlook = [
        Rule("", rule.selector.removeprefix(OUTLOOK).strip(), rule.declared, rule.important)
        for rule in written
        if rule.selector.startswith(OUTLOOK)
    ]
    matched = cache(partial(_matched, page))  # the two sets of dark colours name the same elements
    for chosen, said in ((dark, "in dark colours"), (outlook, "in Outlook.com's dark colours")):
        if chosen:
            laid = _laid_over(matched, base, chosen)
            yield from _too_little(page, laid, said, (255, 255, 255), (0, 0, 0))


def _base(page: BeautifulSoup) -> _Colours:
    """The colours that stand in the elements themselves, all that some programs take."""
    found = _Colours()
    for tag in page.find_all(True):
        declared, _ = declarations(str(tag.get("style", "")))
        if "background" in declared:
            declared.setdefault("background-color", declared["background"].split()[0] if declared["background"] else "")
        if tag.get("bgcolor"):
            declared.setdefault("background-color", str(tag["bgcolor"]))
        if declared:
            found.lay(tag, declared)
    return found


def _matched(page: BeautifulSoup, selector: str) -> list[Tag]:
    """The elements that a rule is about; none where it is one that programs make nothing of either."""
    try:
        return list(page.select(selector))
    except (SelectorSyntaxError, NotImplementedError):
        return []


def _laid_over(matched: Callable[[str], list[Tag]], base: _Colours, chosen: list[Rule]) -> _Colours:
    """What is !important wins over the elements' own; among themselves the more specific and then the later."""
    laid = _Colours({key: dict(declared) for key, declared in base.of.items()})
    for _, rule in sorted(enumerate(chosen), key=lambda pair: (specificity(pair[1].selector), pair[0])):
        wins = {name: value for name, value in rule.declared.items() if name in rule.important}
        for tag in matched(rule.selector) if wins else ():
            laid.lay(tag, wins)
    return laid


def _too_little(page: BeautifulSoup, laid: _Colours, scheme: str, ink: Colour, ground: Colour) -> Iterator[Fault]:
    """One fault for each pair of colours."""
    told: set[tuple[Colour, Colour]] = set()
    for words, tag in _seen(page, laid):
        pair = laid.near(tag, "color") or ink, laid.near(tag, "background-color") or ground
        found = ratio(*pair)
        if found < ENOUGH and pair not in told:
            told.add(pair)
            yield Fault(
                "contrast",
                True,
                f"“{words}” stands in {_hex(pair[0])} on {_hex(pair[1])} {scheme}: {shown(found)}, and letters need 4.5:1.",
                "Make the letters darker or the ground lighter (in dark colours the other way round).",
                words,
            )


def _seen(page: BeautifulSoup, laid: _Colours) -> Iterator[tuple[str, Tag]]:
    """Each piece of text that a reader sees (its first words), and the element it stands in."""
    for text in page.find_all(string=True):
        if not isinstance(text, NavigableString) or isinstance(text, PreformattedString) or text.parent is None:
            continue
        words = " ".join(text.split())
        around = [text.parent, *text.parent.parents]
        if not words or any(tag.name in _UNSEEN or _hidden(tag, laid) for tag in around):
            continue
        yield words if len(words) <= 40 else words[:39] + "…", text.parent


def _hidden(tag: Tag, laid: _Colours) -> bool:
    return laid.of.get(id(tag), {}).get("display", "").lower() == "none"


def _hex(of: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in of)
