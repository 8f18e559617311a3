"""The signs and the names of currencies, and the words that scale a number: $, US$, €, pesos mexicanos; million, M, mil."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from distro.reading.calendars import fold

_SIGNS = "US$=USD U.S.$=USD MX$=MXN CA$=CAD C$=CAD A$=AUD R$=BRL $=$ €=EUR £=GBP ¥=JPY ₹=INR S/=PEN Bs=BOB ₡=CRC RD$=DOP"
_CODES = "USD EUR GBP MXN CAD COP ARS CLP PEN BRL CHF"
SIGNS: Mapping[str, str] = dict(one.split("=") for one in _SIGNS.split()) | {code: code for code in _CODES.split()}
"""Before or after a number. "$" is that of the place: dollars or pesos."""

_NAMES = """
    dollar dollars dólar dólares = dollar
    cent cents centavo centavos céntimo céntimos = ¢
    euro euros = EUR
    pound pounds_sterling libras_esterlinas libra_esterlina = GBP
    peso pesos pesos_mexicanos = peso
    real reais reales = BRL
    franc francs franco francos = CHF
    yen yenes = JPY
    sol soles = PEN
    quetzal quetzales = GTQ
    lempira lempiras = HNL
    colón colones = CRC
"""
NAMES: Mapping[str, str] = {
    fold(word.replace("_", " ")): line.rpartition("=")[2].strip()
    for line in _NAMES.strip().splitlines()
    for word in line.rpartition("=")[0].split()
}
"""Behind a number, folded. Which dollars or pesos is not said."""

_SCALES = {
    "en": "thousand=3 million=6 billion=9 trillion=12 k=3 m=6 mn=6 mm=6 bn=9 b=9 tn=12",
    "es": "mil=3 millones=6 millón=6 mil_millones=9 mil_m=9 millardos=9 billones=12 billón=12 m=6 k=3 mdd=6 mmdd=9",
    "fr": "mille=3 millions=6 million=6 milliards=9 milliard=9 m=6 md=9 mds=9 k=3",
    "pt": "mil=3 milhões=6 milhão=6 bilhões=9 bilhão=9 mil_milhões=9 m=6 mi=6 bi=9",
}
LETTERS = ("k", "m", "mn", "mm", "bn", "b", "tn", "md", "mds", "mi", "bi", "mil m")
"""Scales that are read only beside a sign of money, or right behind the figures: "5 m" is a length."""


def scales(language: str) -> Mapping[str, Decimal]:
    """By folded word what it multiplies by."""
    table = dict(one.split("=") for one in _SCALES.get(language, _SCALES["en"]).split())
    return {fold(word.replace("_", " ")): Decimal(10) ** int(power) for word, power in table.items()}
