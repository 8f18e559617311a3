"""Waves that came with a backup: the machine that it was made on may have sent them since, and only a person can know.

Owns the question and its answer, which both stand in the record. Restoring itself is `distro.backup`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from distro.archive import named
from distro.archive.ledger import Entry, Fact, record
from distro.editorial.plan import Wave
from distro.errors import Refused
from distro.staff import Actor

STORE = "store"
"""The subject of entries about the store as a whole."""

RESTORED = named.RESTORED
_PROPOSED, _WORD = "wave.propose", "wave.not_sent_elsewhere"


def ask_for_a_word(session: Session, waves: Iterable[Wave], *, given: bool, command: str, actor: Actor, at: datetime) -> None:
    """Before waves are armed, or anything of them is sent again: those that came with a backup, or whose release did, need a
    person's word that nothing of them left elsewhere.

    given    whether the person gives it; then there is an entry a wave, and it is not asked for again
    command  what they typed, for the sentence
    Raises Refused where it is needed and not given.
    """
    doubted = [wave for wave in waves if is_in_doubt(session, wave)]
    if doubted and not given:
        raise Refused(
            *_doubts(session, doubted),
            f"If you know that it sent none: distro --as NAME {command} --not-sent-elsewhere. Otherwise cancel what has left.",
        )
    for wave in doubted:
        payload = {"backup": backup_instant(session)}
        record(session, Fact(at, actor.name, _WORD, f"wave:{wave.id}", payload))


def is_in_doubt(session: Session, wave: Wave) -> bool:
    """Whether the wave's release is older than the newest restoring, and nobody has given their word on the wave since. A wave
    that was proposed only afterwards is no exception: it would go to the people of one that the other machine has sent."""
    restored = _newest(session, STORE, RESTORED)
    first = select(func.min(col(Entry.id))).where(Entry.subject == f"release:{wave.release_id}")
    came = (session.exec(first).one() or 0) < restored
    return came and restored > _newest(session, f"wave:{wave.id}", _WORD)


def _doubts(session: Session, waves: list[Wave]) -> list[str]:
    """A sentence for those that came with the backup, and one for those of a release that did."""
    restored = _newest(session, STORE, RESTORED)
    came = [wave for wave in waves if _newest(session, f"wave:{wave.id}", _PROPOSED) < restored]
    new = [wave for wave in waves if wave not in came]
    since, machine = backup_instant(session), "and the machine that it was made on may have sent"
    told = []
    if came:
        told.append(f"{_named(came)} came with a backup of {since}, {machine} copies after that, which would be sent again.")
    if new:
        of = f"{'is' if len(new) == 1 else 'are'} of a release that came with a backup of {since}"
        told.append(f"{_named(new)} {of}, {machine} that release after that; its readers would get it twice.")
    return told


def backup_instant(session: Session) -> str:
    """When the backup was made that the store was last restored from, as the record writes instants; "" if never."""
    newest = _newest(session, STORE, RESTORED)
    payload = session.exec(select(Entry.payload).where(Entry.id == newest)).first()
    return "" if payload is None else str(json.loads(payload)["backup"])


def _newest(session: Session, subject: str, kind: str) -> int:
    return session.exec(select(func.max(col(Entry.id))).where(Entry.subject == subject, Entry.kind == kind)).one() or 0


def _named(waves: list[Wave]) -> str:
    return f"Wave {waves[0].id}" if len(waves) == 1 else f"Waves {', '.join(str(wave.id) for wave in waves)}"
