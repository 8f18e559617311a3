"""Runs participants in turn, round after round, on one server, and keeps what each did in each round."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from tests.bench.entrants import LIMIT, Entrant
from tests.bench.sinks import Sink
from tests.bench.watching import Broken, Run, watch

FEWEST = 100
"""Messages of a run, at least."""
MANY = 4
"""So many rounds are enough for most of them to be left out of every other one."""
SLOW = 60.0
"""Seconds a round. Where those so far took longer, most are left out of all but one: the whole bench is to end in time."""

Tell = Callable[[str], None]


@dataclass
class Race:
    """All rounds on one server. `runs[key][n]` is what a participant did in round n, None where it did not finish or was
    left out."""

    title: str
    entrants: list[Entrant]
    runs: dict[str, list[Run | None]] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def done(self, key: str) -> list[Run]:
        return [run for run in self.runs.get(key, ()) if run is not None]

    def rates(self, key: str) -> list[float]:
        return [run.rate for run in self.done(key)]

    def paired(self, one: str, other: str, what: Callable[[Run], float]) -> tuple[float, ...]:
        """one / other, round by round, of the rounds that both finished."""
        rounds = zip(self.runs.get(one, ()), self.runs.get(other, ()), strict=False)
        return tuple(what(a) / what(b) for a, b in rounds if a is not None and b is not None)

    def of_limit(self, key: str, limit: str = LIMIT) -> float | None:
        found = self.paired(key, limit, lambda run: run.rate)
        return statistics.median(found) if found else None


def race(
    title: str,
    entrants: list[Entrant],
    sink: Sink,
    rounds: int,
    messages: int,
    tell: Tell,
    always: Collection[str] | None = None,
    patience: float = 120,
) -> Race:
    """Every round in another order, so that nobody always comes after the same one. `always`: of many rounds, only these take
    part in each, and the others in every second one; None for all. They run one soon after the other, for they are compared
    round by round, and a machine's speed changes within a minute."""
    found = Race(title, entrants)
    for entrant in entrants:
        if entrant.missing:
            found.troubles[entrant.key] = entrant.missing
            tell(f"{entrant.title}: skipped. {entrant.missing}")
    able = [entrant for entrant in entrants if not entrant.missing]
    able.sort(key=lambda entrant: always is not None and entrant.key not in always)
    begun = time.monotonic()
    for number in range(rounds):
        turn = number * 3 % max(1, len(able))
        without = number % 2 == 0 or (number > 1 and time.monotonic() - begun > SLOW * number)
        for entrant in able[turn:] + able[:turn]:
            if always is not None and rounds >= MANY and without and entrant.key not in always:
                found.runs.setdefault(entrant.key, []).append(None)
                continue
            wanted = max(FEWEST, round(messages * entrant.share))
            try:
                run = _once(entrant, sink, wanted, patience)
                said = f"{run.rate:,.0f}/s, {run.cpu_per_1000:.3f} CPU s per 1,000, {run.whole_seconds:.1f} s in all"
            except Broken as wrong:
                run, said = None, f"failed: {wrong} {entrant.said()}"
                found.troubles[entrant.key] = f"{wrong} {entrant.said()}".strip()
                entrant.clear(sink.port)
            found.runs.setdefault(entrant.key, []).append(run)
            tell(f"{title}, round {number + 1}, {entrant.title} ({entrant.key}): {said} (load {os.getloadavg()[0]:.1f})")
    return found


def _once(entrant: Entrant, sink: Sink, messages: int, patience: float) -> Run:
    entrant.prepare(entrant.audience)
    sink.settle()
    return watch(lambda: entrant.start(sink.port, messages), sink.taken, messages, patience)
