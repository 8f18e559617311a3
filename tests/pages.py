"""Invented pages of press archives with what must come out of each, and how much of it does: per field, item by item."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from distro.editorial.importing.bringing import Read, read_file

PAGES = Path(__file__).parent / "samples" / "pages"
TODAY = date(2026, 11, 26)


@dataclass
class Score:
    """Right and asked for, by field; `wrong`: sentences."""

    right: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    asked: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[str] = field(default_factory=list)

    def count(self, what: str, where: str, expected: object, found: object) -> None:
        self.asked[what] += 1
        if expected == found:
            self.right[what] += 1
        else:
            self.wrong.append(f"{where}: {what} is {found!r}, not {expected!r}")

    def share(self, what: str) -> float:
        return self.right[what] / self.asked[what]

    def table(self) -> str:
        rows = [f"| {what} | {self.right[what]} | {self.asked[what]} | {100 * self.share(what):.0f} % |" for what in self.asked]
        return "\n".join(["| field | right | asked | |", "|---|---:|---:|---:|", *rows])


def expected_of(page: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    return told


def pages() -> list[Path]:
    return sorted(path for path in PAGES.iterdir() if path.suffix != ".json")


def read(page: Path) -> Read:
    return read_file(page, office_zone="America/New_York", organisation="", today=TODAY)


def score(score: Score, name: str, found: Read, expected: list[dict[str, Any]]) -> None:
    """Hold what was read against what must come out; each field that is written down counts once an item."""
    score.count("items", name, len(expected), len(found.items))
    for number, (item, want) in enumerate(zip(found.items, expected, strict=False)):
        got = item.to_json()
        where = f"{name}, item {number + 1}"
        plain = "\n".join((item.body, *item.paragraphs))
        seen: dict[str, object] = {
            **{what: got[what] for what in ("kind", "date", "language", "headline", "subhead", "dateline")},
            "contacts": [[c.name or None, c.email or None, c.phone or None] for c in item.contacts],
            "speakers": [quote.speaker for quote in item.quotes],
            "boilerplates": [one.organisation for one in item.boilerplates],
            "resources": [[r.title, r.url or None, r.language] for r in item.resources],
            "events": list(_events(item.events, want.get("events", []))),
            "body_has": [one for one in want.get("body_has", []) if one in plain],
            "body_lacks": [one for one in want.get("body_lacks", []) if one not in item.body],
        }
        for what, value in want.items():
            if what != "editions":
                score.count(what, where, value, seen[what])
        if "editions" in want:
            group = next(g for g in found.groups if number in g)
            score.count("editions", where, want["editions"], [found.items[n].language for n in group])


def _events(events: Any, expected: list[list[str]]) -> Iterator[list[str | None]]:
    long = any(len(one) > 3 for one in expected)
    for one in events:
        row = [one.date or None, one.time or None, one.zone or None]
        yield [*row, one.contact.name if one.contact else None] if long else row
