"""The classes of records that have a term: what is due of each, what a certificate keeps of it, what destroying it means."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from sqlalchemy import ColumnElement, and_, delete, false, func, not_, or_
from sqlmodel import Session, col, select

from contacts.models import Journalist, Suppression
from distro.archive.ledger import canonical
from distro.archive.names import forget
from distro.archive.vault import Keys, Personal
from distro.dispatch import cards, holds
from distro.dispatch.delivery import UNFINISHED, Delivery, State
from distro.editorial.plan import Wave, WaveState
from distro.terms import Retention

_OVER = [WaveState.DONE.value, WaveState.CANCELLED.value, WaveState.EXPIRED.value]
_OPEN = [state.value for state in (*UNFINISHED, State.HELD)]


class _DueOf(Protocol):
    def __call__(
        self, session: Session, keys: Keys, before: datetime, *, held: bool | None, limit: int | None = None, after: int = 0
    ) -> Iterator[int]: ...


@dataclass(frozen=True)
class Class:
    """due      numbers of what ended before an instant, from beyond `after`; `held`: False without what a legal hold covers,
             None all of it
    digests  SHA-256 of each of these, as it is before it goes
    destroy  what is personal of them; numbers and hashes stay where the record commits to them
    """

    name: str
    what: str
    years: Callable[[Retention], float]
    due: _DueOf
    digests: Callable[[Session, Sequence[int]], Mapping[int, bytes]]
    destroy: Callable[[Session, Sequence[int]], None]


def _deliveries_due(
    session: Session, keys: Keys, before: datetime, *, held: bool | None, limit: int | None = None, after: int = 0
) -> Iterator[int]:
    """Of waves that are over, with something sealed still beside them."""
    sealed = select(Personal.part).where(Personal.delivery_id == Delivery.id).exists()
    query = (
        select(Delivery.id)
        .join(Wave, col(Wave.id) == col(Delivery.wave_id))
        .where(
            ended_before(before),
            sealed,
            col(Delivery.id) > after,
            col(Wave.state).in_(_OVER),
            col(Delivery.state).not_in(_OPEN),
        )
    )
    if held is False:
        query = query.where(*(not_(func.coalesce(holds.deliveries_of(hold), false())) for hold in holds.every(session)))
    yield from (number for number in session.exec(query.order_by(col(Delivery.id)).limit(limit)) if number is not None)


def ended_before(before: datetime) -> ColumnElement[bool]:
    """Which deliveries ended before an instant, asked of Delivery joined with its Wave: by the acceptance, where there was none
    by the copy's stamp, and without a copy by the hour of the wave."""
    return or_(
        col(Delivery.accepted_at) < before,
        and_(col(Delivery.accepted_at).is_(None), col(Delivery.stamped_at) < before),
        and_(col(Delivery.accepted_at).is_(None), col(Delivery.stamped_at).is_(None), col(Wave.at) < before),
    )


def _of_boxes(session: Session, items: Sequence[int]) -> dict[int, bytes]:
    digests = {item: hashlib.sha256() for item in items}
    boxes = select(Personal.delivery_id, Personal.box).where(col(Personal.delivery_id).in_(items))
    for delivery, box in session.exec(boxes.order_by(col(Personal.delivery_id), col(Personal.part))):
        digests[delivery].update(hashlib.sha256(box).digest())
    return {item: digest.digest() for item, digest in digests.items()}


def _delete_boxes(session: Session, items: Sequence[int]) -> None:
    """Whoever was removed, and of whom nothing is sealed any more, is not found by a name either."""
    theirs = col(Personal.delivery_id).in_(items)
    there = select(Journalist.id).where(Journalist.id == Personal.contact_id).exists()
    removed = set(session.exec(select(Personal.contact_id).where(theirs, ~there).distinct()))
    session.connection().execute(delete(Personal).where(theirs))
    if removed:
        kept = session.exec(select(Personal.contact_id).where(col(Personal.contact_id).in_(removed)).distinct())
        for contact in sorted(removed - set(kept)):
            forget(session, contact)


def _suppressions_due(
    session: Session, keys: Keys, before: datetime, *, held: bool | None, limit: int | None = None, after: int = 0
) -> Iterator[int]:
    in_force = [] if held is None else holds.every(session)
    lifted = col(Suppression.lifted_at) < before, col(Suppression.id) > after
    query = select(Suppression).where(*lifted).order_by(col(Suppression.id))
    found = (row.id for row in session.exec(query) if not any(_covers(hold, row, keys) for hold in in_force))
    yield from (number for number in islice(found, limit) if number is not None)


def _covers(hold: holds.LegalHold, row: Suppression, keys: Keys) -> bool:
    """A suppression belongs to an address and to the time for which it held. To which release, nobody can say: a hold on one
    keeps it."""
    names = row.canonical, keys.stand_in(row.canonical)
    if hold.address_hash is not None and f"#{hold.address_hash.hex()}" not in names:
        return False
    ended = row.lifted_at or row.at
    return (hold.since is None or ended >= hold.since) and (hold.until is None or row.at < hold.until)


def _of_rows(session: Session, items: Sequence[int]) -> dict[int, bytes]:
    rows = session.exec(select(Suppression).where(col(Suppression.id).in_(items)))
    return {row.id or 0: hashlib.sha256(canonical(row.model_dump()).encode()).digest() for row in rows}


def _delete_rows(session: Session, items: Sequence[int]) -> None:
    session.connection().execute(delete(Suppression).where(col(Suppression.id).in_(items)))


CLASSES = {
    one.name: one
    for one in (
        Class(
            "deliveries",
            "names, addresses, replies and copies of deliveries",
            lambda terms: terms.deliveries_years,
            _deliveries_due,
            _of_boxes,
            _delete_boxes,
        ),
        Class(
            "suppressions",
            "suppressions that were lifted",
            lambda terms: terms.suppressions_years,
            _suppressions_due,
            _of_rows,
            _delete_rows,
        ),
        Class(
            "cards",
            "what was known of contacts before a change under a legal hold",
            lambda terms: terms.cards_years,
            cards.due,
            cards.digests,
            cards.destroy,
        ),
    )
}
