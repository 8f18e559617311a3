"""One measured figure: what it is, its values, and the most it may be."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Figure:
    """`name` is its key in the JSON, `meaning` a sentence for people. `most`: the target, None for a figure on record only."""

    name: str
    database: str
    meaning: str
    unit: str
    values: tuple[float, ...]
    most: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def missed(self) -> bool:
        return self.most is not None and self.median >= self.most

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "database": self.database,
            "unit": self.unit,
            "median": round(self.median, 3),
            "lowest": round(min(self.values), 3),
            "highest": round(max(self.values), 3),
            "runs": len(self.values),
            "target": self.most,
        }


def yardstick(database: str) -> Figure:
    """How long the machine takes for the same small work now: what others do on it shows here."""
    times = []
    for _ in range(5):
        start, total = time.perf_counter(), 0
        for number in range(1_000_000):
            total += number
        times.append((time.perf_counter() - start) * 1000)
    return Figure("yardstick_ms", database, "a million additions in Python, between the parts", "ms", tuple(times))


def joined(figures: list[Figure]) -> list[Figure]:
    """Figures of one name and database as one, with all their values."""
    found: dict[tuple[str, str], Figure] = {}
    for f in figures:
        before = found.get((f.name, f.database))
        found[f.name, f.database] = f if before is None else replace(f, values=before.values + f.values)
    return list(found.values())
