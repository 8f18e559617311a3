"""Legal hold: what a case needs stays as it is. Scoped by release, contact and dates; blocks erasure, removal and disposal, and
that somebody else's erasure rewrites it. What is known of a contact whom one names is kept before it changes (see cards).

A hold names people by number and keyed hash, never by address. It is set by anybody on the staff and lifted by somebody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, or_, text, true
from sqlmodel import Field, Session, SQLModel, col, select

from contacts import address, people
from contacts.models import EmbargoAgreement, Journalist, Suppression
from contacts.suppression import STANDS_IN
from distro.archive.ledger import Fact, for_the_record, record
from distro.archive.vault import Keys
from distro.dispatch.delivery import Delivery
from distro.editorial.plan import Wave
from distro.editorial.release import Release
from distro.errors import Refused
from distro.staff import Actor, Right

if TYPE_CHECKING:
    from distro.dispatch.traces import Spots

_EVER, _NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


class LegalHold(SQLModel, table=True):
    """In force until it is lifted; the row stays. What is empty does not narrow it, and not everything is.

    contact_id, address_hash  the contact who had the address when it was set (None: nobody), and whoever had it or gets it
    release_id                deliveries of this release
    since, until              deliveries whose wave was due, or whose copy was stamped or accepted, from `since` on and before
                              `until`
    """

    __tablename__ = "legal_hold"

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int | None = None
    address_hash: bytes | None = None
    release_id: int | None = Field(default=None, foreign_key="release.id")
    since: datetime | None = None
    until: datetime | None = None
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_reason: str | None = None


@dataclass(frozen=True)
class Scope:
    """What a hold is to cover: all of the conditions that are given."""

    address: str | None = None
    release: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def add(session: Session, keys: Keys, scope: Scope, *, reason: str, actor: Actor, at: datetime) -> LegalHold:
    """Set a hold. Raises Refused for one that covers nothing in particular, and without a reason."""
    actor.need(Right.HOLD, "set a legal hold")
    why = _reason(reason)
    if scope == Scope():
        raise Refused("Say what is to be held: --contact ADDRESS, --release SLUG, --since WHEN, --until WHEN, or several.")
    if scope.since is not None and scope.until is not None and scope.until <= scope.since:
        raise Refused("The hold would end before it begins; --until comes after --since.")
    hold = LegalHold(since=scope.since, until=scope.until, reason=why, by=actor.name, at=at)
    if scope.address is not None:
        mailbox = address.parse(scope.address)
        hold.address_hash = keys.address_hash(mailbox.canonical)
        hold.contact_id = session.exec(select(Journalist.id).where(Journalist.canonical == mailbox.canonical)).first()
        known = select(Delivery.id).where(Delivery.address_hash == hold.address_hash).limit(1)
        if hold.contact_id is None and session.exec(known).first() is None:
            raise Refused(f"There is no contact {mailbox.written}, and nothing was ever sent there.")
    if scope.release is not None:
        hold.release_id = session.exec(select(Release.id).where(Release.slug == scope.release)).first()
        if hold.release_id is None:
            raise Refused(f"There is no release {scope.release!r}; `distro archive list` shows what was sent.")
    one_at_a_time(session)
    session.add(hold)
    session.flush()
    payload = {"hold": hold.id, "reason": why, **_as_ids(hold)}
    record(session, Fact(at, actor.name, "hold.set", f"hold:{hold.id}", payload))
    return hold


def lift(session: Session, number: int, *, reason: str, actor: Actor, people: int, at: datetime) -> LegalHold:
    """End a hold. `people` 2: by somebody else than who set it. Raises Refused."""
    actor.need(Right.ERASE, "lift a legal hold")
    why = _reason(reason)
    one_at_a_time(session)
    hold = session.get(LegalHold, number)
    if hold is None:
        raise Refused(f"There is no legal hold {number}; `distro hold list` shows them.")
    if hold.lifted_at is not None:
        raise Refused(f"{hold.lifted_by} lifted the legal hold {number} on {hold.lifted_at:%Y-%m-%d} already.")
    alone = actor.name == hold.by
    if alone and people > 1:
        raise Refused(f"{actor.name} set the legal hold {number}, and who set it does not lift it; another person must.")
    hold.lifted_at, hold.lifted_by, hold.lifted_reason = at, actor.name, why
    session.add(hold)
    session.flush()
    record(session, Fact(at, actor.name, "hold.lifted", f"hold:{number}", {"hold": number, "reason": why, "alone": alone}))
    return hold


def _reason(reason: str) -> str:
    why = for_the_record(reason)
    if not why:
        raise Refused("A legal hold is set and lifted for a reason, such as --reason 'case 12/2026'.")
    return why


def every(session: Session, *, lifted: bool = False) -> list[LegalHold]:
    """The holds in force, or with those that were lifted, by number."""
    query = select(LegalHold).order_by(col(LegalHold.id))
    return list(session.exec(query if lifted else query.where(col(LegalHold.lifted_at).is_(None))))


def as_json(session: Session, hold: LegalHold) -> dict[str, object]:
    """A hold as `hold list --json` shows it: the contact by number."""
    slug = None if hold.release_id is None else session.get_one(Release, hold.release_id).slug
    return {
        "id": hold.id,
        "contact": hold.contact_id,
        "by_address": hold.address_hash is not None,
        "release": slug,
        "since": hold.since,
        "until": hold.until,
        "reason": hold.reason,
        "by": hold.by,
        "at": hold.at,
        "lifted_at": hold.lifted_at,
        "lifted_by": hold.lifted_by,
        "lifted_reason": hold.lifted_reason,
    }


def _as_ids(hold: LegalHold) -> dict[str, object]:
    named: dict[str, object] = {"contact": hold.contact_id, "address": hold.address_hash, "release": hold.release_id}
    named |= {"since": hold.since, "until": hold.until}
    return {name: value for name, value in named.items() if value is not None}


def refuse_held(session: Session, contacts: Collection[int], address_hashes: Collection[bytes], what: str) -> None:
    """Raise Refused where a hold covers one of these contacts, by an address or a delivery. `what` completes "may not be …"."""
    one_at_a_time(session)
    for hold in every(session):
        if _covers(session, hold, contacts, address_hashes):
            raise Refused(f"Legal hold {hold.id} covers this contact, so they may not be {what}: {_its_end(hold)}")


def _its_end(hold: LegalHold) -> str:
    return f"{hold.by} set it on {hold.at:%Y-%m-%d} ({hold.reason}). It ends with `distro hold lift {hold.id} --reason TEXT`."


def naming(session: Session, keys: Keys, contacts: Sequence[int]) -> dict[int, list[LegalHold]]:
    """The holds in force that name each of these contacts, by number or by an address that they have or had. What is known of
    them by now is held by these alone, and not by one on what was sent to many."""
    in_force = [hold for hold in every(session) if hold.address_hash is not None]
    found: dict[int, list[LegalHold]] = {}
    for start in range(0, len(contacts) if in_force else 0, people.PAGE):
        page = contacts[start : start + people.PAGE]
        hashes: defaultdict[int, set[bytes]] = defaultdict(set)
        for contact, mailbox in people.mailboxes(session, page):
            hashes[contact].add(keys.address_hash(mailbox))
        for contact, theirs in hashes.items():
            naming_them = [hold for hold in in_force if hold.contact_id == contact or hold.address_hash in theirs]
            if naming_them:
                found[contact] = naming_them
    return found


def refuse_rewriting(session: Session, keys: Keys, spots: Spots) -> None:
    """Raise Refused where a hold covers one of these rows: a case may need who was named in it, too. Notices to staff are under
    no hold."""
    one_at_a_time(session)
    waves = {wave.id: wave for wave in (*spots.waves, *spots.rows) if isinstance(wave, Wave)}
    contacts = {contact for row in spots.rows if (contact := _whose(row)) is not None}
    named = naming(session, keys, sorted(contacts))
    addresses = {row.id: _hash_in(row, keys) for row in spots.rows if isinstance(row, Suppression)}
    for hold in every(session):
        covered = [f"wave {wave.id}" for wave in waves.values() if _covers_wave(session, hold, wave)]
        covered += [f"what is known of contact {contact}" for contact, theirs in named.items() if hold in theirs]
        covered += [f"suppression {number}" for number, hashed in addresses.items() if hold.address_hash == hashed]
        if covered:
            raise Refused(
                f"The address stands in {', '.join(covered)}, and may not be taken out there, for legal hold {hold.id} covers "
                f"that: {_its_end(hold)}"
            )


def _whose(row: SQLModel) -> int | None:
    """The contact of whom a row says something."""
    if isinstance(row, EmbargoAgreement):
        return row.journalist_id
    return row.id if isinstance(row, Journalist) else None


def _hash_in(row: Suppression, keys: Keys) -> bytes:
    hidden = row.canonical.startswith(STANDS_IN)
    return bytes.fromhex(row.canonical.removeprefix(STANDS_IN)) if hidden else keys.address_hash(row.canonical)


def _covers_wave(session: Session, hold: LegalHold, wave: Wave) -> bool:
    """By a delivery, or as a whole where the hold is on nobody in particular: its rule also says whom it left out."""
    theirs = select(Delivery.id).join(Wave, col(Wave.id) == col(Delivery.wave_id))
    if session.exec(theirs.where(Delivery.wave_id == wave.id, deliveries_of(hold)).limit(1)).first() is not None:
        return True
    by_release = hold.release_id in (None, wave.release_id)
    return hold.address_hash is None and by_release and (hold.since or _EVER) <= wave.at < (hold.until or _NEVER)


def _covers(session: Session, hold: LegalHold, contacts: Collection[int], address_hashes: Collection[bytes]) -> bool:
    whole = hold.release_id is None and hold.since is None and hold.until is None
    if whole and (hold.contact_id in contacts or hold.address_hash in address_hashes):
        return True
    theirs = col(Delivery.contact_id).in_(contacts)
    query = select(Delivery.id).join(Wave, col(Wave.id) == col(Delivery.wave_id)).where(theirs, deliveries_of(hold))
    return session.exec(query.limit(1)).first() is not None


def deliveries_of(hold: LegalHold) -> ColumnElement[bool]:
    """Which deliveries a hold covers, asked of Delivery joined with its Wave."""
    conditions: list[ColumnElement[bool]] = [true()]
    if hold.address_hash is not None:
        same = col(Delivery.address_hash) == hold.address_hash
        conditions.append(same if hold.contact_id is None else or_(same, col(Delivery.contact_id) == hold.contact_id))
    if hold.release_id is not None:
        conditions.append(col(Wave.release_id) == hold.release_id)
    if hold.since is not None or hold.until is not None:
        since, until = hold.since or _EVER, hold.until or _NEVER
        conditions.append(
            or_(
                and_(col(Wave.at) >= since, col(Wave.at) < until),
                and_(col(Delivery.stamped_at) >= since, col(Delivery.stamped_at) < until),
                and_(col(Delivery.accepted_at) >= since, col(Delivery.accepted_at) < until),
            )
        )
    return and_(*conditions)


def one_at_a_time(session: Session) -> None:
    """Whoever sets, lifts or asks about holds before destroying waits for the others; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE legal_hold IN SHARE ROW EXCLUSIVE MODE"))
