"""One click and no more mail: what the token of a copy stands for, and the suppression of whoever it went to.

The token is a bearer's: whoever holds it may do this one thing. The page that shows it is distro.web's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from contacts.models import Journalist
from contacts.suppression import suppress
from distro.archive.ledger import recorder
from distro.archive.vault import Part, Vault
from distro.dispatch.delivery import Delivery
from distro.dispatch.recipient import Recipient
from distro.mail.tokens import read

ROBOT = "robot:web"
REASON = "unsubscribed"
TEST_COPY = 0
"""The number in the token of a test copy; it has no delivery."""


class Outcome(StrEnum):
    ASKED = "asked"  # nothing done yet
    DONE = "done"
    ALREADY = "already"
    TEST = "test"
    ERASED = "erased"  # we hold nothing any more that says who this was


@dataclass(frozen=True)
class Unsubscribed:
    """What a token led to. `languages`: of that copy, the reader's first; empty for a test copy."""

    delivery: int
    languages: tuple[str, ...]
    outcome: Outcome


def look_up(session: Session, vault: Vault, token: str) -> Unsubscribed | None:
    """What the token stands for, changing nothing (scanners follow links). None: it is not one of ours."""
    number = read(vault.keys, "u", token)
    if number is None:
        return None
    if number == TEST_COPY:
        return Unsubscribed(TEST_COPY, (), Outcome.TEST)
    delivery = session.get(Delivery, number)
    if delivery is None:
        return None
    return Unsubscribed(number, tuple(delivery.language.split("+")), Outcome.ASKED)


def unsubscribe(session: Session, vault: Vault, token: str, *, how: str, at: datetime) -> Unsubscribed | None:
    """Suppress whoever this copy went to: the address that it had, and the one that the same person has now.

    `how` completes the evidence: "one-click POST" (RFC 8058), "page". Doing it again changes nothing. None: the token is
    not one of ours.
    """
    asked = look_up(session, vault, token)
    if asked is None or asked.outcome is Outcome.TEST:
        return asked
    addresses = _addresses(session, vault, asked.delivery)
    write = recorder(session, ROBOT, at)
    evidence = f"{how}, delivery {asked.delivery}"
    masks = vault.keys.stand_in
    new = [
        suppress(session, a, reason=REASON, evidence=evidence, by=ROBOT, at=at, record=write, stand_in=masks) for a in addresses
    ]
    outcome = Outcome.DONE if any(new) else Outcome.ALREADY if new else Outcome.ERASED
    return Unsubscribed(asked.delivery, asked.languages, outcome)


def _addresses(session: Session, vault: Vault, number: int) -> list[str]:
    """Canonical addresses of the person, then and now; none where the key was destroyed and the contact removed."""
    found: list[str] = []
    box = vault.open(session, [number], [Part.RECIPIENT]).get((number, Part.RECIPIENT))
    if box is not None:
        found.append(Recipient.read(box).canonical)
    delivery = session.get_one(Delivery, number)
    journalist = session.get(Journalist, delivery.contact_id)
    if journalist is not None and journalist.canonical not in found:
        found.append(journalist.canonical)
    return found
