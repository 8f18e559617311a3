"""form-headline-length: a headline is read at a glance."""

from __future__ import annotations

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.span import Span
from distro.severity import Severity

MOST = 100


def _look(case: Case) -> Found:
    for language, edition in case.editions.items():
        text = edition.headline
        if len(text) > MOST:
            why = f"The headline has {len(text)} characters; over {MOST} it is cut in lists of messages and search results."
            yield (
                place(language, "headline", text, Span.of(text, 0, len(text))),
                why,
                "Say less, or move a part to the subhead.",
            )


RULE = Rule("form-headline-length", Severity.WARNS, "Wire services' limit for headlines", f"over {MOST} characters", _look)
