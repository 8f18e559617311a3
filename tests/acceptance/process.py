"""The real command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance import ready
from tests.acceptance.ready import DISTRO


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that live; none once it has ended itself."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a living process has used, all its threads, to the nanosecond: clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


@dataclass
class Office:
    """Commands with the settings of one office in the environment, and nothing else from outside."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, port: int, *, url: str = "", **more: str) -> Office:
        settings = {
            "DISTRO_STORAGE__DATA_DIR": str(folder / "data"),
            "DISTRO_SMTP__HOST": "127.0.0.1",
            "DISTRO_SMTP__PORT": str(port),
            "DISTRO_SMTP__TLS": "none",
            "DISTRO_WEB__LISTEN": "off",
        }
        if url:
            settings["DISTRO_STORAGE__URL"] = url
        return cls(folder, settings | more)

    @property
    def environment(self) -> Mapping[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("DISTRO_")}
        return clean | self.settings

    def run(self, *arguments: str, as_: str = "", status: int = 0) -> subprocess.CompletedProcess[bytes]:
        done = ready.run([*(("--as", as_) if as_ else ()), *arguments], self.environment, self.folder, 240)
        assert done.returncode == status, (
            f"{arguments} ended with {done.returncode}:\n{done.stdout.decode()}\n{done.stderr.decode()}"
        )
        return done

    def several(self, *commands: Sequence[str]) -> list[str]:
        """Commands one after the other in one process, for starting Python takes the most time; what each printed."""
        done = ready.run_several(commands, self.environment, self.folder, 300)
        assert done.returncode == 0, f"{commands}:\n{done.stdout.decode()}\n{done.stderr.decode()}"
        printed: list[str] = json.loads(done.stdout)
        return printed

    def json(self, *arguments: str, as_: str = "") -> Any:
        return json.loads(self.run(*arguments, "--json", as_=as_).stdout)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """A command that goes on; the caller ends it."""
        log = (self.folder / "run.log").open("ab")
        return subprocess.Popen(
            [*DISTRO, *arguments], env={**self.environment, **environment}, cwd=self.folder, stdout=log, stderr=log
        )

    def wait_for_wave(self, purpose: str, state: str) -> None:
        """Until one of this purpose is in this state; AssertionError after a minute."""
        until = time.monotonic() + 60
        while not any(w["purpose"] == purpose and w["state"] == state for w in self.json("wave", "list")):
            assert time.monotonic() < until, f"the {purpose} wave is not {state}"

    def people(self) -> None:
        """An author, an approver and the tables."""
        self.several(
            ["init"],
            ["staff", "add", "Rosa", "--email", "rosa@press.example.org", "--role", "admin"],
            ["--as", "Rosa", "staff", "add", "Ana", "--email", "ana@press.example.org", "--role", "approver"],
        )

    def contacts(self, rows: list[str], header: str = "email,name,languages,tier") -> None:
        (self.folder / "list.csv").write_text("\n".join([header, *rows]) + "\n")
        rosa = ("--as", "Rosa")
        self.several([*rosa, "contacts", "import", "list.csv"], [*rosa, "segments", "save", "All", "tier<=9"])

    def release(self, *options: str, embargo: str = "", audience: str = "All") -> list[dict[str, Any]]:
        """A small bilingual release from folder to approved; returns its waves."""
        folder = self.folder / "release"
        folder.mkdir(exist_ok=True)
        (folder / "release.toml").write_text(
            'kind = "release"\nslug = "clinic"\ndate = 2026-12-01\n'
            + (f'embargo = "{embargo}"\n' if embargo else "")
            + '[[organisation]]\nname = "Example Workers\' Network"\n'
            '[[contact]]\nname = "Rosa Example"\nemail = "rosa@network.example.org"\nphone = "+1 202 555 0101"\n'
        )
        (folder / "en.md").write_text("---\nheadline: Clinic opens on Main Street\n---\nThe clinic opens.\n")
        (folder / "es.md").write_text("---\nheadline: Abre una clínica en la calle Main\n---\nLa clínica abre.\n")
        rosa = ("--as", "Rosa", "release")
        _, _, proposed, _ = self.several(
            [*rosa, "add", str(folder)],
            [*rosa, "submit", "clinic"],
            [*rosa, "schedule", "clinic", "--audience", audience, *options, "--json"],
            ["--as", "Ana", "release", "approve", "clinic"],
        )
        waves: list[dict[str, Any]] = json.loads(proposed)["waves"]
        return waves
