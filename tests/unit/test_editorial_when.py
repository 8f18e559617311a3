"""An hour is read as the clocks of its zone show it: never one that does not exist, never a guess between two."""

from __future__ import annotations

import zoneinfo
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from distro.editorial.when import When, parse_when, show_offset, tzdata_version
from distro.errors import Refused

NOW = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=UTC)
OFFICE = "America/New_York"
WALL = datetime.fromisoformat
ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Argentina/Buenos_Aires",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/St_Johns",
    "Antarctica/Troll",
)


def read(text: str) -> When:
    return parse_when(text, now=NOW, office_zone=OFFICE)


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        read(text)
    return str(refused.value)


def test_now_is_the_instant_of_the_command_and_means_as_soon_as_approved() -> None:
    when = read(" Now ")
    assert when.asap
    assert when.instant.utc == NOW


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-01T09:00:00Z", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01T09:00:00.250-08:00", datetime(2026, 12, 1, 17, 0, 0, 250000, tzinfo=UTC)),
        ("2026-12-01 09:00+0530", datetime(2026, 12, 1, 3, 30, tzinfo=UTC)),
        ("2026-12-01T09:00:00,000001+00", datetime(2026, 12, 1, 9, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_keeps_its_fraction_and_has_no_zone(text: str, utc: datetime) -> None:
    instant = read(text).instant
    assert (instant.utc, instant.zone, instant.wall) == (utc, "", text)


def test_what_is_finer_than_a_microsecond_is_never_early() -> None:
    assert read("2026-12-01T09:00:00.1234561Z").instant.utc.microsecond == 123457
    assert read("2026-12-01T09:00:00.1234560Z").instant.utc.microsecond == 123456


def test_an_hour_in_a_zone_keeps_how_it_was_chosen() -> None:
    instant = read("2026-12-01 09:00 America/Los_Angeles").instant
    assert instant.utc == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert (instant.wall, instant.zone) == ("2026-12-01 09:00", "America/Los_Angeles")
    assert instant.tzdata == tzdata_version("America/Los_Angeles") != ""


def test_a_gap_is_refused_with_the_hours_around_it() -> None:
    said = refusal("2026-03-08 02:30 America/New_York")
    assert "does not exist" in said
    assert "from 02:00 straight to 03:00" in said
    assert "from 02:00 straight to 02:30" in refusal("2026-10-04 02:10:59.999999 Australia/Lord_Howe")
    assert "from 2011-12-30 00:00 straight to 2011-12-31 00:00" in refusal("2011-12-30 10:00 Pacific/Apia")


def test_a_gap_is_refused_even_with_an_offset() -> None:
    assert "does not exist" in refusal("2026-03-08 02:30 America/New_York -05:00")


def test_an_hour_that_happens_twice_needs_its_offset_and_is_shown_both_ways() -> None:
    said = refusal("2026-11-01 01:30 America/New_York")
    assert "'2026-11-01 01:30 America/New_York -04:00'" in said
    assert "'2026-11-01 01:30 America/New_York -05:00'" in said
    assert read("2026-11-01 01:30 America/New_York -04:00").instant.utc == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert read("2026-11-01 01:30 America/New_York -05:00").instant.utc == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_an_offset_that_the_zone_does_not_have_is_refused() -> None:
    assert "the offset there is -08:00, not -07:00" in refusal("2026-12-01 09:00 America/Los_Angeles -07:00")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-12-01 09:00", "write '2026-12-01 09:00 America/New_York'"),
        ("2026-12-01 09:00 America/Los_Angelos", "did you mean America/Los_Angeles?"),
        ("2026-12-01 09:00 Los_Angeles", "did you mean America/Los_Angeles?"),
        ("2026-12-01 09:00 america/new_york", "did you mean America/New_York?"),
        ("2026-12-01 09:00 América/Fénix", "no time zone 'América/Fénix'"),
        ("2026-12-01 09:00 EST", "Area/City"),
        ("2026-12-01 09:00 ../../etc/passwd", "is not an hour"),
        ("2026-12-01 09:00 America", "no time zone 'America'"),
        ("2026-02-30 09:00 UTC", "not a day and hour of the calendar"),
        ("2026-12-01 24:00 UTC", "not a day and hour of the calendar"),
        ("2026-12-01 09:00 +24:00", "which no place has"),
        ("0001-01-01 00:00 Asia/Tokyo", "outside the calendar"),
        ("tomorrow", "is not an hour"),
        ("", "is not an hour"),
        ("٢٠٢٦-12-01 09:00 UTC", "is not an hour"),
    ],
)
def test_anything_else_is_refused_with_the_way_to_write_it(text: str, says: str) -> None:
    assert says in refusal(text)


