"""How long a large wave's audience takes to freeze, and what another wave's sending feels of it. All by the real bot."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, pairwise

from distro.db import Store
from distro.editorial.plan import Wave
from tests.acceptance.process import Office
from tests.bench.figures import Figure
from tests.bench.office import approve, store_of
from tests.bench.relay import Relay

AROUND = 5.0
"""Seconds of sending that are looked at before and after a freezing."""
AHEAD = timedelta(hours=5)
"""How far off the large waves' hour is: they are frozen, and never sent."""
PACE = 100.0
"""Copies a second that an ordinary relay allows."""
PATIENCE = 180.0
"""Seconds after which a measurement is given up."""

_numbers = count(1)


@dataclass(frozen=True)
class Frozen:
    """One freezing, in Unix time, and the acceptances of another wave's copies around it."""

    start: float
    end: float
    accepted: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def rate(self, since: float, until: float) -> float:
        return sum(since <= at < until for at in self.accepted) / (until - since)

    @property
    def longest_gap(self) -> float:
        """Seconds between two neighbouring acceptances, at most, while it was freezing."""
        within = [self.start, *(at for at in self.accepted if self.start <= at <= self.end), self.end]
        return max(later - earlier for earlier, later in pairwise(within))


def freezing(database: str, office: Office, relay: Relay, people: int, runs: int) -> list[Figure]:
    """Freeze large waves: alone, beside a wave at an ordinary pace, beside a wave as fast as it goes."""
    store = store_of(office)
    with _bot(office):
        alone = [_freeze(office, store) for _ in range(runs)]
    approve(office, f"other-{next(_numbers)}", "Other")
    found = [_seconds(database, "alone", "", people, alone)]
    for kind, pace, times, said in (
        ("paced", PACE, runs, f"another wave was sent at the set pace of {PACE:.0f}/s"),
        ("full", 0.0, 1, "another wave was sent as fast as it goes"),
    ):
        with _bot(office, pace):
            beside = [_freeze(office, store, relay) for _ in range(times)]
        found += [_seconds(database, kind, f" while {said}", people, beside), *_felt(database, kind, said, beside)]
    store.close()
    return found


@contextmanager
def _bot(office: Office, pace: float = 0.0) -> Iterator[None]:
    settings = {"DISTRO_LIMITS__PREPARE_MINUTES": "1440", "DISTRO_LIMITS__MESSAGES_PER_SECOND": str(pace)}
    process = office.start("run", **settings)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=60)
    assert status == 0, (office.folder / "run.log").read_text()[-2000:]


def _freeze(office: Office, store: Store, relay: Relay | None = None) -> Frozen:
    if relay is not None:
        _wait_for_sending(relay)
        time.sleep(AROUND)
    wave_id = approve(office, f"large-{next(_numbers)}", "Everybody", later=AHEAD)
    until = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < until, f"wave {wave_id} is not frozen after {PATIENCE:.0f} s"
        time.sleep(0.05)
        with store.read() as session:
            wave = session.get_one(Wave, wave_id)
        if wave.prepared_at is not None and not wave.freezing:
            break
    end = time.time()
    start = wave.prepared_at.timestamp()
    if relay is None:
        return Frozen(start, end)
    time.sleep(AROUND)
    return Frozen(start, end, tuple(at for at in relay.accepted() if start - AROUND <= at <= end + AROUND))


def _wait_for_sending(relay: Relay) -> None:
    so_far, until = len(relay.accepted()), time.monotonic() + PATIENCE
    while len(relay.accepted()) < so_far + 20:
        assert time.monotonic() < until, "the other wave is not being sent; it was too small, or has ended"
        time.sleep(0.05)


def _seconds(database: str, kind: str, beside: str, people: int, frozen: list[Frozen]) -> Figure:
    what = f"a wave of {people:,} frozen by the bot{beside}, letters compiled"
    return Figure(f"freeze_{kind}_seconds", database, what, "s", tuple(f.seconds for f in frozen), 30)


def _felt(database: str, kind: str, said: str, frozen: list[Frozen]) -> list[Figure]:
    def rates(which: str, *values: float) -> Figure:
        what = f"copies of that other wave accepted, {which} the freezing ({said})"
        return Figure(f"other_{kind}_{which}_per_second", database, what, "/s", values)

    gap = f"the longest time between two of them during the freezing ({said})"
    return [
        rates("before", *(f.rate(f.start - AROUND, f.start) for f in frozen)),
        rates("during", *(f.rate(f.start, f.end) for f in frozen)),
        rates("after", *(f.rate(f.end, f.end + AROUND) for f in frozen)),
        Figure(f"other_{kind}_longest_gap_seconds", database, gap, "s", tuple(f.longest_gap for f in frozen)),
    ]
