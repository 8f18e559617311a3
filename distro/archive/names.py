"""What contacts were known as when something was frozen for them: keyed hashes of names, so that the archive finds people again
without naming them. One row for a contact and a name, however many deliveries; not part of the record, and deletable.

Beside them stand hashes of the addresses that somebody had who was removed, so that forgetting them later finds all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

from distro.bulk import insert_rows, run


class KnownAs(SQLModel, table=True):
    """`hash` stands for a name or an outlet (Keys.name_hash), under which this contact was written to once; or for an address
    (Keys.address_hash) that they had when they were removed, or before."""

    __tablename__ = "known_as"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hash: bytes = Field(primary_key=True)
    contact_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


_AT_ONCE = 64


def known_as(session: Session, rows: Iterable[tuple[bytes, int]]) -> None:
    """Keep (hash, contact id), each once. In one order, so that two transactions never wait for each other."""
    insert_rows(session, KnownAs, ("hash", "contact_id"), sorted(set(rows)), anew=False)


def contacts_known_as(session: Session, name_hash: bytes) -> set[int]:
    """Ids of the contacts who were ever known as this."""
    return set(session.exec(select(KnownAs.contact_id).where(KnownAs.hash == name_hash)))


def hashes_of(session: Session, contacts: Iterable[int]) -> set[bytes]:
    """Everything that stands for a name, an outlet or an address of these contacts."""
    return set(session.exec(select(KnownAs.hash).where(col(KnownAs.contact_id).in_(list(contacts)))))


def known_among(session: Session, pairs: Sequence[tuple[bytes, int]]) -> set[tuple[bytes, int]]:
    """Which of these (hash, contact id) are kept."""
    if session.get_bind().dialect.name == "postgresql":
        both = "(hash, contact_id) IN (SELECT * FROM unnest(%s::bytea[], %s::int[]))"
        columns = [list(column) for column in zip(*pairs, strict=True)]
        return {(bytes(h), c) for h, c in run(session, f"SELECT hash, contact_id FROM known_as WHERE {both}", columns)}  # noqa: S608
    found: set[tuple[bytes, int]] = set()
    for start in range(0, len(pairs), _AT_ONCE):
        part = [*pairs[start : start + _AT_ONCE]]
        part += [part[-1]] * (_AT_ONCE - len(part))  # one statement for any number: a set knows no double
        both = f"(hash, contact_id) IN (VALUES {', '.join(['(?, ?)'] * _AT_ONCE)})"
        values = [value for pair in part for value in pair]
        found.update(run(session, f"SELECT hash, contact_id FROM known_as WHERE {both}", values))  # noqa: S608
    return found


def forget(session: Session, contact_id: int) -> None:
    """Part of erasing a contact: no name leads to them any more."""
    session.connection().execute(delete(KnownAs).where(col(KnownAs.contact_id) == contact_id))
