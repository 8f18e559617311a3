"""What two people disposed of, of which no box needs to be there; and, for a few of them, whether entries say that it went.

Whether it might go at all, and all that the record says of keys and disposals, is for audit_keys and audit_disposals to ask.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlmodel import Session

from distro.archive.findings import Finding
from distro.bulk import mark_of, rows_in, run
from distro.dispatch.disposals import sum_of


def disposed_between(session: Session, first: int, last: int) -> set[int]:
    """Of these deliveries, those whose boxes a disposal took."""
    mark = mark_of(session)
    where = f"kind = 'deliveries' AND item BETWEEN {mark} AND {mark}"
    return {item for (item,) in run(session, f"SELECT item FROM disposed WHERE {where}", (first, last))}  # noqa: S608


def keys_unaccounted(session: Session, contacts: Sequence[int]) -> Iterator[Finding]:
    """Of these contacts, whose key was destroyed, those of whom no entry says so."""
    subjects = [f"contact:{contact}" for contact in contacts]
    about = rows_in(session, "SELECT subject FROM entry WHERE kind = 'contact.erased' AND subject", subjects)
    told = {subject for (subject,) in about}
    for contact in contacts:
        if f"contact:{contact}" not in told:
            yield Finding(f"The key of contact {contact} is not there, and no entry says that they were erased.")


def disposals_unaccounted(session: Session, numbers: Sequence[int]) -> Iterator[Finding]:
    """Of these disposals, which destroyed something, those that nobody confirmed, or that are not what is certified of them."""
    subjects = [f"disposal:{number}" for number in numbers]
    about = rows_in(session, "SELECT subject, kind, id, payload FROM entry WHERE subject", subjects)
    told = {(subject, kind): (entry, payload) for subject, kind, entry, payload in sorted(about)}
    for number in numbers:
        subject = f"disposal:{number}"
        if (subject, "disposal.confirmed") not in told:
            yield Finding(f"Disposal {number} destroyed records, and no entry says that a second person confirmed it.")
        entry, certificate = told.get((subject, "disposal.done"), (None, ""))
        if entry is not None and not _agrees(certificate, session, number):
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
