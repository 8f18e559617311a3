"""Numbers in figures and in words, in English and Spanish first: their values, kinds and currencies, and what is none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from hypothesis import assume, given
from hypothesis import strategies as st

from distro.reading.numbers import NumberKind, find_numbers
from distro.reading.numerals import readings, roman
from distro.reading.phones import find_phones, same_phone


def found(text: str, language: str) -> list[str]:
    return [" ".join(filter(None, [_plain(n.value), n.kind.value, n.currency])) for n in find_numbers(text, language)]


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value == value.to_integral() or value.as_tuple().exponent >= -6 else f"{value:.3f}"  # type: ignore[operator]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "1,500", ["1500 plain"]),
        ("es", "1.500", ["1500 plain"]),
        ("es", "1,500", ["1500 plain"]),
        ("es", "1 500 personas", ["1500 plain"]),
        ("es", "mil quinientos", ["1500 plain"]),
        ("en", "fifteen hundred", ["1500 plain"]),
        ("en", "two thousand three hundred and forty-five", ["2345 plain"]),
        ("es", "dos mil trescientos cuarenta y cinco", ["2345 plain"]),
        ("es", "ciento veinte mil", ["120000 plain"]),
        ("en", "3.5", ["3.5 plain"]),
        ("es", "3,5", ["3.5 plain"]),
        ("es", "3.5", ["3.5 plain"]),
        ("en", "$3 million", ["3000000 amount $"]),
        ("es", "3 millones de dólares", ["3000000 amount dollar"]),
        ("en", "US$3M", ["3000000 amount USD"]),
        ("es", "3 M€", ["3000000 amount EUR"]),
        ("en", "$2.5 billion", ["2500000000 amount $"]),
        ("es", "2.500 millones de dólares", ["2500000000 amount dollar"]),
        ("es", "2,5 mil millones de dólares", ["2500000000 amount dollar"]),
        ("es", "un millón y medio de euros", ["1500000 amount EUR"]),
        ("en", "two and a half million dollars", ["2500000 amount dollar"]),
        ("en", "a 3-million-dollar plan", ["3000000 amount dollar"]),
        ("en", "from $3 to $5 million", ["3000000 amount $", "5000000 amount $"]),
        ("en", "50 cents", ["50 amount ¢"]),
        ("es", "1.234,56 euros", ["1234.56 amount EUR"]),
        ("es", "25 %", ["25 percent"]),
        ("en", "25 percent", ["25 percent"]),
        ("es", "el veinticinco por ciento", ["25 percent"]),
        ("en", "between 20 and 30 percent", ["20 percent", "30 percent"]),
        ("es", "entre el 20 y el 30 %", ["20 percent", "30 percent"]),
        ("en", "one quarter", ["0.25 fraction"]),
        ("es", "una cuarta parte", ["0.25 fraction"]),
        ("en", "two dozen", ["24 plain"]),
        ("es", "una decena", ["10 plain"]),
        ("en", "half a million", ["500000 plain"]),
        ("es", "medio millón", ["500000 plain"]),
        ("en", "the 21st century", ["21 ordinal"]),
        ("en", "the twenty-first century", ["21 ordinal"]),
        ("es", "el siglo XXI", ["21 ordinal"]),
        ("en", "since 2003", ["2003 year"]),
        ("en", "the 2025-26 budget", ["2025 year", "2026 year"]),
        ("en", "the 1990s", ["1990 year"]),
        ("en", "one in four", ["4 plain"]),
        ("en", "Nine Free Flu Clinics Open", ["9 plain"]),
        ("en", "on June 5, 2026 at 9 a.m., 12 people", ["12 plain"]),
        ("en", "Local 721", ["721 plain"]),
        ("fr", "1 500,5 euros", ["1500.5 amount EUR"]),
        ("pt", "R$ 3 milhões", ["3000000 amount BRL"]),
    ],
)
def test_reads(language: str, text: str, expected: list[str]) -> None:
    assert found(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "one of the workers, and no one else"),
        ("es", "una de las personas"),
        ("en", "several hundred people, millions of dollars"),
        ("es", "millones de dólares, cientos de miles"),
        ("en", "COVID-19 and H1N1, 24/7"),
        ("en", "call 202-555-0101 or (602) 555-0164"),
        ("en", "the people of Four Corners said"),
        ("en", "https://example.org/2024/12"),
        ("en", "1. First\n2. Second"),
    ],
)
def test_leaves_alone(language: str, text: str) -> None:
    assert found(text, language) == []


def test_figures_of_two_customs() -> None:
    assert readings("12,500", "es") == (Decimal(12500), Decimal("12.500"))
    assert readings("12.500", "en") == (Decimal("12.500"),)
    assert readings("0,125", "es") == (Decimal("0.125"),)
    assert readings("1.234.567,8", "es") == readings("1,234,567.8", "en") == (Decimal("1234567.8"),)


def test_roman() -> None:
    assert [roman(one) for one in ("XXI", "IV", "MCMXC", "IIII", "ABC")] == [21, 4, 1990, None, None]


@given(st.decimals(0, 10**12, places=3), st.sampled_from(["en", "es", "fr", "pt"]))
def test_a_decimal_that_babel_writes_is_read_back(value: Decimal, language: str) -> None:
    assume(value != 1)
    (one,) = find_numbers(format_decimal(value, locale=language), language)
    assert value in one.readings
    assert language != "en" or one.value == value


@given(st.integers(2, 10**12), st.sampled_from(["en", "es"]))
def test_a_whole_number_is_read_back_as_itself(value: int, language: str) -> None:
    (one,) = find_numbers(format_decimal(value, locale=language), language)
    assert one.value == value


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["USD", "EUR"]), st.sampled_from(["en", "es"]))
def test_an_amount_is_read_back(value: Decimal, currency: str, language: str) -> None:
    (one,) = find_numbers(format_currency(value, currency, locale=language), language)
    assert (one.value, one.kind) == (value, NumberKind.AMOUNT)
    assert one.currency in (currency, "$", "dollar")


@given(st.integers(1, 999), st.sampled_from([10**6, 10**9]), st.sampled_from(["en", "es"]))
def test_an_amount_in_millions_is_read_back(number: int, scale: int, language: str) -> None:
    (one,) = find_numbers(format_compact_currency(number * scale, "EUR", locale=language), language)
    assert one.value == number * scale


@given(st.integers(0, 100), st.sampled_from(["en", "es", "fr"]))
def test_a_percentage_is_read_back(value: int, language: str) -> None:
    (one,) = find_numbers(format_percent(Decimal(value) / 100, locale=language), language)
    assert (one.value, one.kind) == (Decimal(value), NumberKind.PERCENT)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+1 602 555 0118", "16025550118"),
        ("(602) 555-0164", "6025550164"),
        ("602-555-0164", "6025550164"),
        ("602.555.0164", "6025550164"),
        ("call 555-0164.", "5550164"),
        ("+34 915 55 01 01", "34915550101"),
        ("915 55 01 01", "915550101"),
        ("+52 55 5555 0101", "525555550101"),
    ],
)
def test_phones(text: str, digits: str) -> None:
    assert [one.digits for one in find_phones(text)] == [digits]


def test_no_phones() -> None:
    assert find_phones("1 500 000 people, 2025-2026, 2026-03-05, $555-0101, 10.000.000") == []


def test_the_same_phone() -> None:
    assert same_phone("16025550118", "6025550118")
    assert not same_phone("16025550118", "6025550119")
