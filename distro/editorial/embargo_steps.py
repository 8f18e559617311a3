"""What became of embargoes: one row for each step of a change, kept for ever, and the same as an entry of the ledger.

Owns the table, and that a row counts only where its entry says the same: a step that was forged, altered or taken out is seen
before anything leaves by it. What the steps come to is `lift`'s business, who may take one `moving`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive.ledger import Entry, Fact, record
from distro.editorial.content import Instant
from distro.editorial.embargo import Change


class Said(StrEnum):
    """What a row says of its change."""

    BROKEN = "broken"  # somebody published; `breach` says who, and what shows it
    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    OVERRIDDEN = "overridden"  # the public is told, though not all holders were


class What(StrEnum):
    MOVE = "move"
    LIFT = "lift"
    BREAK = "break"


class EmbargoStep(SQLModel, table=True):
    """A step of a change: `change` counts the changes of a release's embargo. Append-only.

    version_id   the text that stood then; `written` the hour that it names itself, `was` the hour that held until then
    utc          the new hour; None while it is proposed to be at once. `wall`, `zone`, `tzdata`: how it was written
    notice_id    the wave that tells the holders, None where nobody holds anything
    wave_id      of an overriding: the wave that was let go
    approval_id  the word that gave it force
    breach       of a broken embargo: who, in the office's words or as "contact:12"; `evidence` the SHA-256 of what shows it
    """

    __tablename__ = "embargo_step"
    __table_args__ = (UniqueConstraint("release_id", "change", "said", "wave_id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    change: int
    said: str
    what: str
    version_id: int = Field(foreign_key="version.id")
    written: datetime
    was: datetime
    utc: datetime | None = None
    wall: str = ""
    zone: str = ""
    tzdata: str = ""
    notice_id: int | None = Field(default=None, foreign_key="wave.id")
    wave_id: int = 0
    approval_id: int | None = Field(default=None, foreign_key="approval.id")
    breach: str = ""
    evidence: str = ""
    reason: str = ""
    by: str
    at: datetime

    @property
    def hour(self) -> Instant | None:
        return None if self.utc is None else Instant(utc=self.utc, wall=self.wall, zone=self.zone, tzdata=self.tzdata)

    def fact(self) -> Fact:
        """The entry that stands beside the row."""
        told = self.model_dump(exclude={"release_id", "said", "by", "at"})
        return Fact(self.at, self.by, f"embargo.{self.said}", f"embargo:{self.release_id}", told)


def take(session: Session, step: EmbargoStep) -> EmbargoStep:
    """Keep a step, and its entry, in the caller's transaction."""
    session.add(step)
    session.flush()
    record(session, step.fact())
    return step


def steps_of(session: Session, release_id: int) -> list[EmbargoStep]:
    """The rows, the oldest first, whether they are as recorded or not; none where one cannot be read, which is unlike the
    entries, so that nothing leaves by it."""
    rows = select(EmbargoStep).where(EmbargoStep.release_id == release_id).order_by(col(EmbargoStep.id))
    try:
        return list(session.exec(rows))
    except (TypeError, ValueError, OverflowError):  # SQLite keeps any value in any column
        return []


def entries_of(session: Session, release_id: int) -> list[Entry]:
    """The entries, the oldest first."""
    about = select(Entry).where(Entry.subject == f"embargo:{release_id}").order_by(col(Entry.id))
    return list(session.exec(about))


def agree(rows: Sequence[EmbargoStep], entries: Sequence[Entry]) -> bool:
    """Whether every row is what its entry says, and none is missing or too many."""
    try:
        kept = [row.fact().row() for row in rows]
    except (TypeError, ValueError, AttributeError):  # of a row that was altered by hand no type is certain
        return False
    return kept == [(e.at_us, e.actor, e.kind, e.subject, e.payload) for e in entries]


def changes_of(rows: Sequence[EmbargoStep]) -> list[Change]:
    """The changes that have force, in the order in which they got it."""
    return [
        Change(row.change, row.version_id, row.written, row.hour, row.approval_id) for row in rows if row.said == Said.APPROVED
    ]


def pending_of(rows: Sequence[EmbargoStep]) -> EmbargoStep | None:
    """The newest change, where it is proposed and no more."""
    proposed = [row for row in rows if row.said == Said.PROPOSED]
    over = {row.change for row in rows if row.said in (Said.APPROVED, Said.WITHDRAWN)}
    return proposed[-1] if proposed and proposed[-1].change not in over else None
