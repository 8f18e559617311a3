"""The file of a backup: a ZIP (ZIP64) whose parts stand uncompressed, the manifest last. Owns that it is written whole or not
at all, and read only where every octet is the one that was written. Knows nothing of databases.

A file that ends early lacks the directory at a ZIP's end, so that what looks whole is whole.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from distro.backup.manifest import ASSETS, FORMAT, MANIFEST, Manifest, Origin, Part, Table, Told
from distro.errors import Refused

CHUNK = 1 << 20
_MANIFEST_MOST = 64 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, OverflowError, ValueError)
"""What reading a ZIP raises where its octets were changed."""


class Parts:
    """The parts of a backup that is being written."""

    def __init__(self, file: zipfile.ZipFile, told: Told) -> None:
        self._file, self._told = file, told
        self.written: list[Part] = []

    @contextmanager
    def part(self, name: str, total: int = 0) -> Iterator[Callable[[bytes], None]]:
        """Write one part, chunk by chunk; `total`: its size, where it is known before."""
        digest, size = hashlib.sha256(), 0
        with self._file.open(zipfile.ZipInfo(name), "w", force_zip64=True) as out:

            def write(chunk: bytes) -> None:
                nonlocal size
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                self._told(name, size, total)

            yield write
        self.written.append(Part(name, size, digest.hexdigest()))

    def copy(self, name: str, source: Path) -> None:
        """One file as a part."""
        with source.open("rb") as file, self.part(name, source.stat().st_size) as write:
            while chunk := file.read(CHUNK):
                write(chunk)

    def finish(self, origin: Origin, tables: tuple[Table, ...], *, with_key: bool) -> str:
        """Write the manifest. Returns its SHA-256, which names the backup: it holds that of every part."""
        octets = Manifest(FORMAT, origin, with_key, tables, tuple(self.written)).to_json()
        self._file.writestr(zipfile.ZipInfo(MANIFEST), octets)
        return hashlib.sha256(octets).hexdigest()


@contextmanager
def writing(path: Path, told: Told, *, force: bool) -> Iterator[Parts]:
    """A new backup at `path`, mode 0600: it gets its name when the block ends well, and else leaves nothing.

    force  an older file of this name is replaced by it
    Raises Refused where there is one and it must stay, or no folder to write in.
    """
    _may_have(path, force)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")  # mode 0600
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
                yield Parts(file, told)
            out.flush()
            os.fsync(out.fileno())
        _may_have(path, force)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    make_durable(path.parent)


def _may_have(path: Path, force: bool) -> None:
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent}; make it first, or name another.")
    if path.is_dir():
        raise Refused(f"{path} is a folder; name a file.")
    if path.exists() and not force:
        raise Refused(f"{path} is there already, and a backup is not overwritten; name another file, or say --force.")


def make_durable(folder: Path) -> None:
    """What was renamed in the folder stays so over a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Backup:
    """A backup that is being read. `digest`: the SHA-256 of its manifest."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self._path, self._file = path, file
        octets = b"".join(self._read(MANIFEST, _MANIFEST_MOST))
        self.manifest = Manifest.from_json(octets)
        self.digest = hashlib.sha256(octets).hexdigest()
        self._parts = {part.name: part for part in self.manifest.parts}

    @property
    def assets(self) -> list[Part]:
        return [part for part in self.manifest.parts if part.name.startswith(ASSETS)]

    def size(self, name: str) -> int:
        return self._parts[name].size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The octets of a part. Raises Refused at their end, or before it, unless they are those that were written."""
        part, digest, size = self._parts[name], hashlib.sha256(), 0
        for chunk in self._read(name, part.size):
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        if size != part.size or digest.hexdigest() != part.sha256:
            raise self._wrong(name)

    def verify(self, told: Told) -> None:
        """Read every part once and hold it against the manifest. Raises Refused with a sentence that names the part."""
        for part in self.manifest.parts:
            done = 0
            for chunk in self.chunks(part.name):
                done += len(chunk)
                told(f"{part.name}: looking whether it is whole", done, part.size)

    def copy(self, name: str, target: Path, told: Told) -> None:
        """A part as a file of mode 0600, durably. Raises as `chunks` does, and FileExistsError."""
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in self.chunks(name):
                out.write(chunk)
                told(name, out.tell(), self.size(name))
            out.flush()
            os.fsync(out.fileno())

    def _read(self, name: str, most: int) -> Iterator[bytes]:
        """At most one octet more than `most`: so much is enough to see that there is too much."""
        left = most + 1
        try:
            with self._open(name) as file:
                while left and (chunk := file.read(min(CHUNK, left))):
                    left -= len(chunk)
                    yield chunk
        except _DAMAGED as wrong:
            raise self._wrong(name) from wrong

    def _open(self, name: str) -> IO[bytes]:
        try:
            return self._file.open(name)
        except KeyError:
            raise Refused(f"The part {name} is not in {self._path}; the file was changed, or is no backup.") from None

    def _wrong(self, name: str) -> Refused:
        return Refused(
            f"The part {name} of {self._path} is not what was written: the file was damaged or changed. Nothing was restored; "
            "take another copy of it, or an older backup."
        )


@contextmanager
def reading(path: Path) -> Iterator[Backup]:
    """The backup at `path`. Raises Refused where it is none, or not whole."""
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as wrong:
        raise Refused(
            f"{path} is no backup, or not whole: the list of its parts, which stands at the end, cannot be read. "
            "Take another copy of it, or an older backup."
        ) from wrong
    with file:
        yield Backup(path, file)
