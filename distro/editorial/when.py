"""Reads WHEN, the way an hour is written on the command line and in a release folder. Pure: `now` is handed in.

Owns what becomes of hours that a clock shows never (spring) or twice (autumn). Does not own how an hour is printed.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

from distro.editorial.content import Instant
from distro.errors import Refused

_WRITTEN = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[ Tt](?P<clock>[0-9]{2}:[0-9]{2}(:[0-9]{2})?)([.,](?P<fraction>[0-9]+))?"
    r" ?(?P<zone>[^\W\d_][\w+/-]*)? ?(?P<offset>[Zz]|[+-][0-9]{2}(:?[0-9]{2}){0,2})?"
)


@dataclass(frozen=True)
class When:
    """A chosen hour; `asap`: it was written `now`, and means "as soon as it is approved"."""

    instant: Instant
    asap: bool = False


def parse_when(text: str, *, now: datetime, office_zone: str) -> When:
    """Read `now`, an instant with offset, or `YYYY-MM-DD HH:MM Area/City [offset]`.

    `office_zone` (IANA) only serves the example in a refusal. Raises Refused: no zone, an unknown one, an hour that does
    not exist there, one that happens twice without its offset, an offset that the zone does not have then.
    """
    if text.strip().lower() == "now":
        return When(Instant(utc=now, wall="now"), asap=True)
    return When(parse_instant(text, office_zone=office_zone))


def parse_instant(text: str, *, office_zone: str) -> Instant:
    """As parse_when, for places where `now` makes no sense: an embargo, an event."""
    written = " ".join(text.split())
    example = f"2026-12-01 09:00 {office_zone or 'America/New_York'}"
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise Refused(f"{text!r} is not an hour; write it like {example!r}, or as an ISO 8601 instant with its offset.")
    wall = _wall_time(found, written)
    zone, offset = found["zone"] or "", found["offset"] or ""
    if zone in ("Z", "z"):  # the pattern reads a bare Z as the name of a zone
        zone, offset = "", "Z"
    if zone:
        return _in_zone(wall, zone, offset, office_zone)
    if not offset:
        with_zone = f"{written} {office_zone or 'America/New_York'}"
        raise Refused(f"{written!r} has no time zone; write {with_zone!r}.")
    return Instant(utc=_to_utc(wall, _read_offset(offset, written), written), wall=written)


def from_aware(at: datetime) -> Instant:
    """An instant that came as a value with an offset, such as a date-time of TOML."""
    return Instant(utc=at.astimezone(UTC), wall=at.isoformat())


def _wall_time(found: re.Match[str], written: str) -> datetime:
    """The hour as the clock on the wall shows it. What is finer than a microsecond is rounded up: never early."""
    fraction = found["fraction"] or ""
    try:
        wall = datetime.fromisoformat(f"{found['day']}T{found['clock']}") + timedelta(
            microseconds=int(fraction[:6].ljust(6, "0"))
        )
        return wall + timedelta(microseconds=1) if fraction[6:].strip("0") else wall
    except (ValueError, OverflowError) as wrong:
        raise Refused(f"{written!r} is not a day and hour of the calendar ({wrong}).") from None


def _in_zone(wall: datetime, name: str, offset: str, office_zone: str) -> Instant:
    zone = find_zone(name, office_zone)
    shown = wall.isoformat(sep=" ", timespec="auto" if wall.second or wall.microsecond else "minutes")
    instants = _instants(wall, zone)
    if not instants:
        before, after = _around_gap(wall, zone)
        raise Refused(
            f"{shown} does not exist in {name}: the clocks there go from {before} straight to {after}. "
            f"Choose an hour before {before}, or from {after} on."
        )
    offsets = [_offset_at(at, zone) for at in instants]
    if offset:
        given = _read_offset(offset, f"{shown} {name} {offset}")
        if given not in offsets:
            there = " or ".join(show_offset(o) for o in offsets)
            raise Refused(f"{shown} {name} {offset}: at that hour the offset there is {there}, not {offset}.")
        instants = [instants[offsets.index(given)]]
    if len(instants) > 1:
        first, second = (f"{shown} {name} {show_offset(o)}" for o in offsets)
        raise Refused(f"{shown} happens twice in {name}; write {first!r} for the first or {second!r} for the second.")
    return Instant(utc=instants[0], wall=shown, zone=name, tzdata=tzdata_version(name))


def find_zone(name: str, office_zone: str = "") -> ZoneInfo:
    """The zone of that IANA name. Abbreviations such as EST are refused: they leave out what summer does."""
    if "/" in name or name == "UTC":
        try:
            return ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise Refused(f"There is no time zone {name!r}; {_suggestion(name, office_zone)}")


def _suggestion(name: str, office_zone: str) -> str:
    known = sorted(z for z in zoneinfo.available_timezones() if "/" in z)
    by_key = {z.lower(): z for z in known} | {z.rpartition("/")[2].lower(): z for z in known}
    wanted = name.lower().replace(" ", "_")
    abbreviation = len(name) < 5 and name.isupper()
    near = [] if abbreviation else [by_key[key] for key in difflib.get_close_matches(wanted, by_key, n=5, cutoff=0.75)]
    if near:
        return f"did you mean {' or '.join(dict.fromkeys(near))}?"
    return f"write it as Area/City, for example {office_zone or 'America/New_York'}."


def _instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants (UTC, in order) at which a clock in the zone shows this hour: none in a gap, two in a fold."""
    found: list[datetime] = []
    for fold in (0, 1):
        at = _to_utc(wall, _utc_offset(wall.replace(tzinfo=zone, fold=fold)), wall.isoformat(" "))
        if at not in found and at.astimezone(zone).replace(tzinfo=None) == wall:
            found.append(at)
    return sorted(found)


