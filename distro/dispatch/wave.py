"""The life of a wave between approval and its end: prepare, launch, finish; hold it when something is not as approved.

Called by ticks. Every function asks the store what is due at `now`; nothing is remembered between two calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, update
from sqlmodel import Session, col, select

from contacts.models import EmbargoAgreement, Journalist, ListMember
from distro.archive.ledger import Fact, record
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.audience import advance_siblings
from distro.dispatch.counts import counts_of, unfinished
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.freeze import Standing, freeze_some, standing
from distro.dispatch.holding import embargo_of, hold, span
from distro.dispatch.letters import compile_letters
from distro.dispatch.overtaking import cancel_where, overtake, siblings_settled, still_moving, supersede
from distro.dispatch.untold import waiting
from distro.editorial import desk
from distro.editorial.embargo import has_lifted
from distro.editorial.plan import (
    CARRYING,
    Purpose,
    Wave,
    WaveState,
    WaveVerb,
    advance_wave,
    has_text,
    is_urgent,
)
from distro.editorial.release import Release, Status, Verb, advance
from distro.editorial.waves import lock
from distro.errors import Failed, Refused
from distro.staff import ROBOT


def prepare_step(
    store: Store,
    vault: Vault,
    config: Config,
    now: datetime,
    *,
    clock_steady: bool,
    compile_elsewhere: Callable[[int], object] = lambda wave_id: None,
) -> bool:
    """Do some pages of freezing for the wave that needs it most. True: there may be more to do at once.

    compile_elsewhere   is asked to compile a wave's letters first; what it has not done is done here
    """
    wanted = _to_prepare(now + timedelta(minutes=config.limits.prepare_minutes))
    with store.read() as session:  # nearly always there is none, and what asks for SQLite's only writer keeps marks waiting
        if session.exec(select(Wave.id).where(wanted).limit(1)).first() is None:
            return False
    with store.write() as session:
        wave = _most_urgent(session, wanted)
        if wave is None:
            return False
        wave_id = wave.id or 0
        if wave.state == WaveState.ARMED:
            if _may_go_on(session, wave, late_limit(config), now, clock_steady=clock_steady):
                _cancel_changed(session, wave, now)  # of an earlier freezing, before a pause or another hour
                wave.freezing, wave.frozen_through, wave.prepared_at = True, 0, now
                advance_wave(session, wave, WaveVerb.PREPARE, actor=ROBOT, at=now)
            return True
        if wave.launched_at is not None and not siblings_settled(session, wave, now):
            return False
    stands = freeze_some(store, vault, wave_id, now, config)
    if stands is not None:
        compile_elsewhere(wave_id)
        _complete(store, config, wave_id, stands, now)
    return True


def _complete(store: Store, config: Config, wave_id: int, stands: Standing, now: datetime) -> None:
    """The audience is frozen: compile its letters, so that nothing is left for the hour. What makes no mail is held."""
    fault: Refused | Failed | None = None
    try:
        compile_letters(store, config, wave_id, now)
    except (Refused, Failed) as wrong:
        fault = wrong
    with store.write() as session:
        wave = session.exec(select(Wave).where(Wave.id == wave_id).with_for_update()).one()
        if standing(wave) != stands:
            return  # another bot completed it, and a second look may be under way; or it was stopped, and begins anew
        wave.freezing = False
        session.add(wave)
        payload = {"count": sum(counts_of(session, [wave_id])[wave_id].values())}
        record(session, Fact(now, ROBOT, "wave.audience_complete", f"wave:{wave_id}", payload))
        if fault is not None and wave.state in (WaveState.PREPARING, WaveState.SENDING):
            hold(session, wave, f"Its letter cannot be made: {fault}", now)


def late_limit(config: Config) -> timedelta:
    """How long after its hour a wave is still on time."""
    return timedelta(minutes=config.embargo.late_minutes)


def _to_prepare(until: datetime) -> ColumnElement[bool]:
    """Waves to be prepared that go before `until`, and those whose freezing goes on."""
    armed = (col(Wave.state) == WaveState.ARMED.value) & (col(Wave.at) <= until)
    return armed | (col(Wave.freezing) & col(Wave.state).in_([WaveState.PREPARING.value, WaveState.SENDING.value]))


def _most_urgent(session: Session, wanted: ColumnElement[bool]) -> Wave | None:
    """A wave to prepare or to go on freezing: a kill before all, then by the earliest hour. A later page may always wait for a
    wave due now; a second look that has to wait keeps no other wave waiting. Only the one is locked, for marks lock several."""
    by_urgency = col(Wave.purpose) != Purpose.KILL.value, col(Wave.launched_at).isnot(None), col(Wave.at), col(Wave.id)
    for one in session.exec(select(Wave).where(wanted).order_by(*by_urgency)).all():
        if one.launched_at is None or not still_moving(session, one):
            again = select(Wave).where(Wave.id == one.id, wanted).with_for_update()
            return session.exec(again.execution_options(populate_existing=True)).first()
    return None


def launch_due(store: Store, config: Config, now: datetime, *, clock_steady: bool) -> list[int]:
    """Launch every wave that is due and frozen; hold those that must not leave. Returns the ids launched."""
    launched = []
    with store.read() as session:
        due = session.exec(
            select(Wave.id, Wave.release_id)
            .where(col(Wave.state) == WaveState.PREPARING.value, col(Wave.at) <= now, ~col(Wave.freezing))
            .order_by(col(Wave.purpose) != Purpose.KILL.value, col(Wave.at))
        ).all()
    for wave_id, release_id in due:
        with store.write() as session:
            wave = next(one for one in lock(session, session.get_one(Release, release_id)) if one.id == wave_id)
            if wave.state != WaveState.PREPARING or wave.freezing or wave.at > now:
                continue
            if not _may_go_on(session, wave, late_limit(config), now, clock_steady=clock_steady):
                continue
            if not waiting(session, [wave], now):  # else the holders hear first, of an embargo that was changed
                _launch(session, wave, now)
                launched.append(wave_id)
    return [i for i in launched if i is not None]


def _may_go_on(session: Session, wave: Wave, late: timedelta, now: datetime, *, clock_steady: bool) -> bool:
    """Ask everything that may stand against the wave. Where something does, the wave is held and the office told."""
    against = _against(session, wave, late, now, clock_steady=clock_steady)
    if against is None:
        return True
    if isinstance(against, _Overtaken):
        overtake(session, wave, now)
    else:
        hold(session, wave, against, now)
    return False


@dataclass(frozen=True)
class _Overtaken:
    """Said of an advance wave or an offer: the lift has come before it."""


def _against(session: Session, wave: Wave, late: timedelta, now: datetime, *, clock_steady: bool) -> str | _Overtaken | None:
    embargo = embargo_of(session, wave)
    lift = embargo.lift
    if not embargo.sound and not is_urgent(wave.purpose):  # a kill says nothing of the hour, and waits for nobody
        return "What is kept of its embargo is not what was recorded; `distro archive verify --full` says where."
    if lift is not None and has_text(wave.purpose) and not clock_steady:
        return "The clock has jumped, or stands behind the record, and the release is embargoed; confirm with `wave resume`."
    if wave.purpose in (Purpose.ADVANCE, Purpose.OFFER) and has_lifted(lift, now):
        return _Overtaken()
    changed = desk.holds(session, wave)
    if changed is not None:
        return changed
    if wave.purpose == Purpose.GENERAL and not has_lifted(lift, max(now, wave.at)):
        return "Its hour is before the lift of the embargo; give it a new one with `release reschedule`."
    if is_urgent(wave.purpose):
        return None  # a kill is never too late
    confirmed = wave.confirmed_at is not None and wave.confirmed_at >= wave.at  # a word given before the hour is about another
    if not confirmed and now - wave.at > late:
        waits = waiting(session, [wave], now).get(wave.id or 0)
        return (
            waits.sentence
            if waits is not None
            else (
                f"It is {span(now - wave.at)} late, more than the {span(late)} allowed; "
                "confirm with `wave resume` or give it a new hour."
            )
        )
    return None


def _launch(session: Session, wave: Wave, now: datetime) -> None:
    """The small switch: what was frozen may leave from here on."""
    stale = _cancel_changed(session, wave, now)
    overtaken = advance_siblings(session, wave) if wave.purpose == Purpose.GENERAL else []
    for sibling in overtaken:
        overtake(session, sibling, now)
    if has_text(wave.purpose):
        supersede(session, wave, now)
    wave.launched_at = now
    _bring_forward(session, wave, now)
    if stale or overtaken or wave.rules.holders or _contacts_moved(session, wave.prepared_at or now):
        wave.freezing, wave.frozen_through = True, 0  # a second look, while the first copies leave
    counts = counts_of(session, [wave.id or 0])[wave.id or 0]
    advance_wave(session, wave, WaveVerb.LAUNCH, actor=ROBOT, at=now, details={"deliveries": sum(counts.values())})
    release = session.get_one(Release, wave.release_id)
    general = wave.purpose == Purpose.GENERAL and release.status == Status.APPROVED
    if general or (release.status == Status.SUBMITTED and _brings_newest(session, wave, release)):
        advance(session, release, Verb.LAUNCH, actor=ROBOT, at=now)


def _brings_newest(session: Session, wave: Wave, release: Release) -> bool:
    """Whether this is a correction or update that brings the newest version of a release that was out already."""
    if not has_text(wave.purpose) or wave.purpose in CARRYING or wave.version_id != release.version_id:
        return False
    out = select(Wave.id).where(Wave.release_id == release.id, Wave.purpose == Purpose.GENERAL.value)
    return session.exec(out.where(col(Wave.launched_at).isnot(None)).limit(1)).first() is not None


def _bring_forward(session: Session, wave: Wave, now: datetime) -> None:
    """What was frozen for a later hour, before the wave got an earlier one, is due now."""
    early = (col(Delivery.wave_id) == wave.id, col(Delivery.state) == State.PENDING.value, col(Delivery.due_at) > now)
    session.connection().execute(update(Delivery).where(*early).values(due_at=now))


def _cancel_changed(session: Session, wave: Wave, now: datetime) -> int:
    """Cancel what was frozen for people who were changed or removed since; the second look judges them as they are now."""
    if wave.prepared_at is None:
        return 0
    unchanged = select(Journalist.id).where(col(Journalist.changed_at) < wave.prepared_at)
    listed = select(ListMember.journalist_id).where(col(ListMember.added_at) >= wave.prepared_at)
    moved = or_(col(Delivery.contact_id).notin_(unchanged), col(Delivery.contact_id).in_(listed))
    return cancel_where(session, wave, now, "the contact was changed or removed after freezing", moved)


def _contacts_moved(session: Session, since: datetime) -> bool:
    newest = (
        session.exec(select(func.max(column))).first()
        for column in (col(Journalist.changed_at), col(ListMember.added_at), col(EmbargoAgreement.at))
    )
    return any(at is not None and at >= since for at in newest)


def finish_done(store: Store, now: datetime) -> None:
    """End every wave that has nothing left to send."""
    with store.read() as session:
        sending = session.exec(select(Wave.id).where(Wave.state == WaveState.SENDING.value, ~col(Wave.freezing))).all()
    for wave_id in sending:
        with store.read() as session:
            if unfinished(session, wave_id):
                continue
        with store.write() as session:
            wave = session.exec(select(Wave).where(Wave.id == wave_id).with_for_update()).one()
            if wave.state != WaveState.SENDING or wave.freezing or unfinished(session, wave_id):
                continue
            wave.finished_at = now
            counts = counts_of(session, [wave.id or 0])[wave.id or 0]
            advance_wave(session, wave, WaveVerb.FINISH, actor=ROBOT, at=now, details={"counts": dict(counts)})
