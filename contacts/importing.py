"""Contacts from a CSV file. `read` checks every row and touches no store; `bring_in` writes the good ones in one transaction.

Between the two the good rows wait in an unnamed temporary file, so that the store is locked only while it is written and
memory does not grow with the file. Columns, encodings and delimiters: formats.md; what a field may hold: fields.py.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, select

from contacts import address, fields, kept_notes, lists, outlets
from contacts.csv_columns import Columns, field_of
from contacts.csv_file import Broken, Row, open_csv
from contacts.errors import Refused
from contacts.fields import Fault, Value
from contacts.folding import fold
from contacts.models import Journalist, Record
from contacts.once import one_writer, table

BATCH = 1000
Progress = Callable[[str, int, int], None]
"""Hears "reading" in octets, then "writing" in rows: what, how far, of how many."""


@dataclass(frozen=True)
class Refusal:
    """A row that did not go in: the line it starts on, the first field that is wrong, and why, in a sentence."""

    row: int
    field: str
    value: str
    reason: str


@dataclass
class Report:
    """What an import did, or would do. `changed` speaks of the person's record; `listed` counts who is newly on the list."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    listed: int = 0

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Good:
    """One row that fits: the address, the fields that were given, and the columns nobody knows."""

    written: str
    canonical: str
    domain: str
    values: dict[str, Value]
    kept: dict[str, str]


@dataclass
class Reading:
    """A file whose rows have been checked; the good ones wait in `spool`, a batch a line."""

    name: str
    sha256: str
    spool: IO[str]
    good: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)

    def batches(self) -> Iterator[list[Good]]:
        self.spool.seek(0)
        for line in self.spool:
            yield [Good(*row) for row in json.loads(line)]


