"""What may stand in each field of a contact, checked in one place for files, commands and pages. Writes nothing.

A field comes in as text and goes out in its stored form; what does not fit comes back as a Fault with a reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from contacts import languages
from contacts.address import shown
from contacts.errors import Refused
from contacts.folding import fold

MOST_CHARACTERS = 1000
MOST_IN_NOTES = 4000
SEMICOLONS = re.compile("[;\u037e\ufe14\ufe54\uff1b]")
"""Whatever folds to a semicolon separates beats, or a folded beat could hold the separator."""

Value = str | int | None


@dataclass(frozen=True)
class Fault:
    """One field that cannot be taken: `reason` is a sentence without the place."""

    field: str
    value: str
    reason: str


def check(cells: Mapping[str, str]) -> tuple[dict[str, Value], list[Fault]]:
    """The fields in stored form, and the faults, in the order of FIELDS. An empty text is the empty value."""
    values: dict[str, Value] = {}
    faults: list[Fault] = []
    for field, read in FIELDS.items():
        if field in cells:
            try:
                values[field] = read(cells[field])
            except Refused as refused:
                faults.append(Fault(field, cells[field], " ".join(refused.sentences)))
    return values, faults


def line(text: str) -> str:
    """One line of text: NFC, trimmed, white space as single blanks. Raises Refused on control characters and length."""
    _refuse_controls(text, allowed="\t", what="a control character or a line break")
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return _not_longer(plain, MOST_CHARACTERS)


def name(text: str) -> str:
    """A person's name as it will stand in a To header, in any script. An encoded word (RFC 2047) is no name."""
    plain = line(text)
    if "=?" in plain:
        raise Refused("The name holds an encoded word (=?…); write it in plain characters.")
    return plain


def title(text: str, what: str) -> str:
    """The name of a list or a segment. It stands in headers and commands, so it is short and has no comma."""
    plain = name(text)
    if not plain or not fold(plain) or "," in plain or len(plain) > 100:
        raise Refused(f"{shown(text)} cannot name a {what}: use up to 100 characters, without a comma.")
    return plain


def notes(text: str) -> str:
    """Free text; line breaks stay."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    _refuse_controls(plain, allowed="\t\n\u2028\u2029", what="a control character")
    return _not_longer(plain.strip(), MOST_IN_NOTES)


def beats(text: str) -> str:
    """Labels between semicolons, each once, joined by ";"."""
    by_key: dict[str, str] = {}
    for label in SEMICOLONS.split(line(text)):
        if key := fold(label):
            by_key.setdefault(key, label.strip())
    return ";".join(by_key.values())


def beat_keys(stored: str) -> str:
    """The folded labels with a ";" at both ends."""
    keys = [fold(label) for label in stored.split(";") if label]
    return ";" + "".join(f"{key};" for key in keys)


def timezone(text: str) -> str:
    """An IANA zone in its own spelling, or nothing."""
    plain = line(text)
    if not plain:
        return ""
    zone = _zones().get(plain.casefold())
    if zone is None:
        raise Refused(f"There is no time zone {shown(plain)}; write an IANA name such as America/New_York.")
    return zone


def tier(text: str) -> int | None:
    """A whole number from 0 to 99, 1 being the first to call; or nothing."""
    plain = text.strip()
    if not plain:
        return None
    if not re.fullmatch("[0-9]{1,2}", plain, re.ASCII):
        raise Refused(f"The tier must be a whole number from 0 to 99, not {shown(plain)}.")
    return int(plain)


def _languages(text: str) -> str:
    return languages.parse(line(text))


@cache
def _zones() -> dict[str, str]:
    return {zone.casefold(): zone for zone in available_timezones()}


def _refuse_controls(text: str, *, allowed: str, what: str) -> None:
    if text.isprintable():
        return
    for c in text:
        if c not in allowed and unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp"):
            raise Refused(f"It holds {what} (U+{ord(c):04X}).")


def _not_longer(text: str, most: int) -> str:
    if len(text) > most:
        raise Refused(f"It is {len(text):,} characters long; {most:,} is the most.")
    return text


FIELDS: dict[str, Callable[[str], Value]] = {
    "name": name,
    "outlet": line,
    "beats": beats,
    "region": line,
    "languages": _languages,
    "timezone": timezone,
    "phone": line,
    "tier": tier,
    "source": line,
    "basis": line,
    "notes": notes,
}
"""Every field but the address, in the order in which faults are told."""


def columns(values: Mapping[str, Value]) -> dict[str, Value]:
    """The table's columns for these fields: the texts and their keys. The outlet is another table's and stays out."""
    row = {field: value for field, value in values.items() if field != "outlet"}
    for field in ("region", "source"):
        if field in row:
            row[f"{field}_key"] = fold(str(row[field]))
    if "beats" in row:
        row["beat_keys"] = beat_keys(str(row["beats"]))
    return row
