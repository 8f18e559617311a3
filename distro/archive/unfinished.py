"""Files that are being written, and take their name when they are whole. Owns that a process which is killed leaves nothing.

Where the disk can do it, the file has no name until then (O_TMPFILE), so that its octets go with the process. Elsewhere, and
for whole folders, there is a hidden name beside the target, and a lock (flock) that goes with the process: what nobody holds
any more is removed by whoever writes to that folder next.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from distro.errors import Refused

SUFFIX = ".distro.part"
_OURS = re.compile(r"\..+\.[a-z0-9_]{8}\.distro\.part", re.DOTALL)
_CHUNK = 1 << 20


class Unfinished:
    """A file on its way to `target`, mode 0600. `name`: its hidden name, None as long as it has none."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.name: Path | None = None
        try:
            handle = _nameless(target.parent)
            if handle is None:
                self.name, handle = _locked(lambda: _made_file(target))
        except OSError as wrong:
            raise unwritable(target.parent, wrong) from wrong
        self.file: IO[bytes] = os.fdopen(handle, "w+b")

    def take_place(self, *, force: bool) -> None:
        """Be there under the target's name, durably. Raises FileExistsError where that is taken, and not to be replaced."""
        self.file.flush()
        os.fsync(self.file.fileno())
        if force:
            self._take_a_name().replace(self.target)
        elif self.name is None and _link_open(self.file.fileno(), self.target):
            pass
        else:
            _move(self._take_a_name(), self.target)
        make_durable(self.target.parent)

    def _take_a_name(self) -> Path:
        """A hidden one, if it has none: nothing can be renamed that has no name."""
        while self.name is None:
            name = self.target.parent / _hidden(self.target)
            with suppress(FileExistsError):
                if not _link_open(self.file.fileno(), name):
                    return self._copy_to_a_name()
                self.name = name
        return self.name

    def _copy_to_a_name(self) -> Path:
        self.name, handle = _locked(lambda: _made_file(self.target))
        self.file.seek(0)
        copy = os.fdopen(handle, "w+b")
        shutil.copyfileobj(self.file, copy, _CHUNK)
        copy.flush()
        os.fsync(copy.fileno())
        self.file.close()
        self.file = copy
        return self.name

    def close(self) -> None:
        if self.name is not None:
            self.name.unlink(missing_ok=True)
        self.file.close()


@contextmanager
def unfinished(target: Path) -> Iterator[Unfinished]:
    """A file to be written; gone at the block's end, unless it took its place. Raises Refused where nothing can be written."""
    sweep(target.parent)
    work = Unfinished(target)
    try:
        yield work
    finally:
        work.close()


@contextmanager
def working_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, mode 0700, and gone at the block's end. Raises Refused where none can be made."""
    sweep(target.parent)
    try:
        folder, lock = _locked(lambda: _made_folder(target))
    except OSError as wrong:
        raise unwritable(target.parent, wrong) from wrong
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(folder: Path) -> None:
    """Remove what processes that are dead were writing to this folder."""
    for path, lock in _abandoned(folder):
        with suppress(OSError):
            if stat.S_ISDIR(os.fstat(lock).st_mode):
                shutil.rmtree(path)
            else:
                path.unlink()


def abandoned(folder: Path) -> list[Path]:
    """What `sweep` would remove."""
    return [path for path, _ in _abandoned(folder)]


def unwritable(folder: Path, wrong: OSError) -> Refused:
    """The sentence for a folder in which no file can be made."""
    return Refused(f"The folder {folder} cannot be written to ({wrong.strerror or wrong}); name another place.")


def make_durable(folder: Path) -> None:
    """What was renamed in the folder stays so over a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _nameless(folder: Path) -> int | None:
    """None where the system or the disk has no such thing; then what is wrong with the folder shows at the next try."""
    try:
        handle = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # for when it takes a hidden name
    except (AttributeError, OSError):
        return None
    return handle


def _link_open(handle: int, target: Path) -> bool:
    """Give an open file a name (open(2), O_TMPFILE). False where that cannot be done; raises FileExistsError."""
    beside = os.open(target.parent, os.O_RDONLY)
    try:  # with a folder's descriptor Python calls linkat(2), which can follow the link in /proc to the file
        os.link(f"/proc/self/fd/{handle}", target, src_dir_fd=beside, follow_symlinks=True)
    except FileExistsError:
        raise
    except OSError:
        return False
    finally:
        os.close(beside)
    return True


def _move(name: Path, target: Path) -> None:
    try:
        os.link(name, target)  # which does not write over what has come meanwhile
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if target.exists():
            raise FileExistsError(target) from None
        name.replace(target)


def _hidden(target: Path) -> str:
    return f"{_beginning(target)}{os.urandom(4).hex()}{SUFFIX}"


def _beginning(target: Path) -> str:
    """Not all of a long name: the hidden one must not be too long for the disk."""
    return f".{target.name[:50]}."


def _made_file(target: Path) -> tuple[Path, int]:
    name = target.parent / _hidden(target)
    return name, os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)


def _made_folder(target: Path) -> tuple[Path, int]:
    name = Path(tempfile.mkdtemp(dir=target.parent, prefix=_beginning(target), suffix=SUFFIX))
    return name, os.open(name, os.O_RDONLY | os.O_DIRECTORY)


def _locked(make: Callable[[], tuple[Path, int]]) -> tuple[Path, int]:
    """What was made, under our lock: made again where a sweep was quicker than the lock."""
    while True:
        name, handle = make()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        except OSError:  # a disk without locks: nobody can sweep it there, then
            return name, handle
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), name.lstat()):
                return name, handle
        os.close(handle)


def _abandoned(folder: Path) -> Iterator[tuple[Path, int]]:
    """Each with its lock, which is ours until the next is asked for."""
    try:
        found = [path for path in folder.iterdir() if _OURS.fullmatch(path.name)]
    except OSError:
        return
    for path in found:
        with suppress(OSError):
            told = path.lstat()
            if told.st_uid != os.geteuid() or not (stat.S_ISREG(told.st_mode) or stat.S_ISDIR(told.st_mode)):
                continue
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path, handle
            finally:
                os.close(handle)
