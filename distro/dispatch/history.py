"""What went out, to whom, on whose word: the archive's questions over deliveries. Reads; writes nothing.

It stands on this floor and not in `archive`, because it joins what all floors wrote.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from contacts.folding import fold
from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.vault import Keys, Part, Vault, reply_part
from distro.dispatch.attempts import Attempt, attempts_of
from distro.dispatch.delivery import Delivery
from distro.dispatch.disposals import Disposed
from distro.dispatch.finding import Finder, Wanted
from distro.dispatch.recipient import Recipient, message_id
from distro.dispatch.slots import kept_slots, slots_of
from distro.editorial.content import ReleaseContent
from distro.editorial.plan import Wave
from distro.editorial.release import Approval, Release, Version
from distro.errors import Failed, Refused

__all__ = ["Wanted", "copy_of", "deliveries", "delivery", "records", "version_of"]

PAGE = 500

_HEADER = 4000
"""Signs of a skeleton's JSON within which its Message-ID stands."""
_BEGINNING = 2000
"""Signs of a version's JSON within which its press contacts nearly always stand."""
_CONTACTS = '{"contacts":'
_DECODER = json.JSONDecoder()
_ID_DOMAIN = re.compile(r',"id","@([^>"]+)>')


def deliveries(
    session: Session, vault: Vault, wanted: Wanted, *, after: int = 0, limit: int | None = None
) -> Iterator[dict[str, object]]:
    """Records of deliveries in the order of their ids, a page at a time. `after` is the last id of the page before.

    Raises Refused where people are looked for by name and cannot be found by it yet.
    """
    finder = Finder(session, vault.keys, wanted)
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        ids = finder.page(after, size)
        told = [record for record in records(session, vault, ids) if _is_meant(record, wanted)]
        yield from told
        session.expunge_all()
        if len(ids) < size:
            return
        after = ids[-1]
        left = None if left is None else left - len(told)


def _is_meant(record: dict[str, object], wanted: Wanted) -> bool:
    """Whether the person was called so then: a contact may have been at several outlets, and under several names."""
    whom = record["recipient"]
    asked = (("name", wanted.person), ("outlet", wanted.outlet))
    return all(name is None or (isinstance(whom, dict) and fold(whom[key]) == fold(name)) for key, name in asked)


def delivery(session: Session, vault: Vault, delivery_id: int) -> dict[str, object]:
    """The record of one delivery. Raises Refused where there is none."""
    return next(iter(records(session, vault, [_find(session, delivery_id).id or 0])))


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
    skeleton = session.get_one(StoredSkeleton, found.skeleton_id).skeleton
    octets = rebuilt(vault.keys, found, skeleton, Recipient.read(recipient), sealed.get((delivery_id, Part.SLOTS)))
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


def version_of(session: Session, delivery_id: int) -> tuple[int, ReleaseContent, str]:
    """What a delivery carries: the id of its release, the text, the language. Raises Refused where there is no delivery."""
    found = _find(session, delivery_id)
    wave = session.get_one(Wave, found.wave_id)
    return wave.release_id, session.get_one(Version, wave.version_id).release_content, found.language


def rebuilt(keys: Keys, delivery: Delivery, skeleton: Skeleton, recipient: Recipient, kept: bytes | None) -> bytes:
    """The bytes of a copy that was stamped, from its letter, its recipient and what was kept. Whether they are those that were
    recorded is for the caller to ask. Raises Refused for a recipient that cannot be in a header."""
    assert delivery.stamped_at is not None
    values = slots_of(
        keys,
        recipient,
        wave=delivery.wave_id,
        delivery=delivery.id or 0,
        once=delivery.once,
        stamped_at=delivery.stamped_at,
    )
    return skeleton.fill(values | kept_slots(kept))


def _find(session: Session, delivery_id: int) -> Delivery:
    found = session.get(Delivery, delivery_id)
    if found is None:
        raise Refused(f"There is no delivery {delivery_id}; `distro archive list` shows them.")
    return found


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


def records(session: Session, vault: Vault, ids: Sequence[int]) -> Iterator[dict[str, object]]:
    """The records of these deliveries, in the order of their ids. All that they need is read for the page at once."""
    page = session.exec(select(Delivery).where(col(Delivery.id).in_(ids)).order_by(col(Delivery.id))).all()
    waves = _wave_sides(session, {d.wave_id for d in page})
    boxes = vault.open(session, ids)
    attempts = attempts_of(session, ids)
    domains = _id_domains(session, {d.skeleton_id for d in page if d.skeleton_id is not None})
    for d in page:
        i, wave = d.id or 0, waves[d.wave_id]
        recipient = boxes.get((i, Part.RECIPIENT))
        yield {
            "delivery": i,
            "release": wave.release,
            "version": wave.version,
            "wave": d.wave_id,
            "purpose": wave.purpose,
            "contact": d.contact_id,
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


def _wave_sides(session: Session, wave_ids: Iterable[int]) -> dict[int, _WaveSide]:
    query = (
        select(  # type: ignore[call-overload]
            Wave.id,
            Wave.purpose,
            Wave.scheduled_by,
            Release.slug,
            Version.id,
            Version.hash,
            Version.authors,
            Version.submitted_by,
            Approval.by,
            func.substr(col(Version.content), 1, _BEGINNING),
        )
        .join(Release, col(Release.id) == col(Wave.release_id))
        .join(Version, col(Version.id) == col(Wave.version_id))
        .join(Approval, col(Approval.id) == col(Wave.approval_id), isouter=True)
        .where(col(Wave.id).in_(list(wave_ids)))
    )
    return {
        wave: _WaveSide(
            release=slug,
            version=version,
            purpose=purpose,
            scheduled_by=scheduled_by,
            authors=authors.split("\n") if authors else [],
            submitted_by=submitted_by,
            approvers=[] if approver is None else [approver],
            press_contacts=_press_contacts(session, version_id, beginning),
        )
        for wave, purpose, scheduled_by, slug, version_id, version, authors, submitted_by, approver, beginning in session.exec(
            query
        )
    }


def _press_contacts(session: Session, version_id: int, beginning: str) -> list[dict[str, str]]:
    """Of a version, from the beginning of its content: the keys are sorted, and these come first. A text is long."""
    if not beginning.startswith(_CONTACTS):
        return []
    try:
        listed, _ = _DECODER.raw_decode(beginning, len(_CONTACTS))
    except ValueError:
        listed = json.loads(session.get_one(Version, version_id).content)["contacts"]
    return [{"name": c["name"], "email": c.get("email", ""), "phone": c.get("phone", "")} for c in listed]


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


def _id_domains(session: Session, skeletons: Iterable[int]) -> dict[int, str]:
    """The right side of the Message-IDs of each skeleton, read where it stands: in the header, behind the slot of their left
    side. A letter is long, and its header is at its beginning."""
    wanted = list(skeletons)
    beginnings = select(StoredSkeleton.id, func.substr(col(StoredSkeleton.pieces), 1, _HEADER))
    found: dict[int, str] = {}
    for number, beginning in session.exec(beginnings.where(col(StoredSkeleton.id).in_(wanted))):
        domain = _ID_DOMAIN.search(beginning)
        found[number or 0] = domain[1] if domain else id_domain(session.get_one(StoredSkeleton, number).skeleton)
    return found


def id_domain(skeleton: Skeleton) -> str:
    """The right side of the Message-IDs of a skeleton, read where it stands: behind the slot of their left side."""
    at = skeleton.pieces.index("id")
    return skeleton.pieces[at + 1].removeprefix("@").partition(">")[0]
