"""Who works on what: claims with a lease and a fencing number, and taking back what a dead worker held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, literal, or_, update
from sqlmodel import Session, col, select

from distro.archive.ledger import Fact, record_all
from distro.dispatch.delivery import Attempt, Delivery, State, Verb, leads_to, starts_from
from distro.editorial.plan import Wave, WaveState
from distro.staff import ROBOT

LEASE = timedelta(seconds=15)


@dataclass(frozen=True)
class Claim:
    """Wanted: up to `most` deliveries that are due at `now`, from waves that are sending, none from `closed` lanes.

    `mine`: what the worker has in hand already."""

    worker: str
    most: int
    now: datetime
    closed: tuple[int, ...] = ()
    mine: tuple[int, ...] = ()


@dataclass(frozen=True)
class Claimed:
    """A delivery in hand. `fence` is the number of this claim."""

    id: int
    wave_id: int
    contact_id: int
    fence: int
    lane: int
    language: str
    segments: str
    once: bytes
    attempts: int
    skeleton_id: int | None
    sha256: bytes | None
    doubt: bool
    again: bool
    """It was accepted before, and is sent again on purpose."""


@dataclass(frozen=True)
class Release:
    """Given back untouched."""

    claimed: Claimed
    now: datetime


def claim(session: Session, wanted: Claim) -> list[Claimed]:
    """Claim deliveries, the same share from each wave that has some, oldest due first within a wave."""
    waves = session.exec(
        select(Wave.id).where(Wave.state == WaveState.SENDING.value).order_by(col(Wave.at), col(Wave.id))
    ).all()
    found: list[Claimed] = []
    hungry = [w for w in waves if w is not None]
    _free_unheard(session, hungry, wanted)
    while hungry and len(found) < wanted.most:
        share = max(1, (wanted.most - len(found)) // len(hungry))
        still = []
        for wave_id in hungry:
            most = min(share, wanted.most - len(found))
            if most <= 0:
                break
            got = _claim_from(session, wave_id, most, wanted)
            found += got
            if len(got) == most:
                still.append(wave_id)
        hungry = still
    return found


def _free_unheard(session: Session, waves: Sequence[int], wanted: Claim) -> None:
    """Free what an earlier claim took whose commit was done and whose answer was lost: nobody has it in hand."""
    session.connection().execute(
        update(Delivery)
        .where(col(Delivery.wave_id).in_(waves), _is(State.CLAIMED), col(Delivery.worker) == wanted.worker)
        .where(col(Delivery.id).notin_(wanted.mine))
        .values(state=_before_claim(), worker=None, lease_until=None, due_at=wanted.now)
    )


def _claim_from(session: Session, wave_id: int, most: int, wanted: Claim) -> list[Claimed]:
    due = select(Delivery.id).where(
        Delivery.wave_id == wave_id, col(Delivery.due_at).isnot(None), col(Delivery.due_at) <= wanted.now
    )
    if wanted.closed:
        due = due.where(col(Delivery.lane).notin_(wanted.closed))
    due = due.order_by(col(Delivery.due_at), col(Delivery.id)).limit(most).with_for_update(skip_locked=True)
    rows = session.connection().execute(
        update(Delivery)
        .where(col(Delivery.id).in_(due))
        .values(
            state=leads_to(Verb.CLAIM).value,
            worker=wanted.worker,
            fence=Delivery.fence + 1,
            lease_until=wanted.now + LEASE,
            due_at=None,
        )
        .returning(
            col(Delivery.id), col(Delivery.wave_id), col(Delivery.contact_id), col(Delivery.fence), col(Delivery.lane),
            col(Delivery.language), col(Delivery.segments), col(Delivery.once), col(Delivery.attempts),
            col(Delivery.skeleton_id), col(Delivery.sha256), col(Delivery.doubt), col(Delivery.accepted_at),
        )
    )  # fmt: skip
    claimed = []
    for row in rows:
        fields = dict(row._mapping)
        again = fields.pop("accepted_at") is not None
        claimed.append(Claimed(**fields, again=again))
    return sorted(claimed, key=lambda c: c.id)


def release(session: Session, given_back: Sequence[Release]) -> list[None]:
    """Put claimed deliveries back where they stood before the claim, due again at once."""
    for item in given_back:
        session.connection().execute(
            update(Delivery)
            .where(col(Delivery.id) == item.claimed.id, col(Delivery.fence) == item.claimed.fence)
            .where(col(Delivery.state).in_(starts_from(Verb.RELEASE)))
            .values(state=_before_claim(), worker=None, lease_until=None, due_at=item.now)
        )
    return [None] * len(given_back)


def _is(state: State) -> ColumnElement[bool]:
    return col(Delivery.state) == state.value


def _before_claim() -> ColumnElement[str]:
    """What a claimed delivery was: in doubt, tried before, or new."""
    return case(
        (col(Delivery.doubt) & col(Delivery.accepted_at).is_(None), State.UNCERTAIN.value),
        ((col(Delivery.attempts) > 0) & col(Delivery.accepted_at).is_(None), State.DEFERRED.value),
        else_=State.PENDING.value,
    )


@dataclass(frozen=True)
class Renewal:
    """The worker lives."""

    worker: str
    now: datetime


def renew(session: Session, renewals: Sequence[Renewal]) -> list[None]:
    """Extend the leases of all that the newest renewal's worker holds."""
    worker, now = renewals[-1].worker, renewals[-1].now
    session.connection().execute(
        update(Delivery)
        .where(col(Delivery.worker) == worker, col(Delivery.state).in_([State.CLAIMED.value, State.IN_FLIGHT.value]))
        .values(lease_until=now + LEASE)
    )
    return [None] * len(renewals)


def take_back(session: Session, now: datetime, *, me: str, all_of_them: bool, hold: bool) -> tuple[int, int]:
    """Recover what dead workers held. Returns how many were free again, and how many are in doubt.

    Claimed: free again. In flight without an outcome: nobody knows, so an attempt in doubt is recorded and the identical
    bytes are due again, or held for a person. `all_of_them`: whoever held them is certainly dead (the store was locked
    by one process, and that is us now); else only expired leases count. What `me` holds is never taken: we know that we
    live, whatever a clock that jumped says of our lease.
    """
    dead = and_(or_(literal(all_of_them), col(Delivery.lease_until) < now), col(Delivery.worker) != me)
    freed = session.connection().execute(
        update(Delivery)
        .where(_is(State.CLAIMED), dead)
        .values(state=_before_claim(), worker=None, lease_until=None, due_at=now)
    )
    doubtful = session.exec(select(Delivery).where(_is(State.IN_FLIGHT), dead).with_for_update(skip_locked=True)).all()
    facts = []
    for delivery in doubtful:
        session.add(
            Attempt(
                delivery_id=delivery.id or 0, ordinal=delivery.attempts + 1, at=now, outcome=State.UNCERTAIN.value,
                phase="dot", uncertain=delivery.doubt, permit=delivery.basis,
            )
        )  # fmt: skip
        delivery.attempts += 1
        delivery.doubt = True
        delivery.state = leads_to(Verb.HOLD if hold else Verb.LOSE).value
        delivery.worker, delivery.lease_until = None, None
        delivery.due_at = None if hold else now
        session.add(delivery)
        payload = {"wave": delivery.wave_id, "attempt": delivery.attempts, "permit": delivery.basis, "sha256": delivery.sha256}
        facts.append(Fact(now, ROBOT, "delivery.uncertain", f"delivery:{delivery.id}", payload))
    session.flush()
    record_all(session, facts)
    return freed.rowcount, len(facts)
