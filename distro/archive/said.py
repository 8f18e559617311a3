"""What the record says of numbered things, oldest first, a page of numbers at a time: what an audit holds their rows against.

Knows no table but that of entries; it is told which numbers there are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from distro.archive.columns import from_microseconds
from distro.archive.findings import Finding
from distro.bulk import Row, is_no_text, rows_in
from distro.db import Store

PAGE = 500
_LARGEST = {"sqlite": 2**63 - 1, "postgresql": 2**31 - 1}
"""Number that a row can have, by database."""


@dataclass(frozen=True)
class Said:
    """An entry as an audit reads it. `told`: its payload."""

    entry: int
    at: datetime
    actor: str
    kind: str
    told: Mapping[str, Any]


Told = dict[int, list[Said]]
"""By number, the entries about it."""

Look = Callable[[Session, Told], Iterable[Finding]]


def entries_about(session: Session, about: str, numbers: Iterable[int]) -> Told:
    """The entries about each of these ("release" and 12: about "release:12"), oldest first."""
    found: Told = {number: [] for number in numbers}
    for subject, said in read(
        rows_in(
            session,
            "SELECT id, at_us, actor, kind, payload, subject FROM entry WHERE subject",
            [f"{about}:{number}" for number in found],
        )
    ):
        found[int(subject.partition(":")[2])].append(said)
    return found


def read(rows: Iterable[Row]) -> Iterator[tuple[str, Said]]:
    """Rows of entries (id, at_us, actor, kind, payload, subject) as subject and what was said, oldest first. One that cannot be
    read is left out: it was altered, and the record's own audit names it."""
    for entry, at, actor, kind, payload, subject in sorted(rows):
        try:
            told = json.loads(payload)
            yield subject, Said(entry, from_microseconds(at), actor, kind, told if isinstance(told, dict) else {})
        except (ValueError, TypeError, OverflowError):
            continue


def each_page(
    store: Store, about: str, plural: str, there: Callable[[Session, int], int | None], look: Look
) -> Iterator[Finding]:
    """Go through all numbers that a row has, or an entry speaks of, each page seen at one time.

    there  the lowest number of a row that is not below the given one, None for none
    look   what is wrong with the things of these numbers
    """
    number, told, largest = 1, True, _LARGEST[store.dialect]
    with store.snapshot() as session:
        lowest = there(session, -largest - 1)
    if lowest is not None and lowest < 1:
        number = lowest
    while number <= largest:
        with store.snapshot() as session:
            if not told:  # rows that were taken out leave entries, so behind a page without any there is a row or nothing
                row = there(session, number)
                if row is None and number >= 1:
                    return
                number = row if row is not None and (row < 1 or number >= 1) else 1
            ids, told = range(number, min(number + PAGE, largest + 1)), True
            try:
                entries = entries_about(session, about, ids)
                told = any(entries.values())
                yield from list(look(session, entries))
            except OperationalError as wrong:
                if not is_no_text(wrong):
                    raise
                yield Finding(f"Of the {plural} {ids[0]} to {ids[-1]}, not all can be read: {wrong.orig}.")
            except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
                # of rows that were altered by hand no type is certain
                yield Finding(f"Of the {plural} {ids[0]} to {ids[-1]}, not all can be read: a value is not of its kind.")
        number = ids[-1] + 1


def first_of(entries: Iterable[Said], *kinds: str) -> Said | None:
    """The first that is of one of these kinds."""
    return next((said for said in entries if said.kind in kinds), None)


def number_of(said: Said | None) -> int | None:
    """The entry's number, if there is one."""
    return None if said is None else said.entry


def unlike(row: object, wanted: Mapping[str, object]) -> list[str]:
    """Names of the columns in which a row is not what it must be, as people say them."""
    return [name.replace("_", " ") for name, value in wanted.items() if getattr(row, name) != value]
