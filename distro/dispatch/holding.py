"""Holding a wave: nothing of it leaves until a person says so, and the office is told. Also when its embargo ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from distro.db import Store
from distro.dispatch.alerts import alert
from distro.editorial import lift as lifts
from distro.editorial.plan import Purpose, Wave, WaveState, WaveVerb, advance_wave, has_text
from distro.editorial.release import Release, Version
from distro.staff import ROBOT


@dataclass(frozen=True)
class Embargo:
    """What stands of the embargo on a wave's version.

    lift      the instant before which nothing of it leaves but by agreement, None without an embargo
    outdated  said of an advance wave or an offer: its letters name an hour that was changed since, or is about to be
    sound     False: what is kept of it is not what was recorded, and nothing may leave by it
    """

    lift: datetime | None
    outdated: bool
    sound: bool


def lift_of(session: Session, wave: Wave) -> datetime | None:
    """The instant at which the embargo on the wave's version ends, None without one."""
    return lifts.lift_of(session, session.get_one(Version, wave.version_id))


def embargo_of(session: Session, wave: Wave) -> Embargo:
    version = session.get_one(Version, wave.version_id)
    outdated = wave.purpose in (Purpose.ADVANCE, Purpose.OFFER) and lifts.names_old_hour(session, version, wave.approval_id)
    return Embargo(lifts.lift_of(session, version), outdated, lifts.is_sound(session, wave.release_id))


def hold(session: Session, wave: Wave, reason: str, now: datetime) -> None:
    """Hold the wave and shout: an entry, a line in the log, a mail to the alert addresses."""
    advance_wave(session, wave, WaveVerb.HOLD, actor=ROBOT, at=now, reason=reason)
    slug = session.get_one(Release, wave.release_id).slug
    alert(
        session,
        f"Held: {wave.purpose} wave {wave.id} of {slug}",
        f"The {wave.purpose} wave {wave.id} of the release {slug} is held and nothing of it leaves.\n\n{reason}\n\n"
        f"See it:      distro wave show {wave.id}\nLet it go:   distro --as NAME wave resume {wave.id}\n"
        f"Cancel it:   distro --as NAME wave cancel {wave.id}\n",
        at=now,
    )


def hold_embargoed(store: Store, reason: str, now: datetime) -> list[int]:
    """The clock is not to be trusted: hold every wave of a release under embargo. Returns the ids held."""
    held = []
    with store.write() as session:
        states = [WaveState.ARMED.value, WaveState.PREPARING.value, WaveState.SENDING.value]
        going = select(Wave).where(col(Wave.state).in_(states)).order_by(col(Wave.id))
        for wave in session.exec(going.with_for_update()).all():
            if has_text(wave.purpose) and embargo_of(session, wave).lift is not None:
                hold(session, wave, reason, now)
                held.append(wave.id or 0)
    return held


def span(time: timedelta) -> str:
    """A length of time in words: seconds under two minutes, else whole minutes."""
    seconds = int(time.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
