"""A file of the past becomes drafts: read, kept, added, recorded, in one transaction a file. Sends nothing.

The same file again changes nothing, whatever was made of its drafts since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session, select

from distro.editorial import assets, desk
from distro.editorial.content import ReleaseContent
from distro.editorial.importing.drafts import Draft, dated, draft_of
from distro.editorial.importing.item import Item
from distro.editorial.importing.originals import record_original, taken_from
from distro.editorial.importing.other_pages import MOST_OCTETS, SUFFIXES, read_page
from distro.editorial.importing.pairing import paired, perhaps
from distro.editorial.importing.reading import items_of
from distro.editorial.release import Release
from distro.editorial.release_toml import NAME
from distro.errors import Refused
from distro.staff import Actor


@dataclass(frozen=True)
class Read:
    """A file and what it holds. `groups`: which items are editions of one release; `drafts`: one for each group."""

    path: Path
    octets: bytes
    items: tuple[Item, ...]
    groups: tuple[tuple[int, ...], ...]
    drafts: tuple[Draft, ...]


@dataclass(frozen=True)
class Brought:
    """`slugs` and `states` ("new", "unchanged", "kept", "dry run") are those of `read.drafts`, in their order. "kept": a
    release of that name was there with other words, and stays as it is."""

    read: Read
    sha256: str
    slugs: tuple[str, ...]
    states: tuple[str, ...]
    notes: tuple[tuple[str, ...], ...]


def files_in(place: Path) -> list[Path]:
    """The file; or all of the folder's that are of a kind that is read, in order. Raises Refused where there is none."""
    if place.is_dir():
        found = sorted(
            path
            for path in place.rglob("*")
            if path.is_file() and path.suffix.lower() in SUFFIXES and not _passed_over(path, place)
        )
        if not found:
            raise Refused(f"There is no page in {place}; save pages as HTML, text, Markdown or DOCX.")
        return found
    if not place.exists():
        raise Refused(f"There is no file or folder {place}.")
    if not place.is_file():
        raise Refused(f"{place} is neither a file nor a folder.")
    return [place]


def _passed_over(path: Path, place: Path) -> bool:
    """Hidden, or of a release folder: that is added and not imported."""
    return any(part.startswith(".") for part in path.relative_to(place).parts) or (path.parent / NAME).is_file()


def read_file(path: Path, *, office_zone: str, organisation: str, today: date) -> Read:
    """The items of a file and the drafts they make. Raises Refused where it cannot be read or holds nothing."""
    try:
        if path.stat().st_size > MOST_OCTETS:
            raise Refused(f"{path} is over {MOST_OCTETS // 1_000_000} MB; no page of text is.")
        octets = path.read_bytes()
    except OSError as wrong:
        raise Refused(f"{path} cannot be read: {wrong.strerror}.") from None
    try:
        items = items_of(read_page(path, octets), today=today, organisation=organisation)
    except RecursionError:
        raise Refused(f"{path} is nested too deeply to be read; save the page as text and import that.") from None
    if not items:
        raise Refused(f"{path} holds no release, only a page's frame, or nothing at all.")
    groups = paired(items)
    doubts = perhaps(items, groups)
    items = [_noted(item, doubts.get(number, "")) for number, item in enumerate(items)]
    drafts = [draft_of([items[number] for number in group], office_zone=office_zone, today=today) for group in groups]
    return Read(path, octets, tuple(items), tuple(map(tuple, groups)), tuple(drafts))


def _noted(item: Item, doubt: str) -> Item:
    from dataclasses import replace

    return replace(item, notes=(*item.notes, doubt)) if doubt else item


def bring_in(session: Session, read: Read, data_dir: Path, *, actor: Actor, at: datetime) -> Brought:
    """Add the drafts in the caller's transaction. Raises Refused where the actor may not write."""
    from hashlib import sha256

    digest = sha256(read.octets).hexdigest()
    known = taken_from(session, digest)
    rows = _still_there(session, known.releases if known else ())
    if known is not None and len(rows) == len(known.releases) == len(read.drafts):
        assets.keep(read.octets, data_dir)
        return Brought(read, digest, tuple(row.slug for row in rows), ("unchanged",) * len(rows), _notes(read))
    assets.keep(read.octets, data_dir)
    states: list[str] = []
    releases: list[Release] = []
    for draft in read.drafts:
        state, release = _take_in(session, draft.content, releases, actor, at)
        states.append(state)
        releases.append(release)
    record_original(session, digest, len(read.octets), releases, actor=actor.name, at=at)
    return Brought(read, digest, tuple(row.slug for row in releases), tuple(states), _notes(read))


def _take_in(
    session: Session, content: ReleaseContent, own: Sequence[Release], actor: Actor, at: datetime
) -> tuple[str, Release]:
    """A draft of its own. A release that is there already stays as it is, whatever the page says of it: what somebody made
    of a draft, or approved, no page of the past may change. `own`: what this very page has made."""
    for candidate in (content, dated(content)):
        other = session.exec(select(Release).where(Release.slug == candidate.slug)).first()
        if other is None:
            return "new", desk.add(session, candidate, actor=actor, at=at).release
        if _same(other.content, candidate):
            if other.content == candidate:
                return "unchanged", other
            if other.id not in {one.id for one in own}:
                return "kept", other
    for number in range(2, 1000):
        numbered = dated(content).model_copy(update={"slug": f"{dated(content).slug}-{number}"})
        other = session.exec(select(Release).where(Release.slug == numbered.slug)).first()
        if other is None:
            return "new", desk.add(session, numbered, actor=actor, at=at).release
        if other.content == numbered:
            return "unchanged", other
    raise Refused(f"There are a thousand releases called {content.slug!r}; give this one another headline.")


def rehearse(read: Read) -> Brought:
    """What a dry run tells."""
    from hashlib import sha256

    slugs = tuple(draft.content.slug for draft in read.drafts)
    return Brought(read, sha256(read.octets).hexdigest(), slugs, ("dry run",) * len(slugs), _notes(read))


def _still_there(session: Session, ids: Sequence[int]) -> list[Release]:
    rows = [session.get(Release, number) for number in ids]
    return [row for row in rows if row is not None]


def _same(one: ReleaseContent, other: ReleaseContent) -> bool:
    return (one.kind, one.date, one.organisations[0].name) == (other.kind, other.date, other.organisations[0].name)


def _notes(read: Read) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (*(note for number in group for note in read.items[number].notes), *draft.notes)
        for group, draft in zip(read.groups, read.drafts, strict=True)
    )
