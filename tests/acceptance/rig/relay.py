"""The driver's side of the scripted server: starts and ends the process, tells it what to do, reads what it received."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.rig.server import Plan

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Copy:
    """What came whole. Instants in seconds since 1970, `office_at` on the office's clock. `taken`: the server has it."""

    at: float
    office_at: float
    data_at: float
    began: float
    to: str
    id: str
    sha256: str
    taken: bool
    cue: str
    packed: str

    @property
    def octets(self) -> bytes:
        return zlib.decompress(base64.b64decode(self.packed))


@dataclass
class Relay:
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    plan: Plan = field(default_factory=Plan)
    port: int = 0
    _read: int = 0
    _count: int = 0

    def start(self) -> Relay:
        """Start it, on the port that it had before if it had one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tell(self.plan)
        (self.folder / "port").unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.acceptance.rig.server", str(self.folder), str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        until = time.monotonic() + 20
        while not (self.folder / "port").exists():
            assert time.monotonic() < until, "the scripted server did not start"
            time.sleep(0.01)
        self.port = int((self.folder / "port").read_text())
        return self

    def tell(self, plan: Plan) -> None:
        """Do this from now on; counting of connections and copies begins anew."""
        self.plan = plan
        (self.folder / "plan.new").write_text(plan.to_json())
        (self.folder / "plan.new").replace(self.folder / "plan.json")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def copies(self) -> list[Copy]:
        """All that came whole, taken or not, in the order of coming."""
        return [
            Copy(packed=row.pop("octets"), **{k: v for k, v in row.items() if k != "from"})
            for row in _rows(self.folder / "received.jsonl")
        ]

    def taken(self) -> list[Copy]:
        return [c for c in self.copies() if c.taken]

    def count(self) -> int:
        """How many copies came whole so far; reads only what was written since the last look."""
        path = self.folder / "received.jsonl"
        if path.exists():
            with path.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            self._read += len(new)
            self._count += new.count(b"\n")
        return self._count

    def wait_for(self, count: int, seconds: float = 30.0) -> None:
        until = time.monotonic() + seconds
        while (came := self.count()) < count:
            assert time.monotonic() < until, f"only {came} of {count} copies came in {seconds} s"
            time.sleep(0.01)

    def connections(self) -> int:
        """How many came so far."""
        path = self.folder / "connections"
        return path.stat().st_size if path.exists() else 0

    def faults(self) -> list[str]:
        """What was played, as "phase verb argument"."""
        return [f"{f['phase']} {f['verb']} {f['argument']}".strip() for f in _rows(self.folder / "faults.jsonl")]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
