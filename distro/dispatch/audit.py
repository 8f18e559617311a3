"""Every delivery held against the entries about it, and with `full` every copy rebuilt. Reads; writes nothing.

Goes by what the record says was frozen, some thousand deliveries at a time: so one that was taken out or put in shows too. Each
such part is seen at one time, for a bot may be at work; and parts may be looked at by several processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from distro.archive.copies import unpacked
from distro.archive.findings import Finding
from distro.archive.vault import Vault
from distro.bulk import is_no_text, mark_of, rows_in, run
from distro.db import Store
from distro.dispatch.audit_facts import audit_facts
from distro.dispatch.frozen import FOR_GOOD, Frozen, frozen, out_of_bounds, sum_of_recipients, sum_of_rows
from distro.dispatch.letters import list_of
from distro.dispatch.rebuilding import Rebuilding
from distro.dispatch.trail import Row, Said, disagreements, follow

_COLUMNS = (
    "id, wave_id, contact_id, once, address_hash, language, fallback, segments, state, live, doubt, basis, attempts, "
    "skeleton_id, sha256, stamped_at, accepted_at"
)
_LETTERS = 50
_for_good = attrgetter(*FOR_GOOD)


@dataclass
class DeliveriesFound:
    """`deliveries` that were looked at; `copies` that were rebuilt; `erased`: deliveries to people whose key was destroyed;
    `disposed`: those whose boxes two people disposed of. `notes`: what a person should know, and is no alteration."""

    deliveries: int = 0
    copies: int = 0
    erased: int = 0
    disposed: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: DeliveriesFound) -> None:
        self.deliveries += other.deliveries
        self.copies += other.copies
        self.erased += other.erased
        self.disposed += other.disposed
        self.findings += other.findings


Check = Callable[[Iterable[Frozen]], Iterable[DeliveriesFound]]
"""Looks at parts, here or in other processes."""


def audit_deliveries(store: Store, check: Check, tell: Callable[[int, int], None] = lambda done, of: None) -> DeliveriesFound:
    """Check all deliveries that were frozen when it begins."""
    result = DeliveriesFound()
    try:
        with store.snapshot() as session:
            parts = list(frozen(session, result.findings))
            there: dict[int, int] = dict(run(session, "SELECT wave_id, count(*) FROM delivery GROUP BY wave_id", ()))
            ((newest,),) = run(session, "SELECT coalesce(max(id), 0) FROM delivery", ())
            result.findings += out_of_bounds(session, parts)
        result.findings += _letters(store)
        facts = audit_facts(store)
        result.findings, result.notes = [*result.findings, *facts.findings], facts.notes
    except OperationalError as wrong:
        if not is_no_text(wrong):
            raise
        result.findings.append(Finding(f"Not all letters, or not all that was frozen, can be read: {wrong.orig}."))
        return result
    of, done = sum(part.count for part in parts), 0
    for part, found in zip(parts, check(parts), strict=True):
        result.add(found)
        there[part.wave] = there.get(part.wave, 0) - found.deliveries
        done += part.count
        tell(done, of)
    for wave in [wave for wave, left in there.items() if left > 0]:
        result.findings += _put_in(store, wave, [part for part in parts if part.wave == wave], newest)
    return result


class Checking:
    """Looks at parts in this process, over one store."""

    def __init__(self, store: Store, vault: Vault, *, full: bool) -> None:
        self._store = store
        self._rebuilding = Rebuilding(vault) if full else None
        self._letters: dict[int, _Letter] = {}

    def __call__(self, parts: Iterable[Frozen]) -> Iterator[DeliveriesFound]:
        return map(self.part, parts)

    def part(self, part: Frozen) -> DeliveriesFound:
        """The deliveries of one page, seen at one time."""
        try:
            with self._store.snapshot() as session:
                return self._part(session, part)
        except OperationalError as wrong:
            if not is_no_text(wrong):
                raise
            what = f"Of the deliveries {part.first} to {part.last}, not all can be read: {wrong.orig}."
            return DeliveriesFound(findings=[Finding(what)])

    def _part(self, session: Session, part: Frozen) -> DeliveriesFound:
        mark = mark_of(session)
        where = f"wave_id = {mark} AND id BETWEEN {mark} AND {mark} ORDER BY id"
        found = run(session, f"SELECT {_COLUMNS} FROM delivery WHERE {where}", (part.wave, part.first, part.last))  # noqa: S608
        rows = [Row._make(row) for row in found]
        result = DeliveriesFound(len(rows), findings=list(_missing(part, rows)))
        trails = {number: follow(entries) for number, entries in _entries(session, rows).items()}
        for row in rows:
            result.findings += disagreements(row, trails[row.id])
        result.findings += self._other_letters(session, rows)
        whole = len(rows) == part.count
        if whole and part.rows and sum_of_rows(map(_for_good, rows)) != part.rows:
            result.findings.append(Finding(_rows_altered(part), entry=part.entry))
        if self._rebuilding is not None:
            rebuilt = self._rebuilding.check(session, rows, trails)
            result.copies, result.erased, result.disposed = rebuilt.copies, rebuilt.erased, rebuilt.disposed
            result.findings += rebuilt.findings
            if whole and rebuilt.recipients is not None and sum_of_recipients(rebuilt.recipients) != part.recipients:
                what = f"The deliveries {part.first} to {part.last} are not to those for whom entry {part.entry} froze them."
                result.findings.append(Finding(what, entry=part.entry))
        return result

    def _other_letters(self, session: Session, rows: Sequence[Row]) -> Iterator[Finding]:
        """Deliveries whose copy was made from a letter of another wave, language or list. One that is not there is found where
        copies are rebuilt."""
        new = {row.skeleton_id for row in rows if row.skeleton_id is not None} - self._letters.keys()
        query = "SELECT id, wave_id, language, list_name FROM skeleton WHERE id"
        self._letters.update((number, _Letter(*said)) for number, *said in rows_in(session, query, list(new)))
        for row in rows:
            letter = self._letters.get(row.skeleton_id or 0)
            if letter is None:
                continue
            mine = _Letter(row.wave_id, row.language, list_of(str(row.segments)) if letter.list_name else "")
            if mine != letter:
                what = f"Delivery {row.id} is {_told(mine)}, and its letter {row.skeleton_id} {_told(letter)}."
                yield Finding(what, delivery=row.id)


class _Letter(NamedTuple):
    """What a letter is for. `list_name` is "" in those from before the third migration: they were for all lists."""

    wave_id: int
    language: str
    list_name: str


def _told(letter: _Letter) -> str:
    of = f" to the list {letter.list_name!r}" if letter.list_name else ""
    return f"of wave {letter.wave_id} in {letter.language}{of}"


def _rows_altered(part: Frozen) -> str:
    return (
        f"The deliveries {part.first} to {part.last} of wave {part.wave} are not as entry {part.entry} froze them: contact, "
        "language, segments or a keyed hash of one of them was altered."
    )


def _put_in(store: Store, wave: int, parts: Sequence[Frozen], newest: int) -> Iterator[Finding]:
    """Deliveries that were never frozen, by the record."""
    with store.read() as session:
        mark = mark_of(session)
        rows = run(session, f"SELECT id FROM delivery WHERE wave_id = {mark} AND id <= {mark} ORDER BY id", (wave, newest))  # noqa: S608
    for (number,) in rows:
        if not any(part.first <= number <= part.last for part in parts):
            yield Finding(f"Delivery {number} of wave {wave} was put in afterwards: no entry froze it.", delivery=number)


def _missing(part: Frozen, rows: Sequence[Row]) -> Iterator[Finding]:
    if len(rows) == part.count:
        return
    there = {row.id for row in rows}
    gone = [number for number in range(part.first, part.last + 1) if number not in there]
    if part.last - part.first + 1 == part.count and len(rows) < part.count:  # else another wave's stand between them
        for number in gone:
            yield Finding(f"Delivery {number} of wave {part.wave} is not there any more.", part.entry, number)
    else:
        what = f"Entry {part.entry} froze {part.count} deliveries {part.first} to {part.last} of wave {part.wave}; "
        yield Finding(f"{what}there are {len(rows)}.", entry=part.entry)


def _entries(session: Session, rows: Sequence[Row]) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = {row.id: [] for row in rows}
    subjects = [f"delivery:{number}" for number in found]
    about = rows_in(session, "SELECT id, subject, at_us, kind, payload FROM entry WHERE subject", subjects)
    for entry, subject, at, kind, payload in sorted(about):
        found[int(subject[9:])].append(Said(entry, at, kind, payload))
    return found


def _letters(store: Store) -> Iterator[Finding]:
    """Letters that are not what was compiled."""
    after, columns = -(2**63), "id, wave_id, language, sha256, pieces, packed"
    while True:
        with store.read() as session:
            where = f"id > {mark_of(session)} ORDER BY id LIMIT {_LETTERS}"
            page = run(session, f"SELECT {columns} FROM skeleton WHERE {where}", (after,))  # noqa: S608
        for number, wave, language, sha256, pieces, packed in page:
            try:
                whole = hashlib.sha256(unpacked(str(pieces), packed).encode()).hexdigest() == sha256
            except (ValueError, TypeError):
                whole = False
            if not whole:
                yield Finding(f"Letter {number}, in {language} for wave {wave}, is not what was compiled.")
        if len(page) < _LETTERS:
            return
        after = page[-1][0]
