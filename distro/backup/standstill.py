"""Brings a store that came from a backup to a standstill, in the transaction that brings it: whatever was on its way then is
held for a person, for the machine of the backup may have gone on with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from distro.archive.ledger import Fact, record
from distro.backup.making import told_of
from distro.backup.manifest import Manifest
from distro.dispatch.alerts import Alert, alert
from distro.dispatch.claims import take_back
from distro.dispatch.workers import forget_dead
from distro.editorial.plan import Wave, WaveState, WaveVerb, advance_wave
from distro.editorial.release import Release
from distro.editorial.restored import RESTORED, STORE
from distro.errors import Refused
from distro.staff import Right, known_actor

UNFINISHED = (WaveState.ARMED, WaveState.PREPARING, WaveState.SENDING, WaveState.PAUSED, WaveState.HELD)
"""States of waves that are held: they leave by themselves, or by `wave resume` alone. A proposed wave needs an approval, and
that asks for the same word (distro.editorial.restored)."""

LEAP = 1_000_000
"""Numbers of entries and deliveries that are left out. The machine of the backup may have given them out since: then the link
in a mail of its would unsubscribe somebody else here, and "entry 512" would be two."""

_NUMBERED = ("entry", "delivery")
_TOLD = 20
"""Notices that are named, the newest."""


@dataclass(frozen=True)
class HeldWave:
    """`launched`: it had left, at least in part."""

    id: int
    release: str
    purpose: str
    was: str
    launched: bool


def come_to_rest(
    session: Session, manifest: Manifest, digest: str, *, actor: str | None, at: datetime, hold_uncertain: bool, kept: str = ""
) -> list[HeldWave]:
    """Hold every unfinished wave, take back what bots had in hand, put off notices that were waiting, go on with other numbers,
    and put on record that it was restored.

    actor           an admin's name: on the staff of the backup, for the store to restore to has nobody yet
    hold_uncertain  what was on the wire at the instant waits for a person by itself, else it is due again with its wave
    kept            the head that was signed last here, where the backup does not grow out of it; else ""
    Raises Refused where they are not.
    """
    who = known_actor(session, actor)
    if who is None:
        raise Refused("Say who you are with `distro --as NAME restore …`: an admin, on the staff as it was in the backup.")
    who.need(Right.KEEP, "restore a backup")
    forget_dead(session, at, all_of_them=True)
    take_back(session, at, me="", all_of_them=True, hold=hold_uncertain)
    for table in _NUMBERED:
        _leap(session, table)
    waves = session.exec(select(Wave).where(col(Wave.state).in_([s.value for s in UNFINISHED])).order_by(col(Wave.id))).all()
    held = [
        HeldWave(w.id or 0, session.get_one(Release, w.release_id).slug, w.purpose, w.state, w.launched_at is not None)
        for w in waves
    ]
    payload = told_of(manifest.origin, digest) | {"waves": [one.id for one in held]} | ({"kept": kept} if kept else {})
    record(session, Fact(at, who.name, RESTORED, STORE, payload))
    for wave in waves:
        reason = _reason(wave, manifest.origin.minute)
        advance_wave(session, wave, WaveVerb.HOLD, actor=who.name, at=at, reason=reason)
    put_off = _put_off_notices(session)
    alert(session, *_notice(held, put_off, who.name, manifest.origin.minute), at=at)
    return held


def _put_off_notices(session: Session) -> list[str]:
    """The notices to staff that waited to be mailed: the machine of the backup may have mailed them, so that only the notice of
    the restoring names them."""
    waiting = session.exec(select(Alert).where(col(Alert.due_at).is_not(None)).order_by(col(Alert.id))).all()
    for one in waiting:
        one.due_at = None
        session.add(one)
    told = [f"{one.at:%Y-%m-%d %H:%M} UTC  {one.subject}" for one in waiting[-_TOLD:]]
    return told if len(waiting) <= _TOLD else [f"{len(waiting) - _TOLD:,} older ones", *told]


def refuse_unheld(session: Session) -> None:
    """Raise Refused where a wave could leave by itself after all; asked of the store, not of what is in memory."""
    going = [state.value for state in UNFINISHED if state is not WaveState.HELD]
    left = session.exec(select(Wave.id).where(col(Wave.state).in_(going)).limit(1)).first()
    if left is not None:
        raise Refused(f"Wave {left} could not be held: something in the store let it go again. Nothing was restored.")


def _reason(wave: Wave, minute: str) -> str:
    how = f", for {wave.reason!r}" if wave.state in (WaveState.HELD, WaveState.PAUSED) and wave.reason else ""
    if wave.launched_at is not None:
        doubt = "what is shown as waiting may have been sent since by the machine of the backup, so all of it is in doubt"
    else:
        doubt = "the machine of the backup may have sent it since"
    return (
        f"Restored from a backup of {minute}, when it was {wave.state}{how}: {doubt}. If you know that it was not, "
        f"`wave resume {wave.id} --not-sent-elsewhere`; else cancel it."
    )


def _notice(held: list[HeldWave], put_off: list[str], who: str, minute: str) -> tuple[str, str]:
    waves = "\n".join(f"  {w.purpose} wave {w.id} of {w.release}, which was {w.was}" for w in held) or "  none"
    notices = "".join(f"  {line}\n" for line in put_off)
    if notices:
        notices = f"\nNotices that waited to be mailed then, and are not mailed again:\n{notices}"
    return (
        f"Restored from a backup of {minute}",
        f"{who} restored this office from a backup of {minute}. What happened after that is not in it: copies that were sent, "
        "people who unsubscribed, contacts that were erased.\n\nWaves that were not finished are held, and nothing of them "
        f"leaves before a person says so:\n{waves}\n{notices}\nSee them:    distro wave list\n",
    )


def _leap(session: Session, table: str) -> None:
    """Leave out the next million numbers of a table."""
    connection = session.connection()
    highest = connection.execute(text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one()  # noqa: S608
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(s, greatest(nextval(s), :highest) + :leap) FROM pg_get_serial_sequence(:table, 'id') AS s"),
            {"table": table, "highest": highest, "leap": LEAP},
        )
        return
    given = connection.execute(text("SELECT max(seq) FROM sqlite_sequence WHERE name = :table"), {"table": table}).scalar()
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table})
    row = {"table": table, "seq": max(given or 0, highest) + LEAP}
    connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :seq)"), row)
