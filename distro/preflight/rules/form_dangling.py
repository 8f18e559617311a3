"""form-dangling: "visit" with nothing to visit: where an address was, a page or a filter took it away."""

from __future__ import annotations

import re
from collections.abc import Sequence

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import NOTHING, wording
from distro.reading.span import Span
from distro.severity import Severity

_PARTS = ("body", "notes_to_editors", "what", "when", "where", "who", "subhead")
_PARAGRAPH_ENDS = r"(?:[ \t]*\n[ \t]*\n|\s*\Z)"
_LIST_FOLLOWS = r"(?![ \t]*(?:[-*+>|\[<\x01]|\d+[.)]))"
_COLON_AND_NOTHING = rf"[ \t]*:(?=[ \t]*(?:\n[ \t]*\n{_LIST_FOLLOWS}|\Z))"
_SENTENCE_BEFORE = r"(?:(?<=[,;:—–(\n.] )|(?<=[,;:—–(\n.])|\A|(?<=\b[Pp]lease )|(?<=\bor )|(?<=\band )|(?<=\bto learn more ))"


def _ended(*following: str) -> str:
    """Nothing comes but the end of the sentence, or what begins the next one or another request."""
    return rf"(?=[ \t]*\n?[ \t]*(?:[.;!?)\]](?!\w)|\n[ \t]*\n|\Z|\|)|{'|'.join(following)})"


def _one_of(words: Sequence[str]) -> str:
    return f"(?i:{'|'.join(words)})"


_EN_END = _ended(r"[ \t]*\n?[ \t]*(?:For|To|Follow)\b", r"[ \t]+(?:and|or)[ \t]+(?:follow|like|call|write|join|subscribe|at)\b")
_EN_ASKS = ("visit", "go to", "log on to", "call", "e-?mail", "write to", "see", "contact")
_EN_SURELY = ("go to", "log on to", "visit us at", "write to us at")
_EN_WHAT = (
    *(
        "updates?",
        "available",
        "information",
        "more",
        "details?",
        "found",
        "online",
        "us",
        "register",
        "rsvp",
        "live",
        "posted",
    ),
    *("sign up", "streamed", "website", "tickets", "downloads?", "downloaded", "page", "site", "webcast", "broadcast", "call"),
    *("email", "phone", "report", "letter"),
)
_EN_LABEL = ("website", "web page", "link", "url", "e-?mail", "phone", "call", "visit", "rsvp")
_ENGLISH = re.compile(
    rf"{_SENTENCE_BEFORE}{_one_of(_EN_ASKS)}{_EN_END}"
    rf"|\b{_one_of(_EN_SURELY)}{_EN_END}"
    rf"|\b{_one_of(_EN_WHAT)}\s+(?i:at|via){_EN_END}"
    rf"|\b(?i:at|via|visit){_PARAGRAPH_ENDS}"
    rf"|\b{_one_of(_EN_LABEL)}{_COLON_AND_NOTHING}"
)

_ES_END = _ended(r"[ \t]*\n?[ \t]*(?:Para|Síga\w*|También)\b", r"[ \t]+(?:y|o)[ \t]+(?:siga|síg\w+|llame|escriba|únase)\b")
_ES_ASKS = (
    *(
        "visite",
        "visítenos",
        "visítanos",
        "visite nuestr[oa] (?:sitio|página)(?: web)?",
        "vaya a",
        "entre en",
        "ingrese [ae]n?",
    ),
    *("acceda a", "llame al?", "escriba a", "consulte(?: en)?", "inscríbase en", "regístrese en", "síganos en"),
    *("comuníquese (?:con|al)", "contacte (?:con|a)"),
)
_ES_WHAT = (
    *("disponibles?", "información", "actualizaciones", "novedades", "más", "detalles", "línea", "sitio", "página", "web"),
    *("publicad[oa]s?", "vivo", "directo", "informe", "carta", "inscripciones", "registro", "descarga"),
)
_ES_LABEL = ("sitio web", "página web", "enlace", "correo", "teléfono", "visite", "llame al")
_SPANISH = re.compile(
    rf"\b{_one_of(_ES_ASKS)}{_ES_END}"
    rf"|\b{_one_of(_ES_WHAT)}\s+(?i:en|al|a través de|vía){_ES_END}"
    rf"|\b(?i:en|al|a través de){_PARAGRAPH_ENDS}"
    rf"|\b{_one_of(_ES_LABEL)}{_COLON_AND_NOTHING}"
)
_BY_LANGUAGE = {"en": _ENGLISH, "es": _SPANISH}


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        dangling = _BY_LANGUAGE.get(language.partition("-")[0])
        if dangling is None or part not in _PARTS:
            continue
        for m in dangling.finditer(wording(text).replace(NOTHING, " ")):
            span = Span.of(text, m.start(), m.start() + len(m[0].rstrip()))
            why = f"“{span.words}” is followed by nothing: the address is gone."
            yield place(language, part, text, span), why, "Write the address, or take the sentence out."


RULE = Rule("form-dangling", Severity.WARNS, "The rules of the trade, links", "“visit” followed by nothing", _look)
