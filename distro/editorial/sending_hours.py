"""Which hours a wave may have. Pure; the rules of the trade, in sentences.

A general wave of an embargoed release leaves at the lift or later; an advance wave needs an embargo and leaves before its
lift; no hour lies in the past, but `now` is "as soon as it is approved".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from distro.editorial.content import Instant
from distro.editorial.embargo import has_lifted
from distro.editorial.when import When, parse_when
from distro.errors import Refused

THIS_MINUTE = timedelta(minutes=1)
"""Hours are written to the minute, so the minute that is running is not the past yet."""


def advance_hour(
    text: str | None, embargo: Instant | None, office_zone: str, now: datetime, refusals: list[str]
) -> When | None:
    """The hour of an advance wave; None, and a sentence among `refusals`, where there can be none. No text: now."""
    if embargo is None:
        refusals.append("An advance wave needs an embargo, and this release is for immediate release.")
        return None
    when = _hour(text if text is not None else "now", "advance hour", office_zone, now, refusals)
    if when is not None and has_lifted(embargo.utc, when.instant.utc):
        refusals.append(
            f"The advance hour {when.instant.spoken} is not before the lift of the embargo, {embargo.spoken}; "
            "choose an earlier one."
        )
        return None
    return when


def general_hour(
    text: str | None,
    embargo: Instant | None,
    office_zone: str,
    now: datetime,
    refusals: list[str],
    *,
    again: bool = False,
) -> When | None:
    """The hour of a general wave; None, and a sentence among `refusals`, where there can be none. No text: the lift, or now
    for immediate release. `again`: it is out already, and goes to others."""
    if text is None:
        if embargo is None or (again and has_lifted(embargo.utc, now)):
            return When(Instant(utc=now, wall="now"), asap=True)
        if has_lifted(embargo.utc + THIS_MINUTE, now):
            refusals.append(f"The embargo lifted at {embargo.spoken}; give the hour of sending, `--at now` for at once.")
            return None
        return When(embargo)
    when = _hour(text, "hour", office_zone, now, refusals)
    if when is not None and embargo is not None and not has_lifted(embargo.utc, when.instant.utc):
        refusals.append(
            f"The hour {when.instant.spoken} is before the lift of the embargo, {embargo.spoken}; choose that or a later one."
        )
        return None
    return when


def notice_hour(text: str | None, office_zone: str, now: datetime, refusals: list[str]) -> When | None:
    """The hour of a notice; None, and a sentence among `refusals`, where it is past. No text: as soon as it is approved."""
    return _hour(text if text is not None else "now", "hour", office_zone, now, refusals)


def _hour(text: str, what: str, office_zone: str, now: datetime, refusals: list[str]) -> When | None:
    try:
        when = parse_when(text, now=now, office_zone=office_zone)
    except Refused as refused:
        refusals.extend(refused.sentences)
        return None
    if when.instant.utc + THIS_MINUTE <= now:
        refusals.append(f"The {what} {when.instant.spoken} is past; choose a later one, or `now`.")
        return None
    return when
