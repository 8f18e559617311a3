"""The file of a backup: a ZIP (ZIP64) whose parts stand uncompressed, the manifest and its signature last. Owns that it is
written whole or not at all, and read only where every octet is the one that was written. Knows nothing of databases.

A file that ends early lacks the directory at a ZIP's end, so that what looks whole is whole.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from distro.archive.sealing import Signer
from distro.archive.unfinished import unfinished
from distro.backup import signature
from distro.backup.manifest import ASSETS, FORMAT, MANIFEST, SIGNATURE, Manifest, Origin, Part, Table, Told
from distro.errors import Refused

CHUNK = 1 << 20
_MANIFEST_MOST, _NOTE_MOST = 64 << 20, 4096
_ENCRYPTED = 1
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
        with source.open("rb") as file:
            self.copy_open(name, file)

    def copy_open(self, name: str, file: IO[bytes]) -> None:
        """One file as a part, from where it is read."""
        with self.part(name, os.fstat(file.fileno()).st_size) as write:
            while chunk := file.read(CHUNK):
                write(chunk)

    def finish(self, origin: Origin, tables: tuple[Table, ...], *, with_key: bool, signer: Signer | None) -> str:
        """Write the manifest, and the signature on it. Returns its SHA-256, which names the backup: it holds that of every
        part."""
        octets = Manifest(FORMAT, origin, with_key, tables, tuple(self.written)).to_json()
        digest = hashlib.sha256(octets).hexdigest()
        self._file.writestr(zipfile.ZipInfo(MANIFEST), octets)
        if signer is not None:
            self._file.writestr(zipfile.ZipInfo(SIGNATURE), signature.of(digest, signer))
        return digest


@contextmanager
def writing(path: Path, told: Told, *, force: bool) -> Iterator[Parts]:
    """A new backup at `path`, mode 0600: it gets its name when the block ends well, and else leaves nothing.

    force  an older file of this name is replaced by it
    Raises Refused where there is one and it must stay, or no folder to write in.
    """
    _may_have(path, force)
    with unfinished(path) as work:
        with zipfile.ZipFile(work.file, "w", zipfile.ZIP_STORED) as file:
            yield Parts(file, told)
        _may_have(path, force)
        try:
            work.take_place(force=force)
        except FileExistsError:
            raise _there_already(path) from None


def _may_have(path: Path, force: bool) -> None:
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent}; make it first, or name another.")
    if path.is_dir():
        raise Refused(f"{path} is a folder; name a file.")
    if path.exists() and not force:
        raise _there_already(path)
    if path.exists() and not _looks_like_one(path):
        raise Refused(f"{path} is there and is no backup, and --force replaces nothing but a backup; name another file.")


def _there_already(path: Path) -> Refused:
    return Refused(f"{path} is there already, and a backup is not overwritten; name another file, or say --force.")


def _looks_like_one(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as file:
            return MANIFEST in file.namelist()
    except _DAMAGED:
        return False


class Backup:
    """A backup that is being read. `digest`: the SHA-256 of its manifest. `signature`: the note on it, None without one."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self._path, self._file = path, file
        self._refuse_another_form()
        octets = b"".join(self._read(MANIFEST, _MANIFEST_MOST))
        self.manifest = Manifest.from_json(octets)
        self.digest = hashlib.sha256(octets).hexdigest()
        self.signature: str | None = None
        if SIGNATURE in file.NameToInfo:
            self.signature = b"".join(self._read(SIGNATURE, _NOTE_MOST)).decode("utf-8", "replace")
        self._parts = {part.name: part for part in self.manifest.parts}
        self._refuse_other_parts()

    def _refuse_another_form(self) -> None:
        """As we write it every part stands as it is, once, and beside the others: so none is larger than the file."""
        infos, left = self._file.infolist(), self._path.stat().st_size
        for info in infos:
            left -= info.file_size
            as_it_is = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
            if not as_it_is or info.flag_bits & _ENCRYPTED or left < 0:
                raise self._wrong(info.filename)
        if len({info.filename for info in infos}) != len(infos):
            raise Refused(f"{self._path} has two parts of one name; the file was changed, or is no backup.")

    def _refuse_other_parts(self) -> None:
        """Those that the manifest names are there, each with its size, and no others are."""
        there = {info.filename: info.file_size for info in self._file.infolist()}
        for part in self.manifest.parts:
            if part.name not in there:
                raise self._missing(part.name)
            if there[part.name] != part.size:
                raise self._wrong(part.name)
        for name in there.keys() - self._parts.keys() - {MANIFEST, SIGNATURE}:
            raise self._wrong(name)

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
            raise self._missing(name) from None

    def _missing(self, name: str) -> Refused:
        return Refused(f"The part {name} is not in {self._path}; the file was changed, or is no backup.")

    def _wrong(self, name: str) -> Refused:
        shown = "".join(sign if sign.isprintable() else "?" for sign in name)
        return Refused(
            f"The part {shown} of {self._path} is not what was written: the file was damaged or changed. Nothing was restored; "
            "take another copy of it, or an older backup."
        )


@contextmanager
def reading(path: Path) -> Iterator[Backup]:
    """The backup at `path`. Raises Refused where it is none, or not whole."""
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise Refused(f"{path} is a folder; name the file that `distro backup` wrote.") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as wrong:
        raise Refused(
            f"{path} is no backup, or not whole: the list of its parts, which stands at the end, cannot be read. "
            "Take another copy of it, or an older backup."
        ) from wrong
    except OSError as wrong:
        raise Refused(f"{path} cannot be read ({wrong.strerror or wrong}).") from wrong
    with file:
        yield Backup(path, file)
