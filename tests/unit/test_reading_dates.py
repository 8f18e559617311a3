"""Dates and weekdays as people write them, in four languages, and what only looks like one."""

from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from distro.reading.dates import DateFound, find_dates, find_weekdays, nearest

Found = tuple[int | None, int, int | None, int | None]


def found(text: str, language: str) -> list[Found]:
    return [(one.year, one.month, one.day, one.weekday) for one in find_dates(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Wednesday, June 16, 2015—In response", [(2015, 6, 16, 2)]),
        ("en", "on June 17.", [(None, 6, 17, None)]),
        ("en", "Jun. 17", [(None, 6, 17, None)]),
        ("en", "17 June 2015", [(2015, 6, 17, None)]),
        ("en", "the 5th of March", [(None, 3, 5, None)]),
        ("en", "FRIDAY, JULY 4, 2025", [(2025, 7, 4, 4)]),
        ("en", "March 5, 2026 (Tuesday)", [(2026, 3, 5, 1)]),
        ("en", "March\n5 at 10 a.m.", [(None, 3, 5, None)]),
        ("en", "**March 5** and _March 6_", [(None, 3, 5, None), (None, 3, 6, None)]),
        ("en", "March 5-7", [(None, 3, 5, None), (None, 3, 7, None)]),
        ("en", "March 5 and 6", [(None, 3, 5, None), (None, 3, 6, None)]),
        ("en", "March 5, 6 and 7, 2026", [(2026, 3, 5, None), (2026, 3, 6, None), (2026, 3, 7, None)]),
        ("en", "On March 5, 12 people", [(None, 3, 5, None)]),
        ("en", "Monday through Wednesday, March 2-4", [(None, 3, 2, 0), (None, 3, 4, 2)]),
        ("en", "Saturday and Sunday, June 6 and 7", [(None, 6, 6, 5), (None, 6, 7, 6)]),
        ("en", "announced in November 2014", [(2014, 11, None, None)]),
        ("en", "the November 2014 memo", [(2014, 11, None, None)]),
        ("en", "June 31", [(None, 6, 31, None)]),
        ("en", "2026-03-05", [(2026, 3, 5, None)]),
        ("en", "3/5/2026", [(2026, 3, 5, None)]),
        ("en-GB", "3/5/2026", [(2026, 5, 3, None)]),
        ("es", "3/5/2026", [(2026, 5, 3, None)]),
        ("es", "el martes 5 de marzo", [(None, 3, 5, 1)]),
        ("es", "5 de marzo de 2026", [(2026, 3, 5, None)]),
        ("es", "el 1.º de marzo", [(None, 3, 1, None)]),
        ("es", "el primero de marzo", [(None, 3, 1, None)]),
        ("es", "treinta y uno de enero", [(None, 1, 31, None)]),
        ("es", "Viernes, 13 Julio 2012 17:07", [(2012, 7, 13, 4)]),
        ("es", "Marzo 5, 2015", [(2015, 3, 5, None)]),
        ("es", "del 5 al 7 de marzo", [(None, 3, 5, None), (None, 3, 7, None)]),
        ("es", "el 5, 6 y 7 de marzo", [(None, 3, 5, None), (None, 3, 6, None), (None, 3, 7, None)]),
        ("es", "el martes 5 y el miércoles 6 de marzo de 2026", [(2026, 3, 5, 1), (2026, 3, 6, 2)]),
        ("es", "de enero a marzo de 2026", [(None, 1, None, None), (2026, 3, None, None)]),
        ("es", "el 4 de junio de 2026, 200 personas", [(2026, 6, 4, None)]),
        ("fr", "mardi 5 mars 2026", [(2026, 3, 5, 1)]),
        ("fr", "le 1er mars", [(None, 3, 1, None)]),
        ("fr", "du 5 au 7 mars", [(None, 3, 5, None), (None, 3, 7, None)]),
        ("pt", "terça-feira, 5 de março de 2026", [(2026, 3, 5, 1)]),
        ("pt", "1º de março", [(None, 3, 1, None)]),
        ("de", "5. März 2026", [(2026, 3, 5, None)]),
    ],
)
def test_reads(language: str, text: str, expected: list[Found]) -> None:
    assert found(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "you may 5 times march 3 miles"),
        ("en", "May we come?"),
        ("en", "March on Washington"),
        ("en", "call 202-555-0101"),
        ("en", "https://example.org/2026-03-05/"),
        ("en", "version 3.5.20"),
        ("es", "5 de las 7 organizaciones"),
    ],
)
def test_leaves_alone(language: str, text: str) -> None:
    assert found(text, language) == []


def test_the_span_is_where_it_stands() -> None:
    text = "Come on Friday, July 4, 2025, to the park."
    (one,) = find_dates(text, "en")
    assert one.span.words == "Friday, July 4, 2025" == text[one.span.start : one.span.end]


def test_numbers_that_may_be_either_say_so() -> None:
    assert [one.ambiguous for one in find_dates("3/5/2026 and 3/15/2026 and 5/5/2026", "en")] == [True, False, False]


def test_a_weekday_alone() -> None:
    assert [w.weekday for w in find_weekdays("On Tuesday, and on Friday, July 4, 2025", "en")] == [1]
    assert [w.weekday for w in find_weekdays("El martes, y el viernes 4 de julio", "es")] == [1]


def test_the_year_that_is_meant() -> None:
    (one,) = find_dates("January 3", "en")
    assert nearest(one, date(2025, 12, 20)) == date(2026, 1, 3)
    assert nearest(one, date(2026, 2, 1)) == date(2026, 1, 3)
    assert nearest(DateFound(one.span, 2015, 2, 29), date(2026, 2, 1)) is None


@given(
    st.dates(date(1600, 1, 1), date(2299, 12, 31)), st.sampled_from(["long", "full"]), st.sampled_from(["en", "es", "fr", "pt"])
)
def test_what_babel_writes_is_read_back(day: date, shape: str, language: str) -> None:
    text = format_date(day, shape, locale=language)
    weekday = day.weekday() if shape == "full" else None
    assert found(text, language) == [(day.year, day.month, day.day, weekday)]
