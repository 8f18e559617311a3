"""`distro contacts` and `distro segments` as a person runs them: the real command, its output and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.process import Office
from tests.acceptance.ready import run_as_text

DISTRO = Path(sys.executable).with_name("distro")
SAMPLE = Path(__file__).parents[2] / "../shared/samples/journalists.csv"
Run = Callable[..., "subprocess.CompletedProcess[str]"]
CSV = "email,name,outlet,beats,region,languages,tier,Fax\n" + "".join(
    f"{line}\n"
    for line in (
        'ana@example.org,Ana Pérez,El Diario,Inmigración;courts,"Los Angeles, CA",es,1,555-0101',
        "eva@example.org,Eva,Daily Example,immigration,Chicago,en+es,2,",
        "tom@example.org,Tom,Daily Example,science,Chicago,en,dos,",
    )
)


@pytest.fixture
def office(store_url: str, tmp_path: Path) -> Run:
    """An office with one author and one auditor, on either database; the fixture runs its commands as Rosa."""

    office = Office(tmp_path, {"DISTRO_STORAGE__URL": store_url, "DISTRO_STORAGE__DATA_DIR": str(tmp_path / "data")})

    def run(*arguments: str, actor: str | None = "Rosa") -> subprocess.CompletedProcess[str]:
        clean = {**office.environment, **({"DISTRO_ACTOR": actor} if actor is not None else {})}
        return run_as_text(arguments, clean, tmp_path)

    (tmp_path / "people.csv").write_text(CSV, encoding="utf-8")
    ada = ("--as", "Ada", "staff", "add")
    office.several(
        ["init"],
        ["staff", "add", "Ada", "--email", "ada@example.org", "--role", "admin"],
        [*ada, "Rosa", "--email", "rosa@example.org", "--role", "author"],
        [*ada, "Otto", "--email", "otto@example.org", "--role", "auditor"],
    )
    return run


def value(done: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON value on standard output of a command that went well."""
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The sentences of a command that was turned down."""
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_import_tells_counts_and_refusals_and_is_idempotent(office: Run) -> None:
    dry = value(office("contacts", "import", "people.csv", "--list", "Desk", "--dry-run", "--json", actor=None))
    assert value(office("contacts", "list", "--json", actor=None)) == []
    first = value(office("contacts", "import", "people.csv", "--list", "Desk", "--json"))
    assert first == dry
    assert (first["added"], first["changed"], first["unchanged"], first["unknown_columns"]) == (2, 0, 0, ["Fax"])
    (bad,) = first["refused"]
    assert (bad["row"], bad["field"], bad["value"]) == (4, "tier", "dos")
    again = value(office("contacts", "import", "people.csv", "--list", "Desk", "--json"))
    assert (again["added"], again["changed"], again["unchanged"], again["refused"]) == (0, 0, 2, [bad])
    said = office("contacts", "import", "people.csv")
    assert said.stdout.startswith("0 added, 0 changed, 2 unchanged, 1 refused.")


@pytest.mark.skipif(not SAMPLE.exists(), reason="the samples are not here")
def test_the_sample_goes_in(office: Run) -> None:
    first = value(office("contacts", "import", str(SAMPLE), "--json"))
    assert (first["added"], len(first["refused"]), first["unknown_columns"]) == (9, 5, ["Twitter"])
    again = value(office("contacts", "import", str(SAMPLE), "--json"))
    assert (again["added"], again["changed"], again["unchanged"], again["refused"]) == (0, 0, 9, first["refused"])


def test_a_file_that_cannot_be_read_is_refused(office: Run, tmp_path: Path) -> None:
    assert "There is no file none.csv." in refused(office("contacts", "import", "none.csv", "--json"))
    (tmp_path / "bad.csv").write_bytes(b"\x7fELF\x02\x01\x00\x03")
    assert "not text" in refused(office("contacts", "import", "bad.csv", "--json"))


def test_segments_are_saved_counted_and_explained(office: Run) -> None:
    office("contacts", "import", "people.csv", "--list", "Desk")
    rule = 'beat:inmigracion and not outlet:"Daily Example"'
    saved = {"name": "Immigration", "rule": rule, "count": 1}
    assert value(office("segments", "save", "Immigration", rule, "--json")) == saved
    assert value(office("segments", "show", "immigration", "--json", actor=None)) == saved
    assert value(office("segments", "list", "--json", actor=None)) == [saved]
    assert value(office("segments", "explain", "Immigration", "ANA@example.org", "--json", actor=None)) == {
        "in": True,
        "clauses": [{"clause": "beat:inmigracion", "holds": True}, {"clause": 'not outlet:"Daily Example"', "holds": True}],
        "suppressed": False,
    }
    why = value(office("segments", "explain", "Immigration", "eva@example.org", "--json"))
    assert [clause["holds"] for clause in why["clauses"]] == [False, False]
    found = value(office("contacts", "list", "--segment", "Immigration", "--json"))
    assert [one["address"] for one in found] == ["ana@example.org"]


def test_a_rule_that_is_wrong_is_refused_at_its_column(office: Run) -> None:
    assert "breaks off at column 6" in refused(office("segments", "save", "A", "beat:"))
    assert "the list 'Nobody' at column 6" in refused(office("segments", "save", "A", "list:Nobody"))
    assert "There is no segment 'A'" in refused(office("segments", "show", "A", "--json"))


def test_one_by_one(office: Run) -> None:
    made = value(
        office("contacts", "add", "Zoë@radio.example.org", "--name", "Zoë", "--tier", "2", "--languages", "en+es", "--json")
    )
    moved = value(
        office("contacts", "edit", "zoë@radio.example.org", "--address", "zoe@radio.example.org", "--tier", "", "--json")
    )
    assert (moved["id"], moved["address"], moved["tier"], moved["name"]) == (made["id"], "zoe@radio.example.org", None, "Zoë")
    assert "a contact already" in refused(office("contacts", "add", "ZOE@radio.example.org"))
    assert "There is nothing to change" in refused(office("contacts", "edit", "zoe@radio.example.org"))
    assert "whole number" in refused(office("contacts", "edit", "zoe@radio.example.org", "--tier", "dos"))
    assert "There is no contact" in refused(office("contacts", "show", "nobody@example.org", "--json"))
    assert value(office("contacts", "remove", "zoe@radio.example.org", "--json")) == {"removed": made["id"]}
    assert value(office("contacts", "list", "--json")) == []


def test_what_people_have_said_to_us(office: Run) -> None:
    office("contacts", "add", "ana@example.org")
    assert value(office("contacts", "suppress", "Ana@example.org", "--reason", "asked by phone", "--json"))["new"]
    assert not value(office("contacts", "suppress", "ana@example.org", "--reason", "again", "--json"))["new"]
    assert office("contacts", "suppress", "stranger@example.org", "--reason", "asked").returncode == 0
    office("contacts", "import", "people.csv")
    shown = value(office("contacts", "show", "ana@example.org", "--json"))
    assert (shown["suppressed"], shown["suppression"]["reason"]) == (True, "asked by phone")
    assert office("contacts", "unsuppress", "ana@example.org", "--reason", "asked again").returncode == 0
    assert office("contacts", "agree", "ana@example.org", "--terms", "2026").returncode == 0
    waiting = office("contacts", "agree", "ana@example.org", "--release", "a-letter", "--how", "by mail")
    assert (waiting.returncode, "There is no release a-letter yet" in waiting.stderr) == (0, True)
    shown = value(office("contacts", "show", "ana@example.org", "--json"))
    assert shown["suppressed"] is False
    assert [(one["release"], one["terms"], one["by"]) for one in shown["agreements"]] == [
        ("", "2026", "Rosa"),
        ("a-letter", "standard", "Rosa"),
    ]


def test_a_list_is_whole_or_paged(office: Run) -> None:
    office("contacts", "import", "people.csv")
    (first,) = value(office("contacts", "list", "--limit", "1", "--json", actor=None))
    (second,) = value(office("contacts", "list", "--after", str(first["id"]), "--json", actor=None))
    assert [first["address"], second["address"]] == ["ana@example.org", "eva@example.org"]
    assert first["beats"] == ["Inmigración", "courts"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("contacts", "import", "people.csv"),
        ("contacts", "add", "x@example.org"),
        ("contacts", "suppress", "x@example.org", "--reason", "x"),
        ("segments", "save", "A", "tier:1"),
    ],
)
def test_writing_needs_a_person_who_may(office: Run, arguments: tuple[str, ...]) -> None:
    assert "say who you are" in refused(office(*arguments, actor=None))
    assert "Otto is auditor and may not" in refused(office(*arguments, actor="Otto"))
