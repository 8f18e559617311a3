"""How long a command takes from the start of its process to its end, on a store with many contacts and deliveries."""

from __future__ import annotations

from tests.acceptance.process import Office
from tests.bench.figures import Figure
from tests.bench.office import timed

COMMANDS = (
    ("--help",),
    ("contacts", "list", "--limit", "1"),
    ("segments", "show", "Few"),
    ("wave", "list"),
    ("archive", "list", "--limit", "1", "--json"),
    ("release", "list"),
)


def starting(database: str, office: Office, runs: int) -> list[Figure]:
    timed(office, *COMMANDS[0])  # the first start compiles what Python keeps compiled
    return [
        Figure(
            f"start_{'_'.join(word.strip('-') for word in command[:2])}_seconds",
            database,
            f"`distro {' '.join(command)}`, from the start of its process to the end",
            "s",
            tuple(timed(office, *command).seconds for _ in range(runs)),
            0.7,
        )
        for command in COMMANDS
    ]
