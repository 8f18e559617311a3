"""The life of an embargo after it was first written: moved, lifted early, broken. A change is proposed and gets force by an
approval. The waves that hang on the hour follow it; who holds a copy, and is told first, is dispatch's business.

From the proposal of a later hour nothing leaves before it; an earlier one has no force before it is approved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from distro.archive.ledger import for_the_record
from distro.editorial.content import Instant
from distro.editorial.embargo import has_lifted
from distro.editorial.embargo_steps import EmbargoStep, Said, What, pending_of, steps_of, take
from distro.editorial.following import Turn, follow
from distro.editorial.lift import life_of, lift_of, standing_hour
from distro.editorial.plan import Purpose, Wave, WaveState, WaveVerb, advance_wave
from distro.editorial.release import Approval, Release, Verb, Version, in_turn
from distro.editorial.sending_hours import THIS_MINUTE
from distro.editorial.waves import can, lock
from distro.editorial.when import parse_when
from distro.errors import Refused
from distro.staff import Actor, Right


@dataclass(frozen=True)
class Standing:
    """What a change starts from: the text, its hour in force, and the release's waves, all of them locked."""

    version: Version
    hour: Instant
    waves: Sequence[Wave]
    change: int


@dataclass(frozen=True)
class Moved:
    """A change as it was proposed. `waves`: those that follow it, and wait for an approval. `replaced`: ids of waves in whose
    place others stand; what was frozen for them is the caller's to cancel."""

    step: EmbargoStep
    waves: tuple[Wave, ...]
    replaced: tuple[int, ...]


def begin(session: Session, release: Release, *, actor: Actor, at: datetime) -> Standing:
    """Lock what a change would touch. Raises Refused: no right, out of turn, no embargo, lifted already, altered rows."""
    actor.need(Right.WRITE, "change an embargo")
    waves = lock(session, release)
    in_turn(release, Verb.RESCHEDULE)
    version = session.get_one(Version, release.version_id)
    if not life_of(session, release.id or 0).sound:
        raise Refused("What is kept of this embargo is not what was recorded; `distro archive verify --full` says where.")
    hour = standing_hour(session, version)
    if hour is None:
        raise Refused(f"{release.slug!r} has no embargo, so there is nothing to change.")
    if has_lifted(lift_of(session, version), at):
        raise Refused(f"The embargo on {release.slug!r} lifted at {hour.spoken}; it is over.")
    return Standing(version, hour, waves, _next_change(session, release))


def new_hour(standing: Standing, text: str, *, office_zone: str, at: datetime) -> Instant:
    """The hour that an embargo is moved to. Raises Refused: `now`, the past, the hour that it has."""
    when = parse_when(text, now=at, office_zone=office_zone)
    if when.asap:
        raise Refused("An embargo that is to end now is lifted: `distro embargo lift SLUG --reason TEXT`.")
    if has_lifted(when.instant.utc + THIS_MINUTE, at):
        raise Refused(f"{when.instant.spoken} is past; choose a later hour, or lift the embargo.")
    if when.instant.utc == standing.hour.utc:
        raise Refused(f"The embargo lifts at {standing.hour.spoken} already.")
    return when.instant


