"""form-quote-open: what is opened is closed; a quotation over several paragraphs opens each and closes the last."""

from __future__ import annotations

from distro.preflight.case import Case, place
from distro.preflight.quotations import Quotations
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


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


RULE = Rule("form-quote-open", Severity.WARNS, "AP Stylebook, quotation marks", "a quotation that never closes", _look)
