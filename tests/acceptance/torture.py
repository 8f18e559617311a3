"""`make torture KILLS=n [SEED=s] [DATABASE=sqlite|postgresql]`: the bot is killed n times in the middle of every misfortune,
and then it is checked that nothing was lost and nothing doubled. Exit status 1 on any violation; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.rig.check import Figures, figures, violations
from tests.acceptance.rig.clockwork import LIBRARY
from tests.acceptance.rig.lives import PEOPLE, Torture
from tests.acceptance.rig.stores import postgresql

DATABASES = ("sqlite", "postgresql")


@dataclass
class Result:
    """Of one office."""

    database: str
    figures: Figures
    violations: list[str]
    kills: int
    restarts: int
    races: dict[str, int] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    server: Counter[str] = field(default_factory=Counter)


def torture(
    folder: Path, url: str, database: str, seed: int, kills: int, told: Callable[[int], None], size: int = PEOPLE
) -> Result:
    """Torture one office with a list of this size, and check it."""
    run = Torture.at(folder, url, seed=f"{seed}/{database}", kills=kills, told=told, size=size)
    try:
        run.run()
        evidence = run.stage.evidence()
        return Result(
            database,
            figures(evidence),
            [*run.wrong, *violations(evidence), *proved_nothing(figures(evidence), run.killed)],
            run.killed,
            len(run.stage.facts.lives),
            run.races.run,
            run.faults,
            Counter(" ".join(f.split()[:2]) for f in run.stage.relay.faults()),
        )
    finally:
        run.stage.close()


def proved_nothing(found: Figures, kills: int) -> list[str]:
    """Where hardly a copy went, nothing was put to the proof."""
    return [] if found.accepted >= 2 * kills else [f"only {found.accepted} copies went in {kills} lives: nothing was proved"]


def run(kills: int, seed: int, databases: tuple[str, ...], folder: Path, told: Callable[[str, int], None]) -> list[Result]:
    """An office for each database, side by side; the kills are shared out among them."""
    with ExitStack() as stack:
        urls = {"sqlite": "", "postgresql": stack.enter_context(postgresql())() if "postgresql" in databases else ""}
        pool = stack.enter_context(ThreadPoolExecutor(len(databases)))
        share = -(-kills // len(databases))
        under_way = [
            pool.submit(torture, folder / d, urls[d], d, seed, share, lambda n, d=d: told(d, n))  # type: ignore[misc]
            for d in databases
        ]
        return [one.result() for one in under_way]


def summary(results: list[Result], seed: int, seconds: float) -> dict[str, Any]:
    """What the last line says."""
    faults: Counter[str] = sum((r.faults for r in results), Counter())
    server: Counter[str] = sum((r.server for r in results), Counter())
    races: Counter[str] = sum((Counter(r.races) for r in results), Counter())
    return {
        "kills": sum(r.kills for r in results),
        "restarts": sum(r.restarts for r in results),
        "accepted": sum(r.figures.accepted for r in results),
        "uncertain": sum(r.figures.uncertain for r in results),
        "doubled_flagged": sum(r.figures.doubled for r in results),
        "on_the_wire_at_a_recall": sum(r.figures.on_the_wire for r in results),
        "states": dict(sum((Counter(r.figures.deliveries) for r in results), Counter())),
        "by_database": {r.database: {"kills": r.kills, "accepted": r.figures.accepted} for r in results},
        "races": dict(races),
        "faults": dict(faults.most_common()),
        "server_faults": dict(server.most_common()),
        "violations": sum(len(r.violations) for r in results),
        "seed": seed,
        "seconds": round(seconds, 1),
    }


@contextmanager
def progress(kills: dict[str, int]) -> Iterator[Callable[[str, int], None]]:
    """A bar for each office on a terminal; elsewhere a plain line now and then."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("kills"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as bars:
            tasks = {database: bars.add_task(database, total=total) for database, total in kills.items()}
            yield lambda database, done: bars.update(tasks[database], completed=done)
        return
    lock, last = threading.Lock(), dict.fromkeys(kills, 0)

    def tell(database: str, done: int) -> None:
        with lock:
            if done - last[database] >= max(5, kills[database] // 10) or done >= kills[database]:
                last[database] = done
                print(f"{database}: {done} of {kills[database]} kills", file=sys.stderr, flush=True)

    yield tell


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the stores and logs")
    given = parser.parse_args(arguments)
    if LIBRARY is None:
        print("The clock of a process can only be moved by libfaketime; install it (Debian: faketime).", file=sys.stderr)
        return 2
    seed = secrets.randbelow(10**8) if given.seed is None else given.seed
    databases = DATABASES if given.database == "both" else (given.database,)
    again = f"make torture KILLS={given.kills} SEED={seed}" + (
        "" if given.database == "both" else f" DATABASE={given.database}"
    )
    print(f"Seed {seed}; again: {again}", file=sys.stderr, flush=True)
    folder = Path(tempfile.mkdtemp(prefix="distro-torture-"))
    began = time.monotonic()
    try:
        with progress(dict.fromkeys(databases, -(-given.kills // len(databases)))) as told:
            results = run(given.kills, seed, databases, folder, told)
    except Exception:
        traceback.print_exc()
        print(f"The rig itself failed, or a command of the office did; what there is stands in {folder}.", file=sys.stderr)
        return 1
    found = [f"{r.database}: {sentence}" for r in results for sentence in r.violations]
    for sentence in found[:50]:
        print(sentence, file=sys.stderr)
    if found or given.keep:
        print(f"{len(found)} violations; again: {again}; stores and logs: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(summary(results, seed, time.monotonic() - began)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
