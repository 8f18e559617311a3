"""The account of an embargo, as `distro embargo show` tells it: where it stands, who moved it and why, who agreed, who holds
what and since when, who was told of what. Reads only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from contacts.models import EmbargoAgreement, Journalist
from distro.archive.vault import Vault
from distro.config import Office
from distro.dispatch import history
from distro.dispatch.counts import counts_of
from distro.dispatch.delivery import State
from distro.dispatch.untold import waiting
from distro.editorial.content import Instant
from distro.editorial.embargo import has_lifted, time_left
from distro.editorial.embargo_steps import EmbargoStep, Said, steps_of
from distro.editorial.lift import Life, life_of, lift_of, standing_hour
from distro.editorial.plan import CARRYING, Purpose, Wave, has_text
from distro.editorial.release import Release, Version, find_release

_TELLING = (Purpose.EMBARGO_MOVED.value, Purpose.EMBARGO_LIFTED.value)

_CONTACT = re.compile(r"contact:([0-9]{1,18})")
"""As `breaches.named` says one; somebody's own words may begin like it."""

Told = dict[str, object]


def states(session: Session, now: datetime, office: Office) -> list[Told]:
    """One line for each release that has, or had, an embargo; the next to lift first."""
    found = []
    for release in session.exec(select(Release).order_by(col(Release.id))):
        version = _version(session, release)
        told = _standing(session, release, version, now, office)
        if told["state"] != "none":
            found.append(told)
    return sorted(found, key=lambda one: (one["state"] not in ("held", "moved"), str(one["lift"])))


def account(session: Session, vault: Vault, slug: str, now: datetime, office: Office) -> Told:
    """All of one embargo. Raises Refused where there is no such release."""
    release = find_release(session, slug)
    told = _standing(session, release, _version(session, release), now, office)
    waves = list(session.exec(select(Wave).where(Wave.release_id == release.id).order_by(col(Wave.id))))
    wait = waiting(session, waves, now)
    return told | {
        "history": [_step(session, step) for step in steps_of(session, release.id or 0)],
        "agreements": list(_agreements(session, slug)),
        "offered": [one for wave in waves if wave.purpose == Purpose.OFFER for one in _offered(session, vault, wave, slug)],
        "holders": [one for wave in waves if has_text(wave.purpose) for one in _holders(session, vault, wave)],
        "notices": [_notice(session, wave) for wave in waves if wave.purpose in _TELLING],
        "public_waves": [
            {"wave": w.id, "at": w.at, "state": w.state, "waits": wait[w.id or 0].sentence if w.id in wait else None}
            for w in waves
            if w.purpose == Purpose.GENERAL
        ],
    }


def _version(session: Session, release: Release) -> Version | None:
    return None if release.version_id is None else session.get(Version, release.version_id)


def _standing(session: Session, release: Release, version: Version | None, now: datetime, office: Office) -> Told:
    life = life_of(session, release.id or 0)
    hour = release.content.embargo if version is None else standing_hour(session, version)
    pending = life.pending
    return {
        "release": release.slug,
        "number": release.id,
        "state": _state(session, release, version, life, hour, now),
        "sound": life.sound,
        **_hours(hour, office),
        "seconds_left": None if hour is None or not life.sound else _left(hour, now),
        "proposed": None if pending is None else _step(session, pending) | _hours(pending.hour, office),
    }


def _state(session: Session, release: Release, version: Version | None, life: Life, hour: Instant | None, now: datetime) -> str:
    if any(step.said == Said.BROKEN for step in steps_of(session, release.id or 0)):
        return "broken"
    if hour is None:
        return "none"
    if life.sound and has_lifted(hour.utc if version is None else lift_of(session, version), now):
        return "lifted"
    return "moved" if life.changes else "held"


def _hours(hour: Instant | None, office: Office) -> Told:
    if hour is None:
        return {"lift": None, "lift_office": None, "lift_written": None}
    there = hour.utc.astimezone(ZoneInfo(office.timezone))
    return {
        "lift": hour.utc,
        "lift_office": f"{there:%Y-%m-%d %H:%M:%S} {office.timezone}",
        "lift_written": hour.spoken,
    }


