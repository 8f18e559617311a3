"""Copies rebuilt and hashed, many at a time, and held against what was recorded of them. Reads; writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session

from distro.archive.columns import from_microseconds
from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.findings import Finding
from distro.archive.vault import Keys, Part, Vault, open_box, reply_part, unopened
from distro.bulk import mark_of, rows_in, run
from distro.dispatch.attempts import seal_of
from distro.dispatch.audit_names import Names
from distro.dispatch.destroyed import disposed_between
from distro.dispatch.recipient import Recipient
from distro.dispatch.slots import kept_slots, slots_of
from distro.dispatch.trail import Row, Trail
from distro.errors import Failed, Refused

_LETTERS = 64
"""Letters that are kept in memory."""

Boxes = Mapping[tuple[int, int], bytes | Failed | None]
"""By (delivery, part): what is in the box, Failed where it does not open, None where nobody can open it any more."""

_Wave = tuple[int, str, str, int]
"""What Keys.once makes of a wave: release, version, purpose, ordinal."""

_UNUSABLE = (Refused, Failed, KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What filling in a copy raises of rows that were altered by hand: no type and no value is certain."""


@dataclass
class Rebuilt:
    """`copies` that are the bytes that were recorded, `erased`: of people whose key was destroyed; `disposed` of by two people.
    `recipients`: the SHA-256 of each delivery's recipient, in their order; None where one of them is not to be had."""

    copies: int = 0
    erased: int = 0
    disposed: int = 0
    recipients: list[bytes] | None = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Rebuilding:
    """Rebuilds copies, and remembers letters and waves."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._letters: dict[int, Skeleton | None] = {}
        self._waves: dict[int, _Wave | None] = {}
        self._names = Names(vault.keys)

    def check(self, session: Session, rows: Sequence[Row], trails: Mapping[int, Trail]) -> Rebuilt:
        """Every copy that was stamped among these deliveries, every recipient, every reply, and what is derived from them."""
        result = Rebuilt()
        if not rows:
            return result
        disposed = disposed_between(session, rows[0].id, rows[-1].id)
        wrapped = _wrapped(session, rows)
        boxes = _boxes(session, self._vault.keys, rows, wrapped, result.findings)
        fitting: list[int] = []
        others: list[int] = []
        named: list[tuple[int, int, Recipient]] = []
        for row in rows:
            if row.id in disposed:
                result.disposed += 1
                result.recipients = None
                continue
            result.findings += _present(row, trails[row.id], boxes)
            recipient = boxes.get((row.id, Part.RECIPIENT))
            if wrapped.get(row.contact_id, b"") is None:
                result.erased += 1
            if not isinstance(recipient, bytes):
                result.recipients = None
                continue
            if result.recipients is not None:
                result.recipients.append(hashlib.sha256(recipient).digest())
            result.findings += _replies(row, trails[row.id], recipient, boxes)
            try:
                whom = Recipient.read(recipient)
                result.findings += self._found_by(row, whom)
                (fitting if self._is_once(session, row, whom) else others).append(row.id)
            except _UNUSABLE:
                result.findings.append(Finding(f"Whom delivery {row.id} is for cannot be read.", delivery=row.id))
                continue
            named.append((row.id, row.contact_id, whom))
            if row.sha256 is not None:
                wrong = self._copy(session, row, whom, boxes.get((row.id, Part.SLOTS)))
                if wrong:
                    result.findings.append(Finding(wrong, delivery=row.id))
                else:
                    result.copies += 1
        result.findings += self._names.not_found_by(session, named)
        result.findings += _not_once(rows[0].wave_id, fitting, others)
        result.findings += _unspoken(trails, boxes, disposed)
        return result

    def _found_by(self, row: Row, whom: Recipient) -> Iterator[Finding]:
        if self._vault.keys.address_hash(whom.canonical) != row.address_hash:
            yield Finding(f"Delivery {row.id} is found under another address than the one that it is for.", delivery=row.id)

    def _is_once(self, session: Session, row: Row, whom: Recipient) -> bool:
        wave = self._wave(session, row.wave_id)
        return wave is None or self._vault.keys.once(*wave, whom.canonical) == row.once

    def _wave(self, session: Session, number: int) -> _Wave | None:
        """None where it, or its version, is not there: that is found elsewhere."""
        if number not in self._waves:
            columns, joined = "w.release_id, v.hash, w.purpose, w.ordinal", "wave w JOIN version v ON v.id = w.version_id"
            found = run(session, f"SELECT {columns} FROM {joined} WHERE w.id = {mark_of(session)}", (number,))  # noqa: S608
            self._waves[number] = (found[0][0], found[0][1], found[0][2], found[0][3]) if found else None
        return self._waves[number]

    def _copy(self, session: Session, row: Row, whom: Recipient, kept: bytes | Failed | None) -> str:
        """What is wrong with one copy; "" where it is as recorded."""
        letter = self._letter(session, row.skeleton_id)
        if letter is None:
            return f"The copy of delivery {row.id} cannot be rebuilt: its letter {row.skeleton_id} is not there, or unreadable."
        if isinstance(kept, Failed):
            return ""  # told already
        try:
            octets = letter.fill(_values(self._vault.keys, row, whom) | kept_slots(kept))
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


def _wrapped(session: Session, rows: Sequence[Row]) -> dict[int, bytes | None]:
    """The keys of the contacts whom these deliveries are for, wrapped; None for one that was destroyed."""
    contacts = list(dict.fromkeys(row.contact_id for row in rows))
    return dict(rows_in(session, "SELECT contact_id, wrapped FROM person_key WHERE contact_id", contacts))


def _boxes(
    session: Session, keys: Keys, rows: Sequence[Row], wrapped: Mapping[int, bytes | None], findings: list[Finding]
) -> Boxes:
    """All boxes of these deliveries, opened by the key of the contact whom the delivery is for. What stands under another
    contact, or does not open, is a finding."""
    found: dict[tuple[int, int], bytes | Failed | None] = {}
    theirs = {row.id: row.contact_id for row in rows}
    ciphers: dict[int, AESGCM] = {}
    within = f"delivery_id BETWEEN {mark_of(session)} AND {mark_of(session)}"
    query = f"SELECT delivery_id, part, contact_id, box FROM personal WHERE {within}"  # noqa: S608
    for delivery, part, under, box in run(session, query, (rows[0].id, rows[-1].id)):
        if delivery not in theirs:
            continue  # another wave's
        contact = theirs[delivery]
        if under != contact:
            what = f"The sealed part {part} of delivery {delivery} stands under contact {under}; the delivery is for {contact}."
            findings.append(Finding(what, delivery=delivery))
        key = wrapped.get(contact, b"")
        if key is None:
            found[delivery, part] = None
            continue
        try:
            if contact not in ciphers:
                ciphers[contact] = AESGCM(keys.unwrap(key, contact))
            found[delivery, part] = open_box(ciphers[contact], delivery, part, box)
            continue
        except Failed as wrong:
            found[delivery, part] = wrong
        except (TypeError, ValueError):
            found[delivery, part] = Failed(unopened(delivery, part))
        findings.append(Finding(str(found[delivery, part]), delivery=delivery))
    return found


def _present(row: Row, trail: Trail, boxes: Boxes) -> Iterator[Finding]:
    """Boxes that must be there and are not, and the other way about. Also of people who were erased: theirs stay."""
    if (row.id, Part.RECIPIENT) not in boxes:
        what = f"Whom delivery {row.id} was for is not there any more: its sealed box was taken out."
        yield Finding(what, delivery=row.id)
    for entry, attempt, _ in trail.commitments:
        if (row.id, reply_part(attempt)) not in boxes:
            what = f"The reply to attempt {attempt} of delivery {row.id} is not there any more: its sealed box was taken out."
            yield Finding(what, entry, row.id)


def _replies(row: Row, trail: Trail, recipient: bytes, boxes: Boxes) -> Iterator[Finding]:
    """What was said to each attempt, held against what its entry has instead."""
    for entry, attempt, sealed in trail.commitments:
        reply = boxes.get((row.id, reply_part(attempt)))
        if isinstance(reply, bytes) and seal_of(recipient, reply) != sealed:
            what = f"Recipient or reply of attempt {attempt} of delivery {row.id} are not those that entry {entry} seals."
            yield Finding(what, entry, row.id)


def _unspoken(trails: Mapping[int, Trail], boxes: Boxes, disposed: Collection[int]) -> Iterator[Finding]:
    """Replies that were put in: no attempt of the record had one."""
    for (delivery, part), box in boxes.items():
        attempt = part - Part.SLOTS
        if isinstance(box, bytes) and attempt > 0 and attempt not in trails[delivery].replied and delivery not in disposed:
            what = f"No entry speaks of the reply to attempt {attempt} of delivery {delivery}: it was put in afterwards."
            yield Finding(what, delivery=delivery)


def _not_once(wave: int, fitting: Sequence[int], others: Sequence[int]) -> Iterator[Finding]:
    """Deliveries whose key against a second copy is not that of their person, text and purpose. Where it is nobody's, it is the
    wave that was altered."""
    if len(others) > 1 and not fitting:
        yield Finding(f"No delivery from {others[0]} to {others[-1]} was made for the text and the purpose of wave {wave}.")
        return
    for number in others:
        what = f"The key of delivery {number} against a second copy is not that of its person, text and purpose."
        yield Finding(what, delivery=number)


def _values(keys: Keys, row: Row, whom: Recipient) -> dict[str, str]:
    if row.stamped_us is None:
        raise ValueError("a copy has an instant")
    return slots_of(keys, whom, wave=row.wave_id, delivery=row.id, once=row.once, stamped_at=from_microseconds(row.stamped_us))
