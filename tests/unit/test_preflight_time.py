"""The rules of time: each finds its slip in English and in Spanish, and leaves what is right alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from distro.config import Office
from distro.editorial.content import Edition, Event, Instant, Kind, Organisation, ReleaseContent
from distro.preflight.case import Case
from distro.preflight.finding import Finding
from distro.preflight.regions import why_free
from distro.preflight.rules import RULES, TIME
from distro.severity import Severity

NAMED = {rule.name: rule for rule in RULES}
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def instant(wall: str, zone: str) -> Instant:
    return Instant(utc=datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), wall=wall, zone=zone)


def case(text: str, language: str = "en", part: str = "body", pair: str = "", now: datetime = NOW, **content: object) -> Case:
    editions = {language: Edition(**{part: text})}
    if pair:
        editions["es" if language == "en" else "en"] = Edition(**{part: pair})
    whole: dict[str, object] = {
        "kind": Kind.RELEASE,
        "slug": "clinic",
        "date": date(2026, 12, 1),
        "languages": tuple(editions),
        "organisations": (Organisation(name="Example Network"),),
        "editions": editions,
    }
    return Case(ReleaseContent.model_validate(whole | content), Office(), "", now)


def found(rule: str, *given: str, **known: object) -> list[Finding]:
    return NAMED[rule].findings(case(*given, **known))  # type: ignore[arg-type]


SLIPS = [
    (
        "time-weekday",
        "en",
        "body",
        "On Wednesday, December 8, it opens.",
        "Wednesday, December 8",
        "is a Tuesday, not a Wednesday",
    ),
    ("time-weekday", "es", "body", "Abre el miércoles 8 de diciembre.", "el miércoles 8 de diciembre.", "is a Tuesday"),
    ("time-weekday", "en", "body", "Wednesday, June 16, 2015—In response", "Wednesday, June 16, 2015", "was a Tuesday"),
    ("time-weekday", "es", "when", "Lunes, 5 de enero de 2027", "Lunes, 5 de enero de 2027", "is a Tuesday, not a Monday"),
    ("time-weekday", "en", "body", "It closes on June 31.", "June 31", "There is no June 31"),
    ("time-weekday", "es", "body", "Cierra el 31 de junio.", "el 31 de junio.", "There is no June 31"),
    ("time-release-line", "en", "dateline", "Olympia, WA, November 30, 2026", "November 30, 2026", "2026-12-01"),
    ("time-release-line", "es", "dateline", "Sevilla, 2 de diciembre de 2026", "2 de diciembre de 2026", "2026-12-02"),
    ("time-release-line", "en", "body", "July 13, 2026, New York – Today, in a victory", "July 13, 2026", "2026-07-13"),
    ("time-release-line", "en", "body", "(Los Angeles, CA), Nov. 30—Today", "Nov. 30", "2026-11-30"),
    ("time-release-line", "es", "body", "Sevilla, 30 de noviembre.- El museo abrió.", "30 de noviembre.", "2026-11-30"),
    ("time-release-line", "en", "release_line", "For immediate release, November 30, 2026", "November 30, 2026", "2026-11-30"),
    ("time-zone-season", "en", "body", "On Thursday, December 10, at 10 a.m. EDT", "10 a.m.", "show EST"),
    ("time-zone-season", "en", "body", "On July 10, 2026, at 10 a.m. PST", "10 a.m.", "show PDT"),
    ("time-zone-season", "es", "body", "El 16 de enero a las 17:00 h CEST", "17:00 h", "show CET"),
    ("time-zone-season", "es", "when", "10 de diciembre, 10 de la mañana, hora del Este (EDT)", "10 de la mañana", "show EST"),
    (
        "time-midnight-noon",
        "en",
        "body",
        "It is due by midnight on January 14.",
        "midnight",
        "beginning of that day or its end",
    ),
    (
        "time-midnight-noon",
        "es",
        "body",
        "Se acaba el 14 de enero a medianoche.",
        "medianoche",
        "beginning of that day or its end",
    ),
    ("time-midnight-noon", "en", "body", "On January 14 at 12 a.m. ET", "12 a.m.", "noon by some and as midnight"),
    ("time-no-zone", "en", "when", "Thursday, December 10, 10 a.m. to 11:30 a.m.", "10 a.m.", "has no zone"),
    ("time-no-zone", "es", "when", "Jueves 10 de diciembre, 10 de la mañana", "10 de la mañana", "has no zone"),
    (
        "time-local-hour",
        "en",
        "body",
        "On March 14, 2027, from 1 a.m. to 2:30 a.m. Eastern time",
        "2:30 a.m.",
        "does not exist",
    ),
    ("time-local-hour", "en", "body", "On November 7, 2027, at 1:30 a.m. Eastern time", "1:30 a.m.", "happens twice"),
    ("time-local-hour", "es", "body", "El 28 de marzo de 2027 a las 2:15 h, hora peninsular", "2:15 h", "does not exist"),
    (
        "time-event-before",
        "en",
        "body",
        "It will open to the public on Friday, November 20.",
        "Friday, November 20",
        "dated 2026-12-01",
    ),
    (
        "time-event-before",
        "es",
        "body",
        "Abrirá al público el viernes 20 de noviembre.",
        "el viernes 20 de noviembre.",
        "2026-11-20",
    ),
    ("time-event-before", "es", "body", "Será inaugurada el 20 de noviembre.", "el 20 de noviembre.", "2026-11-20"),
    ("time-event-before", "en", "when", "November 20, 10 a.m. ET", "November 20", "2026-11-20"),
]


@pytest.mark.parametrize(
    ("rule", "language", "part", "text", "words", "why"), SLIPS, ids=[f"{row[0]} {row[3][:30]}" for row in SLIPS]
)
def test_a_slip_is_found_in_its_place(rule: str, language: str, part: str, text: str, words: str, why: str) -> None:
    (one,) = found(rule, text, language, part)
    assert (one.place.language, one.place.part, one.place.words, one.severity) == (language, part, words, Severity.WARNS)
    assert why in one.why
    assert one.place.column == text.index(words) + 1


FINE = [
    ("en", "body", "On Tuesday, December 8, and on Thursday, January 7, 2027, it opens."),
    ("es", "body", "Abre el martes 8 de diciembre y el jueves 7 de enero de 2027."),
    ("en", "dateline", "Olympia, WA, December 1, 2026"),
    ("en", "body", "Los Angeles, CA, Dec. 1—Today, the city said"),
    ("es", "body", "Sevilla, 1 de diciembre de 2026.- El museo"),
    ("en", "body", "On November 9 the city—which had said no—said yes."),
    ("en", "body", "The November 9 ruling – the third of its kind – stands."),
    ("en", "body", "On December 10 at 10 a.m. EST, and on July 10 at 10 a.m. EDT"),
    ("es", "body", "El 16 de enero a las 17:00 h CET; el 16 de julio de 2027, a las 17:00 h CEST"),
    ("en", "body", "In Phoenix, on July 10, at 10 a.m. MST"),
    ("en", "body", "On December 10 at 12:05 a.m. ET and 12:30 p.m. ET"),
    ("en", "when", "Thursday, December 10, 10 a.m. to 11:30 a.m. EST"),
    ("es", "when", "Jueves 10 de diciembre, de 10 a 11:30 de la mañana, hora del Este"),
    ("en", "body", "They arrive at 7 a.m. every day."),
    ("en", "body", "On November 1, 2026, at 1:30 a.m. EDT"),
    ("en", "body", "On March 14, 2027, at 3 a.m. Eastern time"),
    ("es", "body", "El 14 de marzo de 2027 a las 2:30 h, hora de Bogotá"),
    ("en", "body", "It opened on November 20 and will close on Friday, December 4."),
    ("en", "body", "The judge will review the complaints filed on November 20."),
    ("en", "body", "The company will pay what it has owed since November 20."),
    ("es", "body", "Se investigará lo que ocurrió el 20 de noviembre."),
    ("es", "body", "El concejo revisará el acuerdo del 20 de noviembre."),
]


@pytest.mark.parametrize(("language", "part", "text"), FINE, ids=[row[2][:40] for row in FINE])
def test_what_is_right_is_left_alone(language: str, part: str, text: str) -> None:
    one = case(text, language, part)
    told = [finding for rule in TIME for finding in rule.findings(one) if finding.severity is not Severity.HINTS]
    assert told == []


def test_an_hour_without_a_zone_hints_in_running_text_and_warns_where_the_pair_names_one() -> None:
    english, spanish = "The march is on December 10 at 10 a.m.", "La marcha es el 10 de diciembre a las 10:00 h, hora del Este."
    assert [one.severity for one in found("time-no-zone", english)] == [Severity.HINTS]
    (one,) = found("time-no-zone", english, pair=spanish)
    assert (one.severity, one.place.language) == (Severity.WARNS, "en")
    assert found("time-no-zone", english + " All times are Eastern.") == []


def test_noon_by_name_only_hints_for_it_is_one_hour_of_one_day() -> None:
    for language, text, words in (
        ("en", "Friday at noon, Eastern time", "noon"),
        ("es", "El viernes al mediodía, hora del Este", "mediodía"),
    ):
        (one,) = found("time-midnight-noon", text, language, "when")
        assert (one.severity, one.place.words) == (Severity.HINTS, words)


def test_a_zone_behind_horas_and_in_a_horario_is_one() -> None:
    english = "The gates open on December 10 at 6 p.m. Peru time."
    for spanish in (
        "El portón abre el 10 de diciembre a las 18 horas de Perú.",
        "El portón abre el 10 de diciembre a las 18:00 (horario de Perú).",
    ):
        assert found("time-no-zone", spanish, "es", pair=english) == []


def test_an_hour_on_a_weekday_needs_the_zone_that_the_pair_names() -> None:
    (one,) = found("time-no-zone", "Martes, 19:15, sala grande.", "es", pair="Tuesday, 7:15 p.m. Peru time, main hall.")
    assert one.severity is Severity.WARNS


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "The port has planned a rally for November 19.", "November 19"),
        ("es", "El gremio ha convocado una asamblea para el 19 de noviembre.", "el 19 de noviembre."),
        ("en", "The archive hosts a reading on November 19.", "November 19"),
        ("es", "El archivo ofrece una jornada de lectura el 19 de noviembre.", "el 19 de noviembre."),
    ],
)
def test_what_is_called_for_a_day_that_is_over(language: str, text: str, words: str) -> None:
    assert [one.place.words for one in found("time-event-before", text, language)] == [words]


@pytest.mark.parametrize("text", ["The port had planned a rally for November 19.", "A rally was planned for November 19."])
def test_what_had_been_planned_is_over(text: str) -> None:
    assert found("time-event-before", text) == []


def test_midnight_in_general_only_hints() -> None:
    assert [one.severity for one in found("time-midnight-noon", "The buses run until midnight.")] == [Severity.HINTS]
    assert [one.severity for one in found("time-midnight-noon", "Hay autobuses hasta la medianoche.", "es")] == [Severity.HINTS]


def test_a_release_line_may_say_the_day_of_the_embargo() -> None:
    line, embargo = "Embargoed until December 3, 2026", instant("2026-12-03 09:00", "America/New_York")
    assert found("time-release-line", line, "en", "release_line", embargo=embargo) == []
    assert len(found("time-release-line", line, "en", "release_line")) == 1


def test_an_embargo_in_the_past_stops() -> None:
    past = instant("2026-11-19 09:00", "America/Chicago")
    (one,) = found("time-embargo-past", "Yes.", embargo=past)
    assert (one.severity, one.place.part, one.place.words) == (Severity.STOPS, "embargo", "2026-11-19 09:00 America/Chicago")
    assert found("time-embargo-past", "Yes.", embargo=past, now=past.utc - timedelta(seconds=1)) == []
    assert found("time-embargo-past", "Yes.") == []


@pytest.mark.parametrize(
    ("wall", "zone", "why"),
    [
        ("2026-12-25 09:00", "America/New_York", "Christmas Day"),
        ("2026-12-06 09:00", "America/New_York", "a Sunday"),
        ("2027-01-06 11:00", "Europe/Madrid", "Epiphany"),
        ("2027-01-18 17:00", "America/New_York", "Martin Luther King Jr. Day"),
        ("2026-12-05 00:30", "Europe/Madrid", "a Saturday"),
    ],
)
def test_an_embargo_on_a_day_off(wall: str, zone: str, why: str) -> None:
    (one,) = found("time-holiday", "Yes.", embargo=instant(wall, zone))
    assert why in one.why
    assert one.place.words == f"{wall} {zone}"


def test_an_embargo_on_a_working_day() -> None:
    assert found("time-holiday", "Yes.", embargo=instant("2026-12-03 09:00", "America/New_York")) == []
    assert found("time-holiday", "Yes.", embargo=instant("2027-01-06 09:00", "America/New_York")) == []
    assert why_free("America/New_York", date(2027, 2, 12)) == ""  # a state's own


def test_an_event_of_the_release_before_its_date() -> None:
    early = Event(start=instant("2026-11-30 18:00", "America/Denver"))
    (one,) = found("time-event-before", "Yes.", events=(early,))
    assert (one.place.part, one.place.words) == ("events", "2026-11-30 18:00 America/Denver")
    late = Event(start=instant("2026-12-01 18:00", "America/Denver"))
    assert found("time-event-before", "Yes.", events=(late,)) == []


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(0, 6), st.sampled_from(["en", "es"]))
def test_a_weekday_is_told_just_when_it_is_wrong(day: date, weekday: int, language: str) -> None:
    written = format_date(day, "full", locale=language)
    right, said = (format_date(date(2026, 6, 1) + timedelta(days=n), "EEEE", locale=language) for n in (day.weekday(), weekday))
    text = written.replace(right, said, 1)
    assert bool(found("time-weekday", f"({text})", language)) is (day.weekday() != weekday)
