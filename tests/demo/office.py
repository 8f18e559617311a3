"""The office as its people use it: the command `distro` and the bot, each a process of its own, on settings of the demo's.

Owns processes and nothing else; what the office does with them is `story`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests import several

NAME = "Harbor joint press desk"
ZONE = "America/Los_Angeles"

_SETTINGS = """\
# The demo's office. Look at what it did with: distro --config {path} archive list
[office]
name = "{name}"
timezone = "{zone}"
mail_domain = "press.example.org"
from_address = "press@press.example.org"
bot_address = "bot@press.example.org"
bounce_domain = "bounce.press.example.org"
postal_address = "400 Alder Street, Los Angeles"

[storage]
data_dir = {data}

[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"

[web]
public_url = "https://press.example.org"
listen = "127.0.0.1:0"
"""

_COMMAND = (sys.executable, "-c", "from distro.cli import main; main()")
_SEVERAL = (sys.executable, several.__file__)


class Broken(Exception):
    """A command or the bot did not do what the demo needs; says which, and what it said."""


class Office:
    """Commands on one folder. `author` writes and schedules, `approver` gives the second word."""

    author = "Rosa Villaseñor"
    approver = "Ana Echeverri"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self._bot: subprocess.Popen[bytes] | None = None

    def configure(self, port: int) -> None:
        """Write the settings; `port` is that of the mail server."""
        path, data = os.path.relpath(self.config), json.dumps(str(self.folder / "office"), ensure_ascii=False)
        settings = _SETTINGS.format(path=path, name=NAME, zone=ZONE, data=data, port=port)
        self.config.write_text(settings, encoding="utf-8")

    @property
    def environment(self) -> Mapping[str, str]:
        """Ours, without any other office's settings; tables as on a terminal that is not one."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")}
        return kept | {"DISTRO_CONFIG": str(self.config)}

    def run(self, *arguments: str, by: str = "") -> bytes:
        """One command, to its end; what it printed. Raises Broken unless it ends with 0."""
        command = [*_COMMAND, *(("--as", by) if by else ()), *arguments]
        return self._finish(command, f"distro {' '.join(arguments)}", b"")

    def json(self, *arguments: str, by: str = "") -> Any:
        return json.loads(self.run(*arguments, "--json", by=by))

    def run_several(self, commands: Sequence[Sequence[str]], *, by: str = "") -> list[str]:
        """Commands one after the other in one process, for starting Python takes the most time; what each printed."""
        actor = ("--as", by) if by else ()
        lines = "\n".join(json.dumps([*actor, *arguments]) for arguments in commands)
        printed: list[str] = json.loads(self._finish(_SEVERAL, f"One of {len(commands)} commands", lines.encode()))
        return printed

    def _finish(self, command: Sequence[str], what: str, given: bytes) -> bytes:
        self.check_bot()
        done = subprocess.run(command, env=self.environment, input=given, capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            raise Broken(f"{what} ended with {done.returncode}:\n{done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def start_bot(self) -> None:
        with (self.folder / "bot.log").open("wb") as log:
            self._bot = subprocess.Popen([*_COMMAND, "run"], env=self.environment, stdout=log, stderr=log)

    def check_bot(self) -> None:
        """Raise Broken where the bot has ended on its own."""
        if self._bot is not None and self._bot.poll() is not None:
            said = (self.folder / "bot.log").read_text(encoding="utf-8", errors="replace").strip()
            raise Broken(f"The bot ended with {self._bot.returncode}:\n{said[-2000:]}")

    def stop_bot(self) -> int | None:
        """SIGTERM, and its exit status; None where none was running. It is killed when it does not end in 20 seconds."""
        bot, self._bot = self._bot, None
        if bot is None:
            return None
        bot.terminate()
        try:
            return bot.wait(20)
        except subprocess.TimeoutExpired:
            bot.kill()
            return bot.wait()
