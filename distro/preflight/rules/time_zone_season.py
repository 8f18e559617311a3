"""time-zone-season: EST in summer, EDT in winter: letters that the zone does not have on that day."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from distro.preflight.case import Case
from distro.preflight.clocks import clocks
from distro.preflight.parts import pieces
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

_NO_SUMMER = {
    "America/New_York": r"Panam[aá]|Jamaica|Canc[uú]n|Quintana Roo|Cayman",
    "America/Chicago": r"M[eé]xico|Costa Rica|Guatemala|Hondur|Salvador|Nicaragua|Belize|Belice|Saskatchewan",
    "America/Denver": r"Arizona|Phoenix|Tucson|Sonora|, AZ\b",
}
"""Where the winter's letters are right all year."""


def _look(case: Case) -> Found:
    for language in case.editions:
        whole = " ".join(piece.text for piece in pieces(case.content, language))
        for one in clocks(case, language):
            zone = one.hour.zone
            if zone is None or not zone.season or not zone.zone:
                continue
            day = one.day or case.content.date
            at = datetime(day.year, day.month, day.day, min(one.hour.hour, 23), one.hour.minute, tzinfo=ZoneInfo(zone.zone))
            summer = bool(at.dst())
            stays = zone.season == "winter" and re.search(_NO_SUMMER.get(zone.zone, "(?!)"), whole)
            if summer is (zone.season == "summer") or stays:
                continue
            right = at.tzname() or zone.zone
            why = f"On {day:%Y-%m-%d} clocks there show {right}: “{zone.span.words}” is the {zone.season}'s."
            yield one.piece.at(one.hour.span), why, f"Write {right}, or the zone without a season."


RULE = Rule("time-zone-season", Severity.WARNS, "IANA Time Zone Database", "EST in summer, EDT in winter", _look)
