"""The peers that `make bench` measures beside the project: built from hashed locks into var/bench, never a dependency."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PLACE = ROOT / "var" / "bench"
LOCK = ROOT / "requirements-bench.lock"
NODE_FILES = ("package.json", "package-lock.json", ".npmrc")


@dataclass(frozen=True)
class Peers:
    """How to start the peers that are there; `missing` says in a sentence why others are not."""

    letter: Path
    uvloop: bool
    missing: tuple[str, ...] = ()

    def python(self, kind: str, port: int, messages: int) -> list[str]:
        more = ["uvloop"] if self.uvloop else []
        script = str(HERE / "python_peers.py")
        return [str(PLACE / "venv/bin/python"), "-I", script, kind, str(port), str(messages), str(self.letter), *more]

    def node(self, kind: str, port: int, messages: int) -> list[str]:
        return ["node", str(HERE / "nodemailer.js"), kind, str(port), str(messages), str(self.letter)]

    @property
    def node_environment(self) -> dict[str, str]:
        return {**os.environ, "NODE_PATH": str(PLACE / "node/node_modules")}

    def versions(self) -> dict[str, str]:
        """What is installed, by name, as their packages say."""
        found = {}
        for folder in (PLACE / "venv/lib").glob("python*/site-packages/*.dist-info"):
            name, _, number = folder.name.removesuffix(".dist-info").partition("-")
            if name.lower() in ("django", "aiosmtplib", "uvloop"):
                found[name.lower()] = number
        for name in ("nodemailer", "handlebars"):
            package = PLACE / "node/node_modules" / name / "package.json"
            if package.exists():
                found[name] = str(json.loads(package.read_text())["version"])
        if shutil.which("node"):
            found["node"] = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
        return found


def build(letter: Path, *, uvloop: bool) -> Peers:
    """Install what the locks name, unless it is there already. What cannot be installed is told, and skipped."""
    PLACE.mkdir(parents=True, exist_ok=True)
    missing = [sentence for sentence in (_build_python(), _build_node()) if sentence]
    return Peers(letter, uvloop, tuple(missing))


def _build_python() -> str:
    venv, stamp = PLACE / "venv", PLACE / "venv.installed"
    wanted = f"{_digest(LOCK)} {sys.version}"  # the same interpreter for all, or it would be measured along with them
    if stamp.exists() and stamp.read_text() == wanted and (venv / "bin/python").exists():
        return ""
    shutil.rmtree(venv, ignore_errors=True)
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", str(venv)], [*pip, "--require-hashes", "-r", str(LOCK)]):
        if sentence := _failed(command):
            return f"The Python peers could not be built: {sentence}"
    stamp.write_text(wanted)
    return ""


def _build_node() -> str:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "nodemailer could not be built: there is no node with npm on this machine."
    folder, stamp = PLACE / "node", PLACE / "node.installed"
    wanted = _digest(*(HERE / name for name in NODE_FILES))
    if stamp.exists() and stamp.read_text() == wanted and (folder / "node_modules").exists():
        return ""
    folder.mkdir(exist_ok=True)
    for name in NODE_FILES:
        shutil.copy(HERE / name, folder / name)
    if sentence := _failed(["npm", "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]):
        return f"nodemailer could not be built: {sentence}"
    stamp.write_text(wanted)
    return ""


def _failed(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-300:]


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
