"""The command line: thin commands over the verbs. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys

COMMANDS_FROM = ("office", "contacts", "segments", "release", "wave", "archive", "bot")
"""The modules that carry commands; each has `hang(app)`."""


def main() -> None:
    """The console command `distro`: exit 0 done, 2 refused or bad input, 1 failed. No traceback reaches a person."""
    from distro.cli.app import run

    sys.exit(run(sys.argv[1:]))
