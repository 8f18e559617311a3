"""What stops a submission, and that nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from distro.editorial.checks import stops
from distro.editorial.content import PressContact, ReleaseContent, Resource
from distro.editorial.folder import read_folder

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
REPORT = read_folder(SAMPLES / "clinic-report")


def against(content: ReleaseContent, *, public_url: str = "", now: datetime = NOW) -> list[str]:
    return stops(content, public_url=public_url, now=now)


def test_a_whole_release_is_not_stopped() -> None:
    assert against(REPORT) == []
    assert against(read_folder(SAMPLES / "remarks")) == []


def test_the_primary_edition() -> None:
    said = against(REPORT.model_copy(update={"editions": {"es": REPORT.editions["es"]}}))
    assert said == ["There is no edition in the primary language; write en.md and add the folder again."]


def test_an_embargo_in_the_past() -> None:
    assert REPORT.embargo is not None
    assert against(REPORT, now=REPORT.embargo.utc - timedelta(microseconds=1)) == []
    assert "is past" in against(REPORT, now=REPORT.embargo.utc)[0]


def test_a_press_contact_whom_replies_reach() -> None:
    assert "names no press contact" in against(REPORT.model_copy(update={"contacts": ()}))[0]
    assert "has no email" in against(REPORT.model_copy(update={"contacts": (PressContact(name="Rosa Ejemplo"),)}))[0]


def test_each_missing_part_of_an_advisory_and_a_file_that_cannot_be_linked() -> None:
    said = against(read_folder(SAMPLES / "hearing"))
    assert [s for s in said if "advisory" in s] == ["An advisory says what, when, where and who; 'who' is missing in es.md."]
    assert any("assets/complaint.txt is not in the folder" in s for s in said)
    assert any("set [web] public_url" in s for s in said)


def test_a_file_with_a_public_address_is_fine() -> None:
    resource = Resource(title={"en": "T"}, file="assets/a.pdf", sha256="0" * 64, size=1)
    assert against(REPORT.model_copy(update={"resources": (resource,)}), public_url="https://press.example.org") == []
