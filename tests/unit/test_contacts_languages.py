"""Who gets which language (formats.md)."""

from __future__ import annotations

import pytest

from contacts.errors import Refused
from contacts.languages import Choice, choose, parse


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("en", "en"),
        (" ES ; en ", "es;en"),
        ("en,es", "en;es"),
        ("en + es", "en+es"),
        ("es-mx", "es-MX"),
        ("ZH-hant", "zh-Hant"),
        ("en;en", "en"),
        ("fr", "fr"),
        ("mix", "mix"),
    ],
)
def test_preferences_have_one_form(text: str, stored: str) -> None:
    assert parse(text) == stored
    assert parse(stored) == stored


@pytest.mark.parametrize("text", ["spanish", "sp", "en;es+fr", "e", "en es", "es_MX", "xx", "12"])
def test_what_is_no_language_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse(text)


@pytest.mark.parametrize(
    ("preference", "available", "choice"),
    [
        ("es", "en es", Choice("es", fallback=False)),
        ("en;es", "es", Choice("es", fallback=False)),
        ("es;en", "en es", Choice("es", fallback=False)),
        ("en+es", "en es", Choice("en+es", fallback=False)),
        ("es+en", "en es", Choice("es+en", fallback=False)),
        ("en+es", "es", Choice("es", fallback=False)),
        ("en+es+fr", "en es", Choice("en", fallback=False)),
        ("fr", "en es", Choice("en", fallback=True)),
        ("fr+de", "en es", Choice("en", fallback=True)),
        ("", "en es", Choice("en", fallback=False)),
        ("es-MX", "en es", Choice("es", fallback=False)),
        ("es", "en es-US", Choice("es-US", fallback=False)),
        ("es+es-MX", "en es", Choice("es", fallback=False)),
    ],
)
def test_the_first_preference_that_the_release_has(preference: str, available: str, choice: Choice) -> None:
    editions = available.split()
    assert choose(preference, editions, editions[0]) == choice
