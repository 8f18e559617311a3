"""Who opened what an embargo still protects: a fact of the record, for that is where a leak is looked for first."""

from __future__ import annotations

from datetime import datetime

from distro.archive.ledger import Fact, record
from distro.db import Store
from distro.editorial.content import ReleaseContent
from distro.editorial.embargo import has_lifted


def opened(store: Store, release_id: int, content: ReleaseContent, *, what: str, language: str, by: str, at: datetime) -> None:
    """Record that somebody is about to see this text, if it is under embargo. To be called before they do.

    what  "preview", "copy", or "search" for a passage of it
    by    a person's name, or "account:NAME" of the account on this machine where nobody was named
    """
    if has_lifted(content.embargo.utc if content.embargo else None, at):
        return
    said = {"what": what, "version": content.sha256(), "language": language}
    with store.write() as session:
        record(session, Fact(at, by, "release.read", f"release:{release_id}", said))
