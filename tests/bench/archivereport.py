"""docs/benchmarks-archive.md, written from what was measured; and what was promised."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.bench.archivecommands import VERIFIED, Ran, Verified
from tests.bench.archivequestions import BAR, Asked
from tests.bench.report import processor

OCTETS, SIGNED, SEALED = 1000.0, 1300.0, 20_000.0
"""At most so many octets a delivery, with the record and its tree: unsigned, and signed with RSA-2048; at least so many entries
sealed a second."""


@dataclass(frozen=True)
class Sealed:
    entries: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.entries / self.seconds


@dataclass(frozen=True)
class Measured:
    at: datetime
    database: str
    deliveries: int
    releases: int
    entries: int
    octets: float
    signed: float
    """Octets a delivery, in a store whose copies are signed."""
    parts: dict[str, float]
    sealed: Sealed
    asked: list[Asked]
    ran: list[Ran]
    verified: Verified
    built: float
    """Seconds that it took."""
    load: tuple[float, float]

    def small(self, octets: float, bar: float) -> bool:
        """Whether it keeps to the octets, which were promised for SQLite."""
        return octets <= bar or self.database != "sqlite"

    @property
    def missed(self) -> list[str]:
        slow = [f"{one.name}: p95 {one.p95:.0f} ms" for one in self.asked if not one.kept]
        large = [] if self.small(self.octets, OCTETS) else [f"{self.octets:.0f} octets a delivery"]
        if not self.small(self.signed, SIGNED):
            large.append(f"{self.signed:.0f} octets a delivery, signed")
        if self.verified.findings:
            large.append(f"{self.verified.findings} findings of an audit, where nothing was altered")
        if self.verified.rate < VERIFIED:
            large.append(f"{self.verified.rate:,.0f} copies verified a second")
        late = [f"{self.sealed.rate:,.0f} entries sealed a second"] if self.sealed.rate < SEALED else []
        return [*slow, *large, *late]


def report(m: Measured) -> Iterator[str]:
    yield "# Benchmarks of the archive"
    yield ""
    yield "Written by `make bench-archive`; do not edit."
    yield ""
    yield f"- Date: {m.at:%Y-%m-%d %H:%M} UTC; database: {m.database}."
    built = f"Built in {m.built / 60:.1f} minutes."
    yield (
        f"- The store: {m.deliveries:,} deliveries in {m.releases} releases in English and Spanish, {m.entries:,} entries of "
        "the record, all sealed. A quarter of the releases had an embargo and an advance wave, a quarter "
        "a second version or a kill; "
        f"1 in 100 copies did not arrive at once. Copies are not signed, but in a store of a tenth that only its octets "
        f"were measured of. {built}"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield (
        f"- Machine: {processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}. Load average when it began: {m.load[0]:.1f}; "
        f"when it ended: {m.load[1]:.1f}, this included. Others at work make all figures worse."
    )
    yield "- Settings: the defaults. SQLite in WAL, with its own cache of 2 MB a connection; a new session for each question."
    yield ""
    yield "## What was promised"
    yield ""
    yield "| what | bar | measured | |"
    yield "|---|---|---|---|"
    slowest = max(m.asked, key=lambda one: one.p95)
    for what, bar, measured, kept in (
        (f"p95 of the slowest question ({slowest.name})", f"under {BAR:.0f} ms", f"{slowest.p95:.1f} ms", slowest.kept),
        (
            "octets a delivery, with the record and its tree",
            f"{OCTETS:,.0f} at most",
            f"{m.octets:,.0f}",
            m.small(m.octets, OCTETS),
        ),
        (
            "the same where copies are signed (RSA-2048)",
            f"{SIGNED:,.0f} at most",
            f"{m.signed:,.0f}",
            m.small(m.signed, SIGNED),
        ),
        (
            "copies rebuilt and hashed a second by `archive verify --full`",
            f"{VERIFIED:,.0f} at least",
            f"{m.verified.rate:,.0f}",
            m.verified.rate >= VERIFIED,
        ),
        ("entries sealed a second", f"{SEALED:,.0f} at least", f"{m.sealed.rate:,.0f}", m.sealed.rate >= SEALED),
    ):
        yield f"| {what} | {bar} | {measured} | {'kept' if kept else '**missed**'} |"
    yield ""
    yield "## Questions"
    yield ""
    count = len(m.asked[0].times)
    yield f"The store's own call, first page of 100 and no total, {count} times each with arguments by chance. In ms."
    if m.database == "sqlite":
        yield "The CPU is this process's: whatever else it waited for was others at work, or the disk."
    yield ""
    yield "| question | p50 | p95 | slowest | CPU, p95 | rows on average |"
    yield "|---|---|---|---|---|---|"
    for one in m.asked:
        times = f"{one.p50:.1f} | {one.p95:.1f} | {max(one.times):.1f} | {one.cpu_p95:.1f}"
        yield f"| {one.name} | {times} | {one.rows:.1f} |"
    yield ""
    yield "## Commands"
    yield ""
    yield "Each with --json in a process of its own, starting Python included, on the same store; run once."
    yield ""
    yield "| command | seconds | what came |"
    yield "|---|---|---|"
    for ran in m.ran:
        yield f"| `{ran.name}` | {ran.seconds:.2f} | {ran.came} |"
    bag = m.verified
    yield f"| the bag's own `verify.py` | {bag.checked_seconds:.2f} | {bag.bag_copies:,} copies, nothing altered |"
    yield ""
    yield "## Octets"
    yield ""
    yield (
        "All of the store over all deliveries, as it stands after years of small changes: people, letters (one a wave, "
        "language and list) and texts among it. What is less than 1 is left out."
    )
    yield ""
    yield "| table or index | octets a delivery |"
    yield "|---|---|"
    for name, octets in sorted(m.parts.items(), key=lambda part: -part[1]):
        if octets >= 1:
            yield f"| {name} | {octets:.0f} |"
