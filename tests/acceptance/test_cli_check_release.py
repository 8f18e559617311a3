"""`distro release check` and `waive` as an officer runs them: a folder before it is added, a release, links, an audience."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.ready import run_as_text

DISTRO = Path(sys.executable).with_name("distro")
ROOT = Path(__file__).parents[2]
ARCHIVE_PAGE = ROOT.parent.parent / "shared" / "samples" / "archive-page.txt"

TOML = """
slug = "clinic"
kind = "release"
date = 2027-06-01

[[organisation]]
name = "Example Network"
boilerplate = "It organises."

[[contact]]
name = "Rosa Example"
email = "rosa@network.example.org"
phone = "+1 202 555 0101"
"""
EN = """---
headline: "A clinic opens on Main Street"
dateline: Los Angeles, CA
---
The clinic opened. They met in the the hall.
"""
ES = """---
headline: "Abre una clínica en la calle Main"
dateline: Los Ángeles
---
Abrió la clínica. Se reunieron en la sala.
"""


class Office:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("DISTRO_")}

    def run(
        self, *arguments: str, as_: str = "", status: int = 0, settings: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = run_as_text([*(("--as", as_) if as_ else ()), *arguments], self.environment | (settings or {}), self.folder)
        assert done.returncode == status, (done.stdout, done.stderr)
        return done

    def json(self, *arguments: str, as_: str = "", status: int = 0, settings: dict[str, str] | None = None) -> Any:
        return json.loads(self.run(*arguments, "--json", as_=as_, status=status, settings=settings).stdout)


def write(folder: Path, *, toml: str = TOML, en: str = EN, es: str = ES) -> Path:
    folder.mkdir()
    for name, text in (("release.toml", toml), ("en.md", en), ("es.md", es)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    office = Office(tmp_path_factory.mktemp("ready"))
    office.run("init")
    for name, role in (("Root", "admin"), ("Rosa", "author"), ("Ana", "approver")):
        actor = "" if name == "Root" else "Root"
        office.run("staff", "add", name, "--email", f"{name.lower()}@press.example.org", "--role", role, as_=actor)
    (office.folder / "people.csv").write_text("email,name,languages,tier\nada@daily.example.net,Ada,fr,1\n")
    office.run("contacts", "import", "people.csv", as_="Rosa")
    office.run("segments", "save", "All", "tier:1", as_="Rosa")
    return office.folder


@pytest.fixture
def office(ready: Path, tmp_path: Path) -> Office:
    return Office(Path(shutil.copytree(ready, tmp_path / "office")))


def test_a_folder_needs_no_office_and_no_actor(tmp_path: Path) -> None:
    office = Office(tmp_path)
    write(tmp_path / "clinic")
    found = office.json("release", "check", "clinic")
    assert found["slug"] == "clinic"
    assert found["counts"] == {"stops": 0, "warns": 1, "hints": 0}
    (one,) = found["findings"]
    assert one | {"why": "", "remedy": "", "source": ""} == {
        "rule": "form-doubled",
        "severity": "warns",
        "language": "en",
        "part": "body",
        "file": "en.md",
        "line": 5,
        "column": 32,
        "words": "the the",
        "why": "",
        "remedy": "",
        "source": "",
        "waived": None,
    }
    assert all(one[key] for key in ("why", "remedy", "source"))
    screen = office.run("release", "check", "clinic").stdout
    for part in ("en.md:5:32", "form-doubled", "“the the”", "stands twice", "clinic: 0 that stop, 1 that warn, 0 hints."):
        assert part in screen
    assert not (tmp_path / "var").exists()


def test_what_stops_ends_with_2_and_an_office_sets_rules(tmp_path: Path) -> None:
    office = Office(tmp_path)
    write(tmp_path / "clinic")
    strict = "form-doubled=stops"
    found = office.json("release", "check", "clinic", status=2, settings={"DISTRO_PREFLIGHT__SEVERITY": strict})
    assert found["counts"] == {"stops": 1, "warns": 0, "hints": 0}
    assert (
        office.json("release", "check", "clinic", settings={"DISTRO_PREFLIGHT__SEVERITY": "form-doubled=off"})["findings"] == []
    )
    nobody = write(tmp_path / "nobody", toml=TOML.partition("[[contact]]")[0])
    assert office.json("release", "check", str(nobody), status=2)["findings"][0]["rule"] == "form-press-contact"
    said = office.run("release", "check", "nowhere/at/all", status=2).stderr
    assert "There is no folder nowhere/at/all" in said


def test_submit_and_approve_say_what_they_see_and_refuse_what_stops(office: Office) -> None:
    write(office.folder / "folder")
    office.run("release", "add", "folder", as_="Rosa")
    strict = {"DISTRO_PREFLIGHT__SEVERITY": "form-doubled=stops"}
    refused = office.run("release", "submit", "clinic", as_="Rosa", status=2, settings=strict)
    assert "“the” stands twice" in refused.stderr
    submitted = office.run("release", "submit", "clinic", as_="Rosa")
    assert "form-doubled" in submitted.stderr
    assert "form-doubled" not in submitted.stdout
    office.run("release", "schedule", "clinic", "--audience", "All", "--at", "2036-06-01 09:00 America/New_York", as_="Rosa")
    assert "stands twice" in office.run("release", "approve", "clinic", as_="Ana", status=2, settings=strict).stderr
    approved = office.json("release", "approve", "clinic", as_="Ana")
    rules = {one["rule"]: one for one in approved["findings"]}
    assert {"form-doubled", "audience-fallback", "audience-language"} <= set(rules)
    assert rules["form-doubled"]["line"] == 1


def test_a_waiver_is_given_seen_and_taken_back(office: Office) -> None:
    write(office.folder / "folder")
    version = office.json("release", "add", "folder", as_="Rosa")["version"]
    waive = ("release", "waive", "clinic", "form-doubled")
    assert "say who you are" in office.run(*waive, "--reason", "x", status=2).stderr
    assert "needs a reason" in office.run(*waive, as_="Rosa", status=2).stderr
    assert (
        "did you mean 'form-doubled'"
        in office.run("release", "waive", "clinic", "form-doubel", "--reason", "x", as_="Rosa", status=2).stderr
    )
    assert "nothing with these words" in office.run(*waive, "--reason", "x", "--words", "z", as_="Rosa", status=2).stderr
    done = office.json(*waive, "--reason", "it is a name", as_="Rosa")
    assert done["about"] == [{"language": "en", "part": "body", "words": "the the"}]
    seen = office.json("release", "check", "clinic")
    assert seen["counts"] == {"stops": 0, "warns": 0, "hints": 0}
    assert seen["findings"][0]["waived"] | {"at": ""} == {"by": "Rosa", "at": "", "reason": "it is a name"}
    assert "Waived by Rosa: it is a name" in office.run("release", "check", "clinic").stdout
    strict = {"DISTRO_PREFLIGHT__SEVERITY": "form-doubled=stops"}
    assert office.json("release", "submit", "clinic", as_="Rosa", settings=strict)["version"] == version
    office.run(*waive, "--undo", as_="Rosa")
    assert office.json("release", "check", "clinic")["findings"][0]["waived"] is None
    assert "Nothing is waived" in office.run(*waive, "--undo", as_="Rosa", status=2).stderr
    office.run("archive", "verify", "--full")


def test_who_looked_at_an_embargoed_release_is_recorded(office: Office) -> None:
    write(
        office.folder / "folder",
        toml=TOML.replace("[[organisation]]", 'embargo = "2036-06-01 09:00 America/New_York"\n\n[[organisation]]', 1),
    )
    office.run("release", "add", "folder", as_="Rosa")
    office.run("release", "check", "clinic", as_="Ana")
    with closing(sqlite3.connect(office.folder / "var" / "office" / "distro.db")) as store:
        rows = store.execute("SELECT actor, payload FROM entry WHERE kind = 'release.read'").fetchall()
    assert [(actor, json.loads(payload)["what"]) for actor, payload in rows] == [("Ana", "check")]


def test_an_audience_that_is_named(office: Office) -> None:
    write(office.folder / "clinic", en=EN.replace("the the", "the"))
    for what in ("clinic/", "clinic"):
        if what == "clinic":
            office.run("release", "add", "clinic/", as_="Rosa")
            shutil.rmtree(office.folder / "clinic")
        found = office.json("release", "check", what, "--audience", "All")
        assert {one["rule"] for one in found["findings"]} == {"audience-fallback", "audience-language"}
        assert "no segment 'Nope'" in office.run("release", "check", what, "--audience", "Nope", status=2).stderr


class _Pages(BaseHTTPRequestHandler):
    asked: list[tuple[str, str, str | None]]

    def _answer(self) -> None:
        self.asked.append((self.command, self.path, self.headers.get("Cookie")))
        code = {"/gone": 404, "/shy": 405 if self.command == "HEAD" else 200, "/closed": 403}.get(self.path, 200)
        self.send_response(code)
        self.send_header("Set-Cookie", "who=reader")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = _answer

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent."""


