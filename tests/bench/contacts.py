"""How long 100,000 contacts take to import, how much memory, and how long segment rules over them take to count."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from contacts import segments
from tests.acceptance.process import Office
from tests.bench.figures import Figure
from tests.bench.office import store_of, timed

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


def importing(database: str, offices: Callable[[], Office], path: Path, people: int, runs: int) -> tuple[Office, list[Figure]]:
    """Import a file into empty offices; the last of them is left to be measured further."""
    done = []
    for _ in range(runs):
        office = offices()
        done.append(timed(office, "--as", "Rosa", "contacts", "import", str(path), "--list", "Everybody", "--json"))
    again = timed(office, "--as", "Rosa", "contacts", "import", str(path), "--list", "Everybody", "--json")
    what = f"`distro contacts import` of a CSV file of {people:,} people into an empty store, the whole command"
    return office, [
        Figure("import_seconds", database, what, "s", tuple(r.seconds for r in done), 60),
        Figure("import_peak_mb", database, "the most memory that command held", "MB", tuple(r.peak for r in done), 300),
        Figure("import_again_seconds", database, "the same file once more, which changes nothing", "s", (again.seconds,)),
    ]


def counting(database: str, office: Office, runs: int) -> list[Figure]:
    """Count five rules, after one in ten people has made an embargo agreement."""
    store = store_of(office)
    agreed = (
        "INSERT INTO embargo_agreement (journalist_id, release, terms, how, at, by) "
        "SELECT id, CASE WHEN id % 20 = 0 THEN 'a-letter' ELSE '' END, 't', '', created_at, 'Rosa' "
        "FROM journalist WHERE id % 10 = 0"
    )
    with store.write() as session:
        session.connection().execute(text(agreed))
    figures = []
    for number, rule in enumerate(RULES, 1):
        times = []
        for _ in range(runs):
            with store.read() as session:
                start = time.perf_counter()
                segments.count(session, rule)
                times.append((time.perf_counter() - start) * 1000)
        figures.append(Figure(f"count_{number}_ms", database, f"live count of the rule `{rule}`", "ms", tuple(times), 200))
    store.close()
    return figures
