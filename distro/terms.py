"""How long records of each class are kept: the section [retention] of the settings. What a class is, says dispatch.retained."""

from __future__ import annotations

from distro.allowed import Amount
from distro.section import Section


class Retention(Section):
    """Years after which records of a class are due for disposal; 0: kept for ever. Two people dispose, no timer does."""

    deliveries_years: Amount = 0.0
    """Names, addresses, replies and copies of deliveries, counted from the acceptance."""
    suppressions_years: Amount = 0.0
    """Suppressions that were lifted, counted from then."""
    cards_years: Amount = 0.0
    """What was known of contacts before they were changed under a legal hold, counted from the change."""
