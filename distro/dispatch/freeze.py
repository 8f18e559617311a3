"""Freezing an audience: a page of candidates becomes Deliveries, each with its recipient sealed in the vault.

A page is one transaction of at most a thousand rows, so that another wave's sending is never kept waiting, and the wave
remembers how far it came: a crash costs at most the page it was at.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from distro.archive.columns import microseconds
from distro.archive.ledger import Fact, record
from distro.archive.names import known_as
from distro.archive.vault import Keys, Part, Vault, salt
from distro.bulk import insert_rows
from distro.config import Config
from distro.db import Store
from distro.dispatch.audience import PAGE, brief_for, page_after
from distro.dispatch.candidates import Brief, Candidate, Survey
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.frozen import FOR_GOOD, sum_of_recipients, sum_of_rows
from distro.dispatch.naming import known_already, names_of
from distro.dispatch.recipient import Recipient
from distro.editorial.plan import Wave
from distro.hours import in_each
from distro.staff import ROBOT

AHEAD = 4 * PAGE
"""Candidates that are read at once."""


def freeze_some(store: Store, vault: Vault, wave_id: int, at: datetime, config: Config) -> Standing | None:
    """Freeze the next pages of the wave's audience. How the wave stands when the last one was among them, else None.

    Candidates are read and made ready before the store is locked, several pages at once: what is asked of contacts costs the
    same for a thousand as for some thousands. Each page's transaction first makes sure that the wave stands where it stood.
    """
    with store.read() as session:
        wave = session.get_one(Wave, wave_id)
        brief = brief_for(session, wave)
        stood = standing(wave)
        found = page_after(session, brief, vault.keys, after=wave.frozen_through, limit=AHEAD)
        known = known_already(session, [candidate.contact_id for candidate in found])
    for page in (found[start : start + PAGE] for start in range(0, len(found), PAGE)):
        survey = Survey()
        for candidate in page:
            survey.add(candidate)
        lanes = {domain: vault.keys.lane(domain) for domain in {candidate.domain for candidate in page}}
        ready = [
            _ready(c, brief, vault.keys, lanes[c.domain], config, known=c.contact_id in known)
            for c in page
            if c.left_out is None
        ]
        with store.write() as session:
            wave = session.exec(select(Wave).where(Wave.id == wave_id).with_for_update()).one()
            if standing(wave) != stood:
                return None
            frozen = _deliver_to(session, wave, ready, vault, at)
            wave.frozen_through = page[-1].place
            session.add(wave)
            record(session, Fact(at, ROBOT, "wave.frozen", f"wave:{wave_id}", frozen | {"left_out": dict(survey.left_out)}))
            stood = standing(wave)
    return stood if len(found) < AHEAD else None


Standing = tuple[object, ...]


def standing(wave: Wave) -> Standing:
    """What must not have changed between reading a page and writing it: a pause, a recall, a launch, another bot's page."""
    return wave.state, wave.freezing, wave.frozen_through, wave.prepared_at, wave.launched_at


@dataclass(frozen=True)
class _Ready:
    """A recipient before the store is locked: the delivery's own columns, what is sealed for it, what they are found by."""

    contact_id: int
    columns: tuple[object, ...]
    recipient: bytes
    known_as: tuple[tuple[bytes, int], ...]

    @property
    def for_good(self) -> tuple[object, ...]:
        """The values of FOR_GOOD."""
        return self.columns[: len(FOR_GOOD)]


_OWN = (*FOR_GOOD, "lane")
_SAME = ("wave_id", "due_at", "state", "basis", "fence", "attempts", "doubt", "live")
"""Columns of a new delivery: a recipient's own, and those that are the same for a page."""


def _ready(c: Candidate, brief: Brief, keys: Keys, lane: int, config: Config, *, known: bool) -> _Ready:
    once = keys.once(brief.release_id, brief.version, brief.purpose, brief.ordinal, c.canonical)
    columns = (c.contact_id, once, c.address_hash, c.language, c.fallback, "\n".join(c.matched), lane)
    recipient = Recipient(c.name, c.address, c.canonical, c.outlet, salt(), *_held(c, config, brief.languages[0]))
    return _Ready(c.contact_id, columns, recipient.octets, () if known else names_of(keys, c.contact_id, recipient))


def _held(c: Candidate, config: Config, primary: str) -> tuple[str, tuple[str, ...]]:
    """Of a notice: what the copy is called that they hold, and its hour in the office's zone, in each language of theirs."""
    if c.original is None:
        return "", ()
    office, folder = config.office, config.templates.folder
    at = c.original.sent_at.replace(second=0, microsecond=0)  # as a letter says it
    hours = in_each(c.language.split("+"), at, office.timezone, primary=primary, city=office.city, folder=folder)
    return f"{c.original.id_left}@{c.original.id_domain or office.mail_domain}", hours


def _deliver_to(session: Session, wave: Wave, page: list[_Ready], vault: Vault, at: datetime) -> dict[str, object]:
    if not page:
        return {"count": 0}
    ciphers = vault.keys_for(session, (one.contact_id for one in page), at)
    page = [one for one in page if one.contact_id in ciphers]  # the others were erased since the page was read
    if not page:
        return {"count": 0}
    same = (wave.id, microseconds(wave.at), State.PENDING.value, "", 0, 0, False, True)
    rows = [(*one.columns, *same) for one in page]
    inserted = insert_rows(session, Delivery, (*_OWN, *_SAME), rows, returning="id, contact_id")
    ids: dict[int, int] = {contact: delivery for delivery, contact in inserted}
    first, last = min(ids.values()), max(ids.values())
    wave.first_delivery, wave.last_delivery = min(wave.first_delivery or first, first), max(wave.last_delivery or last, last)
    known_as(session, [known for one in page for known in one.known_as])
    recipients = {one.contact_id: one.recipient for one in page}
    vault.seal(session, ((ids[c], Part.RECIPIENT, c, octets) for c, octets in recipients.items()), ciphers)
    # one entry stands for the page: it commits to every recipient and every row, in the order of the deliveries
    page.sort(key=lambda one: ids[one.contact_id])
    return {
        "deliveries": [first, last],
        "count": len(ids),
        "recipients": sum_of_recipients(hashlib.sha256(one.recipient).digest() for one in page),
        "rows": sum_of_rows(one.for_good for one in page),
    }
