"""The place, and often the day, that a release's first sentence begins with: "Los Angeles, CA—", "MADRID, 3 de junio.- "."""

from __future__ import annotations

import re

from distro.editorial.importing.dating import day_in
from distro.editorial.importing.labels import OTHER_PARTS
from distro.reading.calendars import fold
from distro.reading.zones import cities

_DASHED = re.compile(
    r"^(?P<place>[(\[]?[^\n]{2,110}?)\s*(?:[:,]?\s*(?:—|–|―|--+)|\.\s?-(?!-)|(?<=[\w).])\s-(?=\s)"
    r"|(?<=[\w).])-(?=\s))\s*(?=\S)"
)
_BRACKETED = re.compile(r"^[(\[](?P<place>[^()\[\]\n]{3,80})[)\]]\s*(?:[:.–—-]+\s*)?(?=\S)")
_COLON = re.compile(r"^(?P<place>[^\n:]{2,60}?)\s*:\s+(?=\S)")
_STOP = re.compile(r"^(?P<place>[A-ZÀ-Þ][^\n.:]{2,60}?)\.\s+(?=[A-ZÀ-Þ¿¡“«\"])")
_WIRE = re.compile(r"[/(][^/()]{2,30}(?:wire|media|news|agencia|EFE|press)[^/()]{0,12}[/)]", re.IGNORECASE)
_WORD = re.compile(r"(?:[A-ZÀ-Þ][\w.'’-]*|de|del|la|las|los|el|y|of|the|al|da|do|a|and|e|en)")
_NO_PLACE = re.compile(
    r"^(?:what|when|where|who|why|note|update|updated|correction|contact|contacto|media|press|qu[eé]|cu[aá]ndo"
    r"|d[oó]nde|qui[eé]n|nota|actualizaci[oó]n|correcci[oó]n|today|hoy|background|summary|resumen"
    r"|statement|declaraci[oó]n|source|fuente|q|a|p|r)\b",
    re.IGNORECASE,
)


def dateline_of(text: str, language: str) -> tuple[str, int]:
    """The dateline as written, without its brackets, and where the sentence behind it begins. ("", 0) where there is none."""
    for pattern, sure in ((_BRACKETED, True), (_DASHED, False), (_COLON, True), (_STOP, True)):
        match = pattern.match(text)
        if match and _is_dateline(match["place"], language, needs_proof=sure, dated=pattern is _STOP):
            words = match["place"].strip()
            if words[:1] in "([" and words[-1:] in ")]" and not re.search(r"[)\]].*[(\[]", words):
                words = words[1:-1]
            words = words.strip(" ,:")
            return re.sub(r"(?<=\w{5})\.$", "", words), match.end()
    return "", 0


def _is_dateline(words: str, language: str, *, needs_proof: bool, dated: bool) -> bool:
    plain = _WIRE.sub(" ", words)
    if any(mark in plain for mark in '“”«»"!?') or _NO_PLACE.match(plain.strip(" (")) or OTHER_PARTS.match(f"{plain}:"):
        return False
    day = day_in(plain, language)
    rest = f"{plain[: day.start]} {plain[day.end :]}" if day else plain
    rest = re.sub(
        r"(?i)\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|mi[eé]rcoles|jueves|viernes"
        r"|s[aá]bado|domingo)\b",
        " ",
        rest,
    )
    rest = re.sub(
        r"(?i)\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\s+\d{1,2}\b"
        r"|\b\d{1,2}\s+(?:de\s+)?(?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)[a-z]*\.?",
        " ",
        rest,
    )
    names = [word for word in re.split(r"[\s,/()\[\]&;·|–—-]+", rest) if word.strip(".")]
    if dated and day is None:
        return False
    if not names:
        return day is not None
    if len(names) > 7 or not all(_WORD.fullmatch(word) for word in names) or not any(word[0].isupper() for word in names):
        return False
    if any(c.isdigit() for c in rest):
        return False
    first = fold(re.split(r"[,/(–—-]", rest.strip(" ,(["))[0])
    known = first in cities() or first.replace(".", "") in cities()
    proved = day is not None or known or "," in rest.strip(" ,") or (rest.upper() == rest and len(rest.strip()) > 3)
    return proved or (not needs_proof and len(names) <= 4)
