"""How waves follow the hour of an embargo that is changed: each is proposed again, and waits for an approval.

A general wave that leaves at the lift leaves at the new one, and none leaves before it; an advance wave keeps its hour, and one
whose letters name the old one already gives its place to another. Whether an embargo may be changed is `moving`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from distro.editorial.content import Instant
from distro.editorial.embargo import before
from distro.editorial.plan import Purpose, Wave, WaveVerb, advance_wave, has_text, is_notice
from distro.editorial.proposing import hour_of, propose, set_hour, told
from distro.editorial.release import Release, Verb, Version, advance
from distro.editorial.waves import can, unlaunched
from distro.editorial.when import When
from distro.staff import Actor


@dataclass(frozen=True)
class Turn:
    """From which hour to which, for which text; `new` None: as soon as it is approved. Who turns it, and when."""

    release: Release
    version: Version
    old: Instant | None
    new: Instant | None
    actor: Actor
    at: datetime


@dataclass(frozen=True)
class Followed:
    """`waves` wait for a new approval; `replaced`: ids of those in whose place others stand."""

    waves: tuple[Wave, ...]
    replaced: tuple[int, ...]


def follow(session: Session, turn: Turn, waves: Sequence[Wave]) -> Followed:
    """Let all waves of the release that carry its text follow, and void its approval. Those that are under way with the old
    hour in them are stopped by whoever calls, and by the mark."""
    ours = [wave for wave in waves if not is_notice(wave.purpose)]
    moved: list[Wave] = []
    replaced: list[int] = []
    for wave in unlaunched(ours):
        when = _new_hour(wave, turn)
        if wave.purpose == Purpose.ADVANCE and wave.prepared_at is not None:
            moved.append(_another(session, turn, wave, when))
            why = "It names an hour that is changed; another wave takes its place."
            advance_wave(session, wave, WaveVerb.CANCEL, actor=turn.actor.name, at=turn.at, reason=why)
            replaced += [wave.id] if wave.id is not None else []
        else:
            moved.append(_put_at(session, turn, wave, when))
    moved += [_another(session, turn, wave, _at_once(turn)) for wave in ours if _is_under_way(wave, turn)]
    for wave in _texts_with_hour(waves):
        if wave.prepared_at is None:
            moved.append(_put_at(session, turn, wave, _hour_of(wave)))
            continue
        why = "It names an hour that is changed; correct what is submitted now."
        if wave.version_id == turn.version.id:
            moved.append(_another(session, turn, wave, _hour_of(wave) if wave.launched_at is None else _at_once(turn)))
            why = "It names an hour that is changed; another wave takes its place."
        advance_wave(session, wave, WaveVerb.CANCEL, actor=turn.actor.name, at=turn.at, reason=why)
        replaced += [wave.id] if wave.id is not None else []
    for wave in (wave for wave in unlaunched(waves) if wave.purpose == Purpose.OFFER):
        why = "It names an hour that is changed; offer it again."
        advance_wave(session, wave, WaveVerb.CANCEL, actor=turn.actor.name, at=turn.at, reason=why)
        replaced += [wave.id] if wave.id is not None else []
    details = {"version": turn.version.hash, "waves": [told(wave) for wave in moved]}
    advance(session, turn.release, Verb.RESCHEDULE, actor=turn.actor.name, at=turn.at, details=details)
    return Followed(tuple(moved), tuple(replaced))


def _new_hour(wave: Wave, turn: Turn) -> When:
    if wave.purpose == Purpose.GENERAL:
        at_the_lift = not wave.asap and turn.old is not None and wave.at == turn.old.utc
        at_once = wave.asap and turn.old is None
        too_early = turn.new is not None and not wave.asap and before(wave.at, turn.new.utc)
        if at_the_lift or at_once or too_early:
            return _at_once(turn) if turn.new is None else When(turn.new)
    return _hour_of(wave)


def _texts_with_hour(waves: Sequence[Wave]) -> list[Wave]:
    """Corrections and updates that are not over while the embargo holds: their copies say until when it does."""
    return [wave for wave in waves if is_notice(wave.purpose) and has_text(wave.purpose) and can(wave, WaveVerb.CANCEL)]


def _hour_of(wave: Wave) -> When:
    return When(Instant(utc=wave.at, wall=wave.wall, zone=wave.zone, tzdata=wave.tzdata), asap=wave.asap)


def _at_once(turn: Turn) -> When:
    return When(Instant(utc=turn.at, wall="now"), asap=True)


def _is_under_way(wave: Wave, turn: Turn) -> bool:
    """An advance wave that goes on sending; after a lift there is no advance copy, and its people join the general wave."""
    going = wave.launched_at is not None and can(wave, WaveVerb.CANCEL) and wave.version_id == turn.version.id
    return going and wave.purpose == Purpose.ADVANCE and turn.new is not None


def _put_at(session: Session, turn: Turn, wave: Wave, when: When) -> Wave:
    """The same wave, proposed again; what was frozen for it stays."""
    wave.approval_id = wave.confirmed_at = wave.confirmed_by = None
    set_hour(wave, when, turn.actor, turn.at)
    if can(wave, WaveVerb.DISARM):
        why = "The embargo is changed."
        advance_wave(session, wave, WaveVerb.DISARM, actor=turn.actor.name, at=turn.at, reason=why, details=hour_of(wave))
    session.add(wave)
    return wave


def _another(session: Session, turn: Turn, wave: Wave, when: When) -> Wave:
    """A new wave to the same people; whoever has a copy by then is left out of it. Of a notice it says the same."""
    purpose = Purpose(wave.purpose)
    return propose(
        session,
        turn.release,
        turn.version,
        purpose,
        when,
        wave.rules,
        turn.actor,
        turn.at,
        notice=wave.notice,
        ordinal=wave.ordinal,
        parent=wave.parent_id,
    )
