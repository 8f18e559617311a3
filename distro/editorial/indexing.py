"""Which words a version is found by: the one place that says so, for putting it into the index and for looking at the index."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session, col, select

from distro.archive.indexed import Edition, forget_all
from distro.archive.search import add_edition
from distro.db import Store
from distro.editorial.content import ReleaseContent
from distro.editorial.release import Version

_PAGE = 100


def editions_of(version_id: int, content: ReleaseContent) -> Iterator[Edition]:
    """Every edition of a version, with all that it is to be found by."""
    for language in content.editions:
        yield Edition(version_id, language, content.said(language))


def index(session: Session, version_id: int, content: ReleaseContent) -> None:
    """Take a version into the index, in the caller's transaction."""
    for edition in editions_of(version_id, content):
        add_edition(session, *edition)


def every_version(session: Session) -> Iterator[tuple[int, ReleaseContent | None]]:
    """All versions in the order of their numbers, a page in memory at a time. None for one that cannot be read: altered."""
    after: int | None = None
    while True:
        query = select(Version.id, Version.content).order_by(col(Version.id)).limit(_PAGE)
        page = session.exec(query if after is None else query.where(col(Version.id) > after))
        rows = [(number, content) for number, content in page if number is not None]
        for number, content in rows:
            try:
                yield number, ReleaseContent.from_json(content)
            except (ValueError, TypeError):
                yield number, None
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def reindex(store: Store) -> int:
    """Make the index anew from the versions, in one transaction. Returns how many versions it has."""
    with store.write() as session:
        forget_all(session)
        done = 0
        for number, content in every_version(session):
            if content is not None:
                index(session, number, content)
                done += 1
    return done
