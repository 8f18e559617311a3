"""Which items of a page are one release in two languages. Certain, or not done: the officer is told of what may be a pair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from distro.editorial.importing.item import Item

_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-ZÀ-ÖØ-Þ][\w’'-]{2,}")
_CERTAIN_NUMBERS, _CERTAIN_NAMES = 0.6, 0.35


def paired(items: Sequence[Item]) -> list[list[int]]:
    """The items by their numbers, those of one release together, in the order of the page."""
    groups: list[list[int]] = []
    for number, _item in enumerate(items):
        home = next((group for group in groups if _joins(group, number, items)), None)
        if home is None:
            groups.append([number])
        else:
            home.append(number)
    return groups


def perhaps(items: Sequence[Item], groups: Sequence[Sequence[int]]) -> dict[int, str]:
    """A sentence for each item that may be another's translation and was not taken for it."""
    found: dict[int, str] = {}
    for group in groups:
        for other in groups:
            a, b = items[group[0]], items[other[0]]
            if (
                group[0] < other[0]
                and a.language != b.language
                and _same_day(a, b)
                and a.date
                and (_same_people(a, b) or (a.kind is b.kind and _alike(a, b)))
            ):
                found[other[0]] = f"It may be the edition in {b.language} of {a.headline!r}; join the two if so."
    return found


def _joins(group: Sequence[int], number: int, items: Sequence[Item]) -> bool:
    item = items[number]
    if any(items[one].language.partition("-")[0] == item.language.partition("-")[0] for one in group):
        return False
    first = items[group[0]]
    near = number - group[-1] == 1
    return _same_day(first, item) and _same_people(first, item, near=near) and first.kind is item.kind and _alike(first, item)


def _same_day(a: Item, b: Item) -> bool:
    """The same date; or the second text of a page has none of its own."""
    return a.date == b.date or (b.date is None and a.date is not None)


def _same_people(a: Item, b: Item, *, near: bool = False) -> bool:
    reach_a, reach_b = _reach(a), _reach(b)
    if not reach_b or not reach_a:
        return near  # one contact block for both texts, or none at all
    return bool(reach_a & reach_b)


def _reach(item: Item) -> set[str]:
    found = {one.email.casefold() for one in item.contacts} | {re.sub(r"\D", "", one.phone) for one in item.contacts}
    return (found | {one.name.casefold() for one in item.contacts}) - {""}


def _alike(a: Item, b: Item) -> bool:
    """Numbers and names that both have, of those that either has; and texts of about one length."""
    text_a, text_b = "\n".join(a.paragraphs), "\n".join(b.paragraphs)
    long_a, long_b = len(text_a.split()) or 1, len(text_b.split()) or 1
    if not 0.5 <= long_a / long_b <= 2:
        return False
    numbers = _share(_numbers(text_a), _numbers(text_b))
    names = _share(Counter(set(_NAME.findall(text_a))), Counter(set(_NAME.findall(text_b))))
    return numbers >= _CERTAIN_NUMBERS and (
        names >= _CERTAIN_NAMES or (_share(_speakers(a), _speakers(b)) == 1 and bool(a.quotes))
    )


def _numbers(text: str) -> Counter[str]:
    return Counter(re.sub(r"\D", "", one) for one in re.findall(r"\d[\d.,]*", text) if len(re.sub(r"\D", "", one)) > 1)


def _speakers(item: Item) -> Counter[str]:
    return Counter(quote.speaker for quote in item.quotes)


def _share(a: Counter[str], b: Counter[str]) -> float:
    """How much of the smaller the two have in common; 1 where neither has any."""
    return sum((a & b).values()) / max(1, min(sum(a.values()), sum(b.values()))) if a or b else 1.0
