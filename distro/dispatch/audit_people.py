"""What people said to us, held against the entries about it: suppressions and embargo agreements. Reads; writes nothing.

An entry has a suppression's number, who and when, and an agreement's terms beside. An erasure lets suppressions stand under
another name, a disposal destroys lifted ones, and whoever is removed takes their agreements along: each is an entry too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from contacts.models import EmbargoAgreement, Suppression
from distro.archive.findings import Finding
from distro.archive.said import Said, Told, each_page, entries_about, first_of, read, unlike
from distro.archive.scrubbing import Erasure
from distro.bulk import rows_in, run
from distro.db import Store

ERASED = "contact.erased"
ENTRIES = "SELECT id, at_us, actor, kind, payload, subject FROM entry"
_GONE = ("contact.removed", ERASED)


def audit_suppressions(store: Store) -> Iterator[Finding]:
    """Suppressions that are not there, or not as they were made and lifted."""
    return each_page(store, "suppression", "suppressions", _suppression_from, _suppressions)


def agreements_of(session: Session, told: Told) -> Iterator[Finding]:
    """Of these contacts, the agreements that are not as they were made. `told`: the entries about each contact."""
    rows: dict[int, list[EmbargoAgreement]] = {}
    for row in session.exec(select(EmbargoAgreement).where(col(EmbargoAgreement.journalist_id).in_(list(told)))):
        rows.setdefault(row.journalist_id, []).append(row)
    for contact, entries in told.items():
        if not entries and contact not in rows:
            continue
        made = {} if first_of(entries, *_GONE) else {said.told.get("release"): said for said in entries if _agreed(said)}
        yield from _of_agreements(contact, rows.get(contact, ()), made)


def _agreed(said: Said) -> bool:
    return said.kind == "contact.agreed"


def _of_agreements(contact: int, rows: Sequence[EmbargoAgreement], made: dict[object, Said]) -> Iterator[Finding]:
    left = dict(made)
    for row in rows:
        said = left.pop(row.release, None)
        if said is None:
            yield Finding(f"Agreement {row.id} of contact {contact} stands in no entry.")
            continue
        wanted = {"id": said.told.get("agreement"), "terms": said.told.get("terms"), "at": said.at, "by": said.actor}
        if different := unlike(row, wanted):
            what = f"Agreement {row.id} of contact {contact} is not as entry {said.entry} has it"
            yield Finding(f"{what}: {', '.join(different)} altered.", said.entry)
    for said in left.values():
        number = said.told.get("agreement")
        yield Finding(f"Agreement {number} of contact {contact}, made in entry {said.entry}, is not there.", said.entry)


def left_standing(session: Session, told: Told) -> Iterator[Finding]:
    """Suppressions that an erasure of one of these contacts made, or let stand, and that are not there. It leaves one for every
    address of a person, so that no file brings them back."""
    named: dict[int, Said] = {}
    for entries in told.values():
        for said in entries:
            named |= {number: said for number in _numbers(said, "suppressions")}
    there = {number for (number,) in rows_in(session, "SELECT id FROM suppression WHERE id", list(named))}
    missing = {number: said for number, said in named.items() if number not in there}
    explained = _disposed(session, missing)
    for number, said in missing.items():
        if number not in explained:
            yield Finding(
                f"Suppression {number}, which stands since the erasure in entry {said.entry}, is not there.", said.entry
            )


@dataclass(frozen=True)
class _Course:
    """What the entries about a suppression come to: made, and perhaps lifted."""

    made: Said | None
    lifted: Said | None


def _course(entries: Sequence[Said]) -> _Course:
    """By the last that was made under the number: on SQLite a number was given out again until migration 0010."""
    made = next((said for said in reversed(entries) if said.kind == "contact.suppressed"), None)
    behind = [said for said in entries if said.kind == "contact.unsuppressed" and (made is None or said.entry > made.entry)]
    return _Course(made, behind[-1] if behind else None)


def _suppression_from(session: Session, number: int) -> int | None:
    return session.exec(select(func.min(Suppression.id)).where(col(Suppression.id) >= number)).one()


def _suppressions(session: Session, told: Told) -> Iterator[Finding]:
    rows = {row.id or 0: row for row in session.exec(select(Suppression).where(col(Suppression.id).in_(list(told))))}
    courses = {number: _course(entries) for number, entries in told.items()}
    missing = {number: course.made for number, course in courses.items() if course.made is not None and number not in rows}
    for number in _disposed(session, missing):
        del missing[number]
    erased = erasures(session) if missing or any(courses[number].made is None for number in rows) else []
    merged = {number for said in erased for number in _numbers(said, "merged")}
    for number, made in missing.items():
        if number not in merged:
            what = f"Suppression {number}, which {made.actor} made in entry {made.entry}, is not there any more."
            yield Finding(what, made.entry)
    yield from _unlisted(session, [said for entries in told.values() for said in entries if said.kind == ERASED])
    for number, row in rows.items():
        said = courses[number].made or next((one for one in erased if number in _numbers(one, "suppressions")), None)
        if said is None:
            yield Finding(f"Suppression {number} stands in no entry.")
        else:
            yield from _of_suppression(row, said, courses[number].lifted)


def _unlisted(session: Session, erased: Sequence[Said]) -> Iterator[Finding]:
    """Erasures of an address that no contact had, and that no row waits for any more."""
    at = [said.at for said in erased]
    there = (
        set(session.exec(select(Erasure.at).where(col(Erasure.at).in_(at), col(Erasure.contact_id).is_(None)))) if at else ()
    )
    for said in erased:
        if said.at not in there:
            what = f"The erasure in entry {said.entry} has no row any more"
            yield Finding(f"{what}, so nobody sees whether the files were scrubbed of it.", said.entry)


def _of_suppression(row: Suppression, made: Said, lifted: Said | None) -> Iterator[Finding]:
    wanted = {"by": made.actor, "at": made.at}
    if different := unlike(row, wanted):
        yield Finding(f"Suppression {row.id} is not as entry {made.entry} has it: {', '.join(different)} altered.", made.entry)
    if lifted is None and row.lifted_at is not None:
        yield Finding(f"Suppression {row.id} is called lifted, and no entry says that anybody lifted it.", made.entry)
    elif lifted is not None and unlike(row, {"lifted_at": lifted.at, "lifted_by": lifted.actor}):
        yield Finding(f"Suppression {row.id} is not lifted as entry {lifted.entry} has it.", lifted.entry)


def _disposed(session: Session, made: Mapping[int, Said]) -> set[int]:
    """Which of these a disposal destroyed that was proposed after they were made."""
    rows = rows_in(session, "SELECT item, disposal_id FROM disposed WHERE kind = 'suppressions' AND item", list(made))
    about = entries_about(session, "disposal", {disposal for _, disposal in rows})
    return {item for item, disposal in rows if about[disposal] and about[disposal][0].entry > made[item].entry}


def erasures(session: Session) -> list[Said]:
    """All there are. Asked only where a suppression is not to be had from its own entries, for it goes through the record."""
    return [said for _, said in read(run(session, f"{ENTRIES} WHERE kind = 'contact.erased'", ()))]


def _numbers(said: Said, name: str) -> list[int]:
    told = said.told.get(name) if said.kind == ERASED else None
    return [number for number in told if isinstance(number, int)] if isinstance(told, list) else []
