"""What is to come, as an iCalendar file (RFC 5545): the hours of waves, and of embargoes that hold. Reads only.

It is carried about on telephones and read over shoulders. So it says nothing of a release but its number, and a headline only
of one that is out, by leave of the embargo.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from distro.archive.ledger import Entry
from distro.config import Office
from distro.editorial.embargo import Permit, ask, has_lifted
from distro.editorial.lift import latest_lift as lift_of_release
from distro.editorial.lift import life_of, standing_hour
from distro.editorial.plan import Purpose, Wave, WaveState
from distro.editorial.release import Release, Status, Version
from distro.words import Words

if TYPE_CHECKING:
    from icalendar import Event

_TO_COME = (WaveState.PROPOSED, WaveState.ARMED, WaveState.PREPARING, WaveState.PAUSED, WaveState.HELD)
_OVER = (WaveState.CANCELLED, WaveState.EXPIRED)
_STATUS = {WaveState.PROPOSED: "TENTATIVE", WaveState.CANCELLED: "CANCELLED", WaveState.EXPIRED: "CANCELLED"}


def agenda(session: Session, office: Office, _: Words, now: datetime) -> bytes:
    """The file, in the office's zone. The same hour keeps its UID; its SEQUENCE grows with each change of it."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Distro//Press office//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Waves and embargoes: %(office)s", office=office.name))
    releases = session.exec(select(Release).order_by(col(Release.id))).all()
    titles = {release.id: _title(session, release, _, now) for release in releases}
    hours = [now]
    for release in releases:
        lifts_at = _embargo(session, release, now)
        if lifts_at is None:
            continue
        held = _event(office, f"embargo-{release.id}", lifts_at, _changes(session, f"embargo:{release.id}", release), now)
        held.add("summary", _("Embargo lifts: %(release)s", release=titles[release.id]), {"LANGUAGE": _.language})
        held.add("status", "TENTATIVE" if life_of(session, release.id or 0).pending is not None else "CONFIRMED")
        calendar.add_component(held)
        hours.append(lifts_at)
    for wave in _waves(session, now):
        sent = _event(office, f"wave-{wave.id}", wave.at, _changes(session, f"wave:{wave.id}"), now)
        said = {"purpose": _purpose(wave.purpose, _), "number": str(wave.id), "release": titles[wave.release_id]}
        sent.add("summary", _("%(purpose)s (wave %(number)s): %(release)s", **said), {"LANGUAGE": _.language})
        sent.add("status", _STATUS.get(WaveState(wave.state), "CONFIRMED"))
        calendar.add_component(sent)
        hours.append(wave.at)
    calendar.add_missing_timezones(first_date=date(now.year, 1, 1), last_date=date(max(hours).year + 1, 1, 1))
    return bytes(calendar.to_ical())


def _embargo(session: Session, release: Release, now: datetime) -> datetime | None:
    """The hour in force of the newest text; None where none holds, or what is kept of it is altered."""
    version = session.get(Version, release.version_id) if release.version_id is not None else None
    if version is None or release.status == Status.RECALLED or not life_of(session, release.id or 0).sound:
        return None
    hour = standing_hour(session, version)
    return None if hour is None or has_lifted(hour.utc, now) else hour.utc


def _waves(session: Session, now: datetime) -> list[Wave]:
    """Those that have not left, and those with an hour to come that will not: whoever has an older file takes them out."""
    waiting = col(Wave.launched_at).is_(None) & col(Wave.state).in_([one.value for one in _TO_COME])
    dropped = col(Wave.state).in_([one.value for one in _OVER]) & (col(Wave.at) > now)
    return list(session.exec(select(Wave).where(or_(waiting, dropped)).order_by(col(Wave.at), col(Wave.id))))


def _title(session: Session, release: Release, _: Words, now: datetime) -> str:
    number = str(release.id)
    lift = lift_of_release(session, release.id or 0)
    answer = ask(
        purpose=Purpose.GENERAL,
        lift=lift,
        approved=release.status == Status.RELEASED,
        agreement=None,
        clock_steady=True,
        now=now,
    )
    if isinstance(answer, Permit):
        editions = release.content.editions
        edition = editions.get(_.language) or editions[release.content.primary]
        return edition.headline or _("release %(number)s", number=number)
    if not has_lifted(lift, now):
        return _("embargoed release %(number)s", number=number)
    return _("release %(number)s", number=number)


def _changes(session: Session, subject: str, release: Release | None = None) -> int:
    """How often something about it was recorded: a number that only grows, and does with each change."""
    about: ColumnElement[bool] = col(Entry.subject) == subject
    if release is not None:
        about = or_(about, (col(Entry.subject) == f"release:{release.id}") & (col(Entry.kind) == "release.submit"))
    return session.exec(select(func.count()).select_from(Entry).where(about)).one()


def _event(office: Office, name: str, at: datetime, sequence: int, now: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{name}@{office.mail_domain}")
    event.add("dtstamp", now)
    event.add("sequence", sequence)
    local = at.astimezone(ZoneInfo(office.timezone))
    # where autumn brings a local hour twice, it means the first of the two (3.3.5): the second can only be said in UTC
    event.add("dtstart", at.astimezone(UTC) if local.fold else local)
    event.add("duration", timedelta(0))
    event.add("transp", "TRANSPARENT")
    event.add("class", "CONFIDENTIAL")
    return event


def _purpose(purpose: str, _: Words) -> str:
    names = {
        "advance": _("Advance copies"),
        "general": _("General sending"),
        "update": _("Update"),
        "correction": _("Correction"),
        "kill": _("Kill"),
        "embargo-moved": _("Notice: embargo moved"),
        "embargo-lifted": _("Notice: embargo lifted"),
        "offer": _("Offer under embargo"),
    }
    return names.get(purpose, purpose)
