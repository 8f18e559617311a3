"""Killing a release: everything of it that is queued stops at once, and whoever holds a copy of any version is told.

One person's word suffices, for it must not wait; a second person confirms afterwards, with the same terms. Deliveries are
dispatch's, as for `desk.recall`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, func, select

from distro.archive.ledger import Fact, for_the_record, record
from distro.editorial.approving import bind
from distro.editorial.content import Instant
from distro.editorial.lift import standing_hour
from distro.editorial.moving import drop_pending
from distro.editorial.notice import NoticeContent, Saying
from distro.editorial.notices import headlines, keep, newest_text, next_ordinal, with_copies
from distro.editorial.plan import CARRYING, Audience, Purpose, Wave, WaveState, WaveVerb, advance_wave
from distro.editorial.proposing import propose, told
from distro.editorial.release import Approval, Release, Verb, Version, advance, in_turn
from distro.editorial.waves import can, lock
from distro.editorial.when import When
from distro.errors import Refused
from distro.staff import Actor, Right


@dataclass(frozen=True)
class Killed:
    """`cancelled`: waves whose deliveries are the caller's to cancel. `wave`: the notice, None where nobody holds a copy."""

    cancelled: tuple[int, ...]
    wave: Wave | None


def kill(
    session: Session, release: Release, *, reason: str, said: Mapping[str, str], actor: Actor, people: int, at: datetime
) -> Killed:
    """Cancel every wave that is not over, and tell all who hold a copy: armed and due now.

    reason  for the record, and for the mails in the primary language
    said    the reason in the mails, by language; in a language that is not here none is given
    people  2: a second person has to confirm it; 1: nobody else is there
    Raises Refused: not allowed, no reason.
    """
    actor.need(Right.WRITE, "kill a release")
    reason = for_the_record(reason)
    if not reason:
        raise Refused("A kill needs a reason; say it with --reason TEXT.")
    waves = lock(session, release)
    in_turn(release, Verb.KILL)
    stopped = [wave for wave in waves if can(wave, WaveVerb.CANCEL) and wave.purpose != Purpose.KILL]
    for wave in stopped:
        advance_wave(session, wave, WaveVerb.CANCEL, actor=actor.name, at=at, reason=f"The release was killed: {reason}")
    drop_pending(session, release, "The release was killed.", actor, at)
    cancelled = tuple(wave.id for wave in stopped if wave.id is not None)
    holders, newest = with_copies(waves), newest_text(session, waves)
    if newest is None or not holders:
        advance(session, release, Verb.KILL, actor=actor.name, at=at, reason=reason, details={"cancelled": cancelled})
        return Killed(cancelled, None)
    parent, version = newest
    notice = keep(session, release, _content(session, release, waves, version, reason, said, actor))
    wave = propose(
        session,
        release,
        version,
        Purpose.KILL,
        When(Instant(utc=at, wall="now"), asap=True),
        Audience((), (), holders),
        actor,
        at,
        notice=notice.hash,
        ordinal=notice.notice_content.ordinal,
        parent=parent.id,
    )
    approval = _word(session, release, version, wave, by=actor.name, alone=people == 1, at=at)
    details = _details(approval, version) | {"notice": notice.hash, "cancelled": cancelled, "waves": [told(wave)]}
    advance(session, release, Verb.KILL, actor=actor.name, at=at, reason=reason, details=details)
    wave.approval_id = approval.id
    advance_wave(session, wave, WaveVerb.ARM, actor=actor.name, at=at, details={"approval": approval.id, "at": wave.at})
    return Killed(cancelled, wave)


def _content(
    session: Session,
    release: Release,
    waves: Sequence[Wave],
    version: Version,
    reason: str,
    said: Mapping[str, str],
    actor: Actor,
) -> NoticeContent:
    """In every language in which a version of the release was ever written, the newest version's first."""
    primary = version.release_content.primary
    versions = session.exec(select(Version).where(Version.release_id == release.id).order_by(col(Version.id).desc())).all()
    languages = dict.fromkeys(version.release_content.languages)
    for one in versions:
        languages |= dict.fromkeys(one.release_content.languages)
    reasons = {primary: reason} | dict(said)
    strange = set(said) - languages.keys()
    if strange:
        raise Refused(f"{min(strange)!r} is no language of {release.slug!r}; it has {', '.join(languages)}.")
    return NoticeContent(
        release=release.slug,
        purpose=Purpose.KILL,
        ordinal=next_ordinal(waves, Purpose.KILL),
        by=actor.name,
        old=version.hash,
        headline=_known_headlines(session, waves),
        said={language: Saying(reason=reasons.get(language, "")) for language in languages},
    )


