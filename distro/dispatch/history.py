"""What went out, to whom, on whose word: the archive's questions over deliveries. Reads; writes nothing.

It stands on this floor and not in `archive`, because it joins what all floors wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.vault import Part, Vault, reply_part
from distro.dispatch.attempts import Attempt, attempts_of
from distro.dispatch.delivery import Delivery
from distro.dispatch.recipient import Recipient, message_id
from distro.dispatch.retention import Disposed
from distro.dispatch.slots import kept_slots, slots_of
from distro.editorial.content import ReleaseContent
from distro.editorial.plan import Wave
from distro.editorial.release import Approval, Release, Version
from distro.errors import Failed, Refused

PAGE = 500


@dataclass(frozen=True)
class Wanted:
    """Which deliveries: all of the conditions that are given. `since` and `until` bound the acceptance."""

    release: str | None = None
    wave: int | None = None
    state: str | None = None
    language: str | None = None
    address_hash: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None


def deliveries(
    session: Session, vault: Vault, wanted: Wanted, *, after: int = 0, limit: int | None = None
) -> Iterator[dict[str, object]]:
    """Records of deliveries in the order of their ids, a page at a time. `after` is the last id of the page before."""
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        found = session.exec(
            select(Delivery)
            .join(Wave, col(Wave.id) == col(Delivery.wave_id))
            .join(Release, col(Release.id) == col(Wave.release_id))
            .where(col(Delivery.id) > after, *_conditions(wanted))
            .order_by(col(Delivery.id))
            .limit(size)
        ).all()
        yield from _records(session, vault, found)
        session.expunge_all()
        if len(found) < size:
            return
        after = found[-1].id or 0
        left = None if left is None else left - len(found)


def delivery(session: Session, vault: Vault, delivery_id: int) -> dict[str, object]:
    """The record of one delivery. Raises Refused where there is none."""
    return next(iter(_records(session, vault, [_find(session, delivery_id)])))


def copy_of(session: Session, vault: Vault, delivery_id: int) -> bytes:
    """The exact bytes of the copy, rebuilt and held against its SHA-256.

    Raises Refused where nothing was stamped or the person was erased, Failed where the bytes are not those recorded.
    """
    found = _find(session, delivery_id)
    if found.skeleton_id is None:
        raise Refused(f"No copy of delivery {delivery_id} was made: it is {found.state}.")
    sealed = vault.open(session, [delivery_id], [Part.RECIPIENT, Part.SLOTS])
    recipient = sealed.get((delivery_id, Part.RECIPIENT))
    if recipient is None or found.stamped_at is None:
        raise Refused(_why_gone(session, delivery_id))
    values = slots_of(
        vault.keys,
        Recipient.read(recipient),
        wave=found.wave_id,
        delivery=delivery_id,
        once=found.once,
        stamped_at=found.stamped_at,
    )
    values |= kept_slots(sealed.get((delivery_id, Part.SLOTS)))
    octets = session.get_one(StoredSkeleton, found.skeleton_id).skeleton.fill(values)
    if hashlib.sha256(octets).digest() != found.sha256:
        raise Failed(f"The copy of delivery {delivery_id} does not match its recorded SHA-256; the archive was changed.")
    return octets


def _why_gone(session: Session, delivery_id: int) -> str:
    disposed = session.get(Disposed, ("deliveries", delivery_id))
    if disposed is None:
        return f"The person of delivery {delivery_id} was erased; its copy cannot be rebuilt."
    return (
        f"What was personal of delivery {delivery_id} was disposed of; its copy cannot be rebuilt. "
        f"`distro retention certificate {disposed.disposal_id}` says on whose word."
    )


def _find(session: Session, delivery_id: int) -> Delivery:
    found = session.get(Delivery, delivery_id)
    if found is None:
        raise Refused(f"There is no delivery {delivery_id}; `distro archive list` shows them.")
    return found


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.release is not None:
        yield col(Release.slug) == wanted.release
    if wanted.wave is not None:
        yield col(Delivery.wave_id) == wanted.wave
    if wanted.state is not None:
        yield col(Delivery.state) == wanted.state
    if wanted.language is not None:
        yield col(Delivery.language) == wanted.language
    if wanted.address_hash is not None:
        yield col(Delivery.address_hash) == wanted.address_hash
    if wanted.since is not None:
        yield col(Delivery.accepted_at) >= wanted.since
    if wanted.until is not None:
        yield col(Delivery.accepted_at) < wanted.until


@dataclass(frozen=True)
class _WaveSide:
    """What all deliveries of a wave have in common."""

    release: str
    version: str
    purpose: str
    scheduled_by: str
    authors: list[str]
    submitted_by: str
    approvers: list[str]
    press_contacts: list[dict[str, str]]


def _records(session: Session, vault: Vault, found: Iterable[Delivery]) -> Iterator[dict[str, object]]:
    page = list(found)
    ids = [d.id or 0 for d in page]
    waves = {w: _wave_side(session, w) for w in {d.wave_id for d in page}}
    boxes = vault.open(session, ids)
    attempts = attempts_of(session, ids)
    domains = {d.skeleton_id: _id_domain(session, d.skeleton_id) for d in page if d.skeleton_id is not None}
    for d in page:
        i, wave = d.id or 0, waves[d.wave_id]
        recipient = boxes.get((i, Part.RECIPIENT))
        yield {
            "delivery": i,
            "release": wave.release,
            "version": wave.version,
            "wave": d.wave_id,
            "purpose": wave.purpose,
            "recipient": _recipient(recipient),
            "segments": d.segments.split("\n") if d.segments else [],
            "language": d.language,
            "fallback": d.fallback,
            "state": d.state,
            "accepted_at": d.accepted_at,
            "stamped_at": d.stamped_at,
            "message_id": None if d.skeleton_id is None else f"<{message_id(d.once)}@{domains[d.skeleton_id]}>",
            "sha256": None if d.sha256 is None else d.sha256.hex(),
            "permit": d.basis or None,
            "press_contacts": wave.press_contacts,
            "author": wave.submitted_by,
            "authors": wave.authors,
            "approvers": wave.approvers,
            "scheduled_by": wave.scheduled_by,
            "attempts": [_attempt(a, boxes.get((i, reply_part(a.told.attempt)))) for a in attempts[i]],
        }


def _wave_side(session: Session, wave_id: int) -> _WaveSide:
    wave = session.get_one(Wave, wave_id)
    version = session.get_one(Version, wave.version_id)
    approval = None if wave.approval_id is None else session.get_one(Approval, wave.approval_id)
    content = ReleaseContent.from_json(version.content)
    return _WaveSide(
        release=session.get_one(Release, wave.release_id).slug,
        version=version.hash,
        purpose=wave.purpose,
        scheduled_by=wave.scheduled_by,
        authors=version.authors.split("\n") if version.authors else [],
        submitted_by=version.submitted_by,
        approvers=[] if approval is None else [approval.by],
        press_contacts=[{"name": c.name, "email": c.email, "phone": c.phone} for c in content.contacts],
    )


def _recipient(octets: bytes | None) -> dict[str, str] | None:
    """As they were when the audience was frozen; None once they were erased."""
    if octets is None:
        return None
    person = Recipient.read(octets)
    return {"name": person.name, "address": person.address, "outlet": person.outlet}


def _attempt(attempt: Attempt, reply: bytes | None) -> dict[str, object]:
    return {
        "at": attempt.at,
        "outcome": attempt.outcome,
        "phase": attempt.told.phase,
        "reply": None if reply is None else _reply(reply),
        "permit": attempt.told.permit or None,
        "uncertain": attempt.told.uncertain,
    }


def _reply(octets: bytes) -> str:
    """Verbatim; before the third migration it stood in an object with its salt."""
    if octets.startswith(b'{"salt":'):
        return str(json.loads(octets)["text"])
    return octets.decode()


def _id_domain(session: Session, skeleton_id: int) -> str:
    return _read_id_domain(session.get_one(StoredSkeleton, skeleton_id).pieces)


@lru_cache(maxsize=64)
def _read_id_domain(pieces: str) -> str:
    """The right side of the Message-IDs of a skeleton, read where it stands: behind the slot of their left side."""
    skeleton = Skeleton.from_json(pieces)
    at = skeleton.pieces.index("id")
    return skeleton.pieces[at + 1].removeprefix("@").partition(">")[0]
