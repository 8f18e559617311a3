"""Runs commands one after the other, a JSON array of arguments on each line of standard input, and stops at one that fails.

Prints what each of them printed as a JSON array of texts.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout

from distro.cli.app import run


def run_all(commands: Iterable[Sequence[str]]) -> int:
    """Returns the status of the one that failed, else 0."""
    printed = []
    for command in commands:
        with redirect_stdout(io.StringIO()) as output:
            status = run(list(command))
        if status:
            print(f"in: distro {' '.join(command)}", file=sys.stderr)
            return status
        printed.append(output.getvalue())
    print(json.dumps(printed))
    return 0


if __name__ == "__main__":
    sys.exit(run_all(map(json.loads, sys.stdin.buffer)))
