"""A delivery as an evidence bag shows it: recipient, copy, attempts with their replies, each held against its entries.

What cannot be shown whole is told, and keeps nothing else from being shown: an erased person, boxes that were disposed of, a
box that does not open, a copy that rebuilds to other bytes. Where the delivery's row says something else than its entries, they
are believed and the row is told on.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from distro.archive.columns import from_microseconds, microseconds
from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.damage import UNREADABLE
from distro.archive.findings import Finding
from distro.archive.ledger import Sealable, canonical, told_by
from distro.archive.vault import Part, Vault, reply_part
from distro.dispatch.attempts import OUTCOMES, seal_of
from distro.dispatch.delivery import Delivery
from distro.dispatch.evidence_scope import Page
from distro.dispatch.history import rebuilt
from distro.dispatch.opening import DAMAGED, Opened, open_all
from distro.dispatch.recipient import Recipient, id_domain, message_id
from distro.dispatch.trail import Row, Said, Trail, disagreements, follow
from distro.errors import Refused

_LANGUAGE = re.compile(rb"(?mi)^Content-Language: *([^\r\n]*)")


@dataclass(frozen=True)
class Event:
    """An entry about a delivery. `tried`: it is an attempt; else a stop, or a person's word.

    outcome  its kind, without "delivery."
    reply    verbatim, where the entry is sealed with it and it is shown
    said     what the entry itself says of the reply
    permit   by which the content left
    how      of a settlement: "resend", "accepted", "give_up"
    """

    entry: int
    at: datetime
    actor: str
    outcome: str
    tried: bool
    reply: str | None
    said: str
    permit: str
    how: str
    reason: str


@dataclass(frozen=True)
class Shown:
    """As the entries have it.

    accepted_at  when a server first took it, or a person vouched that one had
    permit       by which it was accepted, else by which it was tried last; "" where it was not
    language     of the copy, as its header names it
    findings     what its row says otherwise
    missing      why recipient, copy and replies are not shown: opening.ERASED, DISPOSED or DAMAGED, else ""
    """

    delivery: Delivery
    recipient: Recipient | None
    octets: bytes
    copy: bytes | None
    sha256: str | None
    message_id: str | None
    events: tuple[Event, ...]
    accepted_at: datetime | None = None
    permit: str = ""
    language: str = ""
    findings: tuple[Finding, ...] = ()
    missing: str = ""

    @property
    def attempts(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.tried)

    def line(self) -> str:
        """Of deliveries.jsonl, as verify.py wants it."""
        r, number = self.recipient, self.delivery.id
        shown = r and {"salt": r.salt.hex(), "name": r.name, "address": r.address, "canonical": r.canonical, "outlet": r.outlet}
        return canonical(
            {
                "delivery": number,
                "wave": self.delivery.wave_id,
                "recipient": shown,
                "recipient_octets": b64encode(self.octets).decode() if r else None,
                "copy": None if self.copy is None else f"copies/{number}.eml",
                "sha256": self.sha256,
                "state": self.delivery.state,
                "message_id": self.message_id,
                "attempts": [{"entry": a.entry, "reply": a.reply} for a in self.attempts],
            }
        )


class Showing:
    """Shows pages of deliveries. Letters are read once each; there are a few to a wave."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session, self._vault = session, vault
        self._letters: dict[int, tuple[Skeleton, str] | None] = {}

    def page(self, page: Page) -> Iterator[tuple[Shown, int | None]]:
        """Each delivery of the page, with the number of the disposal that took its boxes. Its entries stand in the order of the
        record."""
        opened = open_all(self._session, self._vault.keys, [d.id or 0 for d in page.deliveries])
        for d in page.deliveries:
            yield self._shown(d, page.entries[d.id or 0], opened), opened.disposal.get(d.id or 0)

    def _shown(self, d: Delivery, entries: Sequence[Sealable], opened: Opened) -> Shown:
        trail = follow(Said(entry.id, entry.at_us, entry.kind, entry.payload) for entry in entries)
        findings = tuple(disagreements(_row(d), trail))
        told = [(entry, told_by(entry.payload) or {}) for entry in entries]
        try:
            shown = self._with(d, told, opened)
        except (Refused, *UNREADABLE):  # an entry or a row that nothing can be made of
            shown = Shown(d, None, b"", None, None, None, (), missing=DAMAGED)
        accepted = None if trail.accepted is None else from_microseconds(trail.accepted)
        return replace(shown, accepted_at=accepted, permit=_permit(trail, shown), findings=findings)

    def _with(self, d: Delivery, told: Sequence[tuple[Sealable, Mapping[str, object]]], opened: Opened) -> Shown:
        number = d.id or 0
        digest = next((_hex(payload["sha256"]) for _, payload in told if "sha256" in payload), None)
        letter = None if d.skeleton_id is None else self._letter(d.skeleton_id)
        known = None if letter is None else f"<{message_id(d.once)}@{letter[1]}>"
        recipient = opened.people.get(number)
        missing = opened.missing.get(number, "")
        if recipient is not None and not any((number, part) in opened.closed for part in _parts(told)):
            octets = opened.boxes[number, Part.RECIPIENT]
            events = _events(told, number, octets, opened.boxes)
            copy = None if digest is None else self._copy(d, recipient, opened.boxes.get((number, Part.SLOTS)), digest)
            if events is not None and (copy is not None or digest is None):
                return Shown(d, recipient, octets, copy, digest, known, events, language=_language(copy))
        events = _events(told, number, b"", {}) or ()
        return Shown(d, None, b"", None, digest, known, events, missing=missing or DAMAGED)

    def _copy(self, d: Delivery, recipient: Recipient, kept: bytes | None, digest: str) -> bytes | None:
        """The copy, if it is the one that entries name."""
        letter = None if d.skeleton_id is None else self._letter(d.skeleton_id)
        if letter is None:
            return None
        try:
            octets = rebuilt(self._vault.keys, d, letter[0], recipient, kept)
        except (Refused, *UNREADABLE):
            return None
        return octets if hashlib.sha256(octets).hexdigest() == digest else None

    def _letter(self, skeleton: int) -> tuple[Skeleton, str] | None:
        """The letter, and the right side of the Message-IDs of its copies; None where it is not there, or unreadable."""
        if skeleton not in self._letters:
            stored = self._session.get(StoredSkeleton, skeleton)
            try:
                self._letters[skeleton] = None if stored is None else (stored.skeleton, id_domain(stored.skeleton))
            except UNREADABLE:
                self._letters[skeleton] = None
            if stored is not None:
                self._session.expunge(stored)
        return self._letters[skeleton]


