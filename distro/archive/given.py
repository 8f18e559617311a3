"""Anchors held against the entries about them, and tokens against the notes that they stamp. Writes nothing.

Believes no type and no number of a row: it may have been altered by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from distro.archive.findings import Finding
from distro.archive.ledger import Sealable
from distro.archive.named import ANCHORED
from distro.archive.verify import stamp_in
from distro.bulk import Row, is_no_text, run

_ROWS = (
    "SELECT a.size, a.how, a.at, a.token, c.note FROM anchor a LEFT JOIN checkpoint c ON c.size = a.size ORDER BY a.size, a.how"
)
_TSA = "tsa"


@dataclass(frozen=True)
class _Said:
    """What an entry says of an anchor. `token`: its SHA-256 in hex, None where there was none."""

    entry: int
    at_us: int
    token: object


def rows_of(session: Session) -> list[Row] | None:
    """Size, way, instant and token of each anchor, with the note of its head; None where one cannot be read."""
    try:
        return run(session, _ROWS, ())
    except OperationalError as wrong:
        if not is_no_text(wrong):
            raise
        return None


def held(rows: Iterable[Row] | None, entries: Iterable[Sealable]) -> Iterator[Finding]:
    """Each anchor has its entry and each entry its anchor, and both say the same."""
    if rows is None:
        yield Finding("An anchor cannot be read any more: its row was altered.")
        return
    said = dict(_said(entries))
    for size, how, at, token, note in rows:
        which = f"nchor of the head of {size} entries ({how})"
        found = said.pop((size, how), None)
        if found is None:
            yield Finding(f"No entry speaks of the a{which}: its row was altered, or put in.")
            continue
        if at != found.at_us:
            yield Finding(f"The a{which} does not have the instant that entry {found.entry} has.", entry=found.entry)
        if (sha256(token).hexdigest() if isinstance(token, bytes) else token) != found.token:
            yield Finding(f"The a{which} does not have the token that entry {found.entry} speaks of.", entry=found.entry)
        elif how == _TSA and (wrong := _wrong_stamp(token, note)):
            yield Finding(f"The a{which} is not what it was: {wrong}.", entry=found.entry)
        if note is None:
            yield Finding(f"The a{which} stands without that head: it was taken out.", entry=found.entry)
    for (size, how), found in said.items():
        what = (
            f"Entry {found.entry} says that the head of {size} entries was given outside ({how}), and there is no such anchor."
        )
        yield Finding(what, entry=found.entry)


def _said(entries: Iterable[Sealable]) -> Iterator[tuple[tuple[object, object], _Said]]:
    for entry in entries:
        if entry.kind != ANCHORED:
            continue
        try:
            payload = json.loads(entry.payload)
            size, how = payload["size"], payload["how"]
            hash((size, how))
        except (ValueError, TypeError, KeyError):
            continue  # that it says nothing is told where heads are
        yield (size, how), _Said(entry.id, entry.at_us, payload.get("token"))


def _wrong_stamp(token: object, note: object) -> str:
    """What is wrong with a token, as the end of a sentence; "" where it is for exactly this note."""
    if not isinstance(token, bytes) or not isinstance(note, str):
        return "" if note is None else "it has no token"
    try:
        _, imprint = stamp_in(token)
    except ValueError as wrong:
        return f"its token cannot be read ({wrong})"
    return "" if imprint == sha256(note.encode()).hexdigest() else "its token is not for the note of that head"
