"""Files that a command writes for a person to keep: all of them or none, each whole, and never in the place of another."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_new(files: Iterable[tuple[Path, bytes]], there: str = "was left as it was; name another file") -> None:
    """Write each beside its place and rename it. `there` ends the sentence about a file that is there already.

    Raises Refused for that, and for a place where nothing can be written; then none of the files was written.
    """
    from distro.errors import Refused

    files = list(files)
    done: list[Path] = []
    try:
        for path, octets in files:
            _refuse_if_there(path, there)
            beside = _beside(path)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
            done.append(beside)
            with os.fdopen(handle, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
        for path, _ in files:
            _refuse_if_there(path, there)
            _beside(path).rename(path)
            done.append(path)
        done.clear()
    except OSError as wrong:
        raise Refused(f"{path} cannot be written: {wrong.strerror}.") from None
    finally:
        for left in done:
            left.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _refuse_if_there(path: Path, there: str) -> None:
    from distro.errors import Refused

    if os.path.lexists(path):
        raise Refused(f"{path} is there already, and {there}.")
