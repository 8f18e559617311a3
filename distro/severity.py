"""How bad something is that preflight finds, the names of what it looks for, and the section of the settings about both.

Settings, waivers and the record use the names. The rules themselves are `distro.preflight.rules`; a test holds these names
against them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from distro.section import Section


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
ONLY_THAT = ("form-primary", "time-embargo-past", "form-advisory")
"""Those of them that find nothing else, so that there is nothing to set."""


class Preflight(Section):
    """What an office makes of a rule: [preflight.severity] form-acronym = "off"."""

    severity: Annotated[
        Mapping[str, Severity], Field(description="stops, warns, hints or off for the name of a rule, such as form-acronym")
    ] = Field(default_factory=dict)

    @field_validator("severity", mode="before")
    @classmethod
    def _are_rules(cls, given: object) -> object:
        table = _pairs(given) if isinstance(given, str | list) else given
        if not isinstance(table, Mapping):
            return table
        problems = [_unknown(str(name)) for name in table if name not in NAMES]
        problems += [
            f"{name} always stops; without it nothing can be submitted"
            for name, value in table.items()
            if name in ONLY_THAT and value != Severity.STOPS
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return table


def _pairs(given: str | list[str]) -> dict[str, str]:
    """From the environment: form-acronym=off, form-reading=warns"""
    parts = given.split(",") if isinstance(given, str) else given
    pairs = (part.partition("=") for part in parts if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "docs/preflight.md lists the rules"
    return f"there is no rule {name!r}; {hint}"
