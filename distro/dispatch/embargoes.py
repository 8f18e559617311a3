"""The verbs of an embargo's life, with the notice that tells its holders: offer, move, lift, break, withdraw.

Each is one transaction of the caller's: the step, the waves that follow, the notice, and that nothing more leaves with the old
hour in it. What a notice says is `mail`'s, which hour has force `editorial`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from distro.dispatch.delivery import Delivery
from distro.dispatch.overtaking import cancel_where
from distro.editorial import moving
from distro.editorial.content import Instant
from distro.editorial.embargo_steps import EmbargoStep, What
from distro.editorial.moving import Moved, Standing
from distro.editorial.notice import NoticeContent, Saying
from distro.editorial.notices import next_ordinal, propose_notice, with_copies
from distro.editorial.plan import Audience, Purpose, Wave
from distro.editorial.release import Release, Status, Version
from distro.editorial.when import When
from distro.staff import Actor

_NOTICES = {What.MOVE: Purpose.EMBARGO_MOVED, What.LIFT: Purpose.EMBARGO_LIFTED, What.BREAK: Purpose.EMBARGO_LIFTED}


@dataclass(frozen=True)
class Changed:
    """`notice`: the wave that tells the holders, None where nobody holds anything. `moved`: the step and what follows it."""

    moved: Moved
    notice: Wave | None


def move(
    session: Session, release: Release, when: str, *, reason: str, office_zone: str, actor: Actor, at: datetime
) -> Changed:
    """Propose another hour, earlier or later. Raises Refused: no embargo, lifted, out of turn, a wrong hour, no reason."""
    standing = moving.begin(session, release, actor=actor, at=at)
    hour = moving.new_hour(standing, when, office_zone=office_zone, at=at)
    return _change(session, release, standing, What.MOVE, hour, reason, actor, at)


def lift(session: Session, release: Release, *, reason: str, actor: Actor, at: datetime, what: What = What.LIFT) -> Changed:
    """Propose that the embargo ends as soon as it is approved. Raises Refused as `move`."""
    standing = moving.begin(session, release, actor=actor, at=at)
    return _change(session, release, standing, what, None, reason, actor, at)


def break_(
    session: Session, release: Release, *, by: str, evidence: str, reason: str, actor: Actor, at: datetime
) -> tuple[EmbargoStep, Changed | None]:
    """Record a breach, at once and by one person's word; and propose the lift, where the release stands so that it can be.
    Raises Refused as `moving.broken`."""
    step = moving.broken(session, release, by=by, evidence=evidence, reason=reason, actor=actor, at=at)
    if release.status not in (Status.SCHEDULED, Status.APPROVED) or moving.is_over(session, release, at):
        return step, None
    why = reason or "The embargo was broken."
    return step, lift(session, release, reason=why, actor=actor, at=at, what=What.BREAK)


def withdraw(session: Session, release: Release, *, reason: str, actor: Actor, at: datetime) -> Moved:
    """Take a proposal back. Raises Refused where there is none."""
    return moving.withdraw(session, release, reason=reason, actor=actor, at=at)


def _change(
    session: Session,
    release: Release,
    standing: Standing,
    what: What,
    hour: Instant | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Changed:
    moving.needed(reason)
    notice = _notice(session, release, standing, what, hour, actor, at)
    moved = moving.propose(session, release, standing, what, hour, notice=notice, reason=reason, actor=actor, at=at)
    for wave in standing.waves:
        if wave.purpose == Purpose.ADVANCE and wave.launched_at is not None:
            why = "the embargo is changed, and the copy names the old hour"
            cancel_where(session, wave, at, why, ~col(Delivery.doubt), col(Delivery.accepted_at).is_(None))
    return Changed(moved, notice)


def _notice(
    session: Session, release: Release, standing: Standing, what: What, hour: Instant | None, actor: Actor, at: datetime
) -> Wave | None:
    """To everybody who holds a copy, and everybody who agreed to an offer. None where nobody can be either."""
    told = told_of(standing.waves)
    if not told:
        return None
    purpose = _NOTICES[what]
    holding = [wave for wave in standing.waves if wave.id in with_copies(standing.waves)]
    newest = max(holding, key=lambda wave: wave.id or 0, default=None)
    content = NoticeContent(
        release=release.slug,
        purpose=purpose.value,
        ordinal=next_ordinal(standing.waves, purpose),
        by=actor.name,
        old="" if newest is None else session.get_one(Version, newest.version_id).hash,
        said={tag: Saying() for tag in languages_of(session, standing.version, told)},
        before=standing.hour,
        after=hour,
    )
    now = When(Instant(utc=at, wall="now"), asap=True)
    audience = Audience((), (), told)
    return propose_notice(session, release, content, audience=audience, when=now, parent=max(told), actor=actor, now=at)


def told_of(waves: Sequence[Wave]) -> tuple[int, ...]:
    """Numbers of the waves whose readers hear of a change: those that brought a text, and offers."""
    offers = [w.id for w in waves if w.purpose == Purpose.OFFER and w.launched_at is not None and w.id is not None]
    return tuple(sorted({*with_copies(waves), *offers}))


def languages_of(session: Session, version: Version, waves: Sequence[int]) -> list[str]:
    """Every language that somebody got one of these waves in, the version's own first."""
    got = session.exec(select(Delivery.language).where(col(Delivery.wave_id).in_(waves)).distinct()).all()
    tags = [*version.release_content.languages, *sorted({tag for one in got for tag in one.split("+")})]
    return list(dict.fromkeys(tags))
