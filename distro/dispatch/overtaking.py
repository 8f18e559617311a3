"""What a wave that leaves does to others: an older text is sent no more, what an advance wave did not send joins the general
one, and a second look waits until no copy is on its way that it would have to know of.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select

from distro.archive.ledger import Fact, record
from distro.dispatch.audience import advance_siblings
from distro.dispatch.delivery import Delivery, State, starts_from, stopped_by
from distro.dispatch.delivery import Verb as Step
from distro.editorial.plan import WITH_TEXT, Purpose, Wave, WaveState, WaveVerb, advance_wave
from distro.editorial.waves import can
from distro.staff import ROBOT


def supersede(session: Session, wave: Wave, now: datetime) -> None:
    """Another version leaves: what waits of those that left before it is not sent any more. A wave ends all of them, an advance
    wave only other advance waves; notices that carry no text are none of them.

    Only the waves are cancelled here, for the switch is to stay small: the mark lets nothing of them pass from now on, and the
    tick that sweeps up after cancelled waves takes the deliveries, also those that are deferred after this.
    """
    others = select(Wave).where(
        Wave.release_id == wave.release_id, Wave.version_id != wave.version_id, col(Wave.launched_at).isnot(None)
    )
    others = others.where(col(Wave.purpose).in_(WITH_TEXT))
    if wave.purpose == Purpose.ADVANCE:
        others = others.where(Wave.purpose == Purpose.ADVANCE.value)
    for older in session.exec(others.order_by(col(Wave.id))).all():
        if can(older, WaveVerb.CANCEL):
            reason = f"Superseded: wave {wave.id} sends a newer version."
            advance_wave(session, older, WaveVerb.CANCEL, actor=ROBOT, at=now, reason=reason)


def overtake(session: Session, advance: Wave, now: datetime) -> None:
    """The lift has come: what an advance wave has not sent joins the general wave."""
    reason = "the embargo lifted; joins the general wave"
    cancel_where(session, advance, now, reason, ~col(Delivery.doubt), col(Delivery.accepted_at).is_(None))
    if advance.launched_at is None and advance.state in (
        WaveState.ARMED,
        WaveState.PREPARING,
        WaveState.HELD,
        WaveState.PAUSED,
    ):
        advance_wave(session, advance, WaveVerb.EXPIRE, actor=ROBOT, at=now, reason="The embargo lifted before it was sent.")


def siblings_settled(session: Session, wave: Wave, now: datetime) -> bool:
    """Before the second look: no advance copy is on its way any more, and what is left waiting has joined us. Of a notice: no
    copy is on its way whose reader would have to be told."""
    if still_moving(session, wave):
        return False
    for sibling in _siblings(session, wave):
        overtake(session, sibling, now)
    return True


def still_moving(session: Session, wave: Wave) -> bool:
    """Whether such a copy is on its way. Locks nothing."""
    again = select(Wave.id).where(Wave.release_id == wave.release_id, Wave.notice == wave.notice, Wave.id != wave.id)
    same = session.exec(again).all() if wave.notice is not None else []  # it was replaced, for its hour was changed
    moving = select(func.count()).where(
        col(Delivery.wave_id).in_([*wave.rules.holders, *same, *(w.id for w in _siblings(session, wave))]),
        col(Delivery.state).in_([State.CLAIMED.value, State.IN_FLIGHT.value]),
    )
    return bool(session.exec(moving).one())


def _siblings(session: Session, wave: Wave) -> list[Wave]:
    """The advance waves that have left and that a general wave takes over."""
    if wave.purpose != Purpose.GENERAL:
        return []
    return [one for one in advance_siblings(session, wave) if one.launched_at is not None]


def cancel_where(session: Session, wave: Wave, now: datetime, reason: str, *conditions: ColumnElement[bool]) -> int:
    """Cancel the wave's waiting deliveries for which all conditions hold, with one entry that counts them."""
    changed = session.connection().execute(
        update(Delivery)
        .where(col(Delivery.wave_id) == wave.id, col(Delivery.state).in_(starts_from(Step.CANCEL)), *conditions)
        .values(**stopped_by(Step.CANCEL))
    )
    if changed.rowcount:
        payload = {"count": changed.rowcount, "reason": reason}
        record(session, Fact(now, ROBOT, "wave.deliveries_cancelled", f"wave:{wave.id}", payload))
    return changed.rowcount