def propose(
    session: Session,
    release: Release,
    standing: Standing,
    what: What,
    hour: Instant | None,
    *,
    notice: Wave | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Moved:
    """Propose the change: `hour`, or None for as soon as it is approved. An older proposal is withdrawn by it. Every wave that
    has not left waits for a new approval, the general one at the hour that follows; advance waves that would still name the
    old hour are replaced. Raises Refused without a reason."""
    why = needed(reason)
    pending = drop_pending(session, release, "Another change was proposed.", actor, at)
    told = _columns(hour) | {
        "release_id": release.id,
        "change": standing.change,
        "said": Said.PROPOSED.value,
        "what": what.value,
        "version_id": standing.version.id,
        "written": _written(standing),
        "was": standing.hour.utc,
        "notice_id": notice.id if notice is not None else None,
        "reason": why,
        "by": actor.name,
        "at": at,
    }
    step = take(session, EmbargoStep.model_validate(told))
    turn = Turn(release, standing.version, _from(pending, standing), hour, actor, at)
    followed = follow(session, turn, standing.waves)
    return Moved(step, followed.waves, followed.replaced)


def withdraw(session: Session, release: Release, *, reason: str, actor: Actor, at: datetime) -> Moved:
    """Take back a change that nobody has approved. The waves follow the hour that has force, and must be approved again."""
    standing = begin(session, release, actor=actor, at=at)
    step = drop_pending(session, release, needed(reason), actor, at)
    if step is None:
        raise Refused(f"No change of the embargo on {release.slug!r} is proposed.")
    turn = Turn(release, standing.version, step.hour, standing.hour, actor, at)
    followed = follow(session, turn, standing.waves)
    return Moved(step, followed.waves, followed.replaced)


def broken(
    session: Session, release: Release, *, by: str, evidence: str, reason: str, actor: Actor, at: datetime
) -> EmbargoStep:
    """Record that somebody published before the lift. A fact, of force at once. `by`: who, without an address; `evidence`: the
    SHA-256 of what shows it. Raises Refused: nobody named, never submitted, no embargo."""
    actor.need(Right.WRITE, "record a broken embargo")
    lock(session, release)
    version = session.get(Version, release.version_id) if release.version_id is not None else None
    hour = None if version is None else standing_hour(session, version)
    if version is None or hour is None:
        raise Refused(f"{release.slug!r} has no embargo in what was submitted, so nobody can break it.")
    who = for_the_record(by)
    if not who:
        raise Refused("Say who published, such as --by 'The Example Courier', or a contact's address.")
    written = version.release_content.embargo
    row = EmbargoStep(
        release_id=release.id or 0,
        change=_next_change(session, release),
        said=Said.BROKEN.value,
        what=What.BREAK.value,
        version_id=version.id or 0,
        written=(written or hour).utc,
        was=hour.utc,
        breach=who,
        evidence=evidence,
        reason=for_the_record(reason),
        by=actor.name,
        at=at,
    )
    return take(session, row)


def override(session: Session, release_id: int, wave: Wave, *, reason: str, actor: Actor, at: datetime) -> EmbargoStep | None:
    """A person's word that the public is told, though not all holders were. None where nothing stands against the wave."""
    given = [step for step in steps_of(session, release_id) if step.said == Said.APPROVED]
    if not given:
        return None
    last = given[-1].model_dump(exclude={"id"}) | {
        "said": Said.OVERRIDDEN.value,
        "wave_id": wave.id or 0,
        "reason": for_the_record(reason),
        "by": actor.name,
        "at": at,
    }
    return take(session, EmbargoStep.model_validate(last))


def is_over(session: Session, release: Release, at: datetime) -> bool:
    """Whether the embargo on the release's newest version has lifted."""
    return has_lifted(lift_of(session, session.get_one(Version, release.version_id)), at)


def is_proposed_by(session: Session, release: Release, name: str) -> bool:
    """Whether a change waits for an approval that this person proposed."""
    pending = _pending(session, release)
    return pending is not None and pending.by == name


def passed(session: Session, release: Release, at: datetime) -> list[str]:
    """A sentence where the proposed hour is past already: an embargo does not end before the word that ends it."""
    pending = _pending(session, release)
    if pending is None or pending.hour is None or not has_lifted(pending.hour.utc, at):
        return []
    return [f"The hour {pending.hour.spoken} that the embargo was to be moved to has passed; lift it, or move it again."]


def give_force(session: Session, release: Release, approval: Approval, hour: Instant | None) -> None:
    """An approval gives force to the change that is proposed, if one is. Notices of older changes go to nobody any more."""
    rows = steps_of(session, release.id or 0)
    pending = pending_of(rows)
    if pending is None:
        return
    told = pending.model_dump(exclude={"id"}) | _columns(hour)
    told |= {"said": Said.APPROVED.value, "approval_id": approval.id, "by": approval.by, "at": approval.at}
    take(session, EmbargoStep.model_validate(told))
    older = {row.notice_id for row in rows if row.notice_id is not None} - {pending.notice_id}
    for wave in session.exec(select(Wave).where(col(Wave.id).in_(older)).order_by(col(Wave.id))):
        if can(wave, WaveVerb.CANCEL):
            why = "The embargo was changed again; the newest notice says all that counts."
            advance_wave(session, wave, WaveVerb.CANCEL, actor=approval.by, at=approval.at, reason=why)


def without_overtaken(
    session: Session, release: Release, waves: Sequence[Wave], hour: Instant | None, by: str, at: datetime
) -> list[Wave]:
    """The waves without the advance ones that come too late once the proposed change has force: these expire, and their people
    join the general wave."""
    pending = _pending(session, release)
    kept = []
    for wave in waves:
        due = at if wave.asap else max(wave.at, at)
        if pending is None or wave.purpose != Purpose.ADVANCE or hour is None or not has_lifted(hour.utc, due):
            kept.append(wave)
            continue
        advance_wave(session, wave, WaveVerb.EXPIRE, actor=by, at=at, reason="The embargo ends before it.")
    return kept


def tells_of_embargo(wave: Wave) -> bool:
    """Whether it is the approved news of a change: that goes on, whatever becomes of the text."""
    return wave.purpose in (Purpose.EMBARGO_MOVED, Purpose.EMBARGO_LIFTED) and wave.state != WaveState.PROPOSED


def needed(reason: str) -> str:
    """The reason, for the record. Raises Refused without one, or where it holds an address."""
    why = for_the_record(reason)
    if not why:
        raise Refused("An embargo is changed for a reason, such as --reason 'the hearing was put off'.")
    return why


def drop_pending(session: Session, release: Release, why: str, actor: Actor, at: datetime) -> EmbargoStep | None:
    """Withdraw what is proposed of its embargo: another change comes, or its text was changed or recalled. None where nothing
    was."""
    pending = _pending(session, release)
    if pending is None:
        return None
    told = pending.model_dump(exclude={"id"}) | {"said": Said.WITHDRAWN.value, "reason": why, "by": actor.name, "at": at}
    take(session, EmbargoStep.model_validate(told))
    notice = session.get(Wave, pending.notice_id) if pending.notice_id is not None else None
    if notice is not None and can(notice, WaveVerb.CANCEL):
        advance_wave(session, notice, WaveVerb.CANCEL, actor=actor.name, at=at, reason=why)
    return pending


def _pending(session: Session, release: Release) -> EmbargoStep | None:
    return pending_of(steps_of(session, release.id or 0))


def _next_change(session: Session, release: Release) -> int:
    return max((step.change for step in steps_of(session, release.id or 0)), default=0) + 1


def _from(pending: EmbargoStep | None, standing: Standing) -> Instant | None:
    """The hour at which waves that leave at the lift stand now."""
    return standing.hour if pending is None else pending.hour


def _written(standing: Standing) -> datetime:
    written = standing.version.release_content.embargo
    return (written or standing.hour).utc


def _columns(hour: Instant | None) -> dict[str, object]:
    if hour is None:
        return {"utc": None}
    return hour.model_dump()
