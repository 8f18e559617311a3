"""Is the store what our steps make? Looks, and changes nothing."""

from __future__ import annotations

from sqlmodel import Session

from distro.checkup import Check, bad, ok
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