@pytest.fixture
def pages() -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    asked: list[tuple[str, str, str | None]] = []
    handler = type("Pages", (_Pages,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_links_are_asked_only_when_somebody_says_so(
    tmp_path: Path, pages: tuple[str, list[tuple[str, str, str | None]]]
) -> None:
    base, asked = pages
    there = " ".join(f"[page {name}]({base}/{name})" for name in ("well", "gone", "shy", "closed"))
    write(tmp_path / "clinic", en=EN.replace("They met in the the hall.", there + f" [no]({base.rpartition(':')[0]}:9/x)"))
    office = Office(tmp_path)
    quiet = {"DISTRO_PREFLIGHT__SEVERITY": "form-link=off"}
    assert not any(
        one["rule"] == "form-link-dead" for one in office.json("release", "check", "clinic", settings=quiet)["findings"]
    )
    assert asked == []
    found = office.json("release", "check", "clinic", "--links", settings=quiet)["findings"]
    dead = {one["words"].rpartition("/")[2]: one["why"] for one in found if one["rule"] == "form-link-dead"}
    assert set(dead) == {"gone", "x"}
    assert "404 Not Found" in dead["gone"]
    assert ("GET", "/shy", None) in asked
    assert all(cookie is None for _, _, cookie in asked)
    assert [method for method, path, _ in asked if path == "/well"] == ["HEAD"]