minutes = st.datetimes(WALL("1990-01-01"), WALL("2037-01-01")).map(lambda d: d.replace(microsecond=0))


def turns(zone: ZoneInfo, year: int) -> list[datetime]:
    """The instants in a year at which the zone's offset changes, to the minute."""
    found = []
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        later = at + timedelta(hours=6)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            found += [
                at + timedelta(minutes=m + 1)
                for m in range(360)
                if (at + timedelta(minutes=m)).astimezone(zone).utcoffset()
                != (at + timedelta(minutes=m + 1)).astimezone(zone).utcoffset()
            ]
        at = later
    return found


@given(st.sampled_from(ZONES), minutes)
@example("Australia/Lord_Howe", WALL("2026-10-04 02:15"))
@example("Australia/Lord_Howe", WALL("2026-04-05 01:45"))
@example("Antarctica/Troll", WALL("2026-03-29 02:00"))
def test_every_hour_is_either_one_instant_that_shows_it_or_refused(zone: str, wall: datetime) -> None:
    """Against the plain definition: an hour's instants are those that a clock in the zone shows as that hour."""
    by_definition = sorted(
        {
            at
            for at in (wall.replace(tzinfo=UTC) - timedelta(minutes=m) for m in range(-26 * 60, 26 * 60, 15))
            if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
        }
    )
    text = f"{wall:%Y-%m-%d %H:%M:%S} {zone}"
    if len(by_definition) == 1:
        assert read(text).instant.utc == by_definition[0]
    elif by_definition:
        assert "happens twice" in refusal(text)
        for at in by_definition:
            offset = at.astimezone(ZoneInfo(zone)).utcoffset()
            assert offset is not None
            assert read(f"{text} {show_offset(offset)}").instant.utc == at
    else:
        assert "does not exist" in refusal(text)


@given(st.sampled_from([z for z in ZONES if z not in ("America/Phoenix", "Asia/Tokyo", "Asia/Kathmandu")]), st.data())
def test_on_the_nights_when_clocks_change(zone: str, data: st.DataObject) -> None:
    """A minute on either side of a change reads back exactly; the hours in a gap name its two ends."""
    info = ZoneInfo(zone)
    changes = turns(info, data.draw(st.integers(2000, 2026)))
    assume(changes)
    turn = data.draw(st.sampled_from(changes))
    at = turn + timedelta(minutes=data.draw(st.integers(-180, 180)))
    local = at.astimezone(info)
    offset = local.utcoffset()
    assert offset is not None
    assert read(f"{local:%Y-%m-%d %H:%M} {zone} {show_offset(offset)}").instant.utc == at
    before, after = (turn - timedelta(minutes=1)).astimezone(info).utcoffset(), turn.astimezone(info).utcoffset()
    assert before is not None
    assert after is not None
    if after > before:
        stops = (turn + before).replace(tzinfo=None)
        inside = stops + timedelta(minutes=data.draw(st.integers(0, int((after - before).total_seconds()) // 60 - 1)))
        said = refusal(f"{inside:%Y-%m-%d %H:%M} {zone}")
        assert f"{stops:%H:%M} straight to" in said
        assert f"{turn.astimezone(info):%H:%M}. Choose" in said


@given(st.datetimes(WALL("1970-01-02"), WALL("2100-01-01"), timezones=st.just(UTC)), st.integers(-23 * 60, 23 * 60))
def test_an_iso_instant_reads_back_exactly(at: datetime, minutes_east: int) -> None:
    there = at.astimezone(timezone(timedelta(minutes=minutes_east)))
    assert read(there.isoformat()).instant.utc == at


@given(st.text(max_size=60))
def test_no_text_does_worse_than_a_refusal(text: str) -> None:
    with suppress(Refused):
        read(text)


def test_the_time_zone_database_is_named_by_where_it_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "UTC").write_bytes(b"")
    (tmp_path / "+VERSION").write_text("2024a\n")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    tzdata_version.cache_clear()
    assert tzdata_version("UTC") == "2024a"
    assert tzdata_version("Asia/Tokyo").startswith("20")
    tzdata_version.cache_clear()
