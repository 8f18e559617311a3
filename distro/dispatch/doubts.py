"""Deliveries that are held for a person: the office is told once, and the wave says so until the last of them is settled.

Whether the office was told stands in the record: the newest of a wave's two kinds of entry, written by `tell_held` and by
`none_held`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from distro.archive.ledger import Entry, Fact, record
from distro.db import Store
from distro.dispatch.alerts import alert
from distro.dispatch.delivery import Delivery, State
from distro.editorial.plan import Wave, WaveState
from distro.editorial.release import Release
from distro.staff import ROBOT

_TOLD, _OVER = "wave.deliveries_held", "wave.none_held"

_LOOK_BACK = timedelta(days=1)
"""How long after its end a wave is still looked at; the mailer holds nothing of a wave that has ended."""


def tell_held(store: Store, now: datetime) -> list[int]:
    """Tell the office of every wave with held deliveries that it was not told of: an entry and a mail. Returns their ids."""
    with store.read() as session:
        untold = untold_held(session, now)
    told = []
    for wave_id in untold:
        with store.write() as session:
            wave = session.exec(select(Wave).where(Wave.id == wave_id).with_for_update()).one()
            held = session.exec(select(func.count()).where(*_held(wave_id))).one()
            if not held or _was_told(session, wave_id):
                continue
            record(session, Fact(now, ROBOT, _TOLD, f"wave:{wave_id}", {"held": held}))
            alert(session, *_notice(session, wave, held), at=now)
            told.append(wave_id)
    return told


def untold_held(session: Session, now: datetime) -> list[int]:
    """Waves with held deliveries of which the office has not been told."""
    going = col(Wave.state).in_([WaveState.SENDING.value, WaveState.PAUSED.value, WaveState.HELD.value])
    ended = (col(Wave.state) == WaveState.DONE.value) & (col(Wave.finished_at) >= now - _LOOK_BACK)
    some = select(Delivery.id).where(Delivery.wave_id == Wave.id, Delivery.state == State.HELD.value).exists()
    found = session.exec(select(Wave.id).where(going | ended, some).order_by(col(Wave.id))).all()
    return [wave_id for wave_id in found if wave_id is not None and not _was_told(session, wave_id)]


def none_held(session: Session, wave_id: int, *, actor: str, at: datetime) -> None:
    """After settling, in its transaction: where nothing is held any more, the next one will be told of again."""
    if session.exec(select(Delivery.id).where(*_held(wave_id)).limit(1)).first() is None and _was_told(session, wave_id):
        record(session, Fact(at, actor, _OVER, f"wave:{wave_id}", {}))


def reason_of(wave: Wave, counts: Mapping[str, int]) -> str:
    """Why a person should look at the wave: held deliveries first, then what its own state was given for."""
    held = counts.get(State.HELD, 0)
    if not held or wave.state == WaveState.CANCELLED:
        return wave.reason
    waits = "1 delivery is held and waits" if held == 1 else f"{held} deliveries are held and wait"
    return f"{waits} for a person: distro wave show {wave.id}" + (f" · {wave.reason}" if wave.reason else "")


def ways_to_settle(delivery: int, *, sent: bool) -> tuple[str, ...]:
    """The commands, as they are typed. What was never sent cannot be called accepted."""
    start = f"distro --as NAME wave settle {delivery}"
    arrived = (f'{start} --accepted --reason "…"',) if sent else ()
    return (f"{start} --resend", *arrived, f'{start} --give-up --reason "…"')


def _held(wave_id: int) -> tuple[ColumnElement[bool], ...]:
    return (col(Delivery.wave_id) == wave_id, col(Delivery.state) == State.HELD.value)


def _was_told(session: Session, wave_id: int) -> bool:
    newest = session.exec(
        select(Entry.kind)
        .where(Entry.subject == f"wave:{wave_id}", col(Entry.kind).in_([_TOLD, _OVER]))
        .order_by(col(Entry.id).desc())
        .limit(1)
    ).first()
    return newest == _TOLD


def _notice(session: Session, wave: Wave, held: int) -> tuple[str, str]:
    slug = session.get_one(Release, wave.release_id).slug
    first = session.exec(select(Delivery.id).where(*_held(wave.id or 0)).order_by(col(Delivery.id)).limit(1)).one()
    what = "1 delivery" if held == 1 else f"{held} deliveries"
    return (
        f"Waiting for you: {what} of wave {wave.id} of {slug}",
        f"In the {wave.purpose} wave {wave.id} of the release {slug}, {what} so far cannot go on without a person: either a "
        "copy left and nobody knows whether it was taken, or it could not be made. The others go on. There is one such notice "
        f"until all are settled.\n\nSee them:      distro wave show {wave.id}\n"
        f"Send again:    distro --as NAME wave settle {first} --resend\n"
        f'It arrived:    distro --as NAME wave settle {first} --accepted --reason "…"\n'
        f'Let it be:     distro --as NAME wave settle {first} --give-up --reason "…"\n'
        f"All of them:   distro --as NAME wave settle --all {wave.id} --resend\n",
    )
