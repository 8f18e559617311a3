"""Which signed heads of the record were given outside, when and how: so that not only the office can say what it was.

Owns the table of anchors and what is due. How a head is mailed, written or stamped is done by others, who say so here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive.checkpoint import Checkpoint, open_note
from distro.archive.columns import BIG_ID, Micros, from_microseconds
from distro.archive.ledger import Entry, Fact, record
from distro.archive.named import ANCHORED
from distro.archive.sealing import Run, Signer, StoredCheckpoint, origin_of
from distro.bulk import rows_in


class How(StrEnum):
    """The ways in which a head gets outside."""

    MAIL = "mail"
    FILE = "file"
    TSA = "tsa"  # a time-stamp authority signs its hash and the hour (RFC 3161)


def ways_of(*, mail: object, file: object, tsa: object) -> list[How]:
    """The ways that an office asks for: those for which it names somebody, or somewhere."""
    return [how for how, asked in ((How.MAIL, mail), (How.FILE, file), (How.TSA, tsa)) if asked]


class Anchor(SQLModel, table=True):
    """The head over the first `size` entries was given outside. Append-only.

    token  the authority's answer as it came, a TimeStampResp in DER. Its imprint is the SHA-256 of the head's whole signed
           note in UTF-8, text, empty line and signatures: the octets of data/checkpoint.txt in a bag of that head
    """

    size: int = Field(primary_key=True, sa_type=BIG_ID, sa_column_kwargs={"autoincrement": False})
    how: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Micros)
    token: bytes | None = None


@dataclass(frozen=True)
class Head:
    """A signed head: how many entries are under it, the hash over them, the note as it is given out, and the key for it."""

    size: int
    root: bytes
    note: str
    key: str


class Token(NamedTuple):
    """What an authority stamped, its answer in DER, and when that was kept."""

    note: str
    token: bytes
    at: datetime


def head_of(stored: StoredCheckpoint, signer: Signer) -> Head:
    """Opened before it is given out. Raises Failed or Refused where the store's note is not what the office's key signed."""
    verifier = signer.verifier(origin_of(stored))
    text, _ = open_note(stored.note, [verifier])
    checkpoint = Checkpoint.read(text)
    return Head(checkpoint.size, checkpoint.root, stored.note, verifier.text())


def due(session: Session, ways: Iterable[How], every: timedelta, now: datetime) -> list[How]:
    """The ways whose time has come: `every` has gone by since the last anchor, and something else was sealed meanwhile.

    An anchor from the future, made while the clock was wrong, keeps nobody waiting.
    """
    found = []
    for how in ways:
        last = last_of(session, how)
        waits = last is not None and last.at <= now < last.at + every
        if not waits and unanchored_since(session, last) is not None:
            found.append(how)
    return found


def last_of(session: Session, how: How) -> Anchor | None:
    """The last anchor of this kind."""
    return session.exec(select(Anchor).where(Anchor.how == how.value).order_by(col(Anchor.size).desc()).limit(1)).first()


def unanchored_since(session: Session, last: Anchor | None) -> datetime | None:
    """When the first entry was made that was sealed after this anchor. Entries about anchors do not count: each anchor makes
    the record grow, and an idle office would have no end of it."""
    runs = select(Run).where(col(Run.first_leaf) >= (last.size if last else 0)).order_by(col(Run.first_leaf))
    for run in session.exec(runs):  # a head ends with a run, so these are the entries that are not under it
        ids = col(Entry.id) >= run.first_entry, col(Entry.id) < run.first_entry + run.count
        others = select(Entry.at_us).where(*ids, Entry.kind != ANCHORED).order_by(col(Entry.id)).limit(1)
        at_us = session.exec(others).first()
        if at_us is not None:
            return from_microseconds(at_us)
    return None


def keep(session: Session, head: Head, how: How, *, actor: str, at: datetime, to: int = 0, token: bytes | None = None) -> None:
    """Record that a head is outside. `to`: how many addresses it was mailed to; who they are is nobody's business."""
    said: dict[str, object] = {"size": head.size, "root": head.root, "how": how.value}
    if how is How.MAIL:
        said["to"] = to
    if token is not None:
        said["token"] = sha256(token).digest()
    session.add(Anchor(size=head.size, how=how.value, at=at, token=token))
    record(session, Fact(at, actor, ANCHORED, f"checkpoint:{head.size}", said))


def anchored(session: Session) -> list[tuple[Anchor, str | None]]:
    """Every anchor with the note of its head, oldest first; None where that is gone."""
    both = select(Anchor, StoredCheckpoint.note).outerjoin(StoredCheckpoint, col(StoredCheckpoint.size) == col(Anchor.size))
    return list(session.exec(both.order_by(col(Anchor.size), col(Anchor.how))))


def told_of(session: Session, sizes: Sequence[int]) -> dict[int, int]:
    """To how many addresses the heads of these sizes were mailed, as their entries say; only those that were."""
    about = rows_in(session, "SELECT payload FROM entry WHERE subject", [f"checkpoint:{size}" for size in sizes])
    found = {}
    for (payload,) in about:
        with suppress(ValueError, LookupError, TypeError):  # an entry that was altered tells nothing here
            said = json.loads(payload)
            if said["how"] == How.MAIL:
                found[said["size"]] = said["to"]
    return found


def stamped(session: Session, size: int) -> list[int]:
    """The sizes of those heads over the first `size` entries or fewer that have a time-stamp, the smallest first."""
    heads = select(Anchor.size).where(Anchor.how == How.TSA.value, col(Anchor.size) <= size).order_by(col(Anchor.size))
    return list(session.exec(heads))


def token_of(session: Session, size: int) -> Token | None:
    """The time-stamp of the head of this size, if it has one."""
    both = select(StoredCheckpoint.note, Anchor.token, Anchor.at).join(Anchor, col(StoredCheckpoint.size) == col(Anchor.size))
    found = session.exec(both.where(Anchor.how == How.TSA.value, Anchor.size == size)).first()
    return found and Token(found[0], found[1] or b"", found[2])


def published(session: Session, before: datetime) -> StoredCheckpoint | None:
    """The head to be shown to anybody: the newest that was signed before this instant, else the record's first."""
    heads = select(StoredCheckpoint).order_by(col(StoredCheckpoint.size).desc())
    older = session.exec(heads.where(col(StoredCheckpoint.at) < before).limit(1)).first()
    return older or session.exec(select(StoredCheckpoint).order_by(col(StoredCheckpoint.size)).limit(1)).first()
