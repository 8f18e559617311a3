"""When an embargo ends: what a text says of it, and what people's word has made of it since. Reads only; compares nothing.

The one place that is asked for the hour of an embargo. What stands in a text alone is what somebody once wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from distro.editorial.content import Instant, ReleaseContent
from distro.editorial.embargo import UNKNOWN as NEVER
from distro.editorial.embargo import Change, latest, standing
from distro.editorial.embargo_steps import EmbargoStep, agree, changes_of, entries_of, pending_of, steps_of
from distro.editorial.plan import Purpose, Wave
from distro.editorial.release import Release, Version

UNKNOWN = NEVER.utc
"""Stands for an hour that cannot be read any more. Nothing has lifted by then."""

_DRAFT = 2**62
"""Behind every version's number: a draft was made after all of them."""


@dataclass(frozen=True)
class Life:
    """The changes of a release's embargo. `sound`: rows and entries say the same; else no hour of it is known."""

    changes: tuple[Change, ...]
    pending: EmbargoStep | None
    sound: bool

    def of(self, written: Instant | None, version: int, approval: int | None = None) -> Instant | None:
        """The hour by people's word, see embargo.standing."""
        if not self.sound:
            return NEVER
        return standing(written, version, self.changes, approval)


def life_of(session: Session, release_id: int) -> Life:
    rows = steps_of(session, release_id)
    return Life(tuple(changes_of(rows)), pending_of(rows), agree(rows, entries_of(session, release_id)))


def standing_hour(session: Session, version: Version, approval: int | None = None) -> Instant | None:
    """The hour of this text's embargo that has force, None without one. `approval`: as that word left it. Raises ValueError
    where the text cannot be read."""
    life = life_of(session, version.release_id)
    return life.of(version.release_content.embargo, version.id or 0, approval)


def hour_to_bind(session: Session, version: Version, now: datetime) -> Instant | None:
    """The hour that an approval given now binds: of a change that is proposed, else of what stands."""
    return _bound(life_of(session, version.release_id), version, now)


def _bound(life: Life, version: Version, now: datetime) -> Instant | None:
    if life.pending is not None and life.sound:
        return life.pending.hour or Instant(utc=now, wall="now")
    return life.of(version.release_content.embargo, version.id or 0)


def hour_to_be(session: Session, version: Version, now: datetime) -> Instant | None:
    """The hour that waves have to keep to: what an approval would bind, and never before the hour that holders of an older text
    were told of, unless it is this that is changed."""
    life = life_of(session, version.release_id)
    hour = _bound(life, version, now)
    return hour if life.pending is not None else latest(hour, *_promised(session, version, life))


def lift_of(session: Session, version: Version) -> datetime | None:
    """The instant before which nothing of this text leaves but by agreement, None for immediate release. Of a later hour that
    is only proposed it is that hour already; an earlier one has no force before it is approved."""
    life = life_of(session, version.release_id)
    written = version.release_content.embargo
    hours = [life.of(written, version.id or 0), *_promised(session, version, life)]
    if life.pending is not None and (written is not None or (version.id or 0) > life.pending.version_id):
        hours.append(life.pending.hour)
    hour = latest(*hours)
    return None if hour is None else hour.utc


def names_old_hour(session: Session, version: Version, approval: int | None) -> bool:
    """Whether an advance copy by that approval names an hour that has no force any more, or is about to lose it."""
    life, written, number = life_of(session, version.release_id), version.release_content.embargo, version.id or 0
    if approval is None:
        return False
    return life.pending is not None or life.of(written, number, approval) != life.of(written, number)


def is_sound(session: Session, release_id: int) -> bool:
    """Whether what is kept of the release's embargo is what was recorded."""
    return life_of(session, release_id).sound


def _promised(session: Session, version: Version, life: Life) -> list[Instant | None]:
    """Until when people hold older texts of the same release: a newer one is no way around their promise."""
    older = session.exec(
        select(Version)
        .join(Wave, col(Wave.version_id) == col(Version.id))
        .where(
            Version.release_id == version.release_id,
            col(Version.id) < version.id,
            Wave.purpose == Purpose.ADVANCE.value,
            col(Wave.launched_at).isnot(None),
        )
        .distinct()
    ).all()
    return [life.of(_written(text.content), text.id or 0) for text in older]


def latest_lift(session: Session, release_id: int) -> datetime | None:
    """The latest lift that its draft or any of its versions has; None where none of them has an embargo.

    A version does not lift by its own hour alone: moved to a later one, the embargo holds for the older text too, and a draft
    without one is no leave to show what was submitted under one. UNKNOWN where a text cannot be read, or none is there.
    """
    life = life_of(session, release_id)
    drafts = session.exec(select(Release.draft).where(Release.id == release_id)).all()
    versions = session.exec(select(Version.content, Version.id).where(Version.release_id == release_id)).all()
    if not drafts and not versions:
        return UNKNOWN
    hours = [life.of(_written(text), _DRAFT) for text in drafts]
    hours += [life.of(_written(text), number or 0) for text, number in versions]
    if life.pending is not None:
        hours.append(life.pending.hour)
    hour = latest(*hours)
    return None if hour is None else hour.utc


def as_it_stands(session: Session, release_id: int, content: ReleaseContent, version: int | None = None) -> ReleaseContent:
    """The content with the hour that its embargo has by now, for what is shown to people. `version`: its number, None for a
    draft. Its canonical form is no longer the version's own."""
    hour = life_of(session, release_id).of(content.embargo, _DRAFT if version is None else version)
    return content if hour == content.embargo else content.model_copy(update={"embargo": hour})


def _written(text: str) -> Instant | None:
    try:
        return ReleaseContent.from_json(text).embargo
    except (ValueError, TypeError):  # it was altered by hand
        return NEVER
