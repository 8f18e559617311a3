"""When two numbers of two languages are one: 1,500 and mil quinientos, $3 million and 3 millones de dólares, 5 miles and 8 km.

The rules of parity for numbers, amounts and percentages share it; each tells its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from distro.preflight.case import Case
from distro.preflight.comparing import Difference, Reader, differences, told
from distro.preflight.moments import dates
from distro.preflight.parts import pieces
from distro.preflight.rule import Found
from distro.reading.numbers import SECONDS, NumberFound, NumberKind, find_numbers
from distro.reading.numberwords import has_number_words

_UNITS = {
    "length": "mile=1609 miles=1609 milla=1609 millas=1609 km=1000 kilometer=1000 kilometers=1000 kilometro=1000 "
    "kilometros=1000 kilometre=1000 kilometres=1000 meter=1 meters=1 metro=1 metros=1 m=1 foot=0.3048 feet=0.3048 pie=0.3048 "
    "pies=0.3048 yard=0.9144 yards=0.9144 yarda=0.9144 yardas=0.9144 inch=0.0254 inches=0.0254 pulgada=0.0254 pulgadas=0.0254 "
    "centimeters=0.01 centimetros=0.01 cm=0.01",
    "weight": "pound=0.4536 pounds=0.4536 libra=0.4536 libras=0.4536 kilo=1 kilos=1 kg=1 kilogramos=1 kilograms=1 ton=907 "
    "tons=907 tonelada=1000 toneladas=1000 ounce=0.02835 ounces=0.02835 onza=0.02835 onzas=0.02835",
    "surface": "square_foot=0.0929 square_feet=0.0929 square_mile=2589988 square_miles=2589988 square_meters=1 "
    "metros_cuadrados=1 pies_cuadrados=0.0929 square_kilometers=1000000 kilometros_cuadrados=1000000 m²=1 m2=1 "
    "millas_cuadradas=2589988 acre=4047 acres=4047 hectare=10000 hectares=10000 hectarea=10000 hectareas=10000 km²=1000000",
    "speed": "mph=1.609 km/h=1",
    "volume": "gallon=3.785 gallons=3.785 galon=3.785 galones=3.785 liter=1 liters=1 litro=1 litros=1",
    "time": "minute=1 minutes=1 minuto=1 minutos=1 hour=60 hours=60 hora=60 horas=60 day=1440 days=1440 dia=1440 dias=1440 "
    "week=10080 weeks=10080 semana=10080 semanas=10080 month=43800 months=43800 mes=43800 meses=43800 year=525600 "
    "years=525600 ano=525600 anos=525600",
}
_FACTORS = {
    name.replace("_", " "): (kind, Decimal(factor))
    for kind, table in _UNITS.items()
    for name, factor in (one.split("=") for one in table.split())
}
_DOLLARS, _PESOS = {"USD", "CAD", "AUD"}, {"MXN", "COP", "ARS", "CLP", "DOP"}
_SOME = {"$": {"dollar", "peso", *_DOLLARS, *_PESOS}, "dollar": _DOLLARS, "peso": _PESOS}


@lru_cache(maxsize=4096)
def _read(text: str, language: str) -> tuple[NumberFound, ...]:
    return tuple(find_numbers(text, language))


def _same(one: NumberFound, other: NumberFound) -> bool:
    kinds = {one.kind, other.kind}
    if kinds == {NumberKind.PERCENT, NumberKind.FRACTION}:
        values = {one.kind: one.value, other.kind: other.value}
        return abs(values[NumberKind.PERCENT] - values[NumberKind.FRACTION] * 100) < 1
    if NumberKind.PERCENT in kinds and len(kinds) > 1:
        return False
    if kinds == {NumberKind.AMOUNT} and not _same_money(one.currency, other.currency):
        return {one.currency, other.currency} & {"¢"} != set() and abs(_dollars(one) - _dollars(other)) < Decimal("0.001")
    return any(a == b for a in one.readings for b in other.readings) or _converted(one, other) or _warmth(one, other)


def _same_money(one: str, other: str) -> bool:
    return one == other or other in _SOME.get(one, ()) or one in _SOME.get(other, ())


def _dollars(one: NumberFound) -> Decimal:
    return one.value / 100 if one.currency == "¢" else one.value


def _reader(case: Case) -> Reader[NumberFound]:
    """Where the number words of one of the languages are not known, small figures are as weak as words; "last year" is a year
    too; "$" is what it is where the press contacts are called."""
    small = 0 if all(has_number_words(language) for language in case.editions) else 20
    printed = case.content.date
    phones = [contact.phone for contact in case.content.contacts if contact.phone]
    dollars = bool(phones) and all(phone.startswith("+1") for phone in phones)

    def same(one: NumberFound, other: NumberFound) -> bool:
        if dollars and {one.currency, other.currency} == {"$", "peso"}:
            return False
        return _same(one, other)

    def weak(one: NumberFound) -> bool:
        if one.kind is NumberKind.YEAR:
            return abs(one.value - printed.year) <= 1
        return _comes_and_goes(one) or one.value <= small

    return Reader(_read, same, weak, _alike)


def _comes_and_goes(one: NumberFound) -> bool:
    """What is said in other ways in a good translation: small numbers and round ones in words ("both", "treinta y tantos"),
    ordinals ("World War II", "la Segunda Guerra Mundial"), spells of time ("año y medio", "24 horas")."""
    if one.kind in (NumberKind.ORDINAL, NumberKind.FRACTION):
        return True
    if one.kind is NumberKind.AMOUNT and one.in_words and one.value == 1:  # "a dollar", "un solo peso"
        return True
    if one.kind is NumberKind.PLAIN and not one.in_words:
        spell = _FACTORS.get(one.unit, ("", 0))[0] == "time"
        return one.value <= 12 or one.unit == SECONDS or (spell and one.value in (15, 18, 24, 36, 48, 72))
    return one.in_words and one.kind is NumberKind.PLAIN and (one.value <= 20 or (one.value <= 100 and one.value % 10 == 0))


def _converted(one: NumberFound, other: NumberFound) -> bool:
    """Two units of one length, weight or time: 5 miles and 8 kilómetros, two weeks and quince días."""
    mine, theirs = _FACTORS.get(one.unit), _FACTORS.get(other.unit)
    if mine is None or theirs is None or mine[0] != theirs[0] or mine[1] == theirs[1]:
        return False
    return any(
        small and small / large >= Decimal("0.92")
        for a in one.readings
        for b in other.readings
        for small, large in [sorted((a * mine[1], b * theirs[1]))]
    )


def _warmth(one: NumberFound, other: NumberFound) -> bool:
    """Degrees of Fahrenheit's and of Celsius's."""
    if not all(n.unit.startswith(("degree", "grado", "°", "º")) for n in (one, other)):
        return False
    return any(abs((a - 32) * 5 / 9 - b) <= 1 for a, b in ((one.value, other.value), (other.value, one.value)))


def _alike(one: NumberFound, other: NumberFound) -> bool:
    """A part of a whole is no slip for anything else, nor a year for a number of other size."""
    kinds = {one.kind, other.kind}
    if len(kinds) > 1 and NumberKind.YEAR in kinds:
        return min(one.value, other.value) >= 1000
    return len(kinds) == 1 or NumberKind.FRACTION not in kinds


def look(case: Case, *kinds: NumberKind) -> Found:
    """The differences of these kinds; one of two kinds is told by the rule of the more particular: money, then percentages."""
    for difference in differences(case, _reader(case)):
        if _kind(difference) in kinds and not _in_a_date(case, difference):
            yield told(difference, _NAMES[_kind(difference)])


def _in_a_date(case: Case, difference: Difference[NumberFound]) -> bool:
    """A year that the other edition writes within a date: "on a morning in 1936", "una mañana de julio de 1936"."""
    found = difference.one.found
    if difference.other is not None or found.kind is not NumberKind.YEAR:
        return False
    there = difference.missing_in
    return any(one.year == found.value for piece in pieces(case.content, there) for one in dates(piece.text, there))


_NAMES = {NumberKind.AMOUNT: "amount", NumberKind.PERCENT: "percentage", NumberKind.PLAIN: "number"}


def _kind(difference: Difference[NumberFound]) -> NumberKind:
    kinds = set(_kinds(difference))
    return next((kind for kind in (NumberKind.AMOUNT, NumberKind.PERCENT) if kind in kinds), NumberKind.PLAIN)


def _kinds(difference: Difference[NumberFound]) -> Iterator[NumberKind]:
    yield difference.one.found.kind
    if difference.other is not None:
        yield difference.other.found.kind
