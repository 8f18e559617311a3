"""Who opened what an embargo still protects: a fact of the record, for that is where a leak is looked for first."""

from __future__ import annotations

from datetime import datetime

from distro.archive.ledger import Fact, record
from distro.db import Store
from distro.editorial.embargo import has_lifted
from distro.editorial.lift import latest_lift

ALL = "*"
"""Stands for all languages that a text has."""


def opened(store: Store, release_id: int, version: str, *, what: str, language: str, by: str, at: datetime) -> None:
    """Record that somebody is about to see a text of this release, while an embargo on it holds. To be called before they do.

    version   the text, by its SHA-256
    what      "preview", "copy", "search" for a passage of it, "headline", "check" for what the rules quote,
              "notice" for what a correction or update quotes, or "evidence" for all that a bag holds of it
    language  of the edition; ALL for all of them
    by        a person's name, or "account:NAME" of the account on this machine where nobody was named
    """
    with store.read() as session:
        if has_lifted(latest_lift(session, release_id), at):
            return
    said = {"what": what, "version": version, "language": language}
    with store.write() as session:
        record(session, Fact(at, by, "release.read", f"release:{release_id}", said))
