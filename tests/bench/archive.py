"""`make bench-archive`: build a store of a million deliveries, ask it everything, write docs/benchmarks-archive.md.

`python -m tests.bench.archive [--deliveries N] [--times N] [--database sqlite|postgresql] [--keep FOLDER] [--out FILE]`.
With --keep the store stays in that folder, and is taken from there the next time (SQLite only). Exits 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import func, select

from distro.archive.ledger import Entry
from distro.archive.sealing import Signer, newest, seal
from distro.archive.vault import Keys
from distro.db import Store
from distro.dispatch.delivery import Delivery
from distro.editorial.release import Release
from tests.bench.archivecommands import run_all
from tests.bench.archivequestions import TIMES, Asked, ask_all
from tests.bench.archivereport import Measured, Sealed, report
from tests.bench.archivestore import Builder
from tests.bench.databases import databases
from tests.bench.keeping import parts_of

REPORT = Path(__file__).parents[2] / "docs" / "benchmarks-archive.md"
DELIVERIES = 1_000_000
BUILT = "built.json"
"""In a kept folder: entries, seconds of sealing them, seconds of building."""


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    with _place(asked) as (folder, url):
        found = measure(folder, url, asked)
    asked.out.write_text("\n".join(report(found)) + "\n", encoding="utf-8")
    for one in found.missed:
        _tell(f"missed: {one}")
    print(json.dumps(_told(found), ensure_ascii=False))
    return int(bool(found.missed))


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.archive")
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    whole = asked.deliveries == DELIVERIES and asked.database == "sqlite"
    asked.out = asked.out or (REPORT if whole else Path(tempfile.gettempdir()) / f"benchmarks-archive-{os.getpid()}.md")
    return asked


@contextmanager
def _place(asked: argparse.Namespace) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of the store in it."""
    if asked.keep is not None and asked.database == "sqlite":
        asked.keep.mkdir(parents=True, exist_ok=True)
        yield asked.keep, f"sqlite:///{asked.keep / 'store.db'}"
        return
    with tempfile.TemporaryDirectory(prefix="distro-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own when we are root
        if asked.database == "sqlite":
            yield folder, f"sqlite:///{folder / 'store.db'}"
            return
        with databases(folder) as stores:
            yield folder, stores["postgresql"]()


def measure(folder: Path, url: str, asked: argparse.Namespace) -> Measured:
    began, load = time.monotonic(), os.getloadavg()[0]
    kept = folder / BUILT
    if kept.exists():
        store = Store(url)
    else:
        store = Builder(folder, url, asked.deliveries, _tell).build().store
        seconds = time.monotonic() - began
        _tell(f"built in {seconds:.0f} s")
        one = sealing(store, Keys.load(folder))
        kept.write_text(json.dumps([one.entries, one.seconds, seconds]), encoding="utf-8")
        _settle(store)
    *of_sealing, built = json.loads(kept.read_text(encoding="utf-8"))
    sealed = Sealed(*of_sealing)
    _tell(f"{sealed.rate:,.0f} entries sealed a second")
    with store.read() as session:
        count = session.exec(select(func.count()).select_from(Delivery)).one()
        releases = session.exec(select(func.count()).select_from(Release)).one()
        entries = session.exec(select(func.count()).select_from(Entry)).one()
    parts = {name: octets / count for name, octets in parts_of(store).items()}
    octets = _size(store) / count
    _tell(f"{octets:.0f} octets a delivery")
    answers = ask_all(store, Keys.load(folder), _tell_one, asked.times)
    store.close()
    ran, verified = run_all(folder, url, Keys.load(folder), _tell)
    return Measured(
        datetime.now(UTC), asked.database, count, releases, entries, octets, signed_octets(asked), parts, sealed, answers, ran,
        verified, built, (load, os.getloadavg()[0]),
    )  # fmt: skip


def signed_octets(asked: argparse.Namespace) -> float:
    """Octets a delivery of a second store, a tenth as large, whose copies are signed. The people weigh more in it."""
    with _place(argparse.Namespace(database=asked.database, keep=None)) as (folder, url):
        store = Builder(folder, url, asked.deliveries // 10, _tell, signed=True).build().store
        sealing(store, Keys.load(folder))
        _settle(store)
        with store.read() as session:
            octets = _size(store) / session.exec(select(func.count()).select_from(Delivery)).one()
        store.close()
    _tell(f"{octets:.0f} octets a delivery where copies are signed")
    return octets


def sealing(store: Store, keys: Keys) -> Sealed:
    """Seal all of the record as the bot does, in as many parts as it takes."""
    signer, now = Signer.of(keys.ledger, "press.example.org"), datetime.now(UTC)
    start, entries = time.monotonic(), 0
    while done := seal(store, signer, now):
        entries += done
    seconds = time.monotonic() - start
    with store.read() as session:
        last = newest(session)
        assert last is not None
        assert last.size == entries == session.exec(select(func.count()).select_from(Entry)).one()
    return Sealed(entries, seconds)


def _settle(store: Store) -> None:
    """What each database does by itself when nobody is at work."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if store.dialect == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
            return
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _size(store: Store) -> int:
    """Octets as they stand, compacted by nobody."""
    with store.engine.connect() as connection:
        if store.dialect == "postgresql":
            total = "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables"
            return int(connection.execute(text(total)).scalar_one())
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())


def _told(m: Measured) -> dict[str, object]:
    return {
        "deliveries": m.deliveries,
        "octets": round(m.octets, 1),
        "sealed_per_second": round(m.sealed.rate),
        "built_seconds": round(m.built, 1),
        "questions_ms": {
            one.name: {"p50": round(one.p50, 2), "p95": round(one.p95, 2), "cpu_p95": round(one.cpu_p95, 2)} for one in m.asked
        },
        "missed": m.missed,
    }


def _tell_one(one: Asked) -> None:
    times = f"p50 {one.p50:.1f} ms, p95 {one.p95:.1f} ms, {max(one.times):.0f} at most, CPU p95 {one.cpu_p95:.1f} ms"
    _tell(f"{one.name}: {times}, {one.rows:.0f} rows")


def _tell(sentence: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
