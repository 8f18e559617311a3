"""One wave proposed: its row, its entry, and how the release's entry tells of it. Which waves there may be is said by
`timetable` and `notices`.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from distro.archive.ledger import Fact, record
from distro.editorial.plan import Audience, Purpose, Wave
from distro.editorial.release import Release, Version
from distro.editorial.when import When
from distro.staff import Actor


def propose(
    session: Session,
    release: Release,
    version: Version,
    purpose: Purpose,
    when: When,
    audience: Audience,
    actor: Actor,
    now: datetime,
    *,
    notice: str | None = None,
    ordinal: int = 1,
    parent: int | None = None,
) -> Wave:
    """A new wave, proposed. `notice`: the hash of what it says beside the version; `parent`: the wave that it follows."""
    wave = Wave(
        release_id=release.id or 0,
        version_id=version.id or 0,
        purpose=purpose.value,
        ordinal=ordinal,
        parent_id=parent,
        notice=notice,
        at=when.instant.utc,
        audience=audience.to_json(),
        scheduled_by=actor.name,
        scheduled_at=now,
    )
    set_hour(wave, when, actor, now)
    session.add(wave)
    session.flush()
    payload = {"release": release.id, "purpose": purpose, **hour_of(wave), **_as_notice(wave)}
    record(session, Fact(now, actor.name, "wave.propose", f"wave:{wave.id}", payload))
    return wave


def set_hour(wave: Wave, when: When, actor: Actor, now: datetime) -> None:
    wave.at, wave.asap = now if when.asap else when.instant.utc, when.asap  # until an approval sets it
    wave.wall, wave.zone, wave.tzdata = when.instant.wall, when.instant.zone, when.instant.tzdata
    wave.scheduled_by, wave.scheduled_at = actor.name, now


def hour_of(wave: Wave) -> dict[str, object]:
    """The wave's hour for the record, also as it was written."""
    return {"at": "now" if wave.asap else wave.at, "wall": wave.wall, "zone": wave.zone, "tzdata": wave.tzdata}


def told(wave: Wave) -> dict[str, object]:
    """The wave in the release's entry that gives it its hour."""
    rules = wave.rules
    return {
        "id": wave.id,
        "purpose": wave.purpose,
        **hour_of(wave),
        "segments": [named.name for named in rules.segments],
        "exclude": [named.name for named in rules.exclude],
        **({"holders": rules.holders} if rules.holders else {}),
    }


def _as_notice(wave: Wave) -> dict[str, object]:
    if wave.notice is None:
        return {}
    return {"notice": wave.notice, "ordinal": wave.ordinal, "parent": wave.parent_id}
