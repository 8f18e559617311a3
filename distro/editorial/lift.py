"""When the last embargo that was ever put on a release lifts: until then no text of it is anybody's to see. Reads only."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import Session, select

from distro.editorial.content import ReleaseContent
from distro.editorial.release import Release, Version

UNKNOWN = datetime.max.replace(tzinfo=UTC)
"""Stands for an hour that cannot be read any more. Nothing has lifted by then."""


def latest_lift(session: Session, release_id: int) -> datetime | None:
    """The latest lift that its draft or any of its versions names; None where none of them has an embargo.

    A version does not lift by its own hour alone: moved to a later one, the embargo holds for the older text too, and a draft
    without one is no leave to show what was submitted under one. UNKNOWN where a text cannot be read, or none is there.
    """
    drafts = session.exec(select(Release.draft).where(Release.id == release_id)).all()
    versions = session.exec(select(Version.content).where(Version.release_id == release_id)).all()
    lifts = [_lift_in(text) for text in (*drafts, *versions)]
    return max((lift for lift in lifts if lift is not None), default=None) if lifts else UNKNOWN


def _lift_in(text: str) -> datetime | None:
    try:
        embargo = ReleaseContent.from_json(text).embargo
    except (ValueError, TypeError):  # it was altered by hand
        return UNKNOWN
    return None if embargo is None else embargo.utc
