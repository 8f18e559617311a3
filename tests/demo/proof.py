"""The figures of the demo, from the received files and the archive. Pure: it takes what lies on both sides, and counts.

None of it is taken from the sender's own counters, and who had agreed is taken from the press list, not from the store.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.address import parse
from tests.demo.server import Mail


@dataclass(frozen=True)
class Archived:
    """A delivery as the archive tells it: `sha256` from its list, `octets` the copy that it rebuilds."""

    delivery: int
    wave: int
    state: str
    message_id: str
    address: str
    language: str
    sha256: str
    octets: bytes


@dataclass(frozen=True)
class Proof:
    """Counts. The three in the middle must be 0."""

    received: int
    accepted: int
    before_embargo: int
    duplicates: int
    archive_mismatches: int
    bilingual: int

    @property
    def holds(self) -> bool:
        return self.received > 0 and not (self.before_embargo or self.duplicates or self.archive_mismatches)


def prove(
    mails: Sequence[Mail], archive: Sequence[Archived], *, embargoed: str, lift: datetime, agreed: Collection[str]
) -> Proof:
    """Hold the two sides against each other. `agreed`: addresses that may have the `embargoed` release before the lift."""
    return Proof(
        received=len(mails),
        accepted=sum(one.state == "accepted" for one in archive),
        before_embargo=before_embargo(mails, embargoed, lift, agreed),
        duplicates=duplicates(mails),
        archive_mismatches=len(mismatches(mails, archive)),
        bilingual=sum(len(mail.header.languages) > 1 for mail in mails),
    )


def before_embargo(mails: Sequence[Mail], release: str, lift: datetime, agreed: Collection[str]) -> int:
    """Copies of the release that came before the lift to people without an agreement."""
    may = {mailbox(address) for address in agreed}
    return sum(mail.header.release == release and mail.at < lift and mailbox(mail.to) not in may for mail in mails)


def duplicates(mails: Sequence[Mail]) -> int:
    """Copies beyond the first of one release to one mailbox; an advance copy counts."""
    copies = Counter((mail.header.release, mailbox(mail.to)) for mail in mails)
    return sum(count - 1 for count in copies.values())


def mismatches(mails: Sequence[Mail], archive: Sequence[Archived]) -> list[str]:
    """A sentence for each copy that is not the same, octet for octet and for the same mailbox, on both sides."""
    came: dict[str, list[Mail]] = defaultdict(list)
    for mail in mails:
        came[mail.header.message_id].append(mail)
    wrong = []
    for one in archive:
        found = came.pop(one.message_id, [])
        if (one.state == "accepted") != bool(found):
            wrong.append(f"delivery {one.delivery} is {one.state}, and {len(found)} copies of it came")
        for mail in found:
            if hashlib.sha256(mail.octets).hexdigest() != one.sha256 or mail.octets != one.octets:
                wrong.append(f"{mail.path.name} is not the archived copy of delivery {one.delivery}")
            if mailbox(mail.to) != mailbox(one.address):
                wrong.append(f"{mail.path.name} came to another mailbox than that of delivery {one.delivery}")
    return wrong + [f"{mail.path.name} is in no archive" for unknown in came.values() for mail in unknown]


def by_wave(mails: Sequence[Mail], archive: Sequence[Archived]) -> dict[int, Counter[str]]:
    """What came of each wave, by the language that the archive gives it."""
    deliveries = {one.message_id: one for one in archive}
    came: dict[int, Counter[str]] = defaultdict(Counter)
    for mail in mails:
        if (one := deliveries.get(mail.header.message_id)) is not None:
            came[one.wave][one.language] += 1
    return came


def mailbox(address: str) -> str:
    """What makes two spellings one mailbox."""
    return parse(address).canonical
