"""The first release of a real archive page, where that page is at hand: its weekday and its two dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from distro.config import Office
from distro.editorial.content import Edition, Kind, Organisation, ReleaseContent
from distro.preflight.case import Case
from distro.preflight.rules import TIME

PAGE = Path(__file__).parents[3] / "shared" / "samples" / "archive-page.txt"


@pytest.mark.skipif(not PAGE.exists(), reason="the page is not at hand")
def test_the_weekday_and_the_dateline_of_the_first_item() -> None:
    item = PAGE.read_text(encoding="utf-8").split("Published in")[0].strip().split("\n\n")
    content = ReleaseContent(
        kind=Kind.RELEASE,
        slug="first",
        date=date(2015, 6, 17),
        languages=("en",),
        organisations=(Organisation(name="Example Network"),),
        editions={"en": Edition(headline=item[1], subhead=item[2], body="\n\n".join(item[3:]))},
    )
    case = Case(content, Office(), "", datetime(2026, 11, 24, tzinfo=UTC))
    found = {one.rule: one for rule in TIME for one in rule.findings(case)}
    assert found.keys() == {"time-weekday", "time-release-line"}
    assert "was a Tuesday, not a Wednesday" in found["time-weekday"].why
    assert found["time-release-line"].place.words == found["time-weekday"].place.words
