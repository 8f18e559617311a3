"""What issue and benchmark promise each other: a sentence, a bar, and whether it was kept. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.entrants import LIMIT
from tests.bench.keeping import Kept, Memory
from tests.bench.racing import Race
from tests.bench.watching import Run


@dataclass(frozen=True)
class Verdict:
    """`values` are ratios of one round each, or single measurements; without any it was not measured, and is not kept."""

    sentence: str
    bar: float
    at_least: bool
    values: tuple[float, ...]
    unit: str = "x"

    @property
    def median(self) -> float | None:
        return statistics.median(self.values) if self.values else None

    @property
    def kept(self) -> bool:
        if self.median is None:
            return False
        return self.median >= self.bar if self.at_least else self.median <= self.bar

    @property
    def word(self) -> str:
        return "kept" if self.kept else "**missed**" if self.values else "**not measured**"


RATES = (
    ("sqlite", LIMIT, 0.75, "durable and unsigned, against smtp-source on the wall clock"),
    ("rsa", LIMIT, 0.30, "signed with RSA-2048 by one maker, against smtp-source on the wall clock"),
    ("rsa-2", LIMIT, 0.50, "signed with RSA-2048 by two makers, against smtp-source on the wall clock"),
    ("sqlite", "nodemailer", 5.0, "durable and unsigned, against nodemailer, pooled, with handlebars"),
    ("sqlite", "aiosmtplib-bytes", 2.5, "durable and unsigned, against aiosmtplib with ready octets"),
    ("sqlite", "django", 15.0, "durable and unsigned, against Django"),
)
JUDGED = frozenset(key for one, other, *_ in RATES for key in (one, other))
"""Participants about whom something is promised."""
CPU = 3.5
MEMORY = 60.0
"""MB above the idle process."""
MEMORIES = (100_000, 1_000_000)
ARCHIVE, WITH_TREE = 700.0, 1000.0
"""Octets a delivery."""


def verdicts(race: Race, kept: Iterable[Kept], memories: Iterable[Memory]) -> list[Verdict]:
    held, archives = {one.people: one.above for one in memories}, [one for one in kept if one.database == "sqlite"]
    return [
        *(Verdict(said, bar, True, race.paired(one, other, rate)) for one, other, bar, said in RATES[:1]),
        Verdict("its CPU for a copy, against smtp-source's", CPU, False, race.paired("sqlite", LIMIT, cpu)),
        *(Verdict(said, bar, True, race.paired(one, other, rate)) for one, other, bar, said in RATES[1:]),
        *(
            Verdict(f"peak memory above the idle process, {people:,} recipients", MEMORY, False, _one(held.get(people)), "MB")
            for people in MEMORIES
        ),
        Verdict(
            "the archive of a delivery, unsigned, SQLite, but for the tree",
            ARCHIVE,
            False,
            tuple(one.octets - one.tree for one in archives),
            "octets",
        ),
        Verdict("the same with the tree", WITH_TREE, False, tuple(one.octets for one in archives), "octets"),
    ]


def _one(value: float | None) -> tuple[float, ...]:
    return () if value is None else (value,)


def rate(run: Run) -> float:
    return run.rate


def cpu(run: Run) -> float:
    return run.cpu_per_1000
