"""The tables of what is said, and the one table of what may be done with a release. Only `advance` assigns a status."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, select

from distro.archive.ledger import Fact, record
from distro.editorial.content import ReleaseContent
from distro.errors import Refused


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    APPROVED = "approved"
    RELEASED = "released"
    RECALLED = "recalled"


class Verb(StrEnum):
    ADD = "add"
    SUBMIT = "submit"
    SCHEDULE = "schedule"
    APPROVE = "approve"
    RESCHEDULE = "reschedule"
    LAUNCH = "launch"
    RECALL = "recall"
    KILL = "kill"


S, V = Status, Verb
TRANSITIONS: dict[tuple[Status, Verb], Status] = {
    (S.DRAFT, V.ADD): S.DRAFT,
    (S.SUBMITTED, V.ADD): S.DRAFT,
    (S.SCHEDULED, V.ADD): S.DRAFT,
    (S.APPROVED, V.ADD): S.DRAFT,
    (S.RELEASED, V.ADD): S.DRAFT,
    (S.RECALLED, V.ADD): S.DRAFT,
    (S.DRAFT, V.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, V.SCHEDULE): S.SCHEDULED,
    (S.RELEASED, V.SCHEDULE): S.SCHEDULED,
    (S.SCHEDULED, V.APPROVE): S.APPROVED,
    (S.SCHEDULED, V.RESCHEDULE): S.SCHEDULED,
    (S.APPROVED, V.RESCHEDULE): S.SCHEDULED,
    (S.APPROVED, V.LAUNCH): S.RELEASED,
    (S.SUBMITTED, V.LAUNCH): S.RELEASED,  # a correction or update brought the version to those who had the one before
    (S.DRAFT, V.RECALL): S.RECALLED,
    (S.SUBMITTED, V.RECALL): S.RECALLED,
    (S.SCHEDULED, V.RECALL): S.RECALLED,
    (S.APPROVED, V.RECALL): S.RECALLED,
    (S.RELEASED, V.RECALL): S.RECALLED,
    **{(status, V.KILL): S.RECALLED for status in Status},  # also a second time, and what was recalled before
}

OUT_OF_TURN: dict[Verb, str] = {
    V.ADD: "It cannot be changed now.",
    V.SUBMIT: "Only a draft is submitted; add the folder again with changes to make a new draft.",
    V.SCHEDULE: "Submit it first; a release that is scheduled already takes a new hour with `release reschedule`.",
    V.APPROVE: "Only a scheduled release is approved: submit, then schedule, then approve.",
    V.RESCHEDULE: "Only a scheduled or approved release takes a new hour.",
    V.LAUNCH: "Only an approved release leaves.",
    V.RECALL: "It is recalled already.",
    V.KILL: "It cannot be killed.",
}


class Release(SQLModel, table=True):
    """One announcement. `draft` is the canonical JSON of its newest content, `draft_hash` its name; `authors` who wrote
    it (names joined by a line feed); `version_id` the newest frozen Version."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    kind: str
    status: str = Status.DRAFT.value
    draft: str
    draft_hash: str
    authors: str = ""
    version_id: int | None = None
    created_at: datetime
    created_by: str
    changed_at: datetime

    @property
    def content(self) -> ReleaseContent:
        return ReleaseContent.from_json(self.draft)


class Version(SQLModel, table=True):
    """An immutable snapshot of a release and all its editions; `hash` is the SHA-256 of `content`. Append-only."""

    id: int | None = Field(default=None, primary_key=True)
    hash: str = Field(unique=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    content: str
    authors: str
    submitted_by: str
    submitted_at: datetime

    @property
    def release_content(self) -> ReleaseContent:
        return ReleaseContent.from_json(self.content)


class Approval(SQLModel, table=True):
    """A person's word. `terms` is the canonical JSON of all that is bound (version, waves with hours and audience rules,
    embargo), `binding` its SHA-256. `alone`: the office lets one person write and approve, and this one did. Append-only."""

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    version_id: int = Field(foreign_key="version.id")
    binding: str
    terms: str
    by: str
    at: datetime
    alone: bool = False


def find_release(session: Session, slug: str) -> Release:
    """The release of that slug. Raises Refused, naming one that is near."""
    release = session.exec(select(Release).where(Release.slug == slug)).first()
    if release is not None:
        return release
    near = difflib.get_close_matches(slug, session.exec(select(Release.slug)).all(), n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`distro release list` shows what there is."
    raise Refused(f"There is no release {slug!r}; {hint}")


def in_turn(release: Release, verb: Verb) -> Status:
    """The status to which the verb leads from where the release stands. Raises Refused where the table has no such step."""
    before = Status(release.status)
    after = TRANSITIONS.get((before, verb))
    if after is None:
        refusal = f"The release {release.slug!r} is {before}, so it cannot take the step {verb.value!r}."
        raise Refused(f"{refusal} {OUT_OF_TURN[verb]}")
    return after


def advance(
    session: Session,
    release: Release,
    verb: Verb,
    *,
    actor: str,
    at: datetime,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Take the release to the status that the table gives, and record it in the same transaction.

    Raises Refused where the table has no such step.
    """
    before = Status(release.status)
    after = in_turn(release, verb)
    release.status = after.value
    release.changed_at = at
    session.add(release)
    session.flush()
    payload: dict[str, object] = {"slug": release.slug, "from": before, "to": after}
    if reason:
        payload["reason"] = reason
    payload.update(details or {})
    record(session, Fact(at, actor, f"release.{verb}", f"release:{release.id}", payload))
