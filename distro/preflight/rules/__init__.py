"""The rules, in the order in which they are told. One module each; a module's `RULE` is the rule."""

from __future__ import annotations

from distro.preflight.rule import Rule
from distro.preflight.rules import (
    parity_addresses,
    parity_amounts,
    parity_dates,
    parity_edited,
    parity_hours,
    parity_language,
    parity_links,
    parity_names,
    parity_numbers,
    parity_paragraphs,
    parity_percentages,
    parity_phones,
    parity_quotes,
    parity_swapped,
    time_embargo_past,
    time_event_before,
    time_holiday,
    time_local_hour,
    time_midnight_noon,
    time_no_zone,
    time_release_line,
    time_weekday,
    time_zone_season,
)

PARITY: tuple[Rule, ...] = (
    parity_numbers.RULE,
    parity_amounts.RULE,
    parity_percentages.RULE,
    parity_dates.RULE,
    parity_hours.RULE,
    parity_names.RULE,
    parity_quotes.RULE,
    parity_links.RULE,
    parity_phones.RULE,
    parity_addresses.RULE,
    parity_paragraphs.RULE,
    parity_edited.RULE,
    parity_language.RULE,
    parity_swapped.RULE,
)

TIME: tuple[Rule, ...] = (
    time_weekday.RULE,
    time_release_line.RULE,
    time_zone_season.RULE,
    time_midnight_noon.RULE,
    time_no_zone.RULE,
    time_embargo_past.RULE,
    time_holiday.RULE,
    time_local_hour.RULE,
    time_event_before.RULE,
)

RULES: tuple[Rule, ...] = (*PARITY, *TIME)
