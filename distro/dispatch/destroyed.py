"""What two people disposed of: of whom no box needs to be there. Whether it might go is for audit_disposals to ask."""

from __future__ import annotations

from sqlmodel import Session

from distro.bulk import mark_of, run


def disposed_between(session: Session, first: int, last: int) -> set[int]:
    """Of these deliveries, those whose boxes a disposal took."""
    mark = mark_of(session)
    where = f"kind = 'deliveries' AND item BETWEEN {mark} AND {mark}"
    return {item for (item,) in run(session, f"SELECT item FROM disposed WHERE {where}", (first, last))}  # noqa: S608
