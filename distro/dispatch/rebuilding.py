"""Copies rebuilt and hashed, many at a time, and held against what was recorded of them. Reads; writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session

from distro.archive.columns import from_microseconds
from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.findings import Finding
from distro.archive.vault import Keys, Part, Vault, open_box, reply_part, unopened
from distro.bulk import mark_of, run
from distro.dispatch.attempts import seal_of
from distro.dispatch.audit_names import Names
from distro.dispatch.destroyed import disposed_between
from distro.dispatch.recipient import Recipient
from distro.dispatch.slots import kept_slots, slots_of
from distro.dispatch.trail import Row, Trail
from distro.errors import Failed, Refused

_LETTERS = 64
"""Letters that are kept in memory."""

Boxes = Mapping[tuple[int, int], bytes | Failed]

_UNUSABLE = (Refused, Failed, KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What filling in a copy raises of rows that were altered by hand: no type and no value is certain."""


@dataclass
class Rebuilt:
    """`copies` that are the bytes that were recorded, `erased`: of people whose key was destroyed, or disposed of.
    `recipients`: the SHA-256 of each delivery's recipient, in their order; None where one of them is not to be had."""

    copies: int = 0
    erased: int = 0
    recipients: list[bytes] | None = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Rebuilding:
    """Rebuilds copies, and remembers letters."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._letters: dict[int, Skeleton | None] = {}
        self._names = Names(vault.keys)

    def check(self, session: Session, rows: Sequence[Row], trails: Mapping[int, Trail]) -> Rebuilt:
        """Every copy that was stamped among these deliveries, every recipient, every reply."""
        result = Rebuilt()
        if not rows:
            return result
        boxes, erased = _boxes(session, self._vault.keys, rows[0].id, rows[-1].id)
        mine = {row.id for row in rows}
        named: list[tuple[int, int, bytes]] = []
        for (delivery, _), box in boxes.items():
            if isinstance(box, Failed) and delivery in mine:
                result.findings.append(Finding(str(box), delivery=delivery))
        for row in rows:
            if row.id in erased:
                result.erased += 1
                result.recipients = None
                continue
            recipient = boxes.get((row.id, Part.RECIPIENT))
            if not isinstance(recipient, bytes):
                result.recipients = None
                if recipient is None:
                    what = f"Whom delivery {row.id} was for is not there any more: its sealed box was taken out."
                    result.findings.append(Finding(what, delivery=row.id))
                continue
            named.append((row.id, row.contact_id, recipient))
            if result.recipients is not None:
                result.recipients.append(hashlib.sha256(recipient).digest())
            result.findings += _replies(row, trails[row.id], recipient, boxes)
            if row.sha256 is not None:
                wrong = self._copy(session, row, recipient, boxes.get((row.id, Part.SLOTS)))
                if wrong:
                    result.findings.append(Finding(wrong, delivery=row.id))
                else:
                    result.copies += 1
        result.findings += self._names.not_found_by(session, list(_readable(named)))
        return result

    def _copy(self, session: Session, row: Row, recipient: bytes, kept: bytes | Failed | None) -> str:
        """What is wrong with one copy; "" where it is as recorded."""
        letter = self._letter(session, row.skeleton_id)
        if letter is None:
            return f"The copy of delivery {row.id} cannot be rebuilt: its letter {row.skeleton_id} is not there, or unreadable."
        if isinstance(kept, Failed):
            return ""  # told already
        try:
            octets = letter.fill(_values(self._vault.keys, row, recipient) | kept_slots(kept))
        except _UNUSABLE:
            return f"The copy of delivery {row.id} cannot be rebuilt: what fills its letter was altered."
        if hashlib.sha256(octets).digest() != row.sha256:
            return f"The copy of delivery {row.id} does not match its recorded SHA-256; the archive was changed."
        return ""

    def _letter(self, session: Session, number: int | None) -> Skeleton | None:
        if number is None:
            return None
        if number not in self._letters:
            if len(self._letters) >= _LETTERS:
                del self._letters[next(iter(self._letters))]
            stored = session.get(StoredSkeleton, number)
            try:
                self._letters[number] = None if stored is None else stored.skeleton
            except (ValueError, TypeError):
                self._letters[number] = None
        return self._letters[number]


def _readable(named: Iterable[tuple[int, int, bytes]]) -> Iterator[tuple[int, int, Recipient]]:
    """What cannot be read was altered, and is found where its copy is rebuilt."""
    for delivery, contact, recipient in named:
        with suppress(*_UNUSABLE):
            yield delivery, contact, Recipient.read(recipient)


def _boxes(session: Session, keys: Keys, first: int, last: int) -> tuple[dict[tuple[int, int], bytes | Failed], set[int]]:
    """What all boxes of the deliveries from `first` to `last` hold, by (delivery, part), Failed for one that does not open; and
    which of these deliveries are of people who were erased, or were disposed of."""
    columns = "p.delivery_id, p.part, p.contact_id, p.box, k.contact_id, k.wrapped"
    joined = "personal p LEFT JOIN person_key k ON k.contact_id = p.contact_id"
    within = f"p.delivery_id BETWEEN {mark_of(session)} AND {mark_of(session)}"
    found: dict[tuple[int, int], bytes | Failed] = {}
    erased = disposed_between(session, first, last)
    ciphers: dict[int, AESGCM] = {}
    rows = run(session, f"SELECT {columns} FROM {joined} WHERE {within}", (first, last))  # noqa: S608
    for delivery, part, contact, box, known, wrapped in rows:
        if known is not None and wrapped is None:
            erased.add(delivery)
            continue
        try:
            if contact not in ciphers:
                ciphers[contact] = AESGCM(keys.unwrap(wrapped or b"", contact))
            found[delivery, part] = open_box(ciphers[contact], delivery, part, box)
        except Failed as wrong:
            found[delivery, part] = wrong
        except (TypeError, ValueError):
            found[delivery, part] = Failed(unopened(delivery, part))
    return found, erased


def _values(keys: Keys, row: Row, recipient: bytes) -> dict[str, str]:
    if row.stamped_us is None:
        raise ValueError("a copy has an instant")
    return slots_of(
        keys,
        Recipient.read(recipient),
        wave=row.wave_id,
        delivery=row.id,
        once=row.once,
        stamped_at=from_microseconds(row.stamped_us),
    )


def _replies(row: Row, trail: Trail, recipient: bytes, boxes: Boxes) -> Iterator[Finding]:
    """What was said to each attempt, held against what its entry has instead."""
    for entry, attempt, sealed in trail.commitments:
        reply = boxes.get((row.id, reply_part(attempt)))
        if reply is None:
            what = f"The reply to attempt {attempt} of delivery {row.id} is not there any more: its sealed box was taken out."
            yield Finding(what, entry, row.id)
        elif isinstance(reply, bytes) and seal_of(recipient, reply) != sealed:
            what = f"Recipient or reply of attempt {attempt} of delivery {row.id} are not those that entry {entry} seals."
            yield Finding(what, entry, row.id)