def _left(hour: Instant, now: datetime) -> int:
    return round(time_left(hour.utc, now).total_seconds())


def _step(session: Session, step: EmbargoStep) -> Told:
    return {
        "change": step.change,
        "what": step.what,
        "said": step.said,
        "by": step.by,
        "at": step.at,
        "reason": step.reason,
        "from": step.was,
        "to": step.utc,
        "at_once": step.utc is None and step.said != Said.BROKEN,
        "breach": _breach(session, step.breach) or None,
        "evidence": step.evidence or None,
        "notice": step.notice_id,
    }


def _breach(session: Session, who: str) -> str:
    """By name where the contact is still there."""
    number = _CONTACT.fullmatch(who)
    if number is None:
        return who
    person = session.get(Journalist, int(number[1]))
    return who if person is None else f"{person.name or person.address} ({who})"


def _agreements(session: Session, slug: str) -> Iterator[Told]:
    """For this release, and the standing ones."""
    rows = session.exec(
        select(EmbargoAgreement, Journalist)
        .join(Journalist, col(Journalist.id) == col(EmbargoAgreement.journalist_id))
        .where(col(EmbargoAgreement.release).in_(["", slug]))
        .order_by(col(EmbargoAgreement.journalist_id), col(EmbargoAgreement.release).desc())
    )
    for agreed, person in rows:
        yield {
            "contact": person.id,
            "name": person.name,
            "address": person.address,
            "scope": "release" if agreed.release else "standing",
            "terms": agreed.terms,
            "how": agreed.how,
            "at": agreed.at,
            "by": agreed.by,
        }


def _offered(session: Session, vault: Vault, wave: Wave, slug: str) -> Iterator[Told]:
    """Who was offered it, and whether they have answered since: None while they have not."""
    promises = {row["contact"]: row for row in reversed(list(_agreements(session, slug)))}
    for record in history.deliveries(session, vault, history.Wanted(wave=wave.id)):
        promise = promises.get(record["contact"])
        yield _whom(record) | {
            "wave": wave.id,
            "state": record["state"],
            "offered_at": record["accepted_at"],
            "agreed_at": None if promise is None else promise["at"],
            "scope": None if promise is None else promise["scope"],
        }


def _holders(session: Session, vault: Vault, wave: Wave) -> Iterator[Told]:
    for record in history.deliveries(session, vault, history.Wanted(wave=wave.id)):
        attempts = record["attempts"]
        doubt = isinstance(attempts, list) and any(one["uncertain"] for one in attempts) and record["accepted_at"] is None
        flying = record["state"] in (State.IN_FLIGHT.value, State.UNCERTAIN.value)
        if record["accepted_at"] is None and not doubt and not flying:
            continue
        yield _whom(record) | {
            "wave": wave.id,
            "purpose": wave.purpose,
            "advance": wave.purpose == Purpose.ADVANCE or wave.purpose not in CARRYING,
            "version": record["version"],
            "since": record["accepted_at"],
            "certain": record["accepted_at"] is not None,
            "permit": record["permit"],
        }


def _whom(record: Told) -> Told:
    whom = record["recipient"]
    known = whom if isinstance(whom, dict) else {"name": None, "address": None, "outlet": None}
    return {"delivery": record["delivery"], "contact": record["contact"], **known, "language": record["language"]}


def _notice(session: Session, wave: Wave) -> Told:
    counts = counts_of(session, [wave.id or 0])[wave.id or 0]
    return {
        "wave": wave.id,
        "purpose": wave.purpose,
        "ordinal": wave.ordinal,
        "state": wave.state,
        "launched_at": wave.launched_at,
        "finished_at": wave.finished_at,
        "to": sum(counts.values()),
        "accepted": counts[State.ACCEPTED.value],
        "counts": dict(counts),
    }
