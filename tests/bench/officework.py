"""`make bench-office`: measure imports, freezing and starts, write docs/benchmarks-office.md, print one JSON object.

`python -m tests.bench.officework [PEOPLE] [--runs N] [--only sqlite|postgresql] [--out FILE]`.
Exits 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.process import Office
from tests.bench.contacts import counting, importing, write_file
from tests.bench.databases import databases
from tests.bench.figures import Figure, joined, yardstick
from tests.bench.freezing import freezing
from tests.bench.relay import Relay, relay
from tests.bench.report import Conditions, write_report
from tests.bench.sending import sending
from tests.bench.starting import starting

REPORT = Path(__file__).parents[2] / "docs" / "benchmarks-office.md"
FEW = 2000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.officework")
    parser.add_argument("people", type=int, nargs="?", default=100_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--out", type=Path, default=REPORT)
    asked = parser.parse_args(arguments)
    conditions = Conditions.now(asked.people)
    figures: list[Figure] = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="distro-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own when we are root
        with databases(folder) as stores, relay(folder) as sink:
            for database, address in stores.items():
                if asked.only in (None, database):
                    figures += measure(database, folder / database, address, sink, asked.people, asked.runs)
    figures = joined(figures)
    conditions = conditions.ended(time.monotonic() - start)
    write_report(asked.out, conditions, figures)
    missed = [f for f in figures if f.missed]
    told = {"figures": [f.as_json() for f in figures], "missed": [f"{f.database}: {f.name}" for f in missed]}
    print(json.dumps(told, ensure_ascii=False))
    return int(bool(missed))


def measure(database: str, folder: Path, address: Callable[[], str], sink: Relay, people: int, runs: int) -> list[Figure]:
    """Everything on one database. Short measurements are made `runs` times, long ones fewer."""
    folder.mkdir()
    folder.chmod(0o755)
    numbers = iter(range(1, 100))

    def empty() -> Office:
        place = folder / str(next(numbers))
        place.mkdir()
        office = Office.at(place, sink.port, url=address())
        office.people()
        return office

    everybody, few, other = (folder / f"{name}.csv" for name in ("everybody", "few", "other"))
    write_file(everybody, people)
    office, figures = importing(database, empty, everybody, people, max(1, runs // 3))
    _tell(figures)
    for path, name, size in ((few, "Few", min(FEW, people)), (other, "Other", people * 3 // 5)):
        write_file(path, size)
        office.run("contacts", "import", str(path), "--list", name, as_="Rosa")
        office.run("segments", "save", name, f"list:{name}", as_="Rosa")
    office.run("segments", "save", "Everybody", "list:Everybody", as_="Rosa")
    parts: tuple[Callable[[], list[Figure]], ...] = (
        lambda: counting(database, office, runs),
        lambda: sending(database, office, sink, min(FEW, people), max(1, runs // 2)),
        lambda: starting(database, office, runs),
        lambda: freezing(database, office, sink, people, max(1, runs // 3)),
    )
    for part in parts:
        figures.append(yardstick(database))
        found = part()
        _tell(found)
        figures += found
    return figures


def _tell(figures: list[Figure]) -> None:
    """What is known so far, for whoever waits."""
    for f in figures:
        print(f"{f.database}: {f.name} {f.median:,.3g} {f.unit} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
