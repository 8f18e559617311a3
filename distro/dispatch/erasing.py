"""Erasure (GDPR, Article 17): a person's key is destroyed and what stands of them in the clear is deleted, in one transaction.

Every proof stays, for entries hold ids and salted hashes. The address stays suppressed under a keyed hash, so that no file
brings it back. The store's files are scrubbed afterwards (archive.scrubbing), the data folder by `traces.clean_folder`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from contacts import address, people, suppression
from contacts.models import Journalist, Outlet, Suppression
from contacts.once import one_writer
from distro.archive.ledger import Fact, for_the_record, record, record_all
from distro.archive.names import contacts_known_as, forget, hashes_of
from distro.archive.scrubbing import Erasure, leave_nothing_behind
from distro.archive.vault import Part, PersonKey, Vault
from distro.dispatch import holds, traces
from distro.dispatch.delivery import Delivery, State, Verb, leads_to, starts_from, stopped_by
from distro.dispatch.doubts import none_held
from distro.dispatch.recipient import Recipient
from distro.dispatch.traces import Traces
from distro.editorial.plan import Wave
from distro.errors import Refused
from distro.staff import Actor, Right


@dataclass(frozen=True)
class Erased:
    """contacts    their numbers: the contact's, and those that the address had as a contact who was removed since
    deliveries  how many in the archive name nobody any more
    cancelled   how many of them were still to go
    others      contacts who had the address once, and live on under another: they stay
    traces      what to look for in files
    """

    contacts: tuple[int, ...]
    deliveries: int
    cancelled: int
    others: tuple[int, ...]
    traces: Traces


def erase(session: Session, vault: Vault, text: str, *, reason: str, actor: Actor, at: datetime) -> Erased:
    """Erase whoever has this address. Raises Refused: not allowed, no reason or one that names them, nobody there, a legal
    hold, a copy on the wire, a rule that names the address."""
    actor.need(Right.ERASE, "erase a contact")
    why = for_the_record(reason)
    if not why:
        raise Refused("An erasure needs a reason, such as --reason 'asked for it by letter on 3 May'.")
    mailbox = address.parse(text)
    leave_nothing_behind(session)
    one_writer(session)
    person = session.exec(select(Journalist).where(Journalist.canonical == mailbox.canonical)).first()
    contacts, others = _who(session, vault, mailbox.canonical, person)
    if not contacts and not _in_clear(session, mailbox.canonical):
        raise Refused(_nobody(session, vault, mailbox, others))
    deliveries = _lock(session, contacts)
    was = _as_they_were(session, vault, deliveries)
    known = {mailbox.canonical, *(one.canonical for one in was)}
    known |= {one for contact in contacts for one in people.former(session, contact)}
    known |= _suppressed(session, vault, hashes_of(session, contacts) | {d.address_hash for d in deliveries})
    addresses = _theirs(session, contacts, known)
    written = {
        mailbox.written,
        *(one.address for one in was if one.canonical in addresses),
        *map(address.in_letters, addresses),
    }
    names = {one.name for one in was}
    if person is not None:
        written.add(person.address)
        names.add(person.name)
    found = Traces.of(addresses | written, names, ((d.wave_id, d.id or 0) for d in deliveries))
    if found.within(why):
        raise Refused("The reason names the person, and would stand in the record for ever; say it without.")
    holds.refuse_held(session, contacts, {vault.keys.address_hash(one) for one in addresses}, "erased")
    traces.refuse_named(session, found)

    cancelled = _cancel(session, deliveries, actor, at)
    vault.destroy(session, contacts, at)
    for contact in contacts:
        forget(session, contact)
    if person is not None:
        _remove(session, person)
    suppressed = [
        suppression.erase(session, one, vault.keys.stand_in, keep=True, by=actor.name, at=at) for one in sorted(addresses)
    ]
    spots = traces.spots(session, found)
    holds.refuse_rewriting(session, vault.keys, spots)
    changed = traces.take_out(session, found, spots)
    told: dict[str, object] = {"reason": why, "suppressions": sorted(one for one, _ in suppressed if one is not None)}
    if merged := sorted(number for _, went in suppressed for number in went):
        told["merged"] = merged
    for wave in changed:
        audience = sha256(session.get_one(Wave, wave).audience.encode()).hexdigest()
        record(session, Fact(at, actor.name, "wave.address_erased", f"wave:{wave}", {"audience": audience}))
    _tell(session, contacts, told, actor, at)
    return Erased(contacts, len(deliveries), cancelled, others, found)


def _who(session: Session, vault: Vault, canonical: str, person: Journalist | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Whom the address means: who has it, and whoever had it and is no contact any more. Then those who have another by now.
    Whoever nothing was sent to is known by what people.edit and a removal kept of their addresses."""
    hashed = vault.keys.address_hash(canonical)
    had = select(Delivery.contact_id, Journalist.id, PersonKey.wrapped).join(
        Journalist, col(Journalist.id) == col(Delivery.contact_id), isouter=True
    )
    had = had.join(PersonKey, col(PersonKey.contact_id) == col(Delivery.contact_id), isouter=True)
    rows = session.exec(had.where(Delivery.address_hash == hashed).distinct()).all()
    gone = {contact for contact, there, wrapped in rows if there is None and wrapped is not None}
    kept = contacts_known_as(session, hashed)  # of whoever was erased nothing is
    there_still = set(session.exec(select(Journalist.id).where(col(Journalist.id).in_(kept))))
    gone |= kept - there_still
    mine = gone if person is None or person.id is None else gone | {person.id}
    others = {there for _, there, _ in rows if there is not None} | people.who_had(session, canonical)
    return tuple(sorted(mine)), tuple(sorted(others - mine))


