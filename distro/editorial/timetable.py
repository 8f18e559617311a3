"""Proposes waves and moves them: whom, when, for what purpose. Which hours are allowed is said by `sending_hours`; nothing
here arms a wave, `approving` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from contacts.folding import fold
from contacts.models import Segment
from distro.editorial.content import Instant
from distro.editorial.fields import near
from distro.editorial.lift import hour_to_be
from distro.editorial.plan import Audience, NamedRule, Purpose, Wave, WaveVerb, advance_wave, is_notice
from distro.editorial.proposing import hour_of, propose, set_hour, told
from distro.editorial.release import Release, Status, Verb, Version, advance, in_turn
from distro.editorial.sending_hours import advance_hour, general_hour
from distro.editorial.waves import can, lock, unlaunched
from distro.editorial.when import When
from distro.errors import Refused
from distro.staff import Actor, Right


@dataclass(frozen=True)
class Rescheduled:
    """`waves` have their hours and wait for a new approval. `replaced`: ids of waves that were frozen already and whose
    segments' rules have changed; new ones stand for them, and their deliveries are the caller's to cancel."""

    waves: tuple[Wave, ...]
    replaced: tuple[int, ...]


def schedule(
    session: Session,
    release: Release,
    *,
    audience: Sequence[str],
    exclude: Sequence[str] = (),
    advance: Sequence[str] = (),
    advance_at: str | None = None,
    at: str | None = None,
    office_zone: str,
    actor: Actor,
    at_now: datetime,
) -> list[Wave]:
    """Propose the waves of the submitted (or released) version: an advance wave where `advance` names segments, and the
    general one. `at`, `advance_at`: WHEN. Raises Refused: out of turn, unknown segments (all of them), a wrong hour."""
    actor.need(Right.WRITE, "schedule a release")
    lock(session, release)
    in_turn(release, Verb.SCHEDULE)
    version = session.get_one(Version, release.version_id)
    embargo = hour_to_be(session, version, at_now)
    refusals: list[str] = []
    if not audience:
        refusals.append("Name at least one segment to send to.")
    if advance_at is not None and not advance:
        refusals.append("An advance hour needs an advance audience; name its segments too.")
    rules = _rules(session, [*audience, *exclude, *advance], refusals)
    planned: list[tuple[Purpose, When | None, Sequence[str]]] = []
    if advance:
        when = advance_hour(advance_at, embargo, office_zone, at_now, refusals)
        planned.append((Purpose.ADVANCE, when, advance))
    general = general_hour(at, embargo, office_zone, at_now, refusals, again=release.status == Status.RELEASED)
    planned.append((Purpose.GENERAL, general, audience))
    if refusals:
        raise Refused(*refusals)
    waves = [
        propose(session, release, version, purpose, when, _audience(rules, names, exclude), actor, at_now)
        for purpose, when, names in planned
        if when is not None
    ]
    _advance_release(session, release, Verb.SCHEDULE, waves, version, actor, at_now)
    return waves


def reschedule(
    session: Session,
    release: Release,
    *,
    at: str | None = None,
    advance_at: str | None = None,
    office_zone: str,
    actor: Actor,
    at_now: datetime,
) -> Rescheduled:
    """Give the waves that have not left a new hour, and take up their segments' rules as they are now; without an hour they
    keep theirs. The approval is void, the work stays. Notices are left as they are. Raises Refused: out of turn, nothing left
    to move, a wrong hour."""
    actor.need(Right.WRITE, "reschedule a release")
    waves = [wave for wave in unlaunched(lock(session, release)) if not is_notice(wave.purpose)]
    in_turn(release, Verb.RESCHEDULE)
    version = session.get_one(Version, release.version_id)
    embargo = hour_to_be(session, version, at_now)
    refusals: list[str] = []
    hours: dict[Purpose, When] = {}
    for purpose, given in ((Purpose.ADVANCE, advance_at), (Purpose.GENERAL, at)):
        ours = [wave for wave in waves if wave.purpose == purpose]
        if given is not None and not ours:
            refusals.append(f"There is no {purpose} wave left that could take a new hour.")
        elif ours:
            text = given if given is not None else _kept(ours[0])
            hour = advance_hour if purpose is Purpose.ADVANCE else general_hour
            when = hour(text, embargo, office_zone, at_now, refusals)
            if when is not None:
                hours[purpose] = _as_before(ours[0], when) if given is None else when
    if not waves and not refusals:
        refusals.append("Every wave has left or is over; there is nothing to reschedule.")
    rules = _rules(session, [r.name for w in waves for r in (*w.rules.segments, *w.rules.exclude)], refusals)
    if refusals:
        raise Refused(*refusals)
    moved = [_move(session, release, version, wave, hours[Purpose(wave.purpose)], rules, actor, at_now) for wave in waves]
    _advance_release(session, release, Verb.RESCHEDULE, moved, version, actor, at_now)
    replaced = tuple(old.id for old, new in zip(waves, moved, strict=True) if old is not new and old.id is not None)
    return Rescheduled(tuple(moved), replaced)


def _rules(session: Session, names: Sequence[str], refusals: list[str]) -> dict[str, NamedRule]:
    """The segments of these names with their rules as they are now, by folded name."""
    wanted = dict.fromkeys(fold(name) for name in names)
    rows = session.exec(select(Segment).where(col(Segment.key).in_(list(wanted)))).all()
    rules = {row.key: NamedRule(row.name, row.rule) for row in rows}
    missing = [name for name in dict.fromkeys(names) if fold(name) not in rules]
    if missing:
        known = session.exec(select(Segment.name)).all()
        refusals.extend(f"There is no segment {name!r}{near(name, known)}" for name in missing)
    return rules


def named_rules(session: Session, names: Sequence[str], refusals: list[str]) -> tuple[NamedRule, ...]:
    """The segments of these names, each once, with their rules as they are now; a sentence among `refusals` for one that is not
    there."""
    rules = _rules(session, names, refusals)
    return tuple(rules[key] for key in dict.fromkeys(fold(name) for name in names) if key in rules)


def _audience(rules: dict[str, NamedRule], names: Sequence[str], exclude: Sequence[str]) -> Audience:
    def ordered(some: Sequence[str]) -> tuple[NamedRule, ...]:
        return tuple(rules[key] for key in dict.fromkeys(fold(name) for name in some))

    return Audience(ordered(names), ordered(exclude))


def _kept(wave: Wave) -> str:
    """The wave's hour as WHEN."""
    return "now" if wave.asap else wave.at.isoformat()


