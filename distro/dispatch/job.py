"""One delivery in hand: its recipient, its copy and its envelope. Stamps once; a retry rebuilds the very same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from distro.archive.columns import microseconds
from distro.archive.copies import Skeleton
from distro.archive.vault import Keys, Part, Vault
from distro.config import Office
from distro.dispatch.claims import Claimed
from distro.dispatch.recipient import Recipient
from distro.dispatch.slots import kept_slots, reference, slots_of
from distro.editorial.plan import Wave, is_urgent
from distro.errors import Failed, Refused
from distro.mail import stamp, tokens
from distro.mail.dkim import Signing, Unsigned
from distro.mail.transport import Envelope

Letters = Callable[[Claimed], tuple[int, Skeleton]]
"""From a claim to its letter: the one it was stamped from, or the one for its wave, language and list. Id and skeleton."""


@dataclass(slots=True)
class Copy:
    """What goes on the wire, hashed, but not its octets: those are filled in again when a line is about to take them, for a few
    hundred copies made ahead would be memory that nobody has at hand any more.

    filling     what stands in the skeleton's holes
    kept        what of it must be kept beside the delivery, b"" for nothing; None for a retry, whose copy is in the archive
    stamped_us  the instant of stamping, in microseconds
    sha256      of the octets
    size        how many they are
    """

    skeleton_id: int
    skeleton: Skeleton
    filling: list[bytes]
    kept: bytes | None
    stamped_us: int
    sha256: bytes
    size: int

    def octets(self) -> list[bytes]:
        """Filled in now; those that were hashed, in pieces."""
        return self.skeleton.around(self.filling)

    @property
    def dotless(self) -> bool:
        """See Envelope."""
        return self.skeleton.dotless and b"\n." not in b"\n".join((b"", *self.filling))


class Unmade(NamedTuple):
    """What a copy is to be made of: its letter, and what was kept of it if it was stamped before."""

    skeleton_id: int
    skeleton: Skeleton
    kept: bytes | None


@dataclass(slots=True)
class Job:
    """A claim with what is needed to carry it out.

    recipient  None where the person's key was destroyed meanwhile, or does not open; then there is no `key` and no copy either
    sealed     the octets of the recipient as the vault holds them, to which entries commit
    key        the contact's, for what else is to be sealed
    first_us   when its wave was launched, in microseconds
    urgent     goes before everything else
    fault      why no copy could be made, "" where there is one
    unmade     what the copy is to be made of, until there is one
    """

    claimed: Claimed
    recipient: Recipient | None
    sealed: bytes
    key: bytes | None
    first_us: int
    urgent: bool
    copy: Copy | None = None
    envelope: Envelope | None = None
    fault: str = ""
    unmade: Unmade | None = None


Launched = dict[int, tuple[int, bool]]
"""When each wave was launched, in microseconds, which never changes, and whether it is urgent."""


def load(
    session: Session, vault: Vault, claimed: Sequence[Claimed], waves: Launched | None = None
) -> tuple[list[Job], dict[int, bytes]]:
    """Open what the vault holds for these claims. Also what was kept of the copies that were stamped before.

    waves  remembered from call to call; what is missing in it is added
    """
    waves = {} if waves is None else waves
    new = {c.wave_id for c in claimed} - waves.keys()
    if new:
        columns = select(Wave.id, Wave.launched_at, Wave.purpose).where(col(Wave.id).in_(new))
        for wave, launched, purpose in session.exec(columns):
            assert launched is not None  # only a launched wave is sending
            waves[wave or 0] = microseconds(launched), is_urgent(purpose)
    people = vault.people(session, [c.id for c in claimed])
    kept, faults = _kept(session, vault, [c.id for c in claimed if c.sha256 is not None])
    jobs = []
    for c in claimed:
        opened = people.get(c.id, _ERASED)
        if isinstance(opened, Failed):
            jobs.append(Job(c, None, *_ERASED, *waves[c.wave_id], fault=str(opened)))
            continue
        sealed, key = opened
        recipient = Recipient.read(sealed) if key is not None else None
        jobs.append(Job(c, recipient, sealed, key, *waves[c.wave_id], fault=faults.get(c.id, "")))
    return jobs, kept


def _kept(session: Session, vault: Vault, stamped: Sequence[int]) -> tuple[dict[int, bytes], dict[int, str]]:
    """What was kept of copies that were stamped before, and what is wrong with that of which of them."""
    try:
        boxes = vault.open(session, stamped, [Part.SLOTS]) if stamped else {}
        return {delivery: box for (delivery, _), box in boxes.items()}, {}
    except Failed as wrong:
        if len(stamped) == 1:
            return {}, {stamped[0]: str(wrong)}
        found: dict[int, bytes] = {}
        faults: dict[int, str] = {}
        for delivery in stamped:  # which of them, then
            one, fault = _kept(session, vault, [delivery])
            found |= one
            faults |= fault
        return found, faults


_ERASED: tuple[bytes, bytes | None] = (b"", None)


def find_letters(jobs: Sequence[Job], kept: Mapping[int, bytes], letters: Letters) -> None:
    """Give these jobs what their copies are to be made of; one that has no letter says why. A letter that makes no mail is
    tried once for all of them."""
    faults: dict[object, str] = {}
    for job in jobs:
        if job.recipient is None or job.fault:
            continue
        c = job.claimed
        if faults and c.letter in faults:
            job.fault = faults[c.letter]
            continue
        try:
            job.unmade = Unmade(*letters(c), kept.get(c.id))
        except (Refused, Failed) as wrong:
            job.fault = faults[c.letter] = str(wrong)


def make_copies(
    jobs: Sequence[Job], office: Office, keys: Keys, signing: Signing | None, clock: Callable[[], datetime]
) -> None:
    """Fill in and sign the copies of those that have none yet, or take up those stamped before, with the signatures that they
    had; where that fails, the job says why. Whatever else is raised leaves them as they were."""
    drafts: list[tuple[Job, _Draft]] = []
    for job in jobs:
        if job.unmade is None:
            continue
        try:
            drafts.append((job, _draft(job, job.unmade, keys, clock(), signing)))
        except (Refused, Failed) as wrong:
            job.fault, job.unmade = str(wrong), None
    _sign([draft for _, draft in drafts], signing)
    for job, draft in drafts:
        try:
            copy = draft.copy(job.claimed)
            job.copy, job.envelope = copy, envelope_of(job, copy, office, keys)
        except (Refused, Failed) as wrong:
            job.fault = str(wrong)
        job.unmade = None


@dataclass(slots=True)
class _Draft:
    """A copy whose slots are filled, but for the signature if `unsigned` is still to be signed."""

    skeleton_id: int
    skeleton: Skeleton
    values: dict[str, str]
    keep: bytes | None
    stamped_at: datetime
    unsigned: Unsigned | None

    def copy(self, c: Claimed) -> Copy:
        """Raises Failed where it is not the copy that was recorded: nothing may leave under its name."""
        filling = self.skeleton.filling(self.values)
        octets = b"".join(self.skeleton.around(filling))
        digest = hashlib.sha256(octets).digest()
        if c.sha256 is not None and digest != c.sha256:
            raise Failed("The copy rebuilds to other bytes than were recorded; it is not sent again.")
        return Copy(self.skeleton_id, self.skeleton, filling, self.keep, microseconds(self.stamped_at), digest, len(octets))


def _draft(job: Job, unmade: Unmade, keys: Keys, now: datetime, signing: Signing | None) -> _Draft:
    """Only a letter that was compiled to be signed is; where there is no key any more, its copies leave unsigned."""
    c, (skeleton_id, skeleton, kept) = job.claimed, unmade
    assert job.recipient is not None
    earlier = c.sha256
    stamped_at = c.stamped_at if earlier is not None and c.stamped_at is not None else now
    values = slots_of(keys, job.recipient, wave=c.wave_id, delivery=c.id, once=c.once, stamped_at=stamped_at)
    keep: bytes | None = b""
    unsigned = None
    if earlier is not None:
        values |= kept_slots(kept)
        keep = None
    elif signing is not None and stamp.SIGNATURE in skeleton.slots:
        unsigned = signing.letter(skeleton).unsigned(values, stamped_at)
    return _Draft(skeleton_id, skeleton, values, keep, stamped_at, unsigned)


def _sign(drafts: Sequence[_Draft], signing: Signing | None) -> None:
    """Those that are to be, together: some keys sign several at a time."""
    waiting = [(draft, draft.unsigned) for draft in drafts if draft.unsigned is not None]
    if signing is None or not waiting:
        return
    made = signing.sign([unsigned for _, unsigned in waiting])
    for (draft, _), (fields, packed) in zip(waiting, made, strict=True):
        draft.values[stamp.SIGNATURE], draft.keep = fields, packed


def envelope_of(job: Job, copy: Copy, office: Office, keys: Keys) -> Envelope:
    """RFC 5321's: one recipient, and a sender to which only this copy's bounce can come (VERP)."""
    assert job.recipient is not None
    c = job.claimed
    sender = stamp.envelope_from(office, tokens.make(keys, "b", c.id))
    return Envelope(sender, job.recipient.address, reference(c.wave_id, c.id), copy.size, copy.dotless)
