"""An office to measure: the real commands in processes of their own, and releases of an ordinary length."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from distro.db import Store
from tests.acceptance.process import Office
from tests.acceptance.ready import DISTRO
from tests.bench.watching import own_memory_of

PARAGRAPH = (
    "The clinic opens its doors on Monday to everyone who works on the docks, in the warehouses and along the road between "
    "them. Nurses and two doctors speak English and Spanish, visits are free, and nobody is asked for papers. The network "
    "counted the waiting rooms of the county for a year; the report is published today together with this release.\n\n"
)


@dataclass(frozen=True)
class Run:
    """How long a command took, in seconds, and the most memory it held, in MB (10^6 octets)."""

    seconds: float
    peak: float


def timed(office: Office, *arguments: str) -> Run:
    """Run a command in a process of its own, timed from outside."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*DISTRO, *arguments], env=office.environment, cwd=office.folder, stdout=subprocess.DEVNULL, stderr=said
        )
        peak = 0.0
        while process.poll() is None:
            # the high-water mark of the process itself; rusage would count what this one held before it started the other
            peak = max(peak, own_memory_of(process.pid, "VmHWM"))
            time.sleep(0.005)
        seconds = time.perf_counter() - start
        said.seek(0)
        assert process.returncode == 0, f"{arguments}: {said.read().decode()[-2000:]}"
    return Run(seconds, peak)


def write_release(office: Office, slug: str, paragraphs: int = 8) -> Path:
    """The folder of a bilingual release; a paragraph has some 370 letters."""
    folder = office.folder / slug
    folder.mkdir()
    (folder / "release.toml").write_text(
        f'kind = "release"\nslug = "{slug}"\ndate = 2026-12-01\n[[organisation]]\nname = "Example Workers\' Network"\n'
        '[[contact]]\nname = "Rosa Example"\nemail = "rosa@network.example.org"\nphone = "+1 202 555 0101"\n'
    )
    (folder / "en.md").write_text("---\nheadline: Clinic opens on Main Street\n---\n" + PARAGRAPH * paragraphs)
    (folder / "es.md").write_text("---\nheadline: Abre una clínica en la calle Main\n---\n" + PARAGRAPH * paragraphs)
    return folder


def approve(office: Office, slug: str, audience: str, *, later: timedelta = timedelta()) -> int:
    """A bilingual release of some 3,000 letters, from its folder to approved. Returns its wave."""
    folder = write_release(office, slug)
    office.run("release", "add", str(folder), as_="Rosa")
    office.run("release", "submit", slug, as_="Rosa")
    at = (datetime.now(UTC) + later).isoformat(timespec="seconds")
    when = ("--at", at) if later else ()
    proposed = office.json("release", "schedule", slug, "--audience", audience, *when, as_="Rosa")
    office.run("release", "approve", slug, as_="Ana")
    return int(proposed["waves"][0]["id"])


def store_of(office: Office) -> Store:
    return Store(office.settings["DISTRO_STORAGE__URL"])
