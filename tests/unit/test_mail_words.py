"""The words around a release: complete in Spanish, and hours that nobody can misread."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2.ext import babel_extract

from distro import hours
from distro.words import CATALOGUES, languages, words

ROOT = Path(__file__).parents[2]
EN, ES, FR, PT = words("en"), words("es"), words("fr"), words("pt")
NINE = datetime(2026, 12, 1, 17, tzinfo=UTC)
LA = "America/Los_Angeles"


@pytest.mark.parametrize("language", sorted(languages() - {"en"}))
def test_every_word_of_the_mail_templates_is_in_the_catalogue(language: str) -> None:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        known = {message.id for message in read_po(file) if message.string}
    found = set()
    for path in (ROOT / "templates" / "email").glob("*.j2"):
        source = path.read_text().replace("part.words(", "_(")
        for _line, _name, message, _comments in babel_extract(BytesIO(source.encode()), ["_"], [], {}):
            found.add(next(one for one in message if one) if isinstance(message, tuple) else message)
    for path in [*(ROOT / "distro" / "mail").glob("*.py"), ROOT / "distro" / "hours.py"]:
        found.update(re.findall(r"""\b_\(["'](.+?)["'][,)]""", path.read_text()))
    assert len(found) > 40
    assert found - known == set()


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_translation_names_the_same_values(language: str) -> None:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        for message in read_po(file):
            if message.id:
                names = re.findall(r"%\(\w+\)s", str(message.id))
                assert sorted(re.findall(r"%\(\w+\)s", str(message.string))) == sorted(names), message.id


def test_a_language_without_a_catalogue_takes_the_primary_languages_words_then_english() -> None:
    assert words("nl", "es").language == "es"
    assert words("nl", "de").language == "en"
    assert words("es-MX")("FOR IMMEDIATE RELEASE") == "PARA PUBLICACIÓN INMEDIATA"


@pytest.mark.parametrize(
    ("at", "zone", "english", "spanish"),
    [
        (
            NINE,
            LA,
            "Tuesday, December 1, 2026, at 9:00 a.m., Los Angeles (PST, 17:00 UTC)",
            "martes 1 de diciembre de 2026 a las 9:00 a. m., Los Ángeles (PST; 17:00 UTC)",
        ),
        (
            datetime(2026, 12, 2, 5, 0, 7, 250000, tzinfo=UTC),
            LA,
            "Tuesday, December 1, 2026, at 9:00:07.25 p.m., Los Angeles (PST, 05:00:07.25 UTC on December 2)",
            "martes 1 de diciembre de 2026 a las 9:00:07.25 p. m., Los Ángeles (PST; 05:00:07.25 UTC del 2 de diciembre)",
        ),
        (
            datetime(2026, 12, 1, 18, tzinfo=UTC),
            "America/New_York",
            "Tuesday, December 1, 2026, at 1:00 p.m., New York (EST, 18:00 UTC)",
            "martes 1 de diciembre de 2026 a la 1:00 p. m., Nueva York (EST; 18:00 UTC)",
        ),
        (
            datetime(2026, 12, 1, 5, tzinfo=UTC),
            "America/New_York",
            "Tuesday, December 1, 2026, at 00:00, New York (EST, 05:00 UTC)",
            "martes 1 de diciembre de 2026 a las 00:00, Nueva York (EST; 05:00 UTC)",
        ),
        (
            NINE,
            "America/Sao_Paulo",
            "Tuesday, December 1, 2026, at 2:00 p.m., São Paulo (UTC-3, 17:00 UTC)",
            "martes 1 de diciembre de 2026 a las 14:00 h, São Paulo (UTC-3; 17:00 UTC)",
        ),
        (NINE, "UTC", "Tuesday, December 1, 2026, at 5:00 p.m. UTC", "martes 1 de diciembre de 2026 a las 5:00 p. m. UTC"),
    ],
)
def test_an_hour_is_said_with_city_zone_and_utc(at: datetime, zone: str, english: str, spanish: str) -> None:
    assert hours.full_hour(at, zone, EN) == english
    assert hours.full_hour(at, zone, ES) == spanish


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.sampled_from([LA, "Asia/Kolkata", "UTC"]))  # noqa: DTZ001
def test_no_hour_is_noon_or_midnight(naive: datetime, zone: str) -> None:
    for _ in (EN, ES, FR, PT):
        said = hours.full_hour(naive.replace(tzinfo=UTC), zone, _)
        assert not re.search(
            r"\b(12:\d\d(:[\d.]+)? [AaPp]|noon|midnight|mediod|medianoche|midi|minuit|meio-dia|meia-noite)", said
        )


def test_a_subject_has_the_short_hour() -> None:
    at = datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert hours.short_hour(at, "America/New_York", EN) == "24 Nov 10:00 EST"
    assert hours.short_hour(at, "America/New_York", ES) == "24 nov 10:00 EST"


def test_the_office_may_name_its_own_city() -> None:
    assert ", Oakland (PST, " in hours.full_hour(NINE, LA, EN, "Oakland")


def test_the_printed_date_is_in_the_language() -> None:
    assert hours.long_date(date(2026, 12, 1), EN) == "December 1, 2026"
    assert hours.long_date(date(2026, 12, 1), ES) == "1 de diciembre de 2026"
    assert hours.long_date(date(2026, 12, 1), FR) == "1er décembre 2026"
    assert hours.long_date(date(2026, 12, 2), FR) == "2 décembre 2026"
    assert hours.long_date(date(2026, 12, 1), PT) == "1º de dezembro de 2026"
    assert hours.long_date(date(2026, 12, 31), PT) == "31 de dezembro de 2026"


@pytest.mark.parametrize(
    ("language", "zone", "at", "said"),
    [
        ("es", "Europe/Madrid", (8, 0), "martes 1 de diciembre de 2026 a las 9:00\u00a0h, Madrid (CET; 08:00 UTC)"),
        ("es", "Europe/Madrid", (12, 5), "martes 1 de diciembre de 2026 a las 13:05\u00a0h, Madrid (CET; 12:05 UTC)"),
        ("es", "Europe/Madrid", (0, 0), "martes 1 de diciembre de 2026 a la 1:00\u00a0h, Madrid (CET; 00:00 UTC)"),
        ("es", "America/Bogota", (14, 0), "martes 1 de diciembre de 2026 a las 9:00 a. m., Bogotá (UTC-5; 14:00 UTC)"),
        (
            "es",
            "America/Mexico_City",
            (19, 0),
            "martes 1 de diciembre de 2026 a la 1:00 p. m., Ciudad de México (CST; 19:00 UTC)",
        ),
        ("fr", "Europe/Paris", (8, 0), "mardi 1er décembre 2026 à 9\u00a0h, Paris (CET\u00a0; 08:00 UTC)"),
        ("fr", "America/New_York", (22, 30), "mardi 1er décembre 2026 à 17\u00a0h\u00a030, New York (EST\u00a0; 22:30 UTC)"),
        ("pt", "America/Sao_Paulo", (12, 0), "terça-feira, 1º de dezembro de 2026, às 9h, São Paulo (UTC-3; 12:00 UTC)"),
        ("pt", "America/Sao_Paulo", (4, 15), "terça-feira, 1º de dezembro de 2026, à 1h15, São Paulo (UTC-3; 04:15 UTC)"),
        ("en", "Europe/Madrid", (8, 0), "Tuesday, December 1, 2026, at 9:00 a.m., Madrid (CET, 08:00 UTC)"),
    ],
)
def test_hours_are_counted_as_readers_there_count_them(language: str, zone: str, at: tuple[int, int], said: str) -> None:
    assert hours.full_hour(datetime(2026, 12, 1, *at, tzinfo=UTC), zone, words(language)) == said


def test_a_city_has_its_name_in_each_language() -> None:
    named = {language: hours.city_of("America/New_York", words(language)) for language in ("en", "es", "fr", "pt")}
    assert named == {"en": "New York", "es": "Nueva York", "fr": "New York", "pt": "Nova York"}
    assert hours.city_of("UTC", EN) == "UTC"