def _in_clear(session: Session, canonical: str) -> bool:
    return session.exec(select(Suppression.id).where(Suppression.canonical == canonical).limit(1)).first() is not None


def _nobody(session: Session, vault: Vault, mailbox: address.Address, others: Sequence[int]) -> str:
    if suppression.live(session, vault.keys.stand_in(mailbox.canonical)) is not None:
        return f"Whoever had {mailbox.written} was erased already."
    if others:
        numbers = ", ".join(map(str, others))
        return (
            f"Nobody has the address {mailbox.written} any more. It was once that of contact {numbers}, who has another now: "
            "erase them by that one (`distro contacts list` shows it)."
        )
    return f"There is no contact with the address {mailbox.written}, and nothing was ever sent there."


def _lock(session: Session, contacts: Sequence[int]) -> list[Delivery]:
    """Their deliveries, waves before deliveries, as the mark locks them: from here on nothing of theirs gets a Permit. Raises
    Refused where a copy is on the wire."""
    theirs = col(Delivery.contact_id).in_(contacts)
    waves = session.exec(select(Delivery.wave_id).where(theirs, col(Delivery.state).in_(_open())).distinct()).all()
    session.exec(select(Wave.id).where(col(Wave.id).in_(waves)).order_by(col(Wave.id)).with_for_update()).all()
    deliveries = list(session.exec(select(Delivery).where(theirs).order_by(col(Delivery.id)).with_for_update()).all())
    for delivery in deliveries:
        if delivery.state == State.IN_FLIGHT:
            raise Refused(
                f"Delivery {delivery.id} is on the wire to them just now; wait for its reply, or for the bot to find that none "
                "comes, and erase then."
            )
    return deliveries


def _open() -> list[str]:
    return [*starts_from(Verb.CANCEL), State.IN_FLIGHT.value]


def _as_they_were(session: Session, vault: Vault, deliveries: Sequence[Delivery]) -> list[Recipient]:
    """As the archive knows them, for the last time: under these names and addresses they may stand elsewhere."""
    boxes = vault.open(session, [d.id or 0 for d in deliveries], [Part.RECIPIENT])
    return list(dict.fromkeys(Recipient.read(box)._replace(salt=b"", original="", sent=()) for box in boxes.values()))


def _suppressed(session: Session, vault: Vault, hashes: Collection[bytes]) -> set[str]:
    """Suppressed addresses for which one of these hashes stands, though no box tells any more whose they were."""
    in_clear = select(Suppression.canonical).where(~col(Suppression.canonical).startswith(suppression.STANDS_IN)).distinct()
    rows = session.exec(in_clear, execution_options={"yield_per": suppression.PAGE})
    return {one for one in rows if vault.keys.address_hash(one) in hashes}


def _theirs(session: Session, contacts: Collection[int], addresses: set[str]) -> set[str]:
    """Without addresses that somebody else has by now."""
    taken = select(Journalist.canonical).where(col(Journalist.canonical).in_(addresses), col(Journalist.id).not_in(contacts))
    held: set[str] = set(session.exec(taken))
    return addresses - held


def _cancel(session: Session, deliveries: Sequence[Delivery], actor: Actor, at: datetime) -> int:
    """Stop what was still to go. What a bot has claimed loses its mark: the delivery is not claimed any more."""
    waiting = [d for d in deliveries if d.state in starts_from(Verb.CANCEL)]
    if not waiting:
        return 0
    kind = f"delivery.{leads_to(Verb.CANCEL)}"
    facts = [
        Fact(at, actor.name, kind, f"delivery:{d.id}", {"wave": d.wave_id, "reason": "the contact was erased"}) for d in waiting
    ]
    waves = sorted({d.wave_id for d in waiting if d.state == State.HELD})
    session.connection().execute(
        update(Delivery).where(col(Delivery.id).in_([d.id for d in waiting])).values(**stopped_by(Verb.CANCEL))
    )
    session.expire_all()
    record_all(session, facts)
    for wave in waves:
        none_held(session, wave, actor=actor.name, at=at)
    return len(waiting)


def _remove(session: Session, person: Journalist) -> None:
    """The row, and by its key memberships and agreements; the outlet too, where it was theirs alone: it may bear their name."""
    outlet = person.outlet_id
    session.delete(person)
    session.flush()
    if outlet is not None:
        others = select(Journalist.id).where(Journalist.outlet_id == outlet).exists()
        session.connection().execute(delete(Outlet).where(col(Outlet.id) == outlet, ~others))


def _tell(session: Session, contacts: Sequence[int], told: dict[str, object], actor: Actor, at: datetime) -> None:
    """One entry for each number that the person had; for an address without a contact one about the suppression."""
    for contact in contacts or (None,):
        session.add(Erasure(contact_id=contact, at=at))
        subject = "suppression:" + ",".join(map(str, told["suppressions"])) if contact is None else f"contact:{contact}"  # type: ignore[call-overload]
        record(session, Fact(at, actor.name, "contact.erased", subject, {"contacts": list(contacts), **told}))
    session.flush()
