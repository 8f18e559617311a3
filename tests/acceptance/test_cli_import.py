"""`distro import-page` as somebody runs it who has a folder of saved pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.ready import run_as_text

DISTRO = Path(sys.executable).with_name("distro")
PAGES = Path(__file__).parents[1] / "samples" / "pages"
ROOT = Path(__file__).parents[2]
KEYS = {
    "kind",
    "date",
    "headline",
    "subhead",
    "dateline",
    "contacts",
    "quotes",
    "language",
    "boilerplates",
    "resources",
    "events",
    "confidence",
}


def run(folder: Path, *arguments: str, person: str = "") -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DISTRO_")} | {"PYTHONPATH": str(ROOT)}
    return run_as_text([*(("--as", person) if person else ()), *arguments], environment, folder, 120)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    assert run(tmp_path, "init").returncode == 0
    added = run(tmp_path, "staff", "add", "Rosa Example", "--email", "rosa@press.example.org", "--role", "admin")
    assert added.returncode == 0, added.stderr
    return tmp_path


def items(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    value: list[dict[str, Any]] = json.loads(done.stdout)
    return value


def test_a_dry_run_needs_no_office_and_leaves_nothing(tmp_path: Path) -> None:
    found = items(run(tmp_path, "import-page", str(PAGES / "joomla-list.html"), "--dry-run", "--json"))
    assert [item["date"] for item in found] == ["2017-02-14", "2017-01-23"]
    assert all(item.keys() >= KEYS for item in found)
    assert found[0]["contacts"][0] | {"role": None} == {
        "name": "Inés Robledo",
        "email": "prensa@jardineras.example.org",
        "phone": "555-0144",
        "role": None,
    }
    assert list(tmp_path.iterdir()) == []


def test_json_alone_imports(office: Path) -> None:
    """And a second time says that nothing has changed."""
    found = items(run(office, "import-page", str(PAGES / "embargoed.txt"), "--json", person="Rosa Example"))
    assert [item["state"] for item in found] == ["new"]
    shown = json.loads(run(office, "release", "show", found[0]["slug"], "--json").stdout)
    assert (shown["status"], shown["version"]) == ("draft", found[0]["version"])
    again = run(office, "import-page", str(PAGES / "embargoed.txt"), person="Rosa Example")
    assert "Nothing has changed." in again.stdout
    assert again.returncode == 0
    audit = run(office, "archive", "verify", "--full")
    assert audit.returncode == 0, audit.stdout


def test_written_folders_are_added_again_without_a_change(office: Path) -> None:
    found = items(run(office, "import-page", str(PAGES), "--out", "folders", "--json", person="Rosa Example"))
    assert len(found) >= 45
    assert all(item["folder"] for item in found)
    for slug in ("cedar-valley-clinics-extend-evening-hours-to-all-nine-locations", "statement-2018-11-02"):
        added = json.loads(run(office, "release", "add", f"folders/{slug}", "--json", person="Rosa Example").stdout)
        assert (added["changed"], added["version"]) == (False, next(item["version"] for item in found if item["slug"] == slug))


def test_the_original_altered_by_hand_is_found(office: Path) -> None:
    (item,) = items(run(office, "import-page", str(PAGES / "wire.html"), "--json", person="Rosa Example"))
    (office / "var" / "office" / "assets" / item["sha256"]).write_text("another page")
    audit = run(office, "archive", "verify", "--full")
    assert audit.returncode == 1
    assert "was altered" in audit.stdout


def test_without_a_person_nothing_is_imported(office: Path) -> None:
    done = run(office, "import-page", str(PAGES / "wire.html"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "--as NAME" in done.stderr
    assert json.loads(run(office, "release", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("name", "octets", "says"),
    [
        ("none.txt", None, "no file or folder"),
        ("empty.html", b"  \n", "is empty"),
        ("scan.html", b"%PDF-1.4 ...", "is a PDF"),
        ("broken.docx", b"PK\x03\x04 and no more", "cannot be read as DOCX"),
        ("word.docx", b"plain words", "is not a DOCX file"),
        ("frame.html", b"<html><body><nav>Home</nav></body></html>", "holds no release"),
        ("noise.txt", bytes(range(256)) * 40 + b"\x00" * 9000, "is not text"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(office: Path, name: str, octets: bytes | None, says: str) -> None:
    if octets is not None:
        (office / name).write_bytes(octets)
    done = run(office, "import-page", name, person="Rosa Example")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert json.loads(run(office, "release", "list", "--json").stdout) == []
    assert not (office / "var" / "office" / "assets").exists()


def test_one_bad_page_does_not_keep_the_others_out(office: Path) -> None:
    folder = office / "pages"
    folder.mkdir()
    (folder / "a.html").write_bytes((PAGES / "wire.html").read_bytes())
    (folder / "b.html").write_bytes(b"%PDF-1.4")
    done = run(office, "import-page", "pages", "--json", person="Rosa Example")
    assert done.returncode == 2
    assert "b.html is a PDF" in done.stderr
    assert len(json.loads(done.stdout)) == 1
