"""`make bench`: who sends how fast, in one run on one sink. Writes docs/benchmarks.md, prints one JSON object.

`python -m tests.bench [--rounds N] [--messages N] [--only NAME,...] [--quick] [--without-million] [--out FILE]`.
Names are those of participants, or of the parts delay, postfix, memory and archive. Exits 1 where a promise was not kept or not
measured.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
from rich.console import Console

from tests.bench import peers, sinks
from tests.bench.databases import databases
from tests.bench.entrants import LIMIT, SHARES, at_full_speed, over_delay, to_postfix
from tests.bench.keeping import fdatasync_ms, keeping, remembering
from tests.bench.ourselves import House, why_no_nowhere
from tests.bench.racing import race
from tests.bench.results import Results, write
from tests.bench.verdicts import JUDGED, MEMORIES, Verdict, verdicts
from tests.bench.watching import Broken, watch

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "benchmarks.md"
DELAY = 0.02
"""Seconds that a far relay takes to answer."""
SETTINGS = ("server_version", "fsync", "synchronous_commit", "wal_sync_method", "shared_buffers")
ON_POSTGRESQL = ("postgresql", "rsa-postgresql", "rsa-postgresql-2", "archive")
"""What needs an office there."""
console = Console(stderr=True, highlight=False, soft_wrap=True)


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")  # of no meaning to a database in a folder of its own
    if shortage := _shortage():
        console.print(shortage)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or what was started would go on
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="distro-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own when we are root
        try:
            found = _measure(asked, folder)
        except Broken as wrong:
            _tell(f"Our own first wave did not go well, so there is nothing to measure: {wrong}")
            return 1
    found.minutes, found.load_after = (time.monotonic() - begun) / 60, os.getloadavg()[0]
    judged = verdicts(found.races[0], found.kept, found.memories)
    write(asked.out, found, judged)
    for one in judged:
        _tell(f"{one.sentence}: {'' if one.median is None else f'{one.median:.3g} {one.unit} '}{one.word.strip('*')}")
    print(json.dumps(_told(found, judged), ensure_ascii=False))
    return int(any(not one.kept for one in judged))


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--messages", type=int, help="of a fast participant in a round")
    parser.add_argument("--only", default="", help="participants or parts, with commas; smtp-source always takes part")
    parser.add_argument("--quick", action="store_true", help="one round of 2,000, and 100,000 recipients at most")
    parser.add_argument("--without-million", action="store_true", help="no wave to a million")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    asked.rounds = asked.rounds or (1 if asked.quick else 4)
    asked.messages = -(-(asked.messages or (2000 if asked.quick else 10_000)) // 10) * 10
    asked.only = [name for name in asked.only.split(",") if name]
    asked.without_million = asked.without_million or asked.quick
    partial = asked.quick or asked.only or asked.without_million
    asked.out = asked.out or (peers.PLACE / "benchmarks.md" if partial else REPORT)
    return asked


def _shortage() -> str:
    if sinks.found("smtp-sink") and sinks.found("smtp-source"):
        return ""
    return "There is no smtp-sink and smtp-source: install Debian's postfix (as root, `make system` does)."


def _measure(asked: argparse.Namespace, folder: Path) -> Results:
    def wanted(*names: str) -> bool:
        return not asked.only or bool(set(names) & set(asked.only))

    uvloop = _uses_uvloop()
    letter = folder / "letter.json"
    _tell("building the peers")
    built = peers.build(letter, uvloop=uvloop)
    with databases(folder) as stores, sinks.smtp_sink() as sink:
        houses, kept = {}, []
        for database, address in stores.items():
            if database == "postgresql" and not wanted(*ON_POSTGRESQL):
                continue  # that on SQLite is always there, for the letter is taken from it
            people = round(asked.messages * SHARES[database])
            _tell(f"an office with {people:,} people on {database}")
            houses[database] = house = House.built(folder / f"office-{database}", sink.port, address(), people)
            house.wave()
            watch(_plainly(house, sink.port), sink.taken, house.people, 300)
        house = houses["sqlite"]
        told = house.look_at_copies()
        octets = round(house.octets)
        letter.write_text(json.dumps(told | {"octets": octets}), encoding="utf-8")
        if wanted("archive"):
            kept = [keeping(database, one, sink) for database, one in houses.items()]
            for one in kept:
                _tell(f"{one.database}: {one.octets:,.0f} octets a delivery")
        found = Results(
            datetime.now(UTC), asked.rounds, asked.messages, octets, os.getloadavg()[0], fdatasync_ms(folder), uvloop,
            built.versions(), _postgresql(houses.get("postgresql")), kept=kept, troubles=list(built.missing),
        )  # fmt: skip
        _tell(f"a copy has {octets:,} octets; fdatasync takes {statistics.median(found.fdatasync):.3f} ms")
        everybody = [e for e in at_full_speed(houses, built, octets, folder) if e.key == LIMIT or wanted(e.key)]
        found.races.append(race("one sink", everybody, sink, asked.rounds, asked.messages, _tell, JUDGED))
    rounds = min(2, asked.rounds)
    if wanted("delay"):
        with sinks.slow_relay(folder / "slow", DELAY) as far:
            entrants = over_delay(house, built, octets)
            found.races.append(race("with 20 ms of reply delay", entrants, far, rounds, asked.messages, _tell))
    if wanted("postfix"):
        if why := sinks.why_no_postfix():
            found.troubles.append(f"a real Postfix: {why}")
        else:
            with sinks.postfix() as real:
                entrants = to_postfix(house, octets)
                found.races.append(race("against a Postfix that queues to disk", entrants, real, rounds, asked.messages, _tell))
    if wanted("memory"):
        over = threading.Event()
        with ThreadPoolExecutor(2) as beside:  # what one holds is no matter of the other's
            try:
                list(beside.map(partial(_remember, found, folder, over), MEMORIES[: 1 if asked.without_million else 2]))
            finally:
                over.set()
        found.memories.sort(key=lambda one: one.people)
    return found


def _plainly(house: House, port: int) -> Callable[[], list[subprocess.Popen[bytes]]]:
    return lambda: house.run(port, {"DISTRO_LIMITS__CONNECTIONS": "50"})


def _remember(found: Results, folder: Path, over: threading.Event, people: int) -> None:
    try:
        if why := why_no_nowhere():
            raise Broken(why)
        one = remembering(folder / f"memory-{people}", people, over, _tell)
    except Broken as wrong:
        found.troubles.append(f"memory for {people:,}: {wrong}")
        _tell(f"memory for {people:,}: {wrong}")
        return
    found.memories.append(one)
    _tell(f"{people:,} recipients: {one.above:.0f} MB above idle, {one.seconds:.0f} s")


def _postgresql(house: House | None) -> dict[str, str]:
    """What its server says of itself."""
    if house is None:
        return {}
    with psycopg.connect(house.office.settings["DISTRO_STORAGE__URL"]) as connection:
        return {name: str((connection.execute(f"SHOW {name}").fetchone() or [""])[0]) for name in SETTINGS}


def _uses_uvloop() -> bool:
    """Whether this project depends on uvloop; the Python peers then get it too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return any(one.startswith("uvloop") for one in project["dependencies"])


def _told(found: Results, judged: list[Verdict]) -> dict[str, object]:
    return {
        "octets": found.octets,
        "minutes": round(found.minutes, 1),
        "fdatasync_ms": round(statistics.median(found.fdatasync), 4),
        "races": {
            one.title: {
                key: {
                    "per_second": [round(run.rate, 1) for run in one.done(key)],
                    "cpu_per_1000": [round(run.cpu_per_1000, 4) for run in one.done(key)],
                }
                for key in one.runs
            }
            for one in found.races
        },
        "memory_mb": {str(one.people): round(one.above, 1) for one in found.memories},
        "archive_octets": {one.database: {"all": round(one.octets), **one.parts} for one in found.kept},
        "promises": [{"what": one.sentence, "bar": one.bar, "median": one.median, "kept": one.kept} for one in judged],
        "troubles": [*found.troubles, *(f"{r.title}: {k}: {why}" for r in found.races for k, why in r.troubles.items())],
    }


def _tell(sentence: str) -> None:
    """Between two runs only: a display that moves by itself would take CPU from who is measured."""
    console.print(f"{datetime.now(UTC):%H:%M:%S} {sentence}", markup=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
