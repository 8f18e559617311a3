"""A delivery as an evidence bag shows it: recipient, copy, attempts with their replies, each held against its entries.

What cannot be shown whole is told, and keeps nothing else from being shown: an erased person, a box that does not open, a copy
that rebuilds to other bytes.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from distro.archive.columns import from_microseconds
from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.ledger import Sealable, canonical
from distro.archive.vault import Part, Vault, reply_part
from distro.dispatch.attempts import OUTCOMES, seal_of
from distro.dispatch.delivery import Delivery
from distro.dispatch.evidence_scope import Page
from distro.dispatch.history import id_domain, rebuilt
from distro.dispatch.recipient import Recipient, message_id
from distro.errors import Failed, Refused

ERASED, DAMAGED = "erased", "damaged"


@dataclass(frozen=True)
class Event:
    """An entry about a delivery. `tried`: it is an attempt; else a stop, or a person's word.

    outcome  its kind, without "delivery."
    reply    verbatim, where the entry is sealed with it and it is shown
    said     what the entry itself says of the reply
    how      of a settlement: "resend", "accepted", "give_up"
    """

    entry: int
    at: datetime
    actor: str
    outcome: str
    tried: bool
    reply: str | None
    said: str
    how: str
    reason: str


@dataclass(frozen=True)
class Shown:
    """`missing` says why recipient, copy and replies are not shown: ERASED or DAMAGED, else ""."""

    delivery: Delivery
    recipient: Recipient | None
    octets: bytes
    copy: bytes | None
    sha256: str | None
    message_id: str | None
    events: tuple[Event, ...]
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
        self._letters: dict[int, tuple[Skeleton, str]] = {}

    def page(self, page: Page) -> Iterator[Shown]:
        """Each delivery of the page. Its entries stand in the order of the record."""
        boxes, damaged = self._open([d.id or 0 for d in page.deliveries])
        for d in page.deliveries:
            yield self._shown(d, page.entries[d.id or 0], boxes, damaged=d.id in damaged)

    def _open(self, numbers: Sequence[int]) -> tuple[dict[tuple[int, int], bytes], set[int]]:
        """The boxes of these deliveries, and those of which one does not open."""
        try:
            return self._vault.open(self._session, numbers), set()
        except Failed:
            if len(numbers) == 1:
                return {}, set(numbers)
        boxes: dict[tuple[int, int], bytes] = {}
        damaged: set[int] = set()
        for number in numbers:  # which of them, then
            some, wrong = self._open([number])
            boxes |= some
            damaged |= wrong
        return boxes, damaged

    def _shown(self, d: Delivery, entries: Sequence[Sealable], boxes: dict[tuple[int, int], bytes], *, damaged: bool) -> Shown:
        number = d.id or 0
        told = [(entry, json.loads(entry.payload)) for entry in entries]
        digest = next((_hex(payload["sha256"]) for _, payload in told if "sha256" in payload), None)
        octets = boxes.get((number, Part.RECIPIENT))
        known = None if d.skeleton_id is None else f"<{message_id(d.once)}@{self._letter(d.skeleton_id)[1]}>"
        if octets is not None and not damaged:
            recipient = Recipient.read(octets)
            events = _events(told, number, octets, boxes)
            copy = None if digest is None else self._copy(d, recipient, boxes.get((number, Part.SLOTS)), digest)
            if events is not None and (copy is not None or digest is None):
                return Shown(d, recipient, octets, copy, digest, known, events)
            damaged = True
        events = _events(told, number, b"", {}) or ()
        return Shown(d, None, b"", None, digest, known, events, DAMAGED if damaged else ERASED)

    def _copy(self, d: Delivery, recipient: Recipient, kept: bytes | None, digest: str) -> bytes | None:
        """The copy, if it is the one that entries name."""
        if d.skeleton_id is None or d.stamped_at is None:
            return None
        try:
            octets = rebuilt(self._vault.keys, d, self._letter(d.skeleton_id)[0], recipient, kept)
        except (Refused, KeyError):
            return None
        return octets if hashlib.sha256(octets).hexdigest() == digest else None

    def _letter(self, skeleton: int) -> tuple[Skeleton, str]:
        """The letter, and the right side of the Message-IDs of its copies."""
        if skeleton not in self._letters:
            stored = self._session.get_one(StoredSkeleton, skeleton)
            self._session.expunge(stored)
            self._letters[skeleton] = stored.skeleton, id_domain(stored.skeleton)
        return self._letters[skeleton]


def _events(
    told: Sequence[tuple[Sealable, dict[str, object]]], number: int, recipient: bytes, boxes: dict[tuple[int, int], bytes]
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
        how, reason = str(payload.get("as", "")), str(payload.get("reason", ""))
        at = from_microseconds(entry.at_us)
        found.append(Event(entry.id, at, entry.actor, outcome, outcome in OUTCOMES, reply, said, how, reason))
    return tuple(found)


def _hex(digest: object) -> str:
    """Of a SHA-256 as entries name it: base64 without padding; in the first stores hex."""
    text = str(digest)
    return text if len(text) == 64 else b64decode(text + "=").hex()
