"""The command line: thin commands over the verbs. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys

COMMANDS_FROM = {
    "init": "office",
    "staff": "office",
    "doctor": "office",
    "contacts": "contacts",
    "segments": "segments",
    "release": "release",
    "wave": "wave",
    "archive": "archive",
    "run": "bot",
}
"""Which module carries which command; each has `hang(app)`."""


def main() -> None:
    """The console command `distro`: exit 0 done, 2 refused or bad input, 1 failed. No traceback reaches a person."""
    from distro.cli.app import run

    sys.exit(run(sys.argv[1:]))
