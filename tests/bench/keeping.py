"""What a delivery takes in the store, and which tables and indexes take it; how much memory the bot needs for a long list."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from distro.db import Store
from tests.acceptance.ready import DISTRO
from tests.bench.office import store_of
from tests.bench.ourselves import House
from tests.bench.sending import size
from tests.bench.sinks import Sink
from tests.bench.watching import Broken, memory_of, watch

TREE = ("tile", "sealed_run", "checkpoint")
"""Tables of it; their indexes are named after them."""

IDLE_AFTER = 4.0
"""Seconds after which a bot without work has started everything."""


@dataclass(frozen=True)
class Kept:
    """Octets a delivery by which a compacted store grew: in all, and by table or index."""

    database: str
    deliveries: int
    octets: float
    parts: dict[str, float]

    @property
    def tree(self) -> float:
        """What of it is the Merkle tree over the record, with its heads."""
        return sum(octets for name, octets in self.parts.items() if any(table in name for table in TREE))


def keeping(database: str, house: House, sink: Sink, patience: float = 300) -> Kept:
    """Send one wave to people who have had one, so that nothing is counted that is kept once a person."""
    store = store_of(house.office)
    before, parts_before = size(store), parts_of(store)
    house.wave()
    watch(lambda: house.run(sink.port, {"DISTRO_LIMITS__CONNECTIONS": "50"}), sink.taken, house.people, patience)
    after, parts = size(store), parts_of(store)
    store.close()
    grown = {name: (octets - parts_before.get(name, 0)) / house.people for name, octets in parts.items()}
    return Kept(database, house.people, (after - before) / house.people, {n: o for n, o in grown.items() if o >= 1})


def parts_of(store: Store) -> dict[str, int]:
    """Octets by table and index, pages that are half empty included. Empty where SQLite was built without dbstat."""
    if store.dialect == "postgresql":
        query = (
            "SELECT relname, pg_relation_size(oid) FROM pg_class "
            "WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
        )
    else:
        query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"
    try:
        with store.engine.connect() as connection:
            return {str(name): int(octets) for name, octets in connection.execute(text(query))}
    except OperationalError:
        return {}


@dataclass(frozen=True)
class Memory:
    """MB (10^6 octets): an idle bot on the same store, and the most that it held while it froze and sent a wave."""

    people: int
    idle: float
    peak: float
    seconds: float

    @property
    def above(self) -> float:
        return self.peak - self.idle


def remembering(folder: Path, people: int, over: threading.Event, tell: Callable[[str], None]) -> Memory:
    """Freeze and send a wave to nowhere, by the real command on SQLite. Raises Broken, also where it takes far too long or the
    bench is broken off (`over`)."""
    patience = 120 + people / 1200
    house = House.built(folder, 1, f"sqlite:///{folder / 'store.db'}", people)
    nowhere = {"DISTRO_SENDING__TRANSPORT": "outbox", "DISTRO_SENDING__OUTBOX": "/dev/null", "DISTRO_LIMITS__CONNECTIONS": "50"}
    environment = {**house.office.environment, **nowhere}

    def bot(*more: str) -> subprocess.Popen[bytes]:
        with (house.office.folder / "run.log").open("ab") as log:
            return subprocess.Popen([*DISTRO, "run", *more], env=environment, cwd=folder, stdout=log, stderr=log)

    idle = _idle(bot())
    tell(f"{people:,} people: an idle bot holds {idle:.0f} MB")
    house.wave()
    begun = time.monotonic()
    process, peak = bot("--until-idle"), 0.0
    try:
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid, "VmHWM"))
            if over.is_set():
                raise Broken("broken off")
            if time.monotonic() - begun > patience:
                raise Broken(f"{people:,} copies to nowhere were not done after {patience:.0f} s")
            time.sleep(0.05)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    states = house.states() if process.returncode == 0 else {}
    if states.get("accepted") != people:
        raise Broken(f"a wave to nowhere ended with {process.returncode} and {states}: {house.said()}")
    return Memory(people, idle, peak, time.monotonic() - begun)


def _idle(process: subprocess.Popen[bytes]) -> float:
    time.sleep(IDLE_AFTER)
    held = memory_of(process.pid, "VmRSS")
    process.send_signal(signal.SIGTERM)
    if process.wait(30) != 0:
        raise Broken("an idle bot did not end well")
    return held


def fdatasync_ms(folder: Path, times: int = 100) -> list[float]:
    """How long the disk takes to make 4 KB durable, in ms."""
    found = []
    path = folder / "fdatasync"
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - begun) * 1000)
    path.unlink()
    return found
