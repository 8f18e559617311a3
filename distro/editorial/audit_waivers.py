"""Waivers held against the entries about them: each row is a step that somebody took, and no step is without its row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from distro.archive.findings import Finding
from distro.archive.said import Said
from distro.editorial.waivers import KINDS, WaiverRow, as_told

Rows = dict[int, list[WaiverRow]]


def waivers_of(session: Session, releases: Sequence[int] | range) -> Rows:
    """Rows by release, oldest first."""
    found: Rows = defaultdict(list)
    query = select(WaiverRow).where(col(WaiverRow.release_id).in_(releases)).order_by(col(WaiverRow.id))
    for row in session.exec(query):
        found[row.release_id].append(row)
    return found


def audit_waivers(rows: Sequence[WaiverRow], entries: Sequence[Said], release: int) -> Iterator[Finding]:
    """How a release's rows are not what its entries, oldest first, come to."""
    left = {said.told.get("waiver"): said for said in entries if said.kind in KINDS.values()}
    for row in rows:
        said = left.pop(row.id, None)
        if said is None:
            yield Finding(f"Waiver {row.id} of release {release} stands in no entry: nobody gave it.")
        elif (said.kind, said.actor, said.at) != (KINDS[row.given], row.by, row.at) or dict(said.told) != as_told(row):
            yield Finding(f"Waiver {row.id} of release {release} is not the one of entry {said.entry}.", said.entry)
    for number, said in left.items():
        yield Finding(f"Waiver {number} of release {release}, of entry {said.entry}, is not there.", said.entry)
