"""Hours and their zones as people write them, and what only looks like one."""

from __future__ import annotations

from datetime import time

import pytest
from babel.dates import format_time
from hypothesis import given
from hypothesis import strategies as st

from distro.reading.hours import find_hours
from distro.reading.zones import find_zones, zone_at

Found = tuple[int, int, bool]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "9 a.m.", [(9, 0, True)]),
        ("en", "at 9AM and 9:30AM", [(9, 0, True), (9, 30, True)]),
        ("en", "nine o'clock", [(9, 0, False)]),
        ("en", "nine in the morning", [(9, 0, True)]),
        ("en", "at 9 on Tuesday", [(9, 0, False)]),
        ("en", "at noon", [(12, 0, True)]),
        ("en", "by midnight", [(0, 0, True)]),
        ("en", "12 a.m. and 12 p.m.", [(0, 0, True), (12, 0, True)]),
        ("en", "from 10 a.m. to noon", [(10, 0, True), (12, 0, True)]),
        ("en", "10–11:30 a.m.", [(10, 0, True), (11, 30, True)]),
        ("en", "10-1 p.m.", [(10, 0, True), (13, 0, True)]),
        ("en", "from 6 to 8 p.m.", [(18, 0, True), (20, 0, True)]),
        ("en", "9:30 to 11 a.m.", [(9, 30, True), (11, 0, True)]),
        ("es", "9:00 h", [(9, 0, True)]),
        ("es", "a las 9 de la mañana", [(9, 0, True)]),
        ("es", "a las 21:00 horas", [(21, 0, True)]),
        ("es", "a las nueve y media de la mañana", [(9, 30, True)]),
        ("es", "a las ocho menos cuarto de la tarde", [(19, 45, True)]),
        ("es", "a las 9.", [(9, 0, False)]),
        ("es", "a las 10 en la plaza", [(10, 0, False)]),
        ("es", "a las 12 de la noche", [(0, 0, True)]),
        ("es", "a la 1 de la tarde", [(13, 0, True)]),
        ("es", "10 a. m.", [(10, 0, True)]),
        ("es", "21.30 h", [(21, 30, True)]),
        ("es", "5 de marzo, 17 h, plaza", [(17, 0, True)]),
        ("es", "de 10 a 12 h", [(10, 0, True), (12, 0, True)]),
        ("es", "de seis a ocho de la tarde", [(18, 0, True), (20, 0, True)]),
        ("es", "desde las 10:00 hasta las 12:00 h", [(10, 0, True), (12, 0, True)]),
        ("es", "al mediodía y a medianoche", [(12, 0, True), (0, 0, True)]),
        ("fr", "à 9 h 30", [(9, 30, True)]),
        ("fr", "de 10 h à midi", [(10, 0, True), (12, 0, True)]),
        ("pt", "às 9h30", [(9, 30, True)]),
        ("pt", "às 9 da manhã", [(9, 0, True)]),
    ],
)
def test_reads(language: str, text: str, expected: list[Found]) -> None:
    assert [(one.hour, one.minute, one.sure) for one in find_hours(text, language)] == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "within 24 hours"),
        ("en", "a ratio of 3:1 at $9.30"),
        ("en", "9.30 million"),
        ("en", "at 10 cities"),
        ("en", "the Midnight Mission"),
        ("en", "202-555-0101"),
        ("en", "https://example.org/9:30"),
        ("es", "una huelga de 24 horas"),
        ("es", "convoca a las 10 organizaciones"),
        ("es", "las dos partes"),
    ],
)
def test_leaves_alone(language: str, text: str) -> None:
    assert find_hours(text, language) == []


def test_a_range_has_one_zone_and_says_which_is_its_end() -> None:
    begin, end = find_hours("6 p.m. to 8 p.m. ET", "en")
    assert (begin.ends, end.ends) == (False, True)
    assert begin.zone == end.zone
    assert begin.zone is not None
    assert begin.zone.zone == "America/New_York"


@pytest.mark.parametrize(
    ("text", "zone", "offset", "season"),
    [
        ("9 EST", "America/New_York", -300, "winter"),
        ("9 ET", "America/New_York", None, ""),
        ("9 Eastern", "America/New_York", None, ""),
        ("9 (PDT)", "America/Los_Angeles", -420, "summer"),
        ("9 Pacific Daylight Time", "America/Los_Angeles", None, "summer"),
        ("9 (hora del Este)", "America/New_York", None, ""),
        ("9 hora de verano del Este", "America/New_York", None, "summer"),
        ("9, hora de Los Ángeles", "America/Los_Angeles", None, ""),
        ("9 New York time", "America/New_York", None, ""),
        ("9 hora peninsular", "Europe/Madrid", None, ""),
        ("9 CEST", "Europe/Madrid", 120, "summer"),
        ("9 GMT+1", "", 60, ""),
        ("9 UTC", "UTC", 0, ""),
        ("9 hora local", "", None, ""),
        ("9 (horario de verano de Perú)", "America/Lima", None, "summer"),
    ],
)
def test_zones(text: str, zone: str, offset: int | None, season: str) -> None:
    found = zone_at(text, 1)
    assert found is not None
    assert (found.zone, found.offset, found.season) == (zone, offset, season)


def test_no_zone_in_other_words() -> None:
    assert zone_at("9 est un jour", 1) is None
    assert zone_at("9 horas de Feria", 7) is None
    assert zone_at("9 horas de Perú, desde", 7) is not None
    assert find_zones("Better late than never, the este side") == []


@given(st.times(), st.sampled_from(["en", "es", "fr", "pt"]))
def test_what_babel_writes_is_read_back(at: time, language: str) -> None:
    (one,) = find_hours(format_time(at, "short", locale=language), language)
    assert one.minutes % 720 == (at.hour * 60 + at.minute) % 720
    assert not one.sure or one.minutes == at.hour * 60 + at.minute
