"""Releases, versions, approvals and waves held against the entries about them. Writes nothing.

An entry names a text by its SHA-256, what an approval binds by another, and each step with who took it and when: so it is seen
where a row says otherwise by now.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, func, select

from distro.archive.findings import Finding
from distro.archive.said import Said, entries_about, number_of
from distro.bulk import is_no_text
from distro.db import Store
from distro.editorial.audit_embargoes import audit_embargoes
from distro.editorial.audit_notices import of_notices
from distro.editorial.audit_staff import Roles, audit_staff, roles_in
from distro.editorial.audit_waivers import audit_waivers, waivers_of
from distro.editorial.audit_waves import Hour, of_wave
from distro.editorial.audit_words import audit_words
from distro.editorial.notice import Notice
from distro.editorial.plan import Wave
from distro.editorial.release import Approval, Release, Status, Version
from distro.staff import Right

_PAGE = 200
_BEYOND = 50
"""So many numbers behind the last row are asked for too: the last rows may have been taken out."""


@dataclass
class _Release:
    """What the entries about a release come to. `versions` by hash: who wrote, who submitted it and when. `approvals` by id.
    `scheduled` by wave: who gave it its hour. `notices` by hash: who wrote it."""

    last: Said | None = None
    status: str = Status.DRAFT.value
    draft: str = ""
    authors: tuple[str, ...] = ()
    versions: dict[str, tuple[tuple[str, ...], Said]] = field(default_factory=dict)
    approvals: dict[int, Said] = field(default_factory=dict)
    scheduled: dict[int, Hour] = field(default_factory=dict)
    notices: dict[str, Said] = field(default_factory=dict)


def audit_desk(store: Store) -> list[Finding]:
    """Everything that is not as it was recorded, a page of releases or waves at a time; staff, and the index of words too."""
    roles, found = audit_staff(store)
    with store.read() as session:
        releases = session.exec(select(func.max(col(Release.id)))).one() or 0
        waves = session.exec(select(func.max(col(Wave.id)))).one() or 0
    for what, highest, look in (("releases", releases, partial(_releases, roles)), ("waves", waves, _waves)):
        for first in range(1, highest + _BEYOND, _PAGE):
            ids = range(first, first + _PAGE)
            with store.snapshot() as session:
                try:
                    found += look(session, ids)
                except OperationalError as wrong:
                    if not is_no_text(wrong):
                        raise
                    found.append(Finding(f"Of the {what} {first} to {ids[-1]}, not all can be read: {wrong.orig}."))
                except (ValueError, TypeError, KeyError, OverflowError, AttributeError):  # altered by hand to another kind
                    found.append(
                        Finding(f"Of the {what} {first} to {ids[-1]}, not all can be read: a value is not of its kind.")
                    )
    return [*found, *audit_embargoes(store, roles), *audit_words(store)]


def audit_some(session: Session, release: int, waves: Iterable[int]) -> list[Finding]:
    """The same of one release and these waves, within the caller's transaction."""
    found: list[Finding] = []
    try:
        found += _releases(roles_in(session), session, range(release, release + 1))
        for wave in waves:
            found += _waves(session, range(wave, wave + 1))
    except OperationalError as wrong:
        if not is_no_text(wrong):
            raise
        found.append(Finding(f"Not all of release {release} and its waves can be read: {wrong.orig}."))
    return found


def _releases(roles: Roles, session: Session, ids: range) -> Iterator[Finding]:
    rows = {row.id: row for row in session.exec(select(Release).where(col(Release.id).in_(ids)))}
    versions: defaultdict[int, list[Version]] = defaultdict(list)
    for version in session.exec(select(Version).where(col(Version.release_id).in_(ids)).order_by(col(Version.id))):
        versions[version.release_id].append(version)
    approvals: defaultdict[int, list[Approval]] = defaultdict(list)
    for approval in session.exec(select(Approval).where(col(Approval.release_id).in_(ids)).order_by(col(Approval.id))):
        approvals[approval.release_id].append(approval)
    notices: defaultdict[int, list[Notice]] = defaultdict(list)
    for notice in session.exec(select(Notice).where(col(Notice.release_id).in_(ids)).order_by(col(Notice.id))):
        notices[notice.release_id].append(notice)
    waivers = waivers_of(session, ids)
    for number, entries in entries_about(session, "release", ids).items():
        told = _follow(entries)
        row = rows.get(number)
        if row is None and entries:
            yield Finding(
                f"Release {number} is not there any more, and entry {entries[-1].entry} is about it.", entries[-1].entry
            )
        if row is not None:
            yield from _of_release(row, told)
        yield from _of_versions(versions[number], told)
        yield from of_notices(notices[number], told.notices)
        yield from _of_approvals(approvals[number], told, {row.id: row.hash for row in versions[number]}, roles)
        yield from audit_waivers(waivers[number], entries, number)


