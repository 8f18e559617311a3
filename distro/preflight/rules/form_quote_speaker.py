"""form-quote-speaker: who said it is said."""

from __future__ import annotations

import re

from distro.preflight.case import Case, place
from distro.preflight.quotations import Quotations
from distro.preflight.rule import Found, Rule
from distro.reading.quotes import Quote, Said
from distro.reading.speechwords import SAYING
from distro.severity import Severity

_PARTS = ("body", "notes_to_editors")


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        if part not in _PARTS:
            continue
        quotations = Quotations(text, language)
        for quote in quotations.found:
            if quote.kind is Said.SPEECH and not quote.speaker and not _is_said(quotations, quote, language):
                where = place(language, part, text, quotations.beginning(quote))
                yield where, "Somebody speaks here, and the text does not say who.", "Name the speaker."


def _is_said(quotations: Quotations, quote: Quote, language: str) -> bool:
    """Whether its sentence speaks of saying, though it was not understood who does; or it goes on, in the same paragraph, from
    one whose speaker is named."""
    first = quote.pieces[0].paragraph
    if any(one.speaker and any(piece.paragraph == first for piece in one.pieces) for one in quotations.found):
        return True
    saying = SAYING.get(language.partition("-")[0], "").split()
    sentence = quotations.sentence(quote)
    words = re.findall(r"[^\W\d_]+", sentence.lower())
    return any(word in saying for word in words) or re.search(r"\b(?:pointed out|put it|put in)\b", sentence) is not None


RULE = Rule("form-quote-speaker", Severity.WARNS, "AP Stylebook, attribution", "a quotation without its speaker", _look)
