"""form-dangling: "visit" with nothing to visit: where an address was, a page or a filter took it away."""

from __future__ import annotations

import re

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import NOTHING, wording
from distro.reading.span import Span
from distro.severity import Severity

_END = r"(?=[ \t]*(?:\n?[ \t]*)(?:[.;!?)\]](?!\w)|\n[ \t]*\n|\Z|\|))"
_NEXT_EN = r"(?=[ \t]*\n?[ \t]*(?:For|To|Follow)\b|[ \t]+(?:and|or)[ \t]+(?:follow|like|call|write|join|subscribe|at)\b)"
_NEXT_ES = r"(?=[ \t]*\n?[ \t]*(?:Para|Síga\w*|También)\b|[ \t]+(?:y|o)[ \t]+(?:siga|síg\w+|llame|escriba|únase)\b)"
_BEFORE = (
    r"(?:(?<=[,;:—–(\n.] )|(?<=[,;:—–(\n.])|\A|(?<=\bplease )|(?<=\bor )|(?<=\band )|(?<=\bto learn more )|(?<=\bPlease ))"
)

_ENGLISH = re.compile(
    rf"{_BEFORE}(?i:visit|go to|log on to|call|e-?mail|write to|see|contact)(?:{_END}|{_NEXT_EN})"
    rf"|\b(?i:go to|log on to|visit us at|write to us at)(?:{_END}|{_NEXT_EN})"
    r"|\b(?i:updates?|available|information|more|details?|found|online|us|register|rsvp|live|posted|sign up|streamed|website|"
    rf"tickets|downloads?|downloaded|page|site|webcast|broadcast|call|email|phone|report|letter)\s+(?i:at|via)(?:{_END}|{_NEXT_EN})"
    rf"|\b(?i:at|via)(?:[ \t]*\n[ \t]*\n|\s*\Z)"
    r"|\b(?i:website|web page|link|url|e-?mail|phone|call|visit|rsvp)[ \t]*:(?=[ \t]*(?:\n[ \t]*\n(?![ \t]*(?:[-*+>|\[<\x00\x01]|\d+[.)]))|\Z))"
)
_SPANISH = re.compile(
    r"\b(?i:visite|visítenos|visítanos|visite nuestr[oa] (?:sitio|página)(?: web)?|vaya a|entre en|ingrese a|ingrese en|acceda a|"
    r"llame al?|escriba a|consulte|consulte en|inscríbase en|regístrese en|síganos en|comuníquese (?:con|al)|contacte (?:con|a))"
    rf"(?:{_END}|{_NEXT_ES})"
    r"|\b(?i:disponibles?|información|actualizaciones|novedades|más|detalles|línea|sitio|página|web|publicad[oa]s?|vivo|directo|"
    rf"informe|carta|inscripciones|registro|descarga)\s+(?i:en|al|a través de|vía)(?:{_END}|{_NEXT_ES})"
    r"|\b(?i:en|al|a través de)(?:[ \t]*\n[ \t]*\n|\s*\Z)"
    r"|\b(?i:sitio web|página web|enlace|correo|teléfono|visite|llame al)[ \t]*:(?=[ \t]*(?:\n[ \t]*\n(?![ \t]*(?:[-*+>|\[<\x00\x01]|\d+[.)]))|\Z))"
)
_BY_LANGUAGE = {"en": _ENGLISH, "es": _SPANISH}
_PARTS = ("body", "notes_to_editors", "what", "when", "where", "who", "subhead")


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        dangling = _BY_LANGUAGE.get(language.partition("-")[0])
        if dangling is None or part not in _PARTS:
            continue
        words = wording(text).replace(NOTHING, " ")
        for m in dangling.finditer(words):
            span = Span.of(text, m.start(), m.start() + len(m[0].rstrip()))
            why = f"“{span.words}” is followed by nothing: the address is gone."
            yield place(language, part, text, span), why, "Write the address, or take the sentence out."


RULE = Rule("form-dangling", Severity.WARNS, "The rules of the trade, links", "“visit” followed by nothing", _look)