def _follow(entries: list[Said]) -> _Release:
    told = _Release()
    for said in entries:
        with suppress(KeyError, TypeError):  # altered: the record's audit names it
            _step(told, said)
    return told


def _step(told: _Release, said: Said) -> None:
    what, version = said.kind.removeprefix("release."), str(said.told.get("version", ""))
    if "notice" in said.told:
        told.notices.setdefault(said.told["notice"], said)
    if "approval" in said.told:
        told.approvals[said.told["approval"]] = said
    if "waves" in said.told and what != "recall":
        told.scheduled.update((wave["id"], Hour(said, wave)) for wave in said.told["waves"])
    if "to" not in said.told:
        return
    told.last, told.status = said, str(said.told["to"])
    if what == "add":
        told.draft, told.authors = version, _with(told.authors, said.actor)
    elif what == "submit" and version not in told.versions:
        told.versions[version] = told.authors, said
    elif what == "submit" and said.actor != told.versions[version][1].actor:
        told.authors = _with(told.authors, said.actor)


def _with(authors: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*authors, name]))


def _of_release(row: Release, told: _Release) -> Iterator[Finding]:
    last = told.last
    if last is None:
        yield Finding(f"Release {row.id} ({row.slug}) stands in no entry.")
        return
    if _sha256(row.draft) != told.draft or row.draft_hash != told.draft:
        yield Finding(f"The draft of release {row.id} ({row.slug}) is not the text that was recorded.", last.entry)
    slug = last.told.get("slug")
    if (row.status, row.slug, row.changed_at) != (told.status, slug, last.at):
        yield Finding(
            f"Release {row.id} ({row.slug}) is {row.status}; entry {last.entry} says: {slug}, {told.status}.", last.entry
        )
    if row.authors != "\n".join(told.authors):
        yield Finding(f"Release {row.id} ({row.slug}) was written by {', '.join(told.authors)}, and its row names others.")


def _of_versions(rows: list[Version], told: _Release) -> Iterator[Finding]:
    left = dict(told.versions)
    for row in rows:
        authors, submitted = left.pop(row.hash, ((), None))
        name = f"Version {row.hash[:12]}… of release {row.release_id}"
        if _sha256(row.content) != row.hash:
            yield Finding(f"{name} is not the text that was submitted.", number_of(submitted))
        if submitted is None:
            yield Finding(f"{name} was never submitted, by the record.")
        elif (row.authors, row.submitted_by, row.submitted_at) != ("\n".join(authors), submitted.actor, submitted.at):
            yield Finding(f"{name} does not have the authors, or the hour, of entry {submitted.entry}.", submitted.entry)
    for version, (_, submitted) in left.items():
        yield Finding(f"The version {version[:12]}… that entry {submitted.entry} is about is not there.", submitted.entry)


def _of_approvals(rows: list[Approval], told: _Release, names: dict[int | None, str], roles: Roles) -> Iterator[Finding]:
    """`names`: what the release's versions are called, by number."""
    left = dict(told.approvals)
    for row in rows:
        given = left.pop(row.id or 0, None)
        if given is None:
            yield Finding(f"Approval {row.id} of release {row.release_id} stands in no entry.")
        elif _sha256(row.terms) != row.binding or (row.binding, row.by, row.at, row.alone) != (
            given.told["binding"],
            given.actor,
            given.at,
            given.told["alone"],
        ):
            yield Finding(f"Approval {row.id} is not the one that {given.actor} gave in entry {given.entry}.", given.entry)
        elif names.get(row.version_id) != given.told["version"]:
            what = f"points at another text than {given.told['version'][:12]}…, for which entry {given.entry} gave it"
            yield Finding(f"Approval {row.id} {what}.", given.entry)
    for number, given in told.approvals.items():
        right = Right.WRITE if given.kind == "release.kill" else Right.APPROVE  # a kill goes by one person's word
        yield from roles.wrong(given, right, f"gave approval {number}")
    for number, given in left.items():
        yield Finding(f"Approval {number}, which {given.actor} gave in entry {given.entry}, is not there.", given.entry)


def _waves(session: Session, ids: range) -> Iterator[Finding]:
    rows = {row.id: row for row in session.exec(select(Wave).where(col(Wave.id).in_(ids)))}
    scheduled: dict[int, Hour] = {}
    for entries in entries_about(session, "release", {row.release_id for row in rows.values()}).values():
        scheduled |= _follow(entries).scheduled
    for number, entries in entries_about(session, "wave", ids).items():
        row = rows.get(number)
        if row is None and entries:
            yield Finding(f"Wave {number} is not there any more, and entry {entries[-1].entry} is about it.", entries[-1].entry)
        elif row is not None:
            yield from of_wave(session, row, entries, scheduled.get(number))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
