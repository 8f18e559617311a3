"""What was known of a contact whom a legal hold names, kept before it is changed: desks go on working, and nothing is lost.

A card is sealed under the contact's own key, so that erasure reaches it. The record says that it was kept, and its SHA-256. It
goes by a disposal of two people only, once no hold names the contact any more.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, func, select

from contacts import people
from contacts.models import Journalist, Keep
from distro.archive.columns import Micros, microseconds
from distro.archive.findings import Finding
from distro.archive.ledger import Fact, canonical, record
from distro.archive.names import known_as
from distro.archive.said import Said, entries_about
from distro.archive.vault import Keys, Vault
from distro.bulk import rows_in, run
from distro.dispatch import holds
from distro.dispatch.disposals import Disposed
from distro.dispatch.naming import names_of
from distro.dispatch.recipient import Recipient
from distro.errors import Failed

_BEYOND = 50
"""So many numbers behind the last card are asked for in the record too: the last cards may have been taken out."""


class HeldCard(SQLModel, table=True):
    """A contact as `people.card` tells them, before a change by `by`. Append-only, but for a disposal; a number is never given
    out twice, for the record speaks of cards by it."""

    __tablename__ = "held_card"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(index=True)
    at: datetime = Field(sa_type=Micros)
    by: str
    box: bytes


@dataclass(frozen=True)
class Card:
    """`known`: None once the contact was erased."""

    number: int
    at: datetime
    by: str
    known: Mapping[str, Any] | None


def keeper(session: Session, vault: Vault, *, actor: str, at: datetime) -> Keep:
    """What `contacts` is handed to tell whom it is about to change: their cards are kept where a hold names them."""

    def keep(contacts: Sequence[int]) -> None:
        holds.one_at_a_time(session)
        for contact, naming in holds.naming(session, vault.keys, contacts).items():
            _keep(session, vault, session.get_one(Journalist, contact), naming, actor, at)

    return keep


def _keep(
    session: Session, vault: Vault, person: Journalist, naming: Sequence[holds.LegalHold], actor: str, at: datetime
) -> None:
    contact = person.id or 0
    cipher = vault.keys_for(session, [contact], at)[contact]
    card = people.card(session, person)
    # whoever has a key is taken to be found by the names that they have had since, see naming.known_already
    named = Recipient(person.name, person.address, person.canonical, str(card["outlet"]), b"")
    known_as(session, names_of(vault.keys, contact, named))
    plain = canonical(card).encode()
    last = session.exec(_theirs(contact).order_by(col(HeldCard.id).desc()).limit(1)).first()
    if last is not None and _says(cipher, last, plain):
        return  # nothing was changed since
    nonce = os.urandom(12)
    box = nonce + cipher.encrypt(nonce, plain, _place(contact, at))
    kept = HeldCard(contact_id=contact, at=at, by=actor, box=box)
    session.add(kept)
    session.flush()
    told = {"contact": contact, "holds": [hold.id for hold in naming], "sha256": hashlib.sha256(box).hexdigest()}
    record(session, Fact(at, actor, "contact.kept", f"card:{kept.id}", told))


def _place(contact: int, at: datetime) -> bytes:
    """What a box is bound to: whose it is, and the instant at which it was kept."""
    return b"card %d/%d" % (contact, microseconds(at))


def _open(cipher: AESGCM, card: HeldCard) -> bytes:
    try:
        return cipher.decrypt(card.box[:12], card.box[12:], _place(card.contact_id, card.at))
    except InvalidTag:
        raise Failed(f"The card {card.id} does not open: it was changed, or it is not in its place.") from None


def _says(cipher: AESGCM, card: HeldCard, plain: bytes) -> bool:
    try:
        return _open(cipher, card) == plain
    except Failed:
        return False  # an audit names it; a desk goes on, and what is known now is kept


def cards_of(session: Session, vault: Vault, contact: int) -> Iterator[Card]:
    """What was kept of a contact, oldest first. Raises Failed for one that does not open."""
    cipher = vault.ciphers(session, [contact]).get(contact)
    for row in session.exec(_theirs(contact).order_by(col(HeldCard.id))):
        known = None if cipher is None else json.loads(_open(cipher, row))
        yield Card(row.id or 0, row.at, row.by, known)


def _theirs(contact: int) -> Any:
    return select(HeldCard).where(HeldCard.contact_id == contact)


def due(
    session: Session, keys: Keys, before: datetime, *, held: bool | None, limit: int | None = None, after: int = 0
) -> Iterator[int]:
    """For retention: cards that were kept before an instant, from beyond the number `after`; `held` False: without those of
    contacts whom a hold names."""
    query = select(HeldCard.id).where(col(HeldCard.at) < before, col(HeldCard.id) > after).order_by(col(HeldCard.id))
    if held is False:
        query = query.where(col(HeldCard.contact_id).not_in(_named(session, keys)))
    yield from (number for number in session.exec(query.limit(limit)) if number is not None)


def _named(session: Session, keys: Keys) -> set[int]:
    """Of the contacts of whom cards are kept, those whom a hold in force names, or named when it was set."""
    kept = session.exec(select(HeldCard.contact_id).distinct()).all()
    set_on = {hold.contact_id for hold in holds.every(session)}
    return {contact for contact in kept if contact in set_on} | set(holds.naming(session, keys, kept))


def digests(session: Session, items: Sequence[int]) -> dict[int, bytes]:
    """SHA-256 of each of these cards' boxes."""
    rows = session.exec(select(HeldCard.id, HeldCard.box).where(col(HeldCard.id).in_(items)))
    return {number: hashlib.sha256(box).digest() for number, box in rows if number is not None}


def destroy(session: Session, items: Sequence[int]) -> None:
    """Delete them; a trigger wants each of them named by a disposal before."""
    session.connection().execute(delete(HeldCard).where(col(HeldCard.id).in_(items)))


def kept(session: Session) -> list[Said]:
    """What the record says of cards, in their order: whose each is, and when it was kept."""
    disposed = session.exec(select(func.max(Disposed.item)).where(Disposed.kind == "cards")).one() or 0
    highest = max(disposed, session.exec(select(func.max(HeldCard.id))).one() or 0)
    return [said for entries in entries_about(session, "card", range(1, highest + _BEYOND)).values() for said in entries]


def altered(session: Session) -> Iterator[Finding]:
    """Cards that are not as the record has them, or not there and not disposed of."""
    rows: dict[int, bytes] = dict(run(session, "SELECT id, box FROM held_card", ()))
    gone = {number for (number,) in run(session, "SELECT item FROM disposed WHERE kind = 'cards'", ())}
    highest = max([*rows, *gone, session.exec(select(func.max(HeldCard.id))).one() or 0], default=0)
    subjects = [f"card:{number}" for number in range(1, highest + _BEYOND)]
    told = {}
    for subject, entry, payload in rows_in(session, "SELECT subject, id, payload FROM entry WHERE subject", subjects):
        told[int(subject.partition(":")[2])] = entry, payload
    for number, box in sorted(rows.items()):
        entry, payload = told.get(number, (None, ""))
        if hashlib.sha256(box).hexdigest() not in payload:
            yield Finding(f"What was kept of a contact under legal hold (card {number}) is not what was recorded.", entry)
    for number, (entry, _) in sorted(told.items()):
        if number not in rows and number not in gone:
            yield Finding(f"What was kept of a contact under legal hold (card {number}) is not there any more.", entry)
