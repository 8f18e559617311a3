"""By which names the recipients of a delivery are found again: their own and their outlet's, as they were at the freezing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import update
from sqlmodel import Session, col, select

from contacts.folding import fold
from contacts.models import Journalist
from distro.archive.names import known_as
from distro.archive.vault import Keys, Part, PersonKey, Vault
from distro.bulk import in_parts
from distro.db import Store
from distro.dispatch.delivery import Delivery
from distro.dispatch.recipient import Recipient
from distro.editorial.plan import Wave

NAME, OUTLET = "name", "outlet"
_PAGE = 500


def names_of(keys: Keys, contact_id: int, recipient: Recipient) -> tuple[tuple[bytes, int], ...]:
    """Rows for archive.names: what this person is called. Who has no name, or no outlet, is not found by it."""
    called = ((NAME, recipient.name), (OUTLET, recipient.outlet))
    return tuple((hash_of(keys, kind, text), contact_id) for kind, text in called if text)


@lru_cache(maxsize=4096)
def hash_of(keys: Keys, kind: str, text: str) -> bytes:
    """Of a name, whatever its case and accents."""
    return keys.name_hash(kind, fold(text))


def known_already(session: Session, contacts: Sequence[int]) -> set[int]:
    """Those of these contacts who are known under the names that they have: nothing of theirs changed since their key was made,
    and that was at their first freezing, or when a card of theirs was first kept. Most of a list are."""
    found = set[int]()
    for part in in_parts(contacts):
        rows = session.exec(
            select(Journalist.id, Journalist.changed_at, PersonKey.created_at)
            .join(PersonKey, col(PersonKey.contact_id) == col(Journalist.id))
            .where(col(Journalist.id).in_(part))
        )
        found |= {contact for contact, changed_at, first in rows if contact is not None and changed_at < first}
    return found


def make_findable(store: Store, vault: Vault) -> int:
    """Open the recipients of waves that were frozen before names were kept, and keep theirs. Can be broken off and run again.
    Returns how many waves it did."""
    with store.read() as session:
        waves = session.exec(select(Wave.id).where(~col(Wave.findable)).order_by(col(Wave.id))).all()
    for wave_id in waves:
        after = 0
        while page := _page(store, wave_id, after):
            after = max(page)
            with store.read() as session:
                boxes = vault.open(session, page, [Part.RECIPIENT])
            rows = [row for (i, _), box in boxes.items() for row in names_of(vault.keys, page[i], Recipient.read(box))]
            with store.write() as session:
                known_as(session, rows)
        with store.write() as session:
            wave = session.exec(select(Wave).where(Wave.id == wave_id).with_for_update()).one()
            wave.findable = True
            session.add(wave)
    return len(waves)


def make_findable_again(store: Store, vault: Vault) -> int:
    """The same of all waves: where hashes were lost, they come back. Meanwhile a question by name refuses to answer. What was
    kept of others, and is in no box, stays."""
    with store.write() as session:
        session.connection().execute(update(Wave).values(findable=False))
    return make_findable(store, vault)


def _page(store: Store, wave_id: int | None, after: int) -> dict[int, int]:
    """The next deliveries of the wave, each with its contact."""
    with store.read() as session:
        query = select(Delivery.id, Delivery.contact_id).where(Delivery.wave_id == wave_id, col(Delivery.id) > after)
        return {i: contact for i, contact in session.exec(query.order_by(col(Delivery.id)).limit(_PAGE)) if i is not None}


def unfindable(session: Session) -> bool:
    """Whether there are waves whose recipients cannot be found by name yet."""
    return session.exec(select(Wave.id).where(~col(Wave.findable)).limit(1)).first() is not None
