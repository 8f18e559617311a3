"""Contacts from a CSV file. `read` checks every row and touches no store; `bring_in` writes the good ones in one transaction.

Between the two the good rows wait in an unnamed temporary file, so that the store is locked only while it is written and
memory does not grow with the file. Columns, encodings and delimiters: formats.md; what a field may hold: fields.py.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlmodel import Session

from contacts import address, fields, import_plan, lists, outlets, suppression
from contacts.csv_columns import Columns, field_of
from contacts.csv_file import Broken, Row, open_csv
from contacts.errors import Refused
from contacts.fields import Fault, Value
from contacts.folding import fold
from contacts.models import Journalist, Keep, ListMember, Outlet, Record, StandIn
from contacts.once import look_again, one_writer

BATCH = 1000
LOOKS = frozenset({1, 4, 16, 64, 256, 1024})
"""After which batches the database is told how its tables have grown."""
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
    """One row that fits: the line it starts on, the address, the columns for the fields that were given, and what stood in
    columns nobody knows.

    `outlet` and `notes` are "" where none were given; keys are folded here, before the store is locked.
    """

    line: int
    written: str
    canonical: str
    domain: str
    columns: dict[str, Value]
    outlet: str
    outlet_key: str
    notes: str
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
        spool.write(json.dumps([tuple(vars(one).values()) for one in batch]) + "\n")


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
    notes, outlet = str(values.pop("notes", "")), str(values.pop("outlet", ""))
    columns_ = fields.columns(values)
    return Good(row.line, found.written, found.canonical, found.domain, columns_, outlet, fold(outlet), notes, kept)


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
    stand_in: StandIn | None = None,
    keep: Keep | None = None,
    list_name: str = "",
    dry_run: bool = False,
    progress: Progress = _quiet,
) -> Report:
    """Add and change contacts from a checked file, in the caller's transaction; a dry run counts the same and writes nothing.

    An empty cell leaves what is stored: a file from elsewhere knows less than the office does. Suppressions are never lifted: a
    contact may be suppressed, and stays so; whoever was erased is refused, which takes `stand_in` to see. With `list_name`
    everybody in a good row is put on that list; for somebody known and otherwise the same that is counted under `listed`, not
    under `changed`. One fact is recorded for the file, without names.
    """
    report = Report(refused=[*reading.refused], unknown_columns=reading.unknown_columns)
    list_id = None
    if list_name:
        fields.title(list_name, "list")
        list_id = lists.find(session, list_name) if dry_run else lists.make(session, list_name)
    if not dry_run:
        one_writer(session)
    known_outlets, done = outlets.ids(session), 0
    for number, read_ in enumerate(reading.batches(), 1):
        batch = _without_erased(session, read_, stand_in, report)
        _learn_outlets(session, batch, known_outlets, dry_run=dry_run)
        plan = import_plan.plan(session, batch, known_outlets, at)
        report.added += len(plan.new)
        report.changed += len(plan.altered)
        report.unchanged += len(batch) - len(plan.new) - len(plan.altered)
        if not dry_run:
            if keep is not None:
                keep(plan.changed)
            import_plan.write(session, plan)
        if list_name:
            on_it = lists.members_among(session, list_id, plan.known) if list_id is not None else set()
            report.listed += len(batch) - len(on_it)
            if list_id is not None and not dry_run:
                lists.put(session, list_id, plan.known + import_plan.ids_of(session, plan.new), at=at)
        if not dry_run and number in LOOKS:
            look_again(session, Journalist, ListMember, Outlet)
        done += len(read_)
        progress("writing", done, reading.good)
    report.refused.sort(key=lambda refusal: refusal.row)
    if not dry_run:
        look_again(session, Journalist, ListMember, Outlet)
        counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged, "listed": report.listed}
        payload = {"file": reading.name, "list": list_name, "refused": len(report.refused), **counts}
        record("contacts.imported", f"file:{reading.sha256}", payload)
    return report


def _without_erased(session: Session, batch: list[Good], stand_in: StandIn | None, report: Report) -> list[Good]:
    """The rows of people who were not erased; the others go to the report."""
    erased = suppression.erased_among(session, [one.canonical for one in batch], stand_in)
    for one in batch:
        if one.canonical in erased:
            report.refused.append(Refusal(one.line, "email", one.written, suppression.was_erased(one.written)))
    return [one for one in batch if one.canonical not in erased] if erased else batch


def _learn_outlets(session: Session, batch: list[Good], known: dict[str, int], *, dry_run: bool) -> None:
    missing = {one.outlet_key: one.outlet for one in batch if one.outlet_key and one.outlet_key not in known}
    if dry_run:
        known.update((key, -number) for number, key in enumerate(missing, len(known) + 1))  # ids that nobody has
    else:
        known.update(outlets.make(session, missing.values()))
