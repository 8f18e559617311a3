"""How bad something is that preflight finds, and the names of what it looks for: settings, waivers and the record use them.

The rules themselves are `distro.preflight.rules`; a test holds these names against them.
"""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """`stops`: submit and approve refuse. `warns`: a person should look. `hints`: could be better. `off`: not asked."""

    STOPS = "stops"
    WARNS = "warns"
    HINTS = "hints"
    OFF = "off"


PARITY = (
    *("parity-numbers", "parity-amounts", "parity-percentages", "parity-dates", "parity-hours", "parity-names"),
    *("parity-quotes", "parity-links", "parity-phones", "parity-addresses", "parity-paragraphs", "parity-edited"),
    *("parity-language", "parity-swapped"),
)
TIME = (
    *("time-weekday", "time-release-line", "time-zone-season", "time-midnight-noon", "time-no-zone", "time-embargo-past"),
    *("time-holiday", "time-local-hour", "time-event-before"),
)
FORM = (
    *("form-primary", "form-release-line", "form-press-contact", "form-headline", "form-headline-length", "form-dateline"),
    *("form-boilerplate", "form-quote-open", "form-quote-speaker", "form-advisory", "form-end-mark", "form-link-text"),
    *("form-dangling", "form-link", "form-link-dead", "form-resource", "form-eaten", "form-doubled", "form-acronym"),
    *("form-alt", "form-reading"),
)
MAIL = ("mail-size", "mail-subject", "mail-spam", "mail-contrast", "mail-css", "mail-image-size", "mail-text-part")
AUDIENCE = (
    *("audience-empty", "audience-suppressed", "audience-language", "audience-fallback", "audience-overlap"),
    "audience-changed",
)
NAMES = (*PARITY, *TIME, *FORM, *MAIL, *AUDIENCE)

MUST_STOP = ("form-primary", "time-embargo-past", "form-press-contact", "form-advisory", "form-resource")
"""What stops a submission whatever an office sets: nobody could answer, or half of what was promised would be missing."""
