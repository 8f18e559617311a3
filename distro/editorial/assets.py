"""The files that a release's resources name: found inside its folder only, measured, and kept by their SHA-256.

Owns data_dir/assets. Does not own who may fetch one: that takes a Permit.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from distro.editorial.content import ReleaseContent, Resource
from distro.errors import Refused

_CHUNK = 1 << 20


def within(folder: Path, name: str) -> Path:
    """The path of a file of the folder. Raises Refused where it leads out of it, by `..` or by a link."""
    written = PurePosixPath(name)
    if not name or written.is_absolute() or ".." in written.parts or "\\" in name or not name.isprintable():
        raise Refused(f"{name!r} is not a path inside the release folder; write it like assets/letter.pdf.")
    path = folder / written
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"{name!r} is a link that leads out of the release folder; put the file itself there.")
    return path


def measure(folder: Path, resource: Resource) -> Resource:
    """The resource with the size and SHA-256 of its file; without them where the file is not there yet. Raises Refused."""
    if not resource.file:
        return resource
    path = within(folder, resource.file)
    if not path.exists():
        return resource
    if not path.is_file():
        raise Refused(f"{resource.file!r} is not a file.")
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return resource.model_copy(update={"sha256": digest.hexdigest(), "size": size})


def keep_assets(content: ReleaseContent, folder: Path, data_dir: Path) -> list[Path]:
    """Copy each file resource to data_dir/assets/<sha256>, durably and whole or not at all; what is there stays.

    Returns the kept paths. Raises Refused where a file is no longer what was measured.
    """
    shelf = data_dir / "assets"
    kept: list[Path] = []
    for resource in content.resources:
        if not resource.sha256:
            continue
        shelf.mkdir(parents=True, exist_ok=True)
        place = shelf / resource.sha256
        if not place.exists():
            _copy(within(folder, resource.file), place, resource.sha256)
        kept.append(place)
    return kept


def keep(octets: bytes, data_dir: Path) -> str:
    """Keep octets as data_dir/assets/<sha256>, durably and whole or not at all; what is there stays. Returns the SHA-256."""
    name = hashlib.sha256(octets).hexdigest()
    place = data_dir / "assets" / name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with _whole(place) as target:
            target.write(octets)
    return name


def _copy(source: Path, place: Path, sha256: str) -> None:
    with _whole(place) as target:
        digest = hashlib.sha256()
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
        if digest.hexdigest() != sha256:
            raise Refused(f"{source.name} was changed while it was being read; add the folder again.")


@contextmanager
def _whole(place: Path) -> Iterator[BinaryIO]:
    """A file to write that stands at the place, durably, once the block is left without an error, and else nowhere."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
