"""The verbs of the desk, as the command line and the screens call them; each names its actor, keeps to the table of
transitions, and writes its facts in the caller's transaction. Deliveries are dispatch's: where waves are cancelled their
ids come back, for the caller to cancel what was frozen for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from distro.archive.ledger import for_the_record
from distro.editorial.approving import approve, binding, holds
from distro.editorial.drafting import Added, add, submit
from distro.editorial.killing import Killed, confirm_kill, kill
from distro.editorial.moving import drop_pending
from distro.editorial.plan import Purpose, WaveVerb, advance_wave
from distro.editorial.release import Release, Verb, advance, find_release, in_turn
from distro.editorial.timetable import Rescheduled, reschedule, schedule
from distro.editorial.waves import can, lock
from distro.staff import Actor, Right

__all__ = [
    "Added",
    "Killed",
    "Recalled",
    "Rescheduled",
    "add",
    "approve",
    "binding",
    "confirm_kill",
    "find_release",
    "holds",
    "kill",
    "recall",
    "reschedule",
    "schedule",
    "submit",
]


@dataclass(frozen=True)
class Recalled:
    """`waves`: ids of the waves that were cancelled. `launched`: those of them of which copies may be out already."""

    waves: tuple[int, ...]
    launched: tuple[int, ...]


def recall(session: Session, release: Release, *, reason: str, actor: Actor, at: datetime) -> Recalled:
    """Stop the release: every wave that is not over is cancelled, but a kill goes on. Copies that are out stay out; telling
    those who have one is a notice of its own. Raises Refused where it is recalled already."""
    actor.need(Right.WRITE, "recall a release")
    reason = for_the_record(reason)
    waves = [wave for wave in lock(session, release) if can(wave, WaveVerb.CANCEL) and wave.purpose != Purpose.KILL]
    in_turn(release, Verb.RECALL)
    launched = tuple(wave.id for wave in waves if wave.launched_at is not None and wave.id is not None)
    for wave in waves:
        why = f"The release was recalled: {reason}" if reason else "The release was recalled."
        advance_wave(session, wave, WaveVerb.CANCEL, actor=actor.name, at=at, reason=why)
    drop_pending(session, release, "The release was recalled.", actor, at)
    ids = tuple(wave.id for wave in waves if wave.id is not None)
    advance(session, release, Verb.RECALL, actor=actor.name, at=at, reason=reason, details={"waves": ids})
    return Recalled(ids, launched)
