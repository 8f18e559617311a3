"""The command line: thin commands over the verbs. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

COMMANDS_FROM = {
    "init": "office",
    "staff": "office",
    "doctor": "office",
    "contacts": "contacts",
    "segments": "segments",
    "release": "release",
    "embargo": "embargo",
    "wave": "wave",
    "archive": "archive",
    "run": "bot",
    "dkim": "dkim",
    "backup": "keeping",
    "restore": "keeping",
    "hold": "hold",
    "retention": "retention",
    "import-page": "importpage",
    "template": "template",
}
"""Which module carries which command; each has `hang(app)`."""


def main() -> None:
    """The console command `distro`: exit 0 done, 2 refused or bad input, 1 failed. No traceback reaches a person."""
    from distro.cli.app import run

    # Started with a closed stream (`>&-`), Python has None there, and what is for one stream would end in the other.
    # They stay open as long as the process.
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.exit(run(sys.argv[1:]))
