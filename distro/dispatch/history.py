"""What went out, to whom, on whose word: the archive's questions over deliveries. Reads; writes nothing.

It stands on this floor and not in `archive`, because it joins what all floors wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from contacts.folding import fold
from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.damage import as_recorded, damaged
from distro.archive.vault import Keys, Part, Vault, reply_part
from distro.dispatch.attempts import Attempt, attempts_of
from distro.dispatch.delivery import Delivery
from distro.dispatch.finding import Finder, Wanted
from distro.dispatch.opening import DAMAGED, DISPOSED, ERASED, Opened, open_all
from distro.dispatch.recipient import Recipient, domains_of, message_id
from distro.dispatch.slots import kept_slots, slots_of
from distro.dispatch.wave_side import NOWHERE, WaveSide, wave_sides
from distro.editorial.plan import Wave
from distro.editorial.release import Version
from distro.errors import Failed, Refused

__all__ = ["Wanted", "carried_by", "copy_of", "damage_of", "deliveries", "delivery", "records"]

PAGE = 500


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
    """Whether the person was called so then: a contact may have been at several outlets, and under several names. Of a damaged
    delivery nobody knows, so it is told."""
    if record["not_shown"] == DAMAGED:
        return True
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
    opened = open_all(session, vault.keys, [delivery_id])
    for part in (Part.RECIPIENT, Part.SLOTS):
        if (delivery_id, part) in opened.closed:
            raise opened.closed[delivery_id, part]
    if (why := opened.missing.get(delivery_id)) is not None:
        raise _gone(delivery_id, why, opened.disposal.get(delivery_id))
    with as_recorded(f"The copy of delivery {delivery_id}"):
        skeleton = session.get_one(StoredSkeleton, found.skeleton_id).skeleton
        kept = opened.boxes.get((delivery_id, Part.SLOTS))
        octets = rebuilt(vault.keys, found, skeleton, opened.people[delivery_id], kept)
    if hashlib.sha256(octets).digest() != found.sha256:
        raise Failed(f"The copy of delivery {delivery_id} does not match its recorded SHA-256; the archive was changed.")
    return octets


def _gone(delivery_id: int, why: str, disposal: int | None) -> Refused | Failed:
    if why == ERASED:
        return Refused(f"The person of delivery {delivery_id} was erased; its copy cannot be rebuilt.")
    if why == DISPOSED:
        return Refused(
            f"What was personal of delivery {delivery_id} was disposed of; its copy cannot be rebuilt. "
            f"`distro retention certificate {disposal}` says on whose word."
        )
    return damaged(f"Whom delivery {delivery_id} was for is not there any more, so its copy")


def carried_by(session: Session, delivery_id: int) -> tuple[int, str, str]:
    """What a delivery carries: the id of its release, the version's hash, the language. Raises Refused where there is no
    delivery, Failed where its wave or text is not there any more."""
    found = _find(session, delivery_id)
    query = select(Wave.release_id, Version.hash).join(Version, col(Version.id) == col(Wave.version_id))
    carried = session.exec(query.where(Wave.id == found.wave_id)).first()
    if carried is None:
        raise damaged(f"The text that delivery {delivery_id} carries")
    return *carried, found.language


def rebuilt(keys: Keys, delivery: Delivery, skeleton: Skeleton, recipient: Recipient, kept: bytes | None) -> bytes:
    """The bytes of a copy that was stamped, from its letter, its recipient and what was kept. Whether they are those that were
    recorded is for the caller to ask. Raises Refused for a recipient that cannot be in a header, and what damage.UNREADABLE
    has for rows that were altered."""
    if delivery.stamped_at is None:
        raise ValueError("a copy has an instant")
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


def records(session: Session, vault: Vault, ids: Sequence[int]) -> Iterator[dict[str, object]]:
    """The records of these deliveries, in the order of their ids. All that they need is read for the page at once.

    What cannot be read of one is null or empty in its record, which names it (`damaged`), and keeps nothing else untold.
    `not_shown` says why there is no recipient: "erased", "disposed" (of, by two people) or "damaged".
    """
    with as_recorded("Not every one of these deliveries"):
        page = session.exec(select(Delivery).where(col(Delivery.id).in_(ids)).order_by(col(Delivery.id))).all()
        waves = wave_sides(session, {d.wave_id for d in page})
        opened = open_all(session, vault.keys, ids)
        unreadable: set[int] = set()
        attempts = attempts_of(session, ids, unreadable)
        domains = domains_of(session, {d.skeleton_id for d in page if d.skeleton_id is not None})
    unreadable |= {number for number, part in opened.closed if part > Part.SLOTS}
    for d in page:
        with as_recorded(f"Delivery {d.id}"):
            domain = None if d.skeleton_id is None else domains.get(d.skeleton_id)
            told = _record(d, waves.get(d.wave_id, NOWHERE), opened, attempts[d.id or 0], domain)
            if d.id in unreadable:
                told["damaged"] = [*damage_of(told), "attempts"]
        yield told


def _record(d: Delivery, wave: WaveSide, opened: Opened, attempts: Sequence[Attempt], domain: str | None) -> dict[str, object]:
    """`domain`: the right side of its Message-ID, None where there is none or it cannot be read."""
    number = d.id or 0
    not_shown = opened.missing.get(number)
    return {
        "delivery": number,
        "release": wave.release,
        "version": wave.version,
        "wave": d.wave_id,
        "purpose": wave.purpose,
        "contact": d.contact_id,
        "recipient": _recipient(opened.people.get(number)),
        "not_shown": not_shown,
        "segments": d.segments.split("\n") if d.segments else [],
        "language": d.language,
        "fallback": d.fallback,
        "state": d.state,
        "accepted_at": d.accepted_at,
        "stamped_at": d.stamped_at,
        "message_id": None if domain is None else f"<{message_id(d.once)}@{domain}>",
        "sha256": None if d.sha256 is None else d.sha256.hex(),
        "permit": d.basis or None,
        "press_contacts": list(wave.press_contacts),
        "author": wave.author,
        "authors": list(wave.authors),
        "approvers": list(wave.approvers),
        "scheduled_by": wave.scheduled_by,
        "attempts": [_attempt(a, opened.boxes.get((number, reply_part(a.told.attempt)))) for a in attempts],
        "damaged": [
            *wave.damaged,
            *(["recipient"] if not_shown == DAMAGED else []),
            *(["message_id"] if d.skeleton_id is not None and domain is None else []),
        ],
    }


def damage_of(record: dict[str, object]) -> list[str]:
    """The fields of a record that cannot be read."""
    named = record["damaged"]
    return [str(name) for name in named] if isinstance(named, list) else []


def _recipient(person: Recipient | None) -> dict[str, str] | None:
    """As they were when the audience was frozen."""
    return None if person is None else {"name": person.name, "address": person.address, "outlet": person.outlet}


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
