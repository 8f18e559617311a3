"""What all deliveries of a wave have in common in the archive's records: release, version, and on whose word. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlmodel import Session, col, func, select

from distro.archive.damage import UNREADABLE
from distro.editorial.plan import Purpose, Wave
from distro.editorial.release import Approval, Release, Version

_BEGINNING = 2000
"""Signs of a version's JSON within which its press contacts nearly always stand."""
_CONTACTS = '{"contacts":'
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class WaveSide:
    """`damaged`: which of these cannot be read, since a row of it was altered or taken out."""

    release: str | None = None
    version: str | None = None
    purpose: str | None = None
    scheduled_by: str | None = None
    authors: tuple[str, ...] = ()
    author: str | None = None
    approvers: tuple[str, ...] = ()
    press_contacts: tuple[dict[str, str], ...] = ()
    damaged: tuple[str, ...] = ()


NOWHERE = WaveSide(
    damaged=("release", "version", "purpose", "press_contacts", "author", "authors", "approvers", "scheduled_by")
)
"""Of a wave that is not there any more."""


def wave_sides(session: Session, wave_ids: Iterable[int]) -> dict[int, WaveSide]:
    """By wave. One that is not there is missing."""
    query = (
        select(  # type: ignore[call-overload]
            Wave.id,
            Wave.purpose,
            Wave.scheduled_by,
            Wave.approval_id,
            Release.slug,
            Version.id,
            Version.hash,
            Version.authors,
            Version.submitted_by,
            Approval.by,
            Approval.binding,
            func.substr(col(Version.content), 1, _BEGINNING),
        )
        .join(Release, col(Release.id) == col(Wave.release_id), isouter=True)
        .join(Version, col(Version.id) == col(Wave.version_id), isouter=True)
        .join(Approval, col(Approval.id) == col(Wave.approval_id), isouter=True)
        .where(col(Wave.id).in_(list(wave_ids)))
    )
    found: dict[int, WaveSide] = {}
    rows = session.exec(query).all()
    confirmed = _confirmed(session, {row.binding for row in rows if row.purpose == Purpose.KILL and row.binding is not None})
    for wave, purpose, scheduled_by, approval, slug, version_id, version, authors, author, approver, binding, text in rows:
        damaged = [] if slug is not None else ["release"]
        if approval is not None and approver is None:
            damaged.append("approvers")
        side = WaveSide(
            slug, version, purpose, scheduled_by, approvers=() if approver is None else confirmed.get(binding, (approver,))
        )
        if version_id is None:
            damaged += ["version", "press_contacts", "author", "authors"]
        else:
            side = replace(side, authors=tuple(authors.split("\n")) if authors else (), author=author)
            try:
                side = replace(side, press_contacts=_press_contacts(session, version_id, text))
            except UNREADABLE:
                damaged.append("press_contacts")
        found[wave] = replace(side, damaged=tuple(damaged))
    return found


def _confirmed(session: Session, bindings: set[str]) -> dict[str, tuple[str, ...]]:
    """By what a kill binds, all who gave their word for it, the first first."""
    found: dict[str, tuple[str, ...]] = {}
    words = select(Approval.binding, Approval.by).where(col(Approval.binding).in_(bindings)).order_by(col(Approval.id))
    for binding, by in session.exec(words).all() if bindings else ():
        found[binding] = (*found.get(binding, ()), by)
    return found


def _press_contacts(session: Session, version_id: int, beginning: str) -> tuple[dict[str, str], ...]:
    """Of a version, from the beginning of its content: the keys are sorted, and these come first. A text is long."""
    if not beginning.startswith(_CONTACTS):
        return ()
    try:
        listed, _ = _DECODER.raw_decode(beginning, len(_CONTACTS))
    except ValueError:
        listed = json.loads(session.get_one(Version, version_id).content)["contacts"]
    return tuple({"name": c["name"], "email": c.get("email", ""), "phone": c.get("phone", "")} for c in listed)
