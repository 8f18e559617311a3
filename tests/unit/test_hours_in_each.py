"""An hour for readers of several languages at once, in the office's own words where it has a catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from distro.hours import in_each

AT = datetime(2026, 12, 1, 17, tzinfo=UTC)
ZONE = "America/Los_Angeles"


def test_each_reader_is_told_in_their_language() -> None:
    english, spanish = in_each(("en", "es"), AT, ZONE, primary="en")
    assert english == "Tuesday, December 1, 2026, at 9:00 a.m., Los Angeles (PST, 17:00 UTC)"
    assert spanish.lower().startswith("martes 1 de diciembre de 2026")


def test_an_offices_own_catalogue_says_it_in_a_language_of_which_we_have_none(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    own = 'msgid "%(when)s, %(city)s (%(zone)s, %(utc)s)"\nmsgstr "%(when)s, ora di %(city)s (%(zone)s, %(utc)s)"\n'
    (tmp_path / "locale" / "it.po").write_text(own, encoding="utf-8")
    (ours,) = in_each(("it",), AT, ZONE, primary="en")
    (theirs,) = in_each(("it",), AT, ZONE, primary="en", folder=tmp_path)
    assert ours == in_each(("en",), AT, ZONE, primary="en")[0]
    assert "ora di Los Angeles" in theirs