def _around_gap(wall: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """What the clock shows on either side of the gap that swallows `wall`, found by halving to the second."""
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before, after = _offset_at(early, zone), _offset_at(late, zone)
    low, high = int(early.timestamp()), int(late.timestamp()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_at(datetime.fromtimestamp(middle, UTC), zone) == before:
            low = middle
        else:
            high = middle
    turn = datetime.fromtimestamp(high, UTC).replace(tzinfo=None)
    stops, starts = turn + before, turn + after
    shape = "%H:%M" if stops.date() == starts.date() == wall.date() else "%Y-%m-%d %H:%M"
    return stops.strftime(shape), starts.strftime(shape)


def _read_offset(text: str, written: str) -> timedelta:
    if text in ("Z", "z"):
        return timedelta(0)
    digits = text[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if hours > 23 or minutes > 59 or seconds > 59:
        raise Refused(f"{written!r} has the offset {text}, which no place has; write it like -05:00.")
    size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -size if text[0] == "-" else size


def show_offset(offset: timedelta) -> str:
    """-05:00, with seconds only where there are any."""
    return datetime(2000, 1, 1, tzinfo=timezone(offset)).isoformat()[19:]


def _utc_offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta(0)


def _offset_at(at: datetime, zone: ZoneInfo) -> timedelta:
    return _utc_offset(at.astimezone(zone))


def _to_utc(wall: datetime, offset: timedelta, written: str) -> datetime:
    try:
        return (wall - offset).replace(tzinfo=UTC)
    except OverflowError:
        raise Refused(f"{written!r} lies outside the calendar.") from None


@cache
def tzdata_version(zone: str) -> str:
    """The release of the time zone database that answered for this zone: "2026a", or "system" where that has no number.

    zoneinfo asks the system's folders first and the package `tzdata` after them.
    """
    for folder in zoneinfo.TZPATH:
        if Path(folder, zone).is_file():
            return _system_version(Path(folder))
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except (ImportError, AttributeError):
        return "unknown"


def _system_version(folder: Path) -> str:
    for name in ("tzdata.zi", "+VERSION"):
        try:
            with open(folder / name, encoding="utf-8") as file:
                return file.readline().removeprefix("# version").strip()
        except OSError:
            continue
    return "system"