def _quiet(what: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def read(path: Path, *, progress: Progress = _quiet) -> Iterator[Reading]:
    """Check a file, row by row. Raises Refused with a sentence where the file as a whole cannot be read.

    A row is refused when a field does not fit, when it has more cells than there are columns, and when its address stood
    in the file before, be that row good or not: which of the two is right, only a person knows.
    """
    file = open_csv(path, lambda header: field_of(header) is not None)
    columns = Columns.of(file)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        reading = Reading(path.name, file.sha256, spool)
        seen: dict[str, int] = {}
        batch: list[Good] = []
        for row in file.rows(lambda octets: progress("reading", octets, file.size)):
            result = _check(row, columns, seen)
            if isinstance(result, Refusal):
                reading.refused.append(result)
                continue
            reading.good += 1
            batch.append(result)
            if len(batch) == BATCH:
                _spool(spool, batch)
                batch = []
        _spool(spool, batch)
        reading.unknown_columns = columns.named()
        yield reading


def _spool(spool: IO[str], batch: list[Good]) -> None:
    if batch:
        rows = [(one.written, one.canonical, one.domain, one.values, one.kept) for one in batch]
        spool.write(json.dumps(rows) + "\n")


def _check(row: Row | Broken, columns: Columns, seen: dict[str, int]) -> Good | Refusal:
    if isinstance(row, Broken):
        return Refusal(row.line, "", "", row.reason)
    cells = row.cells
    if any(cell.strip() for cell in cells[columns.width :]):
        extra = next(cell for cell in cells[columns.width :] if cell.strip())
        return _refusal(row.line, [Fault("", extra, f"The row has {len(cells)} cells for {columns.width} columns.")])
    found: address.Address | None = None
    faults: list[Fault] = []
    written = _cell(cells, columns.known["email"])
    try:
        found = address.parse(written)
    except Refused as refused:
        faults.append(Fault("email", written, str(refused)))
    if found is not None:
        if found.canonical in seen:
            first = seen[found.canonical]
            return _refusal(row.line, [Fault("email", written, f"The row on line {first} has this address already.")])
        seen[found.canonical] = row.line
    given = {name: cell for name, place in columns.known.items() if name != "email" and (cell := _cell(cells, place)).strip()}
    values, wrong = fields.check(given)
    faults += wrong
    kept = _kept(cells, columns, faults)
    if found is None or faults:
        return _refusal(row.line, faults)
    return Good(found.written, found.canonical, found.domain, values, kept)


def _kept(cells: list[str], columns: Columns, faults: list[Fault]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for place, label in [*columns.unknown.items(), *columns.nameless.items()]:
        if cell := _cell(cells, place).strip():
            try:
                kept[label] = " ".join(fields.notes(cell).split())
            except Refused as refused:
                faults.append(Fault(label, cell, str(refused)))
            if place in columns.nameless:
                columns.nameless_used.add(place)
    return kept


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _refusal(line: int, faults: list[Fault]) -> Refusal:
    """One refusal a row: the first fault, and in its reason the others."""
    first, *others = faults
    also = "".join(f" Also {one.field}: {one.reason}" for one in others)
    value = first.value if len(first.value) <= 200 else first.value[:199] + "…"
    return Refusal(line, first.field, value, first.reason + also)


def bring_in(
    session: Session,
    reading: Reading,
    *,
    at: datetime,
    record: Record,
    list_name: str = "",
    dry_run: bool = False,
    progress: Progress = _quiet,
) -> Report:
    """Add and change contacts from a checked file, in the caller's transaction; a dry run counts the same and writes nothing.

    An empty cell leaves what is stored: a file from elsewhere knows less than the office does. Suppressions are not looked
    at and so never lifted. With `list_name` everybody in a good row is put on that list; for somebody known and otherwise
    the same that is counted under `listed`, not under `changed`. One fact is recorded for the file, without names.
    """
    report = Report(refused=reading.refused, unknown_columns=reading.unknown_columns)
    list_id = None
    if list_name:
        fields.title(list_name, "list")
        list_id = lists.find(session, list_name) if dry_run else lists.make(session, list_name)
    if not dry_run:
        one_writer(session)
    known_outlets, done = outlets.ids(session), 0
    for batch in reading.batches():
        _learn_outlets(session, batch, known_outlets, dry_run=dry_run)
        new, altered = _sort(session, batch, known_outlets, at, report)
        canonicals = [one.canonical for one in batch]
        if list_name:
            on_it = lists.members_among(session, list_id, canonicals) if list_id is not None else set()
            report.listed += len(batch) - len(on_it)
        if not dry_run:
            _write(session, new, altered)
            if list_id is not None:
                lists.put(session, list_id, canonicals, at=at)
        done += len(batch)
        progress("writing", done, reading.good)
    if not dry_run:
        counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged, "listed": report.listed}
        payload = {"file": reading.name, "list": list_name, "refused": len(report.refused), **counts}
        record("contacts.imported", f"file:{reading.sha256}", payload)
    return report


def _learn_outlets(session: Session, batch: list[Good], known: dict[str, int], *, dry_run: bool) -> None:
    names = {
        key: str(one.values["outlet"]) for one in batch if "outlet" in one.values if (key := fold(str(one.values["outlet"])))
    }
    missing = {key: name for key, name in names.items() if key not in known}
    if dry_run:
        known.update((key, -number) for number, key in enumerate(missing, len(known) + 1))  # ids that nobody has
    else:
        known.update(outlets.make(session, missing.values()))


_EMPTY: Mapping[str, Value] = {
    **{"name": "", "outlet_id": None, "beats": "", "beat_keys": ";", "region": "", "region_key": "", "languages": ""},
    **{"timezone": "", "phone": "", "tier": None, "source": "", "source_key": "", "basis": "", "notes": ""},
}


def _sort(
    session: Session, batch: list[Good], outlet_ids: Mapping[str, int], at: datetime, report: Report
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The rows to insert and to update, counted into the report."""
    people = table(Journalist).c
    asked = select(*people).where(people.canonical.in_([one.canonical for one in batch]))
    stored = {str(row["canonical"]): row for row in session.connection().execute(asked).mappings()}
    new: list[dict[str, object]] = []
    altered: list[dict[str, object]] = []
    for one in batch:
        before = stored.get(one.canonical)
        base: Mapping[str, Value] = cast("Mapping[str, Value]", before) if before is not None else _EMPTY
        given = fields.columns({name: value for name, value in one.values.items() if name != "notes"})
        row = {name: given.get(name, base[name]) for name in _EMPTY}
        if "outlet" in one.values:
            row["outlet_id"] = outlet_ids.get(fold(str(one.values["outlet"])))
        row["notes"] = kept_notes.merge(str(base["notes"]), str(one.values.get("notes", "")), one.kept)
        row["address"] = one.written
        if before is None:
            report.added += 1
            new.append({**row, "canonical": one.canonical, "domain": one.domain, "created_at": at, "changed_at": at})
        elif all(before[name] == value for name, value in row.items()):
            report.unchanged += 1
        else:
            report.changed += 1
            altered.append({**row, "changed_at": at, "this": before["id"]})
    return new, altered


def _write(session: Session, new: list[dict[str, object]], altered: list[dict[str, object]]) -> None:
    people = table(Journalist)
    if new:
        session.connection().execute(insert(people), new)
    if altered:
        changed = [name for name in altered[0] if name != "this"]
        by_id = update(people).where(people.c.id == bindparam("this")).values({name: bindparam(name) for name in changed})
        session.connection().execute(by_id, altered)
