"""Reads the corpus: clean release folders, and faults as edits of them. Owns how a faulty folder is made; judges nothing.

What each text and each fault is for stands in README.md.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
CLEAN = HERE / "clean"
FIRST, SECOND, THIRD = HERE / "faults.toml", HERE / "faults-second.toml", HERE / "faults-third.toml"
PARTS = {FIRST: "", SECOND: "second-", THIRD: "third-"}
"""How the names of the clean texts of each part begin; those of the first are all others."""

CLOCK = datetime(2026, 11, 20, 15, tzinfo=UTC)
"""The instant at which the corpus is checked."""

KEYS = {"id", "base", "rule", "language", "words", "edits", "note", "also"}


@dataclass(frozen=True)
class Edit:
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Fault:
    """One slip in a clean text.

    rule      the rule that must find it
    language  of the edition in which it stands; "" of none (release.toml), or of the pair
    words     what a finding must touch; "" for what is absent
    also      rules that may find it too
    """

    id: str
    base: str
    rule: str
    language: str
    words: str
    edits: tuple[Edit, ...]
    note: str = ""
    also: tuple[str, ...] = ()


def clean_folders() -> list[Path]:
    return sorted(path for path in CLEAN.iterdir() if path.is_dir())


def part_of(name: str) -> Path:
    """The file of faults that belongs to a clean text of this name."""
    return next(file for file in (SECOND, THIRD, FIRST) if name.startswith(PARTS[file]))


def faults(*files: Path) -> list[Fault]:
    """Those of the files given; of all parts where none is."""
    return [_fault(entry) for file in files or PARTS if file.exists() for entry in _entries(file)]


def make_faulty(fault: Fault, folder: Path) -> Path:
    """Copies the fault's clean text to `folder` and makes its edits there. Raises ValueError where one does not fit once."""
    shutil.copytree(CLEAN / fault.base, folder)
    for edit in fault.edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"{fault.id}: {edit.old!r} stands {text.count(edit.old)} times in {edit.file} of {fault.base}")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    return folder


def _entries(file: Path) -> list[Mapping[str, object]]:
    found = tomllib.loads(file.read_text(encoding="utf-8"))["fault"]
    assert isinstance(found, list)
    return found


def _fault(entry: Mapping[str, object]) -> Fault:
    unknown = set(entry) - KEYS
    assert not unknown, f"{entry.get('id')}: unknown keys {unknown}"
    edits, also = entry["edits"], entry.get("also", [])
    assert isinstance(edits, list), edits
    assert isinstance(also, list), also
    return Fault(
        id=str(entry["id"]),
        base=str(entry["base"]),
        rule=str(entry["rule"]),
        language=str(entry["language"]),
        words=str(entry["words"]),
        edits=tuple(Edit(**edit) for edit in edits),
        note=str(entry.get("note", "")),
        also=tuple(str(rule) for rule in also),
    )
