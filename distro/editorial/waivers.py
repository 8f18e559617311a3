"""What a person said may stand in one release though a rule finds it: the table, giving one, taking it back. Who finds what is
preflight's business; here a rule is a name, and what is waived is where and which words.

A waiver is about words, so it holds for later drafts that still have them, and not for what is written there instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive.ledger import Fact, canonical, for_the_record, record
from distro.editorial.release import Release
from distro.errors import Refused
from distro.staff import Actor, Right

Spot = tuple[str, str, str]
"""Language, part and words of a finding: what it is about."""


class WaiverRow(SQLModel, table=True):
    """One step: `given` or taken back. `about`: canonical JSON, a list of spots. The newest step about a spot counts.
    Append-only; the entry of the step names the row and the SHA-256 of `about`."""

    __tablename__ = "waiver"

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    rule: str
    about: str
    reason: str
    given: bool
    by: str
    at: datetime

    @property
    def spots(self) -> list[Spot]:
        return [(language, part, words) for language, part, words in json.loads(self.about)]


@dataclass(frozen=True)
class Waiver:
    """One that stands."""

    rule: str
    spot: Spot
    by: str
    at: datetime
    reason: str

    def covers(self, language: str, part: str, words: str) -> bool:
        return self.spot == spot(language, part, words)


def spot(language: str, part: str, words: str) -> Spot:
    """What a finding is about, whatever line it moved to."""
    return language, part, " ".join(words.split())


def standing(session: Session, release_id: int) -> list[Waiver]:
    """The waivers of a release that nobody took back, oldest first."""
    found: dict[tuple[str, Spot], Waiver] = {}
    for row in session.exec(select(WaiverRow).where(WaiverRow.release_id == release_id).order_by(col(WaiverRow.id))):
        for one in row.spots:
            found.pop((row.rule, one), None)
            if row.given:
                found[row.rule, one] = Waiver(row.rule, one, row.by, row.at, row.reason)
    return list(found.values())


def waive(
    session: Session, release: Release, rule: str, spots: Iterable[Spot], *, reason: str, actor: Actor, at: datetime
) -> WaiverRow:
    """Let these stand. Raises Refused without a reason, or where the actor may not write."""
    actor.need(Right.WRITE, "waive a rule for a release")
    reason = for_the_record(reason)
    if not reason:
        raise Refused("A waiver needs a reason, for whoever approves and for the record; write one with --reason.")
    return _step(session, release, rule, sorted(set(spots)), reason, True, actor, at)


def take_back(
    session: Session, release: Release, rule: str, *, words: str | None = None, reason: str = "", actor: Actor, at: datetime
) -> WaiverRow:
    """Take back what was waived under this rule, or of it what is about these words. Raises Refused where there is nothing."""
    actor.need(Right.WRITE, "take a waiver back")
    mine = [one.spot for one in standing(session, release.id or 0) if one.rule == rule]
    spots = [one for one in mine if words is None or " ".join(words.split()) in one[2]]
    if not spots:
        with_words = " with these words" if mine else ""
        raise Refused(f"Nothing{with_words} is waived under {rule} in {release.slug!r}.")
    return _step(session, release, rule, spots, for_the_record(reason), False, actor, at)


def _step(
    session: Session, release: Release, rule: str, spots: Sequence[Spot], reason: str, given: bool, actor: Actor, at: datetime
) -> WaiverRow:
    row = WaiverRow(
        release_id=release.id or 0, rule=rule, about=canonical(spots), reason=reason, given=given, by=actor.name, at=at
    )
    session.add(row)
    session.flush()
    record(session, Fact(at, actor.name, KINDS[given], f"release:{release.id}", as_told(row)))
    return row


KINDS = {True: "release.waive", False: "release.unwaive"}


def as_told(row: WaiverRow) -> dict[str, object]:
    """What the entry says of the row. The words are named by their SHA-256: they may be under an embargo, and the record is
    for ever."""
    told: dict[str, object] = {"waiver": row.id, "rule": row.rule, "about": hashlib.sha256(row.about.encode()).hexdigest()}
    return told | ({"reason": row.reason} if row.reason else {})
