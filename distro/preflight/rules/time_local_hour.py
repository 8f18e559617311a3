"""time-local-hour: an hour in the text that clocks there skip in spring, or show twice in autumn."""

from __future__ import annotations

from distro.editorial.when import parse_instant
from distro.errors import Refused
from distro.preflight.case import Case
from distro.preflight.clocks import clocks, home_zone, named_zones
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    named = {language: named_zones(case, language) for language in case.editions}
    anywhere = [zone for zones in named.values() for zone in zones]
    for language in case.editions:
        usual = next(iter([*named[language], *anywhere]), home_zone(case))
        for one in clocks(case, language):
            zone = one.hour.zone
            if one.day is None or not one.hour.sure or one.hour.hour > 23 or (zone and (zone.season or not zone.zone)):
                continue
            written = f"{one.day:%Y-%m-%d} {one.hour.hour:02}:{one.hour.minute:02} {zone.zone if zone else usual}"
            try:
                parse_instant(written, office_zone=case.office.timezone)
            except Refused as refused:
                why = str(refused).partition(";" if "twice" in str(refused) else ". ")[0].rstrip(".") + "."
                yield one.place, why, "Choose another hour, or write which of the two it is (such as EDT or EST)."


RULE = Rule("time-local-hour", Severity.WARNS, "IANA Time Zone Database", "an hour that does not exist, or twice", _look)
