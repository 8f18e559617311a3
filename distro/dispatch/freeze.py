"""Freezing an audience: a page of candidates becomes Deliveries, each with its recipient sealed in the vault.

A page is one transaction of at most a thousand rows, so that another wave's sending is never kept waiting, and the wave
remembers how far it came: a crash costs at most the page it was at.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col

from distro.archive.ledger import Fact, record
from distro.archive.vault import Part, Vault, salt
from distro.dispatch.audience import PAGE, Brief, Candidate, Survey, brief_for, page_after
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.recipient import Recipient
from distro.editorial.plan import Wave
from distro.staff import ROBOT


def freeze_page(session: Session, wave: Wave, vault: Vault, at: datetime) -> bool:
    """Freeze the next page of the wave's audience. True when it was the last one."""
    brief = brief_for(session, wave)
    page = page_after(session, brief, vault.keys, after=wave.frozen_through)
    survey = Survey()
    for candidate in page:
        survey.add(candidate)
    if not page:
        return True
    frozen = _deliver_to(session, wave, brief, [c for c in page if c.left_out is None], vault, at)
    wave.frozen_through = page[-1].contact_id
    session.add(wave)
    record(session, Fact(at, ROBOT, "wave.frozen", f"wave:{wave.id}", frozen | {"left_out": dict(survey.left_out)}))
    return len(page) < PAGE


def _deliver_to(
    session: Session, wave: Wave, brief: Brief, page: list[Candidate], vault: Vault, at: datetime
) -> dict[str, object]:
    if not page:
        return {"count": 0}
    keys = vault.keys
    rows = [
        {
            "wave_id": wave.id,
            "contact_id": c.contact_id,
            "once": keys.once(brief.release_id, brief.version, brief.purpose, brief.ordinal, c.canonical),
            "address_hash": keys.address_hash(c.canonical),
            "lane": keys.lane(c.domain),
            "language": c.language,
            "fallback": c.fallback,
            "segments": "\n".join(c.matched),
            "state": State.PENDING.value,
            "basis": "",
            "due_at": wave.at,
            "fence": 0,
            "attempts": 0,
            "doubt": False,
        }
        for c in page
    ]
    inserted = session.connection().execute(insert(Delivery).returning(col(Delivery.id), col(Delivery.contact_id)), rows)
    ids: dict[int, int] = {contact: delivery for delivery, contact in inserted if delivery is not None}
    recipients = {c.contact_id: Recipient(c.name, c.address, c.canonical, c.outlet, salt()).octets for c in page}
    vault.keys_for(session, recipients, at)
    ciphers = vault.ciphers(session, recipients)
    vault.seal(session, ((ids[c], Part.RECIPIENT, c, octets) for c, octets in recipients.items()), ciphers)
    # one entry stands for the page: it commits to every recipient, in the order of the deliveries
    digest = hashlib.sha256()
    for contact in sorted(recipients, key=ids.__getitem__):
        digest.update(hashlib.sha256(recipients[contact]).digest())
    first, last = min(ids.values()), max(ids.values())
    return {"deliveries": [first, last], "count": len(ids), "recipients": digest.hexdigest()}