def _as_before(wave: Wave, when: When) -> When:
    """A kept hour stays written as it was chosen."""
    if when.asap:
        return when
    return When(Instant(utc=wave.at, wall=wave.wall, zone=wave.zone, tzdata=wave.tzdata))


def _move(
    session: Session,
    release: Release,
    version: Version,
    wave: Wave,
    when: When,
    rules: dict[str, NamedRule],
    actor: Actor,
    now: datetime,
) -> Wave:
    """The wave at its new hour and proposed again, or another in its place where people were frozen by an older rule."""
    audience = _audience(rules, [r.name for r in wave.rules.segments], [r.name for r in wave.rules.exclude])
    if audience != wave.rules and wave.prepared_at is not None:
        reason = "The rules of its segments were changed; another wave takes its place."
        advance_wave(session, wave, WaveVerb.CANCEL, actor=actor.name, at=now, reason=reason)
        return propose(session, release, version, Purpose(wave.purpose), when, audience, actor, now)
    wave.audience = audience.to_json()
    wave.approval_id = wave.confirmed_at = wave.confirmed_by = None
    set_hour(wave, when, actor, now)
    if can(wave, WaveVerb.DISARM):
        advance_wave(session, wave, WaveVerb.DISARM, actor=actor.name, at=now, reason="A new hour.", details=hour_of(wave))
    session.add(wave)
    return wave


def _advance_release(
    session: Session, release: Release, verb: Verb, waves: Sequence[Wave], version: Version, actor: Actor, at: datetime
) -> None:
    details = {"version": version.hash, "waves": [told(wave) for wave in waves]}
    advance(session, release, verb, actor=actor.name, at=at, details=details)
