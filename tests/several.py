"""Runs commands one after the other, a JSON array of arguments on each line of standard input, and stops at one that fails.

Prints what each of them printed as a JSON array of texts.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout

from distro.cli.app import run


def main() -> int:
    printed = []
    for line in sys.stdin.buffer:
        with redirect_stdout(io.StringIO()) as output:
            status = run(json.loads(line))
        if status:
            print(f"in: distro {line.decode().strip()}", file=sys.stderr)
            return status
        printed.append(output.getvalue())
    print(json.dumps(printed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
