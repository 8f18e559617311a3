"""What was said in mails that hold these words: one answer for each edition of a version that left. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from distro.archive.damage import UNREADABLE
from distro.archive.search import Searchable, Term, holding, snippet
from distro.dispatch.delivery import Delivery, State
from distro.editorial.content import ReleaseContent
from distro.editorial.lift import as_it_stands
from distro.editorial.plan import Wave
from distro.editorial.release import Release, Version

PAGE = 100


@dataclass(frozen=True)
class Hit:
    """An edition that holds the words, under its number in the index; with the waves that left with it: when, and how many
    copies a server took. `content` is None where the text was altered so that it cannot be read any more."""

    edition: int
    release_id: int
    release: str
    version: str
    language: str
    content: ReleaseContent | None
    snippet: str
    waves: list[dict[str, object]]

    @property
    def headline(self) -> str | None:
        return None if self.content is None else self.content.editions[self.language].headline

    def to_json(self) -> dict[str, object]:
        embargo = self.content and self.content.embargo
        return {
            "edition": self.edition,
            "release": self.release,
            "version": self.version,
            "language": self.language,
            "headline": self.headline,
            "snippet": self.snippet,
            "embargo": embargo.utc if embargo else None,
            "waves": self.waves,
            "damaged": self.content is None,
        }


def editions(
    session: Session,
    terms: Sequence[Term],
    *,
    language: str | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> Iterator[Hit]:
    """Editions in which all of the terms stand and of which copies left, the newest first. `after` is the last edition of the
    page before."""
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        sent = select(Wave.id).where(
            Wave.release_id == Version.release_id, Wave.version_id == Version.id, col(Wave.launched_at).isnot(None)
        )
        query = (
            select(Searchable, Version, Release.slug)
            .join(Version, col(Version.id) == col(Searchable.version_id))
            .join(Release, col(Release.id) == col(Version.release_id))
            .where(holding(session, terms), sent.exists())
            .order_by(col(Searchable.id).desc())
            .limit(size)
        )
        if language is not None:
            query = query.where(Searchable.language == language)
        if after is not None:
            query = query.where(col(Searchable.id) < after)
        rows = session.exec(query).all()
        waves = _waves(session, {version.id or 0 for _, version, _ in rows})
        for found, version, slug in rows:
            content: ReleaseContent | None
            try:
                content = as_it_stands(session, version.release_id, version.release_content, version.id)
                said = snippet(content.said(found.language), terms)
            except UNREADABLE:
                content, said = None, ""
            left_with = waves[version.id or 0]
            yield Hit(found.id or 0, version.release_id, slug, version.hash, found.language, content, said, left_with)
        if len(rows) < size:
            return
        after, left = rows[-1][0].id, None if left is None else left - size


def _waves(session: Session, versions: set[int]) -> dict[int, list[dict[str, object]]]:
    """By version, its waves that left, the oldest first."""
    found: dict[int, list[dict[str, object]]] = {version: [] for version in versions}
    waves = session.exec(
        select(Wave.id, Wave.version_id, Wave.purpose, Wave.at, Wave.launched_at)  # type: ignore[call-overload]
        .join(Version, (col(Version.id) == col(Wave.version_id)) & (col(Version.release_id) == col(Wave.release_id)))
        .where(col(Version.id).in_(versions), col(Wave.launched_at).isnot(None))
        .order_by(col(Wave.id))
    ).all()
    taken = (
        select(Delivery.wave_id, func.count())
        .where(col(Delivery.wave_id).in_([wave for wave, *_ in waves]), Delivery.state == State.ACCEPTED.value)
        .group_by(col(Delivery.wave_id))
    )
    accepted: dict[int, int] = {wave: count for wave, count in session.exec(taken)}
    for wave, version, purpose, at, launched_at in waves:
        told = {"wave": wave, "purpose": purpose, "at": at, "launched_at": launched_at, "accepted": accepted.get(wave, 0)}
        found[version].append(told)
    return found
