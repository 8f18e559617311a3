"""What the rules say of real pages of press archives, where the samples are at hand: their mistakes are what rules are for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from distro.preflight import run
from distro.preflight.finding import Finding
from distro.severity import Preflight
from tests.unit.test_preflight_form import EN, WHOLE, case

SAMPLES = [parent / "shared" / "samples" for parent in Path(__file__).resolve().parents[2:5]]


def said(name: str) -> list[Finding]:
    page = next((folder / name for folder in SAMPLES if (folder / name).is_file()), None)
    if page is None:
        pytest.skip("the samples are not here")
    edition = EN.model_copy(update={"body": page.read_text(encoding="utf-8")})
    content = WHOLE.model_copy(update={"languages": ("en",), "date": date(2015, 6, 17), "editions": {"en": edition}})
    return run.findings(case(content, now=datetime(2015, 6, 1, tzinfo=UTC)), Preflight())


def lines(found: list[Finding], rule: str) -> list[int]:
    return [one.place.line for one in found if one.rule == rule]


def test_an_archive_page() -> None:
    found = said("archive-page.txt")
    assert lines(found, "time-weekday") == [9]
    assert sorted(lines(found, "form-link-text")) == [21, 23, 42, 44, 69]
    assert sorted(lines(found, "form-dangling")) == [69, 141, 141, 143, 145, 147]
    assert lines(found, "form-quote-open") == [87, 111]


def test_a_page_of_one_release() -> None:
    found = said("single-release-page.txt")
    assert len(lines(found, "form-dangling")) == 3
    assert [one.place.words for one in found if one.rule == "form-link-text"] == ["click here"]
