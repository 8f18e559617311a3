"""The calendar of what is to come: read back by the library that calendars use, and held against what it may say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from distro.config import Office as Settings
from distro.dispatch import embargoes
from distro.dispatch.agenda import agenda
from distro.editorial import desk
from distro.editorial.release import find_release
from distro.words import words
from tests.office import WRITER, Office, content, now

ZONE = "America/Los_Angeles"
SETTINGS = Settings(name="Example Press", timezone=ZONE, mail_domain="press.example.org")


def events(office: Office, language: str = "en", at: datetime | None = None) -> dict[str, Any]:
    """By the left side of the UID."""
    with office.store.read() as session:
        octets = agenda(session, SETTINGS, words(language), at or now())
    calendar = Calendar.from_ical(octets)
    assert isinstance(calendar, Calendar)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] in ([ZONE], [])
    return {str(one["UID"]).partition("@")[0]: one for one in calendar.walk("VEVENT")}


@pytest.fixture
def lift(office: Office) -> datetime:
    office.contact("vera@paper.example.net", agrees=True)
    office.segment("All", 'email:"*"')
    noon = (now().astimezone(ZoneInfo(ZONE)) + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)
    at = noon.astimezone(UTC)
    office.send(content(embargo=at), advance=["All"], advance_at=(at - timedelta(days=1)).isoformat())
    return at


def test_hours_to_come_stand_in_the_offices_zone_without_a_word_of_what_is_embargoed(office: Office, lift: datetime) -> None:
    found = events(office)
    assert set(found) == {"embargo-1", "wave-1", "wave-2"}
    assert found["embargo-1"].start.astimezone(UTC) == lift
    assert str(found["embargo-1"].start.tzinfo) == ZONE
    assert str(found["embargo-1"]["SUMMARY"]) == "Embargo lifts: embargoed release 1"
    assert str(found["wave-2"]["SUMMARY"]) == "General sending (wave 2): embargoed release 1"
    assert str(events(office, "es")["wave-1"]["SUMMARY"]) == "Copias anticipadas (envío 1): comunicado bajo embargo 1"
    with office.store.read() as session:
        for language in ("en", "es"):
            octets = agenda(session, SETTINGS, words(language), now()).lower().replace(b"\r\n ", b"")
            assert b"clinic" not in octets
            assert "clínica".encode() not in octets


def test_an_hour_that_autumn_brings_twice_stands_there_as_the_one_it_is(office: Office) -> None:
    """RFC 5545, 3.3.5: with a zone, a local hour that occurs twice is the first of the two. So the second is written in UTC."""
    office.contact("vera@paper.example.net", agrees=True)
    office.segment("All", 'email:"*"')
    zone, day = ZoneInfo(ZONE), now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    second = next(at for at in (day + timedelta(hours=n) for n in range(400 * 24)) if at.astimezone(zone).fold)
    first = second - timedelta(hours=1)
    assert f"{first.astimezone(zone):%d %H:%M}" == f"{second.astimezone(zone):%d %H:%M}"
    office.send(content(embargo=second), advance=["All"], advance_at=first.isoformat())
    found = events(office)
    assert [found[name].start.astimezone(UTC) for name in ("wave-1", "embargo-1", "wave-2")] == [first, second, second]
    assert [str(found[name].start.tzinfo) for name in ("wave-1", "embargo-1", "wave-2")] == [ZONE, "UTC", "UTC"]


def test_an_hour_that_is_changed_keeps_its_uid_under_a_higher_sequence(office: Office, lift: datetime) -> None:
    before = events(office)
    with office.write() as session:
        release, to = find_release(session, "clinic"), lift + timedelta(hours=3)
        embargoes.move(session, release, to.isoformat(), reason="x", office_zone=ZONE, actor=WRITER, at=now())
    proposed = events(office)
    assert str(proposed["embargo-1"]["STATUS"]) == "TENTATIVE"
    assert proposed["embargo-1"].start.astimezone(UTC) == lift, "the hour that has force"
    office.approve("clinic")
    after = events(office)
    assert after.keys() == before.keys()
    for name in ("embargo-1", "wave-2"):
        assert after[name].start.astimezone(UTC) == lift + timedelta(hours=3)
        assert int(before[name]["SEQUENCE"]) < int(after[name]["SEQUENCE"])
    assert str(after["embargo-1"]["STATUS"]) == "CONFIRMED"


def test_a_wave_that_was_cancelled_stays_as_cancelled_until_its_hour(office: Office, lift: datetime) -> None:
    with office.write() as session:
        desk.recall(session, find_release(session, "clinic"), reason="", actor=WRITER, at=now())
    found = events(office)
    assert {str(one["STATUS"]) for one in found.values()} == {"CANCELLED"}
    assert "embargo-1" not in found
    assert events(office, at=lift + timedelta(hours=1)) == {}


def test_what_is_not_out_is_not_named_either(office: Office) -> None:
    office.contact("vera@paper.example.net")
    office.segment("All", 'email:"*"')
    office.send(content(text="It is out."))
    named = "General sending (wave 1): release 1"
    assert str(events(office)["wave-1"]["SUMMARY"]) == named, "approved, and not out yet"
    office.run()
    office.schedule("clinic", "All", at=(now() + timedelta(days=1)).isoformat())
    assert str(events(office)["wave-2"]["SUMMARY"]) == "General sending (wave 2): release 1", "scheduled again"
