"""Who works on what: claims with a lease and a fencing number, and taking back what a dead worker held."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, literal, or_, update
from sqlmodel import Session, col, select

from distro.archive.columns import from_microseconds, microseconds
from distro.archive.ledger import Fact, record_all
from distro.bulk import mark_of, run, update_rows
from distro.db import AGAIN
from distro.dispatch.attempts import MAILER, Told, attempts_of
from distro.dispatch.delivery import Delivery, State, Verb, leads_to, starts_from
from distro.dispatch.letters import list_of
from distro.editorial.plan import Wave, WaveState, is_urgent

LEASE = timedelta(seconds=15)


@dataclass(frozen=True)
class Claim:
    """Wanted: what is due at `now` from waves that are sending, so that each wave has up to `depth` in hand.

    held    how many of each wave the worker has in hand
    closed  lanes from which nothing is wanted
    mine    what the worker has in hand, by id
    """

    worker: str
    depth: int
    now: datetime
    held: Mapping[int, int] = field(default_factory=dict)
    closed: tuple[int, ...] = ()
    mine: frozenset[int] = frozenset()


class Claimed(NamedTuple):
    """A delivery in hand, as its row has it. `fence`: the number of this claim."""

    id: int
    wave_id: int
    contact_id: int
    fence: int
    lane: int
    address_hash: bytes
    language: str
    segments: str
    once: bytes
    attempts: int
    skeleton_id: int | None
    sha256: bytes | None
    stamped_us: int | None
    doubt: bool
    accepted_us: int | None

    @property
    def letter(self) -> object:
        """Names the letter that its copy is made of: the one it was stamped from, or that of its wave, language and list."""
        return self.skeleton_id or (self.wave_id, self.language, self.list_name)

    @property
    def again(self) -> bool:
        """It was accepted before, and goes again on purpose."""
        return self.accepted_us is not None

    @property
    def list_name(self) -> str:
        return list_of(self.segments)

    @property
    def stamped_at(self) -> datetime | None:
        return None if self.stamped_us is None else from_microseconds(self.stamped_us)


@dataclass(frozen=True)
class Release:
    """Given back untouched."""

    claimed: Claimed
    now: datetime


def claim(session: Session, wanted: Claim) -> list[Claimed]:
    """Claim deliveries from each wave that is sending, oldest due first within a wave; urgent waves before all others.

    A wave's share does not hang on how many others there are: so one that has just launched is in hand at once, however much
    of another is waiting there.
    """
    statement = f"SELECT id, purpose FROM wave WHERE state = '{WaveState.SENDING.value}' ORDER BY at, id"
    sending = [(wave_id, is_urgent(purpose)) for wave_id, purpose in run(session, statement, ())]
    if session.info.get(AGAIN):
        _free_unheard(session, [w for w, _ in sending], wanted)
    found: list[Claimed] = []
    for urgent in (True, False):
        for wave_id, is_so in sending:
            room = wanted.depth - wanted.held.get(wave_id, 0)
            if is_so is urgent and room * 2 >= wanted.depth:
                found += _claim_from(session, wave_id, room, wanted)
    return found


def _free_unheard(session: Session, waves: Sequence[int], wanted: Claim) -> None:
    """Free what an earlier claim took whose commit was done and whose answer was lost: nobody has it in hand."""
    session.connection().execute(
        update(Delivery)
        .where(col(Delivery.wave_id).in_(waves), _is(State.CLAIMED), col(Delivery.worker) == wanted.worker)
        .where(col(Delivery.id).notin_(sorted(wanted.mine)))
        .values(state=_before_claim(), worker=None, lease_until=None, due_at=wanted.now)
    )


def _claim_from(session: Session, wave_id: int, most: int, wanted: Claim) -> list[Claimed]:
    mark = mark_of(session)
    closed = f" AND lane NOT IN ({', '.join([mark] * len(wanted.closed))})" if wanted.closed else ""
    lock = " FOR UPDATE SKIP LOCKED" if mark == "%s" else ""
    now, lease = microseconds(wanted.now), microseconds(wanted.now + LEASE)
    rows = run(
        session,
        f"UPDATE delivery SET state = '{leads_to(Verb.CLAIM).value}', worker = {mark}, fence = fence + 1, "
        f"lease_until = {mark}, due_at = NULL WHERE id IN (SELECT id FROM delivery "
        f"WHERE wave_id = {mark} AND due_at IS NOT NULL AND due_at <= {mark}{closed} ORDER BY due_at, id LIMIT {mark}{lock}) "
        "RETURNING id, wave_id, contact_id, fence, lane, address_hash, language, segments, once, attempts, skeleton_id, "
        "sha256, stamped_at, doubt, accepted_at",
        (wanted.worker, lease, wave_id, now, *wanted.closed, most),
    )
    return [Claimed._make(row) for row in sorted(rows)]


def release(session: Session, given_back: Sequence[Release]) -> list[None]:
    """Put claimed deliveries back where they stood before the claim, due again at once."""
    for item in given_back:
        mine = (col(Delivery.id) == item.claimed.id, col(Delivery.fence) == item.claimed.fence)
        back: dict[str, object] = {"state": _before_claim(), "worker": None, "lease_until": None, "due_at": item.now}
        for state in starts_from(Verb.RELEASE):
            if state == State.IN_FLIGHT:
                back |= _unmarked(session, item.claimed)
            change = update(Delivery).where(*mine, col(Delivery.state) == state).values(**back)
            if session.connection().execute(change).rowcount:
                break
    return [None] * len(given_back)


def _unmarked(session: Session, claimed: Claimed) -> dict[str, object]:
    """A mark of which nothing came leaves no entry. So the permit is again that of the last try, for by the record it is."""
    tries = attempts_of(session, [claimed.id])[claimed.id]
    permits = [one.told.permit for one in tries if one.told.permit and one.outcome != "late_reply"]
    return {"basis": permits[-1]} if permits and not claimed.again else {}


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
    """The worker lives, and has these in hand."""

    worker: str
    now: datetime
    mine: tuple[int, ...]


def renew(session: Session, renewals: Sequence[Renewal]) -> list[None]:
    """Extend the leases of what the newest renewal names."""
    last = renewals[-1]
    rows = [(delivery, last.worker, microseconds(last.now + LEASE)) for delivery in last.mine]
    change = "SET lease_until = v.lease_until FROM v WHERE delivery.id = v.id AND delivery.worker = v.worker"
    update_rows(session, Delivery, ("id", "worker", "lease_until"), rows, change)
    return [None] * len(renewals)


def take_back(
    session: Session, now: datetime, *, me: str, all_of_them: bool, hold: bool, mine: Collection[int] = ()
) -> tuple[int, int]:
    """Recover what dead workers held. Returns how many were free again, and how many are in doubt.

    Claimed: free again. In flight without an outcome: nobody knows, so an attempt in doubt is recorded and the identical
    bytes are due again, or held for a person. `all_of_them`: whoever held them is certainly dead (the store was locked
    by one process, and that is us now); else only expired leases count. What `me` holds is never taken: we know that we
    live, whatever a clock that jumped says of our lease. But a claim of ours that is not among `mine` was lost on the way:
    its commit was done after all, when it had been tried again already. Nobody renews it, so it shows by its lease.
    """
    # named by their waves, so that the index of states serves and not every delivery ever made is looked at
    anywhere = col(Delivery.wave_id).in_(select(Wave.id))
    expired = col(Delivery.lease_until) < now
    dead = and_(or_(literal(all_of_them), expired), col(Delivery.worker) != me)
    lost = and_(expired, col(Delivery.worker) == me, col(Delivery.id).notin_(sorted(mine)))
    freed = session.connection().execute(
        update(Delivery)
        .where(_is(State.CLAIMED), anywhere, or_(dead, lost))
        .values(state=_before_claim(), worker=None, lease_until=None, due_at=now)
    )
    doubtful = session.exec(
        select(Delivery).where(_is(State.IN_FLIGHT), anywhere, dead).with_for_update(skip_locked=True)
    ).all()
    facts = []
    for delivery in doubtful:
        told = Told(attempt=delivery.attempts + 1, phase="dot", permit=delivery.basis, uncertain=delivery.doubt)
        delivery.attempts += 1
        delivery.doubt = True
        delivery.state = leads_to(Verb.HOLD if hold else Verb.LOSE).value
        delivery.worker, delivery.lease_until = None, None
        delivery.due_at = None if hold else now
        session.add(delivery)
        payload = told.payload(wave=delivery.wave_id, digest=delivery.sha256)
        facts.append(Fact(now, MAILER, "delivery.uncertain", f"delivery:{delivery.id}", payload))
    session.flush()
    record_all(session, facts)
    return freed.rowcount, len(facts)