def _row(d: Delivery) -> Row:
    """As an audit reads it."""
    return Row(
        id=d.id or 0,
        wave_id=d.wave_id,
        contact_id=d.contact_id,
        once=d.once,
        address_hash=d.address_hash,
        language=d.language,
        fallback=d.fallback,
        segments=d.segments,
        state=d.state,
        live=d.live,
        doubt=d.doubt,
        basis=d.basis,
        attempts=d.attempts,
        skeleton_id=d.skeleton_id,
        sha256=d.sha256,
        stamped_us=None if d.stamped_at is None else microseconds(d.stamped_at),
        accepted_us=None if d.accepted_at is None else microseconds(d.accepted_at),
    )


def _permit(trail: Trail, shown: Shown) -> str:
    tried = [event.permit for event in shown.events if event.permit]
    return trail.permit or (tried[-1] if tried else "")


def _language(copy: bytes | None) -> str:
    found = _LANGUAGE.search((copy or b"").partition(b"\r\n\r\n")[0])
    return found[1].decode("ascii", "replace") if found else ""


def _parts(told: Sequence[tuple[Sealable, Mapping[str, object]]]) -> set[int]:
    """The places of the boxes that a delivery may have: recipient, signatures, and a reply for each attempt."""
    return {Part.RECIPIENT, Part.SLOTS} | {
        reply_part(int(str(payload.get("attempt", 1)))) for entry, payload in told if entry.kind.startswith("delivery.")
    }


def _events(
    told: Sequence[tuple[Sealable, Mapping[str, object]]],
    number: int,
    recipient: bytes,
    boxes: Mapping[tuple[int, int], bytes],
) -> tuple[Event, ...] | None:
    """What happened to it, with the replies that entries are sealed with; without any, where no recipient is shown. None where
    a reply is not the one that its entry is sealed with."""
    found = []
    for entry, payload in told:
        kind, _dot, outcome = entry.kind.partition(".")
        if kind != "delivery":
            continue
        reply = None
        if recipient and "sealed" in payload:  # else the box is that of another attempt with this number
            box = boxes.get((number, reply_part(int(str(payload.get("attempt", 1))))))
            if box is None or seal_of(recipient, box) != payload["sealed"]:
                return None
            reply = box.decode()
        said = str(payload.get("said") or payload.get("code") or "")
        how, reason, permit = (str(payload.get(name, "")) for name in ("as", "reason", "permit"))
        at = from_microseconds(entry.at_us)
        found.append(Event(entry.id, at, entry.actor, outcome, outcome in OUTCOMES, reply, said, permit, how, reason))
    return tuple(found)


def _hex(digest: object) -> str:
    """Of a SHA-256 as entries name it: base64 without padding; in the first stores hex."""
    text = str(digest)
    return text if len(text) == 64 else b64decode(text + "=").hex()
