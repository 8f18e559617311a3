"""The last signed head, as a file beside the office's key: who can write to the database alone cannot reach it.

It may be older than the newest head in the store (after a crash, or where another bot seals), never newer. Owns the file, not
what it is held against.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from distro.errors import Failed

FILE = "ledger.head"
NAMED = f"{FILE} in the data folder"
"""What sentences call it; no path, for that may name a person."""


def read(folder: Path | None) -> str | None:
    """What stands in the file; None where there is none: before the first head, and for who keeps none. Raises Failed.

    Read it before the store is looked at: what is signed in between is then in the store and not yet in the file.
    """
    if folder is None:
        return None
    try:
        return (folder / FILE).read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise Failed(f"{NAMED} cannot be read ({wrong.strerror}), so nobody knows what was signed last.") from wrong


def keep(folder: Path | None, note: str) -> None:
    """Put the note in the file's place at once; call it when the head is committed. Raises Failed where that cannot be done.

    Whoever may look into the folder may read it, so that a command of another account leaves nothing that the bot cannot read.
    """
    if folder is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{FILE}.")  # its own: several processes may do this at once
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(note.encode())
                file.flush()
                os.fsync(file.fileno())  # or after a power cut there might be an empty one
            os.replace(name, folder / FILE)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as wrong:
        raise Failed(
            f"The record's head is signed, and cannot be kept as {NAMED} ({wrong.strerror}); mend the folder's rights, or make "
            "room."
        ) from wrong


def forget(folder: Path) -> None:
    """Remove the file: the record has no head."""
    (folder / FILE).unlink(missing_ok=True)
