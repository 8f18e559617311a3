"""Retention: what is beyond its term is disposed of by two people, never by a timer, and leaves a certificate.

Owns the two words and the destroying. Rows of disposals, and what the record says of them, are `disposals`'; what a class of
records is, and what destroying one means, is `retained`'s. A legal hold is asked again before anything goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from distro.archive.ledger import Fact, for_the_record, record
from distro.archive.scrubbing import Erasure, leave_nothing_behind
from distro.archive.vault import Keys
from distro.db import Store
from distro.dispatch.disposals import Disposal, Disposed, Word, as_told, sum_of, sum_over, unspoken, words_of
from distro.dispatch.holds import one_at_a_time
from distro.dispatch.retained import CLASSES, Class
from distro.errors import Refused
from distro.staff import Actor, Right
from distro.terms import Retention

PAGE = 500
"""Records destroyed in one transaction."""

_YEAR = timedelta(days=365.25)


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


def confirm(store: Store, keys: Keys, number: int, *, terms: Retention, actor: Actor, at: datetime) -> Disposal:
    """Give the second word and destroy, some hundred to a transaction; what was cut short is taken up by confirming again.
    What is destroyed, and until when, is what the record says was proposed. Afterwards the store's files are to be scrubbed.
    Raises Refused: not allowed, by the same person, not beyond its term any more, or not as it was recorded."""
    actor.need(Right.ERASE, "confirm a disposal")
    with store.write() as session:
        _give_word(session, terms, number, actor, at)
    while True:
        with store.write() as session:
            if not _destroy_some(session, keys, number, actor, at):
                return _finish(session, keys, number, actor, at)


def find(session: Session, number: int) -> Disposal:
    found = session.exec(select(Disposal).where(Disposal.id == number).with_for_update()).first()
    if found is None:
        raise Refused(f"There is no disposal {number}; `distro retention list` shows them.")
    return found


def as_recorded(session: Session, number: int) -> tuple[Disposal, Word]:
    """A disposal and what the record says of it. Raises Refused where there is none, or where the two differ: somebody altered
    it in the store, and two people gave their word for something else."""
    disposal = find(session, number)
    word = words_of(session, [number])[number]
    different = word.altered(disposal)
    if word.done is not None and not as_told(word.done.told, sum_of(session, number)):
        different.append("what it destroyed")
    if different:
        raise Refused(
            f"Disposal {number} is not as it was recorded ({', '.join(different)}): it was altered in the store, so nothing is "
            "destroyed or certified by it. `distro archive verify` says more; propose anew what is due."
        )
    return disposal, word


def every(session: Session) -> list[Disposal]:
    return list(session.exec(select(Disposal).order_by(col(Disposal.id))))


def _give_word(session: Session, terms: Retention, number: int, actor: Actor, at: datetime) -> None:
    disposal, word = as_recorded(session, number)
    if disposal.finished_at is not None:
        raise Refused(f"Disposal {number} was done already; `distro retention certificate {number}` shows it.")
    assert word.proposed is not None
    if actor.name == word.proposed.actor:
        raise Refused(f"{actor.name} proposed disposal {number}, and a disposal needs two people; another person must confirm.")
    _still_due(word, terms, number, at)
    if word.confirmed is None:
        disposal.confirmed_by, disposal.confirmed_at = actor.name, at
        session.add(disposal)
        session.flush()
        told = {"class": word.kind, "before": word.before, "count": disposal.count}
        record(session, Fact(at, actor.name, "disposal.confirmed", f"disposal:{number}", told))


def _still_due(word: Word, terms: Retention, number: int, at: datetime) -> None:
    """The office's terms of today, for they may have been made longer since it was proposed."""
    kind = CLASSES.get(word.kind)
    if kind is None or word.before is None:
        raise Refused(f"Disposal {number} cannot be read: there is no class {word.kind!r} any more, or no date.")
    term = _before(kind, terms, at)
    if term is None:
        raise Refused(f"The office keeps {kind.what} for ever by now, so disposal {number} is not confirmed.")
    if word.before > term:
        raise Refused(
            f"Disposal {number} is of what ended before {word.before:%Y-%m-%d %H:%M} UTC, and not all of that is beyond its "
            f"term of {kind.years(terms):g} years today."
        )


def _destroy_some(session: Session, keys: Keys, number: int, actor: Actor, at: datetime) -> int:
    """Holds are asked again: one that was set since the proposal keeps what it covers. Each page goes with an entry of its own,
    so that nothing can be slipped in among what two people gave their word for."""
    _, word = as_recorded(session, number)
    assert word.before is not None
    one_at_a_time(session)
    leave_nothing_behind(session)
    kind = CLASSES[word.kind]
    items = list(kind.due(session, keys, word.before, held=False, limit=PAGE, after=word.through))
    if not items:
        return 0
    digests = kind.digests(session, items)
    session.add_all(Disposed(kind=kind.name, item=item, disposal_id=number, sha256=digests[item]) for item in items)
    session.flush()
    kind.destroy(session, items)
    if word.paged:
        told = {"class": kind.name} | sum_over((item, digests[item]) for item in items)
        record(session, Fact(at, actor.name, "disposal.destroyed", f"disposal:{number}", told))
    return len(items)


def _finish(session: Session, keys: Keys, number: int, actor: Actor, at: datetime) -> Disposal:
    disposal, word = as_recorded(session, number)
    if disposal.finished_at is None:
        assert word.before is not None
        if unspoken(session, number, word):
            raise Refused(
                f"Disposal {number} is not certified: records are named as destroyed by it that no entry speaks of. "
                "Somebody put them there in the store; `distro archive verify` says more."
            )
        left = sum(1 for _ in CLASSES[word.kind].due(session, keys, word.before, held=None))
        disposal.finished_at = at
        session.add_all([disposal, Erasure(disposal_id=number, at=at)])
        session.flush()
        told: dict[str, object] = {"class": word.kind, "before": word.before, "proposed": disposal.count, "left": left}
        told |= {"proposed_by": disposal.proposed_by, "confirmed_by": disposal.confirmed_by} | sum_of(session, number)
        record(session, Fact(at, actor.name, "disposal.done", f"disposal:{number}", told))
    return disposal
