"""Writes a BagIt bag (RFC 8493) into a zip, file after file, without holding any of them. Knows nothing of what is in it.

The zip has one folder with the bag in it. It takes its name when it is whole and on the disk. What is put in is dated with one
instant, so that the same content gives the same octets.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from distro.archive.unfinished import unfinished, unwritable
from distro.errors import Refused

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"

_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
"""Plain names only: they mean the same on every disk, and nothing in a manifest has to be escaped."""

_BLOCK = 1 << 16

Write = Callable[[bytes], object]


class Bag:
    """A bag that is being written. Paths are those in the bag, payload under "data/"; each is written once.

    at      the date that every file in the zip has (to two seconds, and in UTC, as zip has no zones)
    beside  a folder for what has to wait until another file is written
    """

    def __init__(self, zipped: ZipFile, name: str, at: datetime, beside: Path) -> None:
        self._zip, self._name, self._beside = zipped, name, beside
        self._at = at.astimezone(UTC).timetuple()[:6]
        self._stack = ExitStack()
        self._lists = {payload: self._spool() for payload in (True, False)}
        self._octets, self._files = 0, 0

    def put(self, path: str, octets: bytes) -> None:
        """A file that is at hand."""
        self._zip.writestr(self._info(path), octets)
        self._list(path, sha256(octets).hexdigest(), len(octets))

    @contextmanager
    def stream(self, path: str) -> Iterator[Write]:
        """A file of any size, piece by piece. Nothing else can be written until it is whole."""
        digest, size = sha256(), 0

        def write(piece: bytes) -> None:
            nonlocal size
            digest.update(piece)
            size += len(piece)
            file.write(piece)

        with self._zip.open(self._info(path), "w", force_zip64=True) as file:
            yield write
        self._list(path, digest.hexdigest(), size)

    @contextmanager
    def aside(self, path: str) -> Iterator[Write]:
        """A file of any size that grows while others are written; it is put into the bag at the end of the block."""
        with tempfile.TemporaryFile(dir=self._beside) as waiting:
            yield waiting.write
            self._take(path, waiting)

    def close(self, info: Mapping[str, str], tags: Mapping[str, bytes]) -> None:
        """Write what makes it a bag: bag-info.txt with `info` and the Payload-Oxum, `tags` at the top, and the manifests."""
        self.put("bagit.txt", DECLARATION)
        lines = {**info, "Payload-Oxum": f"{self._octets}.{self._files}"}
        self.put("bag-info.txt", "".join(f"{label}: {' '.join(text.split())}\n" for label, text in lines.items()).encode())
        for path, octets in tags.items():
            self.put(path, octets)
        self._take(MANIFEST, self._lists[True])
        self._take(TAG_MANIFEST, self._lists[False])  # which lists all but itself
        self._stack.close()

    def _spool(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.TemporaryFile(dir=self._beside))

    def _take(self, path: str, waiting: IO[bytes]) -> None:
        waiting.seek(0)
        with self.stream(path) as write:
            while piece := waiting.read(_BLOCK):
                write(piece)

    def _info(self, path: str) -> ZipInfo:
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r} is no plain path")
        info = ZipInfo(f"{self._name}/{path}", self._at)
        info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, 3, 0o100644 << 16
        return info

    def _list(self, path: str, digest: str, size: int) -> None:
        payload = path.startswith("data/")
        if path != TAG_MANIFEST:
            self._lists[payload].write(f"{digest}  {path}\n".encode())
        self._octets += size if payload else 0
        self._files += payload


@contextmanager
def new_bag(out: Path, at: datetime, *, force: bool = False) -> Iterator[Bag]:
    """A bag in the zip `out`, which is there, mode 0600, when the block ends well, and not at all when it does not.

    The caller closes the bag. Raises Refused where `out` cannot be written, or is there already and not to be replaced.
    """
    check_out(out, force=force)
    with unfinished(out) as work:
        with ZipFile(work.file, "w", ZIP_DEFLATED) as zipped:
            bag = Bag(zipped, base_of(out), at, out.parent)
            yield bag
        try:
            work.take_place(force=force)
        except FileExistsError:
            raise Refused(f"{out} has come meanwhile; give --out another name, or write over it with --force.") from None


def check_out(out: Path, *, force: bool) -> None:
    """Raise Refused where a bag cannot be written to this name."""
    if out.suffix != ".zip":
        raise Refused(f"{out} does not end in .zip; give --out a name such as evidence.zip.")
    if not out.parent.is_dir():
        raise Refused(f"There is no folder {out.parent}; make it first, or give --out another place.")
    if out.is_dir() or (out.exists() and not force):
        raise Refused(f"{out} is there already; give --out another name, or write over it with --force.")
    try:
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as wrong:
        raise unwritable(out.parent, wrong) from wrong


def base_of(out: Path) -> str:
    """The folder in the zip: the zip's own name, as RFC 8493 (4) wants it, in plain signs."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", out.stem).strip(".-") or "evidence"
