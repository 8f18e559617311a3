"""The archive's commands as people run them, a process each, on the store that was built: that they end, and after how long."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from distro.archive.vault import Keys
from distro.db import Store
from distro.staff import Role, add_staff, known_actor
from tests.acceptance.process import Office as Commands
from tests.acceptance.ready import DISTRO
from tests.bench.archivequestions import Known
from tests.bench.archivestore import SEGMENTS
from tests.bench.wording import Writer

VERIFIED = 15_000.0
"""At least so many copies a second are to be rebuilt and hashed by `archive verify --full`."""
AUDITOR = "Olga"


@dataclass(frozen=True)
class Ran:
    """A command: seconds from its start to its end, with starting Python; what came, in words."""

    name: str
    seconds: float
    came: str


@dataclass(frozen=True)
class Verified:
    """`archive verify --full` and the bag of one release, which its own verify.py looked at."""

    copies: int
    seconds: float
    findings: int
    bag_copies: int
    bag_seconds: float
    checked_seconds: float

    @property
    def rate(self) -> float:
        return self.copies / self.seconds


def run_all(folder: Path, url: str, keys: Keys, tell: Callable[[str], None]) -> tuple[list[Ran], Verified]:
    """Every command of the archive with --json once. Raises RuntimeError where one does not end with 0 and JSON."""
    store = Store(url)
    known = Known.of(store)
    with store.write() as session:
        if known_actor(session, AUDITOR) is None:  # a kept store has them
            add_staff(session, AUDITOR, "olga@press.example.org", Role.AUDITOR, actor=None, at=datetime.now(UTC))
    store.close()
    office = Commands.at(folder, 2525, url=url, DISTRO_STORAGE__DATA_DIR=str(folder))
    ran = []
    for name, arguments in _questions(known):
        value, seconds = _run(office, *arguments)
        ran.append(Ran(name, seconds, _in_words(value)))
        tell(f"{ran[-1].name}: {ran[-1].seconds:.2f} s, {ran[-1].came}")
    slug = known.slugs[len(known.slugs) // 2]
    bag, bag_seconds = _run(office, "archive", "evidence", slug, "--out", str(folder / "bag.zip"), "--force")
    ran.append(Ran("archive evidence", bag_seconds, f"{bag['copies']:,} copies, {bag['entries']:,} entries"))
    checked = _verify_bag(folder, bag["key"])
    tell(f"{ran[-1].name}: {bag_seconds:.1f} s, {ran[-1].came}; its verify.py: {checked:.1f} s")
    whole, _ = _run(office, "archive", "verify", "--full")
    ran.append(Ran("archive verify --full", whole["seconds"], f"{whole['copies']:,} copies, {len(whole['findings'])} findings"))
    tell(f"{ran[-1].name}: {whole['seconds']:.1f} s, {ran[-1].came}")
    return ran, Verified(whole["copies"], whole["seconds"], len(whole["findings"]), bag["copies"], bag_seconds, checked)


def _questions(known: Known) -> Iterator[tuple[str, tuple[str, ...]]]:
    number, words = str(known.deliveries // 2), Writer(1).words("es", 1)[0]
    for name, *more in (
        ("list", "--segment", SEGMENTS[1], "--since", "2024-01-01T00:00Z", "--until", "2024-12-31T00:00Z"),
        ("show", number),
        ("eml", number),
        ("search", words),
        ("held-before-lift", known.embargoed[-1]),
        ("never-got", known.followed[-1]),
        ("received-by", "reporter7@desk7.example.org"),
        ("approvals", known.slugs[0]),
    ):
        yield f"archive {name}", ("archive", name, *more)


def _run(office: Commands, *arguments: str) -> tuple[Any, float]:
    began = time.monotonic()
    command = [*DISTRO, "--as", AUDITOR, *arguments, "--json"]
    done = subprocess.run(command, env=office.environment, cwd=office.folder, capture_output=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout), seconds


def _verify_bag(folder: Path, key: str) -> float:
    """Seconds in which the bag's own program, with nothing of ours, finds it whole."""
    with ZipFile(folder / "bag.zip") as zipped:
        zipped.extractall(folder / "bag")
    (inside,) = (folder / "bag").iterdir()
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "--key", key], cwd=inside, env={}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"verify.py ended with {done.returncode}: {done.stdout[-500:]}")
    return time.monotonic() - began


def _in_words(value: Any) -> str:
    rows = value if isinstance(value, list) else next((v for v in value.values() if isinstance(v, list)), [value])
    return f"{len(rows):,} on the page"
