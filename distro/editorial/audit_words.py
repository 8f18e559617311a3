"""The index of words held against the texts: a search that finds nothing would else deny what was sent."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from distro.archive.findings import Finding
from distro.archive.indexed import Edition, misindexed
from distro.db import Store
from distro.editorial.indexing import editions_of, every_version
from distro.editorial.release import Version

REMEDY = "`distro archive reindex` makes it anew."


def audit_words(store: Store) -> list[Finding]:
    """Every edition that is not found by what it says, and whatever is found that is none."""
    with store.snapshot() as session:
        try:
            return [*_audit(session)]
        except (DBAPIError, store.engine.dialect.loaded_dbapi.Error) as wrong:  # its tables are not what they were
            return [
                Finding(f"The index of words cannot be read: {str(getattr(wrong, 'orig', wrong)).splitlines()[0]}. {REMEDY}")
            ]


def _audit(session: Session) -> Iterator[Finding]:
    unknown: list[int] = []

    def editions() -> Iterator[Edition]:
        for number, content in every_version(session):
            if content is None:
                unknown.append(number)
            else:
                yield from editions_of(number, content)

    wrong = list(misindexed(session, editions(), unknown))
    for one in wrong:
        if one.version is None:
            yield Finding(f"The index of words has under {one.number} what is no edition. {REMEDY}")
            continue
        version = session.exec(select(Version.hash).where(Version.id == one.version)).one()
        how = "is not found by its own words" if one.there else "is not in the index of words, so no search finds it"
        yield Finding(f"The edition in {one.language} of version {version[:12]}… {how}. {REMEDY}")
