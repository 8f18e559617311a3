"""form-quote-open: what is opened is closed; a quotation over several paragraphs opens each and closes the last."""

from __future__ import annotations

from distro.preflight.case import Case, place
from distro.preflight.quotations import Quotations
from distro.preflight.rule import Found, Rule
from distro.reading.quotes import Quote
from distro.severity import Severity

_PARTNERS = {"“": "”", "„": "”“", "«": "»", '"': '"'}
_CLOSING = '”»"'
_GOES_ON = {("«", "»")}
"""The further paragraphs of a quotation in « may open with »."""


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        quotations = Quotations(text, language)
        for quote in quotations.found:
            if not quote.closed:
                where = place(language, part, text, quotations.beginning(quote))
                yield where, "A quotation opens here and never closes.", "Close it where the words end."
            elif not quote.opened:
                where = place(language, part, text, quotations.end(quote))
                yield where, "A quotation closes here that never opened.", "Open it where the words begin."
            elif mixed := _unlike(quote):
                where = place(language, part, text, quotations.beginning(quote))
                yield (
                    where,
                    f"A quotation opens with {mixed[0]} and goes on, or closes, with {mixed[1]}.",
                    "Use one pair of marks.",
                )


def _unlike(quote: Quote) -> tuple[str, str] | None:
    """The first two marks of a quotation that are no partners."""
    opening = quote.pieces[0].span.words[:1]
    for piece in quote.pieces:
        first, last = piece.span.words[:1], piece.span.words[-1:]
        if first in _PARTNERS and opening in _PARTNERS and first != opening and (opening, first) not in _GOES_ON:
            return opening, first
        if last in _CLOSING and first in _PARTNERS and last not in _PARTNERS[first] and (opening, first) not in _GOES_ON:
            return first, last
    return None


RULE = Rule("form-quote-open", Severity.WARNS, "AP Stylebook, quotation marks", "a quotation that never closes", _look)
