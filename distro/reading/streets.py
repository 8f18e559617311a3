"""Addresses of buildings: "214 Fulton Street", "calle Fulton 214". Reads the commonest shapes only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from distro.reading.calendars import fold
from distro.reading.span import Span

_TYPES = r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Place|Pl|Way|Court|Ct|Plaza|Square|Highway|Terrace)"
_TIPOS = (
    r"(?:calle|c/|avenida|avda\.?|av\.|paseo|plaza|bulevar|boulevard|carretera|camino|ronda|calzada|carrer|rambla"
    r"|rua|rue|travessa)"
)
_STREET = re.compile(
    rf"(?<![\w$€,.-])(?P<n>\d{{1,5}}(?:-\d{{1,4}})?)\s+(?:de\s+(?:la\s+)?)?(?P<name>(?:[NSEW]\.?\s+)?(?:[A-Z0-9ÁÉÍÓÚÑ][\w'’.]*\s+){{1,4}}{_TYPES})\b"
    rf"|(?<!\w)(?P<name2>(?i:{_TIPOS})\s+(?:(?:de|del|la|las|los|da|do)\s+)*[A-ZÁÉÍÓÚÑ][\w'’.]*(?:\s+(?:(?:de|del|la|las|los|y)\s+)*"
    r"[A-ZÁÉÍÓÚÑ][\w'’.]*)*)\s*,?\s*(?:n\.?º\s*|núm\.?\s*|número\s+|no\.\s*|#\s*)?(?P<n2>\d{1,5})(?![\w%])"
)
_KINDS = "street st avenue ave road rd boulevard blvd drive dr calle avenida av avda paseo bulevar de del la las los"
_WORDLESS = frozenset(_KINDS.split())


_PART = re.compile(
    r"(?<!\w)(?P<name>(?i:P\.?\s?O\.?\s+Box|apartado(?:\s+postal)?|room|suite|floor|pier|sala|sal[óo]n|aula|oficina|despacho|muelle"
    r"|C\.?P\.?))\s+(?:n\.?º\s*|núm\.?\s*)?(?P<n>\d{1,5})(?!\w)|\b(?P<name2>[A-Z]{2})\s+(?P<n2>\d{5})\b"
    r"|(?<=,\s)(?P<name4>[A-ZÁÉÍÓÚÑ][^\W\d_]{3,})\s(?P<n4>\d{3,5})(?=[,;)\n]|\.?\s|\.?$)"
    r"|\b(?P<name3>at|en(?:\s+el)?)\s+(?P<n3>\d{2,5})\s+(?:de\s+(?:la\s+)?)?[A-Z][^\W\d_]+"
)
"""A room, a box, a code; a street's bare name and its number, behind a comma; a number before a name, behind "at"."""


@dataclass(frozen=True)
class StreetFound:
    """`name`: its words, folded, without "street" and "calle"."""

    span: Span
    number: str
    name: frozenset[str]


def find_streets(text: str) -> list[StreetFound]:
    found = []
    for match in _STREET.finditer(text):
        words = {fold(word) for word in re.findall(r"[^\W_]+", match["name"] or match["name2"])}
        found.append(StreetFound(Span.of(text, *match.span()), match["n"] or match["n2"], frozenset(words - _WORDLESS)))
    for match in _PART.finditer(text):
        if not any(one.span.start < match.end() and match.start() < one.span.end for one in found):
            found.append(
                StreetFound(Span.of(text, *match.span()), match["n"] or match["n2"] or match["n3"] or match["n4"], frozenset())
            )
    return sorted(found, key=lambda one: one.span.start)
