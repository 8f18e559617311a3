"""Telephone numbers in a text, and when two ways of writing are one number (E.164 digits). Checks no numbering plan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from distro.reading.span import Span

_SHAPES = (
    r"\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,6}",  # with a country
    r"(?:1[\s.-])?\(\d{2,3}\)\s?[\s.-]?\d{3,4}(?:[\s.-]?\d{2,4}){1,2}",  # (602) 555-0164, (55) 5555 0101
    r"(?:1[\s.-])?\d{3}[.-]\d{3}[.-]\d{4}",
    r"\d{3}\s\d{3}\s\d{4}",
    r"\d{3}-\d{4}",
    r"\d{2}\s\d{4}\s\d{4}",
    r"[6-9]\d{2}\s\d{2}\s\d{2}\s\d{2}|9\d\s\d{3}\s\d{2}\s?\d{2}|[6-9]\d{2}\s\d{3}\s\d{3}(?!\s\d)",  # Spain
    r"0\d(?:[\s.]\d{2}){4}",  # France
)
_PHONE = re.compile(rf"(?<![\w$€£#/.,-])(?<!\d\s)(?:{'|'.join(f'(?:{one})' for one in _SHAPES)})(?![\w%]|[.,-]\d)")


@dataclass(frozen=True)
class PhoneFound:
    span: Span
    digits: str
    """With the country's where it is written, and no sign."""


def find_phones(text: str) -> list[PhoneFound]:
    found = []
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if 7 <= len(digits) <= 15:
            found.append(PhoneFound(Span.of(text, *match.span()), digits))
    return found


def same_phone(one: str, other: str) -> bool:
    """Equal, or equal but for a country's or an area's digits that one of them leaves out."""
    short, long = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return long.endswith(short) and len(short) >= 7
