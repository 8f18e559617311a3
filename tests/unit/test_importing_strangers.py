"""Pages written by somebody who knew no rule of the importer: how much of each field is read, held at what it is today, so that
nothing gets worse. `pytest -s` prints the figures."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from distro.editorial.importing.item import Item
from distro.errors import Refused
from tests.pages import Score, expected_of, read

STRANGERS = Path(__file__).parents[1] / "samples" / "strangers"
FLOORS = dict.fromkeys(("items", "kind", "date", "language", "headline", "contacts"), 0.98) | {
    "dateline": 0.96,
    "speakers": 0.9,
}
"""Room for one slip in a field, no more."""
PREFIX = r"(?:(?:media|press|news)\s+)?(?:advisory|release|statement|fact sheet|toolkit|report|hoja informativa)\s*[:\-–—]\s*"
DATE = (
    r"/[a-z -]+/|\b(?:le |a )?\d{1,2}\W+(?:de )?[a-zéû]{3,10}\b\.?(?:\W+(?:del? )?\d{4})?|\b[a-z]{3,9}\.? \d{1,2}\b(?:, \d{4})?"
)


@pytest.fixture(scope="module")
def figures() -> Score:
    found = Score()
    for page in sorted(one for one in STRANGERS.glob("[0-9]*") if one.suffix != ".json"):
        try:
            items: Sequence[Item] = read(page).items
        except Refused:
            items = []
        wanted = expected_of(page)
        found.count("items", page.name, len(wanted), len(items))
        for number, want in enumerate(wanted):
            item = items[number] if len(items) == len(wanted) else None  # else nobody knows which is which
            _compare(found, f"{page.name}, item {number + 1}", want, item)
    return found


def _compare(found: Score, where: str, want: dict[str, Any], item: Item | None) -> None:
    got = json.loads(json.dumps(item.to_json())) if item else {"contacts": [], "quotes": []}
    for what in ("kind", "date", "language", "headline", "dateline"):
        if what not in want.get("unscored", []):
            found.count(what, where, _bare(want[what], what), _bare(got.get(what, "missing"), what))
    contacts = [(_name(c["name"]), c["email"] or "", _digits(c["phone"])) for c in want["contacts"]]
    heard = [(_name(c["name"]), c["email"] or "", _digits(c["phone"])) for c in got["contacts"]]
    may = [form for m in want.get("contacts_may", []) for form in (m.casefold(), _digits(m)) if form]
    _each(found, "contacts", where, contacts, [h for h in heard if h in contacts or not any(m in " ".join(h) for m in may)])
    quotes = [(_bare(q["text"])[:30], _bare(q["speaker"])) for q in want["quotes"]]
    may = [_bare(m) for m in want.get("quotes_may", [])]
    said = [(_bare(q["text"])[:30], _whole(_bare(q["speaker"]), quotes)) for q in got["quotes"]]
    whole = [_bare(q["text"]) for q in got["quotes"]]
    known = {text for text, _ in quotes}
    said = [s for s, text in zip(said, whole, strict=True) if s[0] in known or not any(m in text for m in may)]
    _each(found, "speakers", where, quotes, said)


def _whole(name: str, quotes: Sequence[tuple[str, str]]) -> str:
    """The name in full of whom the page's own words name by the surname alone, or with more than a name."""
    parts = set(name.split())
    return next((n for _, n in quotes if parts and (parts <= set(n.split()) or set(n.split()) <= parts)), name)


def _each(found: Score, what: str, where: str, wanted: Sequence[object], got: Sequence[object]) -> None:
    """Each that is asked for counts, and each that nobody asked for."""
    left = list(got)
    for one in wanted:
        hit = one in left
        found.count(what, where, one, one if hit else None)
        if hit:
            left.remove(one)
    for other in left:
        found.count(what, where, None, other)


def _bare(text: str | None, what: str = "") -> str:
    plain = unicodedata.normalize("NFC", text or "").casefold()
    plain = re.sub(PREFIX, "", plain) if what == "headline" else re.sub(DATE, " ", plain) if what == "dateline" else plain
    return re.sub(r"[\W_]+", " ", plain).strip()


def _name(text: str | None) -> str:
    return re.sub(r"^(?:sgt|lic|dra?|prof|rev|sr|sra)\b ", "", _bare(text))


def _digits(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")[-10:]


def test_nothing_is_read_worse_than_it_was(figures: Score, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{figures.table()}")
    assert figures.asked.keys() == FLOORS.keys()
    assert figures.asked["headline"] >= 70
    worse = {what: figures.share(what) for what, floor in FLOORS.items() if figures.share(what) < floor}
    assert worse == {}, "\n".join(figures.wrong)
