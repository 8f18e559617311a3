"""The documents say what is so: names exist, columns are explained, words are as printed, decisions whole, links lead on."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from sqlalchemy import DateTime, TypeDecorator
from sqlmodel import SQLModel

import distro.tables
import scheduler
from distro.archive.columns import Micros
from distro.words import words

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
ADRS = sorted((DOCS / "adr").glob("*.md"))

FILE_ENDINGS = {"md", "py", "toml", "eml", "po", "csv", "key"}


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def exists(name: str) -> bool:
    """Whether a dotted name is a module below distro (or contacts, or scheduler), or something that one defines."""
    parts = name.split(".")
    for root in ("", "distro."):
        for cut in range(len(parts), 0, -1):
            try:
                found: object = importlib.import_module(root + ".".join(parts[:cut]))
            except ModuleNotFoundError:
                continue
            try:
                for part in parts[cut:]:
                    found = getattr(found, part)
            except AttributeError:
                continue
            if found is not distro:
                return True
    return False


def names_in(text: str) -> set[str]:
    found = set(re.findall(r"`([a-z_]+(?:\.\w+)+)`", text))
    return {name for name in found if name.rpartition(".")[2] not in FILE_ENDINGS}


FLOW = sorted(names_in(read("flow.md")))


@pytest.mark.parametrize("name", FLOW)
def test_what_the_flow_names_exists(name: str) -> None:
    assert exists(name), f"docs/flow.md names `{name}`, and there is no such thing"


def test_a_name_can_be_missing() -> None:
    assert len(FLOW) > 60
    assert not exists("dispatch.wave.lunch_due")
    assert not exists("dispatch.waves")
    assert not exists("editorial.plan.Wave.launched_on")


def test_the_flow_tells_every_tick() -> None:
    ticks = {f"dispatch.ticks.{job.work.__qualname__}" for job in scheduler.JOBS}
    assert ticks <= set(FLOW)


def timestamps() -> set[str]:
    """Every column that holds an instant, as table.column."""
    found = set()
    for table in SQLModel.metadata.tables.values():
        for column in table.columns:
            kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
            if isinstance(kind, DateTime) or isinstance(column.type, Micros) or column.name.endswith("_us"):
                found.add(f"{table.name}.{column.name}")
    return found


def test_every_instant_is_explained_and_no_other() -> None:
    explained = re.findall(r"^\| `(\w+\.\w+)` \| \S", read("timestamps.md"), re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert len(timestamps()) > 25
    assert set(explained) == timestamps()


def test_printed_words_are_those_of_the_catalogue() -> None:
    _, _, table = read("glossary.md").partition("## Printed words")
    pairs = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", table, re.MULTILINE)[1:]
    assert len(pairs) > 10
    spanish = words("es")
    assert {english: spanish(english) for english, _ in pairs} == dict(pairs)


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_a_decision_is_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    number = re.fullmatch(r"(\d{4})-[a-z0-9-]+", path.stem)
    title = re.match(r"# (\d+)[.:] \S.+\n", text)
    assert number, "named NNNN-title.md"
    assert title, "opens with its number and title"
    assert int(title[1]) == int(number[1])
    missing = [part for part in ("What", "Why", "What else") if f"\n**{part}.**" not in text]
    assert not missing


def test_no_two_decisions_have_one_number() -> None:
    numbers = [path.stem[:4] for path in ADRS]
    assert len(numbers) == len(set(numbers)) > 20


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        there = (path.parent / place) if place else path
        assert there.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors(there), f"{target}: no such heading"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_are_there(path: Path) -> None:
    """`distro/editorial/plan.py`, `docs/mail.png`, `templates/locale/`: whatever starts in a folder of ours."""
    folders = {"distro", "contacts", "templates", "tests", "docs"}
    named = re.findall(r"`([\w.-]+/[\w./-]*)`", path.read_text(encoding="utf-8"))
    absent = [name for name in named if name.partition("/")[0] in folders and "NAME" not in name and not (ROOT / name).exists()]
    assert not absent
