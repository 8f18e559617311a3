"""What was destroyed, held against what the record says of it: keys against erasures, boxes against certificates.

A key or a box that went without an entry went by nobody's word. Reads; writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

from sqlmodel import Session, col, select

from distro.archive.findings import Finding
from distro.bulk import mark_of, rows_in, run
from distro.dispatch import cards
from distro.dispatch.retention import Disposal, Disposed, sum_of


def disposed_between(session: Session, first: int, last: int) -> set[int]:
    """Of these deliveries, those whose boxes a disposal took. Whether it says the truth is for `unaccounted` to ask."""
    mark = mark_of(session)
    where = f"kind = 'deliveries' AND item BETWEEN {mark} AND {mark}"
    return {item for (item,) in run(session, f"SELECT item FROM disposed WHERE {where}", (first, last))}  # noqa: S608


def unaccounted(session: Session) -> Iterator[Finding]:
    """What went without the entry that it must have, or otherwise than its entry says."""
    yield from _keys(session)
    yield from _disposals(session)
    yield from cards.altered(session)


def _keys(session: Session) -> Iterator[Finding]:
    rows = run(session, "SELECT contact_id FROM person_key WHERE wrapped IS NULL ORDER BY contact_id", ())
    yield from keys_unaccounted(session, [contact for (contact,) in rows])


def keys_unaccounted(session: Session, contacts: Sequence[int]) -> Iterator[Finding]:
    """Of these contacts, whose key was destroyed, those of whom no entry says so."""
    subjects = [f"contact:{contact}" for contact in contacts]
    about = rows_in(session, "SELECT subject FROM entry WHERE kind = 'contact.erased' AND subject", subjects)
    told = {subject for (subject,) in about}
    for contact in contacts:
        if f"contact:{contact}" not in told:
            yield Finding(f"The key of contact {contact} is not there, and no entry says that they were erased.")


def _disposals(session: Session) -> Iterator[Finding]:
    used = set(session.exec(select(Disposed.disposal_id).distinct()))
    finished = set(session.exec(select(Disposal.id).where(col(Disposal.finished_at).is_not(None))))
    yield from disposals_unaccounted(session, sorted(used | {number for number in finished if number is not None}), finished)


def disposals_unaccounted(session: Session, numbers: Sequence[int], finished: Collection[int | None] = ()) -> Iterator[Finding]:
    """Of these disposals, which destroyed something, those that nobody confirmed, or that are not what is certified of them.
    `finished`: those that must have a certificate."""
    subjects = [f"disposal:{number}" for number in numbers]
    about = rows_in(session, "SELECT subject, kind, id, payload FROM entry WHERE subject", subjects)
    told = {(subject, kind): (entry, payload) for subject, kind, entry, payload in sorted(about)}
    for number in numbers:
        subject = f"disposal:{number}"
        if (subject, "disposal.confirmed") not in told:
            yield Finding(f"Disposal {number} destroyed records, and no entry says that a second person confirmed it.")
        entry, certificate = told.get((subject, "disposal.done"), (None, ""))
        if entry is None:
            if number in finished:
                yield Finding(f"Disposal {number} is called done, and no entry certifies it.")
        elif not _agrees(certificate, session, number):
            yield Finding(f"What disposal {number} destroyed is not what entry {entry} certifies.", entry=entry)


def _agrees(certificate: str, session: Session, number: int) -> bool:
    try:
        told = json.loads(certificate)
        return all(told[name] == value for name, value in sum_of(session, number).items())
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ):  # of rows that were altered by hand no type is certain
        return False
