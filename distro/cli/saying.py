"""Small words of the screens: spans, hours of the clock, numbers. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def lasting(time: timedelta) -> str:
    """43 s · 12 min · 3 h 20 min · 2 days: coarse, as a person says it."""
    seconds = max(0, round(time.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def clock_hour(at: datetime, zone: str, now: datetime) -> str:
    """14:05 EST, with the seconds where it is within ten minutes of now, and with the day where it is another one."""
    from distro.hours import abbreviation

    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    near = abs(at - now) < timedelta(minutes=10)
    day = "" if local.date() == today.date() else f"{local.day} {local:%b} "
    return f"{day}{local:%H:%M:%S}"[: None if near else -3] + f" {abbreviation(local)}"


def in_both(at: datetime, zone: str) -> str:
    """2026-12-01 17:00:03 UTC (09:00:03 PST, Los Angeles), with the day where it is another one there."""
    from distro.hours import abbreviation

    utc, local = at.astimezone(UTC), at.astimezone(ZoneInfo(zone))
    said = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    if zone in ("UTC", "Etc/UTC"):
        return said
    day = "" if local.date() == utc.date() else f"{local:%Y-%m-%d} "
    return f"{said} ({day}{local:%H:%M:%S} {abbreviation(local)}, {zone.rpartition('/')[2].replace('_', ' ')})"


def number(rate: float) -> str:
    """412 · 41.2 · 0.5: three figures at most."""
    return f"{rate:,.0f}" if rate >= 99.95 else f"{rate:.1f}"


def plural(count: int, one: str, many: str) -> str:
    """1 delivery · 3 deliveries"""
    return f"{count:,} {one if count == 1 else many}"