def _known_headlines(session: Session, waves: Sequence[Wave]) -> dict[str, str]:
    """By language, the newest that all may know: one that the public got, where it got any. A text that is out in advance
    copies alone may have a headline that is embargoed still, and the kill goes to those too who have an older one."""
    left = sorted((wave for wave in waves if wave.launched_at is not None and wave.purpose in CARRYING), key=_launched)
    public = [wave for wave in left if wave.purpose == Purpose.GENERAL]
    named: dict[str, str] = {}
    for wave in public or left:
        named |= headlines(session.get_one(Version, wave.version_id))
    return named


def _launched(wave: Wave) -> tuple[datetime, int]:
    return wave.launched_at or datetime.max.replace(tzinfo=UTC), wave.id or 0


def _word(
    session: Session,
    release: Release,
    version: Version,
    wave: Wave,
    *,
    by: str,
    alone: bool,
    at: datetime,
    first: Approval | None = None,
) -> Approval:
    """`first`: the word that this one confirms, and whose terms it has."""
    if first is None:
        terms, sha256 = bind(release, version, [wave], standing_hour(session, version))
    else:
        terms, sha256 = first.terms, first.binding
    approval = Approval(
        release_id=release.id or 0, version_id=version.id or 0, binding=sha256, terms=terms, by=by, at=at, alone=alone
    )
    session.add(approval)
    session.flush()
    return approval


def _details(approval: Approval, version: Version) -> dict[str, object]:
    return {
        "approval": approval.id,
        "binding": approval.binding,
        "version": version.hash,
        "alone": approval.alone,
    }


def confirm_kill(session: Session, release: Release, *, actor: Actor, at: datetime) -> list[int]:
    """The second person's word for the kills of this release that have only one. Returns the numbers of their waves.

    Raises Refused: not allowed, nothing to confirm, their own kill.
    """
    actor.need(Right.APPROVE, "confirm a kill")
    waves = lock(session, release)
    waiting = unconfirmed(session, [wave for wave in waves if wave.purpose == Purpose.KILL])
    if not waiting:
        raise Refused(f"No kill of {release.slug!r} waits to be confirmed.")
    for wave in waves:
        if wave.id not in waiting:
            continue
        first = session.get_one(Approval, wave.approval_id)
        if first.by == actor.name:
            raise Refused(f"{actor.name} killed {release.slug!r}; another person confirms it.")
        version = session.get_one(Version, wave.version_id)
        second = _word(session, release, version, wave, by=actor.name, alone=False, at=at, first=first)
        record(session, Fact(at, actor.name, "release.confirm_kill", f"release:{release.id}", _details(second, version)))
    return sorted(waiting)


def unconfirmed(session: Session, waves: Sequence[Wave]) -> set[int]:
    """Which of these are kills that rest on one person's word in an office that has two. One that was cancelled before it left
    is none of them."""
    kills = {
        wave.approval_id: wave.id or 0
        for wave in waves
        if wave.purpose == Purpose.KILL
        and wave.approval_id is not None
        and (wave.launched_at is not None or wave.state != WaveState.CANCELLED)
    }
    given = session.exec(select(Approval).where(col(Approval.id).in_(kills), ~col(Approval.alone))).all()
    words = dict(
        session.exec(
            select(Approval.binding, func.count(func.distinct(col(Approval.by))))
            .where(col(Approval.binding).in_([one.binding for one in given]))
            .group_by(Approval.binding)
        ).all()
    )
    return {wave for one in given for approval, wave in kills.items() if approval == one.id and words[one.binding] < 2}


def all_unconfirmed(session: Session) -> set[int]:
    """The same of all waves that there are."""
    return unconfirmed(session, session.exec(select(Wave).where(Wave.purpose == Purpose.KILL.value)).all())
