"""Retention: what is beyond its term is disposed of by two people, never by a timer, and leaves a certificate.

Owns disposals: who proposed, who confirmed, and by number what was destroyed. What a class of records is, and what destroying
one means, is `retained`'s. A legal hold is asked again before anything goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, func, select

from distro.archive.ledger import Fact, for_the_record, record
from distro.archive.scrubbing import Erasure, leave_nothing_behind
from distro.archive.vault import Keys
from distro.db import Store
from distro.dispatch.holds import one_at_a_time
from distro.dispatch.retained import CLASSES, Class
from distro.errors import Refused
from distro.staff import Actor, Right
from distro.terms import Retention

PAGE = 500
"""Records destroyed in one transaction."""

_YEAR = timedelta(days=365.25)


class Disposal(SQLModel, table=True):
    """Proposed by one person, confirmed by another, then done. `count`: how many were due when it was proposed."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    before: datetime
    count: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    finished_at: datetime | None = None


class Disposed(SQLModel, table=True):
    """One record that was destroyed, by number. `sha256`: of what it was. Append-only; a row needs a disposal that two people
    gave their word for, and without a row no sealed box can be deleted."""

    kind: str = Field(primary_key=True)
    item: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    disposal_id: int = Field(foreign_key="disposal.id", index=True)
    sha256: bytes


@dataclass(frozen=True)
class Due:
    """How a class stands. `before`: what ended before this is beyond its term; None: it is kept for ever. `held`: beyond its
    term too, and under a legal hold."""

    name: str
    what: str
    years: float
    before: datetime | None
    due: int = 0
    held: int = 0


def due(session: Session, keys: Keys, terms: Retention, now: datetime) -> Iterator[Due]:
    """What is beyond its term, class by class."""
    for kind in CLASSES.values():
        before = _before(kind, terms, now)
        if before is None:
            yield Due(kind.name, kind.what, kind.years(terms), None)
            continue
        free = sum(1 for _ in kind.due(session, keys, before, held=False))
        everything = sum(1 for _ in kind.due(session, keys, before, held=None))
        yield Due(kind.name, kind.what, kind.years(terms), before, free, everything - free)


def _before(kind: Class, terms: Retention, now: datetime) -> datetime | None:
    years = kind.years(terms)
    return None if not years else now - years * _YEAR


def propose(
    session: Session,
    keys: Keys,
    terms: Retention,
    name: str,
    *,
    before: datetime | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Disposal:
    """Propose to destroy what ended before an instant, or whatever is beyond its term. Raises Refused: no such class, kept for
    ever, not beyond its term, nothing due."""
    actor.need(Right.WRITE, "propose a disposal")
    kind = CLASSES.get(name)
    if kind is None:
        raise Refused(f"There is no class {name!r}; the classes are {', '.join(CLASSES)}.")
    why = for_the_record(reason)
    term = _before(kind, terms, at)
    if term is None:
        raise Refused(f"The office keeps {kind.what} for ever; a term is set with [retention] {name}_years.")
    if before is not None and before > term:
        raise Refused(
            f"What ended on or after {term:%Y-%m-%d %H:%M} UTC is not beyond its term of {kind.years(terms):g} years."
        )
    before = before or term
    count = sum(1 for _ in kind.due(session, keys, before, held=False))
    if not count:
        raise Refused(f"Nothing is due: no {kind.what} ended before {before:%Y-%m-%d %H:%M} UTC, or a legal hold covers them.")
    made = Disposal(kind=name, before=before, count=count, reason=why, proposed_by=actor.name, proposed_at=at)
    session.add(made)
    session.flush()
    payload = {"class": name, "before": before, "count": count, "reason": why}
    record(session, Fact(at, actor.name, "disposal.proposed", f"disposal:{made.id}", payload))
    return made


def confirm(store: Store, keys: Keys, number: int, *, actor: Actor, at: datetime) -> Disposal:
    """Give the second word and destroy, some hundred to a transaction; what was cut short is taken up by confirming again.
    Afterwards the store's files are to be scrubbed. Raises Refused."""
    actor.need(Right.ERASE, "confirm a disposal")
    with store.write() as session:
        _give_word(session, number, actor, at)
    while True:
        with store.write() as session:
            if not _destroy_some(session, keys, number):
                return _finish(session, number, actor, at)


def find(session: Session, number: int) -> Disposal:
    found = session.exec(select(Disposal).where(Disposal.id == number).with_for_update()).first()
    if found is None:
        raise Refused(f"There is no disposal {number}; `distro retention list` shows them.")
    return found


def every(session: Session) -> list[Disposal]:
    return list(session.exec(select(Disposal).order_by(col(Disposal.id))))


def _give_word(session: Session, number: int, actor: Actor, at: datetime) -> None:
    disposal = find(session, number)
    if disposal.finished_at is not None:
        raise Refused(f"Disposal {number} was done already; `distro retention certificate {number}` shows it.")
    if actor.name == disposal.proposed_by:
        raise Refused(f"{actor.name} proposed disposal {number}, and a disposal needs two people; another person must confirm.")
    if disposal.confirmed_by is None:
        disposal.confirmed_by, disposal.confirmed_at = actor.name, at
        session.add(disposal)
        session.flush()
        record(session, Fact(at, actor.name, "disposal.confirmed", f"disposal:{number}", {"count": disposal.count}))


def _destroy_some(session: Session, keys: Keys, number: int) -> int:
    """Holds are asked again: one that was set since the proposal keeps what it covers."""
    disposal = find(session, number)
    one_at_a_time(session)
    leave_nothing_behind(session)
    kind = CLASSES[disposal.kind]
    items = list(kind.due(session, keys, disposal.before, held=False, limit=PAGE))
    for item, digest in kind.digests(session, items).items():
        session.add(Disposed(kind=kind.name, item=item, disposal_id=number, sha256=digest))
    session.flush()
    kind.destroy(session, items)
    return len(items)


def _finish(session: Session, number: int, actor: Actor, at: datetime) -> Disposal:
    disposal = find(session, number)
    if disposal.finished_at is None:
        disposal.finished_at = at
        session.add_all([disposal, Erasure(disposal_id=number, at=at)])
        session.flush()
        told = {"class": disposal.kind, "proposed_by": disposal.proposed_by, "confirmed_by": disposal.confirmed_by}
        fact = Fact(
            at, actor.name, "disposal.done", f"disposal:{number}", told | {"before": disposal.before} | sum_of(session, number)
        )
        record(session, fact)
    return disposal


def sum_of(session: Session, number: int) -> dict[str, object]:
    """What a certificate says of what was destroyed: how many, from which number to which, and one SHA-256 over number and
    SHA-256 of each, in the order of the numbers."""
    mine = Disposed.disposal_id == number
    count, first, last = session.exec(select(func.count(), func.min(Disposed.item), func.max(Disposed.item)).where(mine)).one()
    digest = hashlib.sha256()
    for item, one in session.exec(select(Disposed.item, Disposed.sha256).where(mine).order_by(col(Disposed.item))):
        digest.update(item.to_bytes(8, "big") + one)
    return {"count": count, "first": first, "last": last, "sha256": digest.hexdigest()}
