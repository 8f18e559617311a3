"""Holders are told before the public: whether everybody who is to hear of a changed embargo has, before a general wave leaves.

Told is whom a server took a notice for, and whom nobody can tell any more (refused, expired, suppressed, erased). Reads only; a
person's word that the public is told all the same is `moving.override`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from distro.dispatch.counts import counts_of
from distro.dispatch.delivery import UNFINISHED, State
from distro.editorial.embargo_steps import Said, steps_of
from distro.editorial.plan import Purpose, Wave, WaveState

WAITS = "It waits: the embargo was changed, and"
"""How the reason begins of a wave that was held since its holders were not told."""

_OPEN = (*UNFINISHED, State.HELD)
_STILL = (WaveState.ARMED, WaveState.PREPARING, WaveState.HELD, WaveState.PAUSED)


@dataclass(frozen=True)
class Untold:
    """A notice that has not come to its end. `left`: of so many deliveries nothing is known for good; None while it is not
    known whom it goes to."""

    notice: int
    state: str
    left: int | None

    @property
    def sentence(self) -> str:
        if self.state in (WaveState.CANCELLED, WaveState.EXPIRED):
            who = f"the notice to holders, wave {self.notice}, was {self.state}"
        elif self.left is None:
            who = f"the holders are not told yet, by wave {self.notice} ({self.state})"
        else:
            people = "1 holder is" if self.left == 1 else f"{self.left:,} holders are"
            who = f"{people} not told yet, by wave {self.notice} ({self.state})"
        return f"{WAITS} {who}. `wave resume` lets it go all the same."


def untold(session: Session, release_id: int) -> Untold | None:
    """The notice of the newest change that has force, where somebody may still have to hear it; None where nothing stands
    against telling the public."""
    steps = steps_of(session, release_id)
    given = [step for step in steps if step.said == Said.APPROVED]
    if not given or given[-1].notice_id is None:
        return None
    if any(step.said == Said.OVERRIDDEN and step.change == given[-1].change for step in steps):
        return None
    wave = session.get(Wave, given[-1].notice_id, populate_existing=True)
    if wave is None:
        return Untold(given[-1].notice_id, "missing", None)
    if wave.state == WaveState.DONE:
        return None
    if wave.launched_at is None or wave.freezing or wave.state in (WaveState.CANCELLED, WaveState.EXPIRED):
        return Untold(wave.id or 0, wave.state, None)
    counts = counts_of(session, [wave.id or 0])[wave.id or 0]
    left = sum(counts[state.value] for state in _OPEN)
    return Untold(wave.id or 0, wave.state, left) if left else None


def waiting(session: Session, waves: Iterable[Wave], now: datetime) -> dict[int, Untold]:
    """Of these waves, the general ones that are due and leave only when holders are told, by number."""
    found = {}
    for wave in waves:
        if wave.purpose == Purpose.GENERAL and wave.launched_at is None and wave.state in _STILL and wave.at <= now:
            stands = untold(session, wave.release_id)
            if stands is not None:
                found[wave.id or 0] = stands
    return found


def all_waiting(session: Session, now: datetime) -> dict[int, Untold]:
    """The same of all waves that there are."""
    states = [state.value for state in _STILL]
    due = select(Wave).where(Wave.purpose == Purpose.GENERAL.value, col(Wave.state).in_(states), col(Wave.at) <= now)
    return waiting(session, session.exec(due.where(col(Wave.launched_at).is_(None))), now)
