"""How rules are asked: severities that an office set, what must stop whatever it set, waivers, and who says "checked"."""

from __future__ import annotations

import ast
from datetime import datetime
from pathlib import Path

import pytest

from distro.editorial.checked import Checked
from distro.editorial.content import PressContact, ReleaseContent
from distro.editorial.folder import open_folder, read_folder
from distro.editorial.release import Verb
from distro.editorial.waivers import Waiver, spot
from distro.errors import Refused
from distro.preflight import run
from distro.preflight.finding import Finding
from distro.preflight.rules import RULES
from distro.preflight.where import in_files
from distro.severity import AUDIENCE, FORM, MAIL, MUST_STOP, NAMES, Preflight, Severity
from tests.unit.test_preflight_form import NOW, WHOLE, case, with_text

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
DOUBLED = with_text("en", "They met in the the hall.")


def findings(content: ReleaseContent = DOUBLED, *waivers: Waiver, **severity: str) -> list[Finding]:
    settings = Preflight(severity={name.replace("_", "-"): Severity(value) for name, value in severity.items()})
    return run.findings(case(content), settings, waivers)


def against(content: ReleaseContent, step: Verb = Verb.SUBMIT) -> tuple[str, ...]:
    made = case(content)
    return run.checked(made, run.findings(made, Preflight()), step).against


def test_the_names_are_those_of_the_rules() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert set(names) <= set(NAMES)
    assert {*FORM, *MAIL, *AUDIENCE} <= set(names)
    for rule in RULES:
        assert rule.severity is Severity.STOPS or rule.name not in MUST_STOP
        assert rule.severity is not Severity.STOPS or rule.name in MUST_STOP
        assert rule.source
        assert rule.summary


def test_an_office_sets_a_rule() -> None:
    assert [one.severity for one in findings()] == [Severity.WARNS]
    assert [one.severity for one in findings(form_doubled="stops")] == [Severity.STOPS]
    assert [one.severity for one in findings(form_doubled="hints")] == [Severity.HINTS]
    assert findings(form_doubled="off") == []


def test_what_must_stop_stops_whatever_is_set() -> None:
    nobody = WHOLE.model_copy(update={"contacts": ()})
    assert [one.severity for one in findings(nobody, form_press_contact="off")] == [Severity.STOPS]
    no_phone = WHOLE.model_copy(update={"contacts": (PressContact(name="Rosa", email="rosa@example.org"),)})
    assert findings(no_phone, form_press_contact="off") == []
    assert [one.severity for one in findings(no_phone, form_press_contact="hints")] == [Severity.HINTS]


def test_only_what_stops_is_said_against_a_step() -> None:
    assert against(DOUBLED) == ()
    said = against(WHOLE.model_copy(update={"contacts": ()}))
    assert len(said) == 1
    assert said[0].startswith("contacts: It names no press contact.")


def test_the_worst_comes_first() -> None:
    content = DOUBLED.model_copy(update={"contacts": ()})
    assert [one.severity for one in findings(content)] == [Severity.STOPS, Severity.WARNS]
    assert run.counts(findings(content)) == {"stops": 1, "warns": 1, "hints": 0}


def waiver(rule: str, words: str, language: str = "en", part: str = "body") -> Waiver:
    return Waiver(rule, spot(language, part, words), "Ana Example", NOW, "it is a name")


def test_a_waiver_is_about_a_rule_and_words() -> None:
    waived = findings(DOUBLED, waiver("form-doubled", "the  the"))[0].waived
    assert waived is not None
    assert (waived.by, waived.reason) == ("Ana Example", "it is a name")
    assert findings(DOUBLED, waiver("form-doubled", "in in"))[0].waived is None
    assert findings(DOUBLED, waiver("form-doubled", "the the", "es"))[0].waived is None
    assert findings(DOUBLED, waiver("form-eaten", "the the"))[0].waived is None
    stops = findings(DOUBLED, waiver("form-doubled", "the the"), form_doubled="stops")
    assert run.stopping(stops) == []
    assert run.counts(stops) == {"stops": 0, "warns": 0, "hints": 0}


def test_what_must_stop_is_not_waived() -> None:
    nobody = WHOLE.model_copy(update={"contacts": ()})
    waived = findings(nobody, waiver("form-press-contact", "", "", "contacts"))
    assert [one.waived for one in waived] == [None]
    with pytest.raises(Refused, match="cannot be waived"):
        run.waivable(waived, "form-press-contact", None)


def test_a_waiver_needs_something_that_is_found() -> None:
    found = findings()
    assert run.waivable(found, "form-doubled", "the") == [("en", "body", "the the")]
    with pytest.raises(Refused, match="finds nothing in this release"):
        run.waivable(found, "form-eaten", None)
    with pytest.raises(Refused, match="finds nothing with these words"):
        run.waivable(found, "form-doubled", "elsewhere")
    with pytest.raises(Refused, match="did you mean 'form-doubled'"):
        run.waivable(found, "form-doubeld", None)


def test_nobody_else_says_that_a_release_was_checked() -> None:
    with pytest.raises(TypeError):
        Checked("0" * 64, Verb.SUBMIT, NOW, ())
    callers = []
    for path in [*ROOT.glob("distro/**/*.py"), *ROOT.glob("contacts/**/*.py"), ROOT / "scheduler.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name in ("from_preflight", "_SEAL") and path.name != "embargo.py":
                callers.append(path.relative_to(ROOT).as_posix())
    assert set(callers) == {"distro/editorial/checked.py", "distro/preflight/run.py"}


def test_the_samples() -> None:
    def stops(name: str, public_url: str = "", now: datetime = NOW) -> list[str]:
        made = case(read_folder(SAMPLES / name), public_url=public_url, now=now)
        return [one.why for one in run.findings(made, Preflight()) if one.severity is Severity.STOPS]

    assert stops("clinic-report") == []
    assert stops("remarks") == []
    hearing = stops("hearing")
    assert "An advisory says what, when, where and who; 'who' is missing in es.md." in hearing
    assert any("assets/complaint.txt is not in the folder" in one for one in hearing)
    assert not any("public address" in one for one in stops("hearing", "https://press.example.org"))


def test_a_folder_s_places_are_those_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "release.toml").write_text(
        'kind = "release"\ndate = 2026-12-01\n\n[[organisation]]\nname = "Example Network"\n\n'
        '[[contact]]\nname = "Rosa Example"\nemail = "rosa@example.org"\n'
    )
    (tmp_path / "en.md").write_text(
        '\n---\nheadline: "A a headline of of the clinic"\nwhat: |\n  one\n  two two\n---\n'
        "\n  \nIt opened.\n\nIn in the hall.\n"
    )
    read = open_folder(tmp_path)
    found = in_files(run.findings(case(read.content), Preflight()), tmp_path, read.content)
    places = {(one.rule, one.place.file, one.place.line, one.place.column, one.place.words) for one in found}
    assert ("form-doubled", "en.md", 12, 1, "In in") in places
    assert ("form-doubled", "en.md", 3, 25, "of of") in places
    assert ("form-doubled", "en.md", 6, 3, "two two") in places
    assert ("form-press-contact", "release.toml", 8, 9, "Rosa Example") in places
    assert ("form-boilerplate", "release.toml", 5, 9, "Example Network") in places
