"""From a folder's content to a draft, and from a draft to a frozen Version. Owns which release a folder belongs to.

A slug that a folder gives names its release. A slug made from a headline belongs to the release that has it only where
kind, date and issuer are the same as well; else the folder is another announcement under the same headline, and gets the
next free number (-2, -3, …).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from distro.editorial.checked import Checked, hold_against
from distro.editorial.content import Instant, ReleaseContent
from distro.editorial.edited import editions_named
from distro.editorial.embargo_steps import EmbargoStep
from distro.editorial.indexing import index
from distro.editorial.moving import drop_pending, tells_of_embargo
from distro.editorial.plan import WaveVerb, advance_wave
from distro.editorial.release import Release, Status, Verb, Version, advance, in_turn
from distro.editorial.waves import lock, unlaunched
from distro.staff import Actor, Right


@dataclass(frozen=True)
class Added:
    """What adding a folder came to.

    changed    there is a new draft; False: the content is what the release has already, and nothing was done
    version    the hash that the draft would freeze to
    cancelled  ids of the waves that carried the older text and had not left; their deliveries are the caller's to cancel
    notes      sentences for the writer
    """

    release: Release
    changed: bool
    version: str
    languages: tuple[str, ...]
    cancelled: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def add(session: Session, content: ReleaseContent, *, slug_given: bool = True, actor: Actor, at: datetime) -> Added:
    """Make this content the release's draft. What was scheduled or approved with other content is cancelled, unless it has
    left already; the same content again changes nothing, except that a recalled release becomes a draft."""
    actor.need(Right.WRITE, "write a release")
    release, content, notes = _belongs_to(session, content, slug_given)
    if release is None:
        return _first(session, content, actor, at, notes)
    waves = lock(session, release)
    before = Status(release.status)
    if before is not Status.RECALLED and _as_chosen(content) == _as_chosen(release.content):
        return Added(release, False, release.draft_hash, content.languages, notes=tuple(notes))
    in_turn(release, Verb.ADD)
    cancelled = [wave for wave in unlaunched(waves) if not tells_of_embargo(wave)]
    for wave in cancelled:
        advance_wave(session, wave, WaveVerb.CANCEL, actor=actor.name, at=at, reason="The release was changed.")
    dropped = drop_pending(session, release, "The release was changed.", actor, at)
    release.kind, release.draft, release.draft_hash = content.kind.value, content.canonical(), content.sha256()
    release.authors = _with_author(release.authors, actor.name)
    details = {"version": release.draft_hash, "editions": editions_named(content)}
    advance(session, release, Verb.ADD, actor=actor.name, at=at, details=details)
    ids = tuple(wave.id for wave in cancelled if wave.id is not None)
    notes += [*_voided(before, ids), *_withdrawn(dropped)]
    return Added(release, True, release.draft_hash, content.languages, ids, tuple(notes))


def submit(session: Session, release: Release, *, checked: Checked, actor: Actor, at: datetime) -> Version:
    """Freeze the draft into a Version. The same content submitted again is the same Version. Raises Refused with all that
    stands against it, by what the floor above found in this draft (`checked`)."""
    actor.need(Right.WRITE, "submit a release")
    lock(session, release)
    in_turn(release, Verb.SUBMIT)
    hold_against(checked, release, release.draft_hash, Verb.SUBMIT, at)
    version = session.exec(select(Version).where(Version.hash == release.draft_hash)).first()
    if version is None:
        version = Version(
            hash=release.draft_hash,
            release_id=release.id or 0,
            content=release.draft,
            authors=release.authors,
            submitted_by=actor.name,
            submitted_at=at,
        )
        session.add(version)
        session.flush()
        index(session, version.id or 0, release.content)
    elif actor.name != version.submitted_by:
        # the row is frozen and names who submitted it first; who does so again answers for the text too
        release.authors = _with_author(release.authors, actor.name)
    release.version_id = version.id
    advance(session, release, Verb.SUBMIT, actor=actor.name, at=at, details={"version": version.hash})
    return version


def _belongs_to(
    session: Session, content: ReleaseContent, slug_given: bool
) -> tuple[Release | None, ReleaseContent, list[str]]:
    """The release that this content is a draft of, or None where it is new; the content under the slug it then has."""
    notes: list[str] = []
    for number in itertools.count(1):
        slug = content.slug if number == 1 else f"{content.slug}-{number}"
        release = session.exec(select(Release).where(Release.slug == slug)).first()
        if release is None or slug_given or _announcement(release.content) == _announcement(content):
            return release, content.model_copy(update={"slug": slug}), notes
        other = release.content
        notes.append(
            f"{slug!r} is another release under this headline ({other.kind} of {other.date}, {other.organisations[0].name}); "
            f"if it is meant to be this one, write slug = {slug!r} in release.toml."
        )
    raise AssertionError("counting ends never")


def _announcement(content: ReleaseContent) -> tuple[str, ...]:
    return content.kind, content.date.isoformat(), content.organisations[0].name


def _first(session: Session, content: ReleaseContent, actor: Actor, at: datetime, notes: list[str]) -> Added:
    release = Release(
        slug=content.slug,
        kind=content.kind.value,
        draft=content.canonical(),
        draft_hash=content.sha256(),
        authors=actor.name,
        created_at=at,
        created_by=actor.name,
        changed_at=at,
    )
    session.add(release)
    session.flush()
    details = {"version": release.draft_hash, "new": True, "editions": editions_named(content)}
    advance(session, release, Verb.ADD, actor=actor.name, at=at, details=details)
    return Added(release, True, release.draft_hash, content.languages, notes=tuple(notes))


def _as_chosen(content: ReleaseContent) -> ReleaseContent:
    """The content without the version of the time zone database: a new one that changes no hour changes nothing."""

    def plain(instant: Instant) -> Instant:
        return instant.model_copy(update={"tzdata": ""})

    return content.model_copy(
        update={
            "embargo": content.embargo and plain(content.embargo),
            "events": tuple(event.model_copy(update={"start": plain(event.start)}) for event in content.events),
        }
    )


def _with_author(authors: str, name: str) -> str:
    return "\n".join(dict.fromkeys([*authors.splitlines(), name]))


def _voided(before: Status, waves: tuple[int, ...]) -> list[str]:
    notes = []
    if before in (Status.APPROVED, Status.SCHEDULED):
        notes.append(f"It was {before}; that is void now, so submit, schedule and approve the new draft.")
    if waves:
        notes.append(f"Cancelled with the older text: wave {', '.join(map(str, waves))}.")
    if before is Status.RECALLED:
        notes.append("It was recalled, and is a draft again.")
    return notes


def _withdrawn(step: EmbargoStep | None) -> list[str]:
    if step is None:
        return []
    return ["The change of its embargo that was proposed is withdrawn; propose it again once it is scheduled."]
