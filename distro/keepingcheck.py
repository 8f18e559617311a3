"""Is the store what our steps make, and is anything left of what a killed process was writing? Looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlmodel import Session

from distro.archive.unfinished import abandoned
from distro.checkup import Check, bad, ok, warning
from distro.config import Config
from distro.schema import differences

_SHOWN = 3


def look_at_schema(session: Session) -> Check:
    """One check, whatever differs."""
    wrong = differences(session.connection())
    if not wrong:
        return ok("schema", "The store's tables, indexes and triggers are those that Distro makes.")
    more = f" And {len(wrong) - _SHOWN} more." if len(wrong) > _SHOWN else ""
    return bad(
        "schema",
        f"{' '.join(wrong[:_SHOWN])}{more}",
        "Somebody altered the store: find out who, see what `distro archive verify` finds, and restore a backup.",
    )


def look_at_leftovers(config: Config) -> Iterator[Check]:
    """In the folders of the office's own; what lies beside backups elsewhere is removed by the next backup there."""
    url = make_url(config.store_url)
    folders = {config.storage.data_dir.resolve()}
    if url.database and url.get_backend_name() == "sqlite":
        folders.add(Path(url.database).resolve().parent)
    left = sorted(path for folder in folders for path in abandoned(folder))
    if left:
        shown = ", ".join(map(str, left[:_SHOWN])) + (f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else "")
        yield warning(
            "leftovers",
            f"A backup, export or restoring that was killed has left {shown}: people's names may stand in it.",
            "Remove it, or let the next backup or export to that folder do so.",
        )
