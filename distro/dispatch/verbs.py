"""What a person may do to a wave or a delivery that is under way: pause, resume, cancel, resend.

Each verb is one transaction with its entry, except the sweeping of a cancelled wave's deliveries, which goes in small
ones: from the moment the wave is cancelled, the mark before the content lets nothing of it pass.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from distro.archive.ledger import Fact, for_the_record, record
from distro.db import Store
from distro.dispatch.counts import counts_of
from distro.dispatch.delivery import DELIVERY_TRANSITIONS, Delivery, State, Verb, starts_from, stopped_by
from distro.dispatch.untold import WAITS, waiting
from distro.editorial import restored
from distro.editorial.moving import override
from distro.editorial.plan import Wave, WaveState, WaveVerb, advance_wave, is_urgent
from distro.editorial.release import Release, Status
from distro.editorial.waves import recalled_since
from distro.errors import Refused
from distro.staff import Actor, Right

_SWEEP = 1000


def find_wave(session: Session, wave_id: int) -> Wave:
    wave = session.exec(select(Wave).where(Wave.id == wave_id).with_for_update()).first()
    if wave is None:
        raise Refused(f"There is no wave {wave_id}; `distro wave list` shows them.")
    return wave


def pause(session: Session, wave_id: int, *, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """Stop a wave for now. What is on the wire ends; nothing else leaves."""
    actor.need(Right.WRITE, "pause a wave")
    wave = find_wave(session, wave_id)
    advance_wave(session, wave, WaveVerb.PAUSE, actor=actor.name, at=at, reason=for_the_record(reason))
    return wave


def resume(
    session: Session, wave_id: int, *, actor: Actor, at: datetime, reason: str = "", not_sent_elsewhere: bool = False
) -> Wave:
    """Let a paused or held wave go on from where it stood, or one that waits until holders are told (dispatch.untold). This is
    a person's word that it may leave late, or before them.

    not_sent_elsewhere  their word, too, that nothing of it left by another machine: a wave from a backup needs it
    """
    actor.need(Right.WRITE, "resume a wave")
    wave = find_wave(session, wave_id)
    waits = bool(waiting(session, [wave], at))
    if wave.state not in (WaveState.PAUSED, WaveState.HELD) and not waits:
        raise Refused(f"Wave {wave_id} is {wave.state}; only a paused or held wave is resumed.")
    if session.get_one(Release, wave.release_id).status == Status.RECALLED and not is_urgent(wave.purpose):
        raise Refused(f"The release of wave {wave_id} was recalled; it cannot go on.")
    restored.ask_for_a_word(session, [wave], given=not_sent_elsewhere, command=f"wave resume {wave_id}", actor=actor, at=at)
    # a word for another reason (a pause, a backup) does not mean that the public may hear before the holders: that is said of a
    # wave that waits for nothing else
    if waits and (wave.state not in (WaveState.PAUSED, WaveState.HELD) or wave.reason.startswith(WAITS)):
        override(session, wave.release_id, wave, reason=reason, actor=actor, at=at)
    if wave.state not in (WaveState.PAUSED, WaveState.HELD):
        return wave  # it only waited
    wave.confirmed_at, wave.confirmed_by = at, actor.name
    advance_wave(session, wave, WaveVerb.RESUME, actor=actor.name, at=at, reason=for_the_record(reason))
    return wave


def cancel(session: Session, wave_id: int, *, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """End a wave for good. Call `cancel_deliveries` after the commit."""
    actor.need(Right.WRITE, "cancel a wave")
    wave = find_wave(session, wave_id)
    advance_wave(session, wave, WaveVerb.CANCEL, actor=actor.name, at=at, reason=for_the_record(reason))
    return wave


@dataclass(frozen=True)
class Swept:
    """After a cancel or recall: deliveries stopped, copies accepted before, and those on the wire when it came."""

    cancelled: int
    accepted: int
    on_the_wire: int


def cancel_deliveries(store: Store, wave_ids: list[int], *, actor: str, at: datetime, reason: str) -> Swept:
    """Cancel what cancelled waves have not sent, at most a thousand rows to a transaction."""
    cancelled = 0
    for wave_id in wave_ids:
        while swept := _sweep(store, wave_id, actor, at, reason):
            cancelled += swept
    with store.read() as session:
        total: Counter[str] = sum(counts_of(session, wave_ids).values(), Counter())
    return Swept(cancelled, total[State.ACCEPTED], total[State.IN_FLIGHT])


def sweep_cancelled(store: Store, *, actor: str, at: datetime) -> int:
    """Finish what a `cancel` or `recall` that died half-way left behind."""
    open_states = starts_from(Verb.CANCEL)
    with store.read() as session:
        left = session.exec(
            select(Wave.id)
            .where(Wave.state == WaveState.CANCELLED.value)
            .where(select(Delivery.id).where(Delivery.wave_id == Wave.id, col(Delivery.state).in_(open_states)).exists())
        ).all()
    if not left:
        return 0
    return cancel_deliveries(store, [i for i in left if i], actor=actor, at=at, reason="the wave was cancelled").cancelled


def _sweep(store: Store, wave_id: int, actor: str, at: datetime, reason: str) -> int:
    states = starts_from(Verb.CANCEL)
    with store.write() as session:
        some = select(Delivery.id).where(Delivery.wave_id == wave_id, col(Delivery.state).in_(states)).limit(_SWEEP)
        changed = session.connection().execute(
            update(Delivery)
            .where(col(Delivery.id).in_(some), col(Delivery.state).in_(states))  # also those that had to be waited for
            .values(**stopped_by(Verb.CANCEL))
        )
        if changed.rowcount:
            payload = {"count": changed.rowcount, "reason": reason}
            record(session, Fact(at, actor, "wave.deliveries_cancelled", f"wave:{wave_id}", payload))
        return changed.rowcount


def resend(
    session: Session, delivery_id: int, *, actor: Actor, at: datetime, reason: str = "", not_sent_elsewhere: bool = False
) -> Delivery:
    """Send one copy again on purpose: the identical bytes, under the same Message-ID, as a new attempt of its delivery.

    not_sent_elsewhere  as for `resume`
    """
    actor.need(Right.WRITE, "send a copy again")
    why = for_the_record(reason)
    wave_id = session.exec(select(Delivery.wave_id).where(Delivery.id == delivery_id)).first()
    if wave_id is None:
        raise Refused(f"There is no delivery {delivery_id}; `distro archive list` shows them.")
    wave = find_wave(session, wave_id)  # first the wave, then the delivery, as the mark locks them
    delivery = session.exec(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one()
    if recalled_since(session, wave):
        raise Refused(f"The release of delivery {delivery_id} was recalled; nothing of it is sent again.")
    after = DELIVERY_TRANSITIONS.get((State(delivery.state), Verb.RESEND))
    if after is None:
        raise Refused(f"Delivery {delivery_id} is {delivery.state}; only one that has ended, or is held, is sent again.")
    if wave.state in (WaveState.DONE, WaveState.EXPIRED) and wave.launched_at is not None:
        advance_wave(session, wave, WaveVerb.REOPEN, actor=actor.name, at=at, reason=f"delivery {delivery_id} is sent again")
    elif wave.state != WaveState.SENDING:
        raise Refused(f"Wave {wave.id} of delivery {delivery_id} is {wave.state}; resume it first.")
    command = f"wave resend {delivery_id}"
    restored.ask_for_a_word(session, [wave], given=not_sent_elsewhere, command=command, actor=actor, at=at)
    payload = {"wave": wave.id, "from": delivery.state, "attempts": delivery.attempts} | ({"reason": why} if why else {})
    delivery.state, delivery.due_at = after.value, at
    session.add(delivery)
    record(session, Fact(at, actor.name, "delivery.resend", f"delivery:{delivery_id}", payload))
    session.flush()
    return delivery
