"""One delivery in hand: its recipient, its copy and its envelope. Stamps once; a retry rebuilds the very same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from distro.archive.copies import Skeleton
from distro.archive.ledger import canonical
from distro.archive.vault import Keys, Part, Vault
from distro.config import Office
from distro.dispatch.claims import Claimed
from distro.dispatch.recipient import Recipient, message_id
from distro.editorial.plan import Wave
from distro.errors import Failed
from distro.mail import stamp, tokens
from distro.mail.dkim import Signing
from distro.mail.stamp import Addressee
from distro.mail.transport import Envelope


@dataclass(frozen=True)
class Job:
    """A claim with what is needed to carry it out. `recipient` is None where the person's key was destroyed meanwhile.

    `first_at`: when its wave was launched. `slots`: those of an earlier stamping, None before the first.
    """

    claimed: Claimed
    recipient: Recipient | None
    slots: dict[str, str] | None
    first_at: datetime


@dataclass(frozen=True)
class Copy:
    """What goes on the wire. `slots` is None when it was stamped before and the archive has them."""

    octets: bytes
    sha256: bytes
    skeleton_id: int
    slots: bytes | None
    stamped_at: datetime


def load(session: Session, vault: Vault, claimed: Sequence[Claimed]) -> list[Job]:
    """Open what the vault holds for these claims."""
    boxes = vault.open(session, [c.id for c in claimed], [Part.RECIPIENT, Part.SLOTS])
    wave_ids = {c.wave_id for c in claimed}
    launched = dict(session.exec(select(Wave.id, Wave.launched_at).where(col(Wave.id).in_(wave_ids))).all())
    jobs = []
    for c in claimed:
        recipient, slots = boxes.get((c.id, Part.RECIPIENT)), boxes.get((c.id, Part.SLOTS))
        first_at = launched[c.wave_id]
        assert first_at is not None  # only a launched wave is sending
        jobs.append(
            Job(
                claimed=c,
                recipient=None if recipient is None else Recipient.read(recipient),
                slots=None if slots is None else json.loads(slots),
                first_at=first_at,
            )
        )
    return jobs


def make_copy(
    job: Job,
    skeleton_id: int,
    skeleton: Skeleton,
    office: Office,
    keys: Keys,
    now: datetime,
    signing: Signing | None = None,
) -> Copy:
    """Stamp the copy and sign it, or rebuild the one that was stamped before, with the signature it had.

    Only a letter that was compiled to be signed is; where there is no key any more, its copies leave unsigned.
    Raises Failed where the rebuilt copy is not the one that was recorded: then nothing may leave under its name.
    """
    c = job.claimed
    if job.slots is not None and c.sha256 is not None:
        octets = stamp.stamp(skeleton, job.slots)
        if hashlib.sha256(octets).digest() != c.sha256:
            raise Failed(f"The copy of delivery {c.id} rebuilds to other bytes than were recorded; it is not sent again.")
        return Copy(octets, c.sha256, skeleton_id, None, now)
    assert job.recipient is not None
    filled = stamp.slots(
        Addressee(
            name=job.recipient.name,
            address=job.recipient.address,
            list_name=c.segments.split("\n", 1)[0],
            message_id=message_id(c.once),
            token=tokens.make(keys, "u", c.id),
            bounce_token=tokens.make(keys, "b", c.id),
            date=now,
            reference=f"{c.wave_id}-{c.id}",
        ),
        office,
    )
    filled = {name: value for name, value in filled.items() if name in skeleton.slots}
    if stamp.SIGNATURE in skeleton.slots:
        filled[stamp.SIGNATURE] = signing.letter(skeleton).sign(filled, now) if signing is not None else ""
    octets = stamp.stamp(skeleton, filled)
    return Copy(octets, hashlib.sha256(octets).digest(), skeleton_id, canonical(filled).encode(), now)


def envelope_of(job: Job, office: Office, keys: Keys) -> Envelope:
    assert job.recipient is not None
    sender = stamp.envelope_from(office, tokens.make(keys, "b", job.claimed.id))
    return Envelope(sender, job.recipient.address, f"{job.claimed.wave_id}-{job.claimed.id}")
