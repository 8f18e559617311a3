"""An attempt: one try over SMTP for one delivery. It is an entry of the ledger, written and read here, and stands nowhere else.

The verbatim reply may name a person: it is sealed in the vault, and the entry commits to it and to the recipient by one hash.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session

from distro.archive.columns import from_microseconds
from distro.archive.damage import UNREADABLE, damaged
from distro.bulk import rows_in

MAILER = "robot:mailer"
"""The actor of whatever the mailer finds out by sending."""


OUTCOMES = ("accepted", "deferred", "refused", "uncertain", "held", "expired", "late_reply")
"""Kinds of entry about a delivery that are attempts; the others are stops, resends and a person's word."""


@dataclass(frozen=True)
class Told:
    """What an attempt's entry says beside its instant and outcome.

    phase      connect, mail, rcpt, data, dot: where it ended
    said       "550 5.1.1": code and enhanced code as the server gave them, "" where it said nothing
    because    the class of a reply that was no acceptance, see retry.Class
    uncertain  it sends again what an earlier attempt may have delivered already
    """

    attempt: int
    phase: str
    permit: str
    said: str = ""
    because: str = ""
    uncertain: bool = False

    def payload(self, *, wave: int, digest: bytes | None, sealed: str = "") -> dict[str, object]:
        """For the ledger; what says nothing is left out, since there is an entry for every copy. `digest`: the copy's."""
        told: dict[str, object] = {"wave": wave}
        if self.attempt != 1:
            told["attempt"] = self.attempt
        if self.said:
            told["said"] = self.said
        if self.phase != "dot":
            told["phase"] = self.phase
        if self.because:
            told["class"] = self.because
        if self.permit:
            told["permit"] = self.permit
        if digest is not None:
            told["sha256"] = base64(digest)
        if sealed:
            told["sealed"] = sealed
        if self.uncertain:
            told["uncertain"] = True
        return told


def accepted(attempt: int, permit: str, said: str, sealed: str, digest: str, wave: int) -> str:
    """The payload of an ordinary acceptance, written down as `canonical` would write it: nearly every entry is one of these.

    `permit` and `said` are of our own making and hold nothing that JSON escapes."""
    first = "" if attempt == 1 else f'"attempt":{attempt},'
    return f'{{{first}"permit":"{permit}","said":"{said}","sealed":"{sealed}","sha256":"{digest}","wave":{wave}}}'


def seal_of(recipient: bytes, reply: bytes) -> str:
    """What an entry says instead of recipient and reply: SHA-256(SHA-256(recipient) || reply), in base64 without padding.

    The recipient's octets hold 16 of chance, so no guess can be tried; who is shown the digest of them and the reply can
    check the reply without learning whom it was about.
    """
    return base64(sha256(sha256(recipient).digest() + reply).digest())


def base64(digest: bytes) -> str:
    """Without padding (RFC 4648, 3.2): 43 signs for the 32 octets of a SHA-256."""
    return b2a_base64(digest)[:43].decode()


@dataclass(frozen=True)
class Attempt:
    """As read back. `outcome` is the State it led to."""

    delivery: int
    at: datetime
    outcome: str
    told: Told


def attempts_of(session: Session, deliveries: Sequence[int], unreadable: set[int] | None = None) -> dict[int, list[Attempt]]:
    """The attempts of each of these deliveries, first to last. Those of which an entry cannot be read go into `unreadable`, and
    the attempt is left out; where the caller takes none, Failed is raised."""
    found: dict[int, list[Attempt]] = {delivery: [] for delivery in deliveries}
    rows = rows_in(
        session,
        "SELECT id, subject, at_us, kind, payload FROM entry WHERE subject",
        [f"delivery:{delivery}" for delivery in deliveries],
    )
    for _, subject, at, kind, payload in sorted(rows):
        outcome = kind.removeprefix("delivery.")
        if outcome in OUTCOMES:
            delivery = int(subject.partition(":")[2])
            try:
                found[delivery].append(Attempt(delivery, from_microseconds(at), outcome, _read(json.loads(payload))))
            except UNREADABLE:
                if unreadable is None:
                    raise damaged(f"What the record says of delivery {delivery}") from None
                unreadable.add(delivery)
    return found


def _read(told: dict[str, object]) -> Told:
    said = told.get("said")
    if said is None and told.get("code"):  # as entries had it before the third migration
        said = f"{told['code']} {told.get('enhanced', '')}".strip()
    return Told(
        attempt=int(str(told.get("attempt", 1))),
        phase=str(told.get("phase", "dot")),
        permit=str(told.get("permit", "")),
        said=str(said or ""),
        because=str(told.get("class", "")),
        uncertain=bool(told.get("uncertain")),
    )
