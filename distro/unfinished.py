"""Files that something which was killed left half-written: a backup, an export, a restore, a copy in an outbox. Whoever was
erased since may stand in them. Only looks; what is to become of them a person says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from distro.archive.unfinished import SUFFIX, abandoned
from distro.config import Config
from distro.db import Store

OLD = timedelta(hours=1)
"""What was written to within this time may be under way."""

_HALF_WRITTEN = re.compile(r"\..+\.part|\.part-.+|\..+\.new|\..+\.zip\.[a-z0-9_]{8}")
"""Their names begin with a dot, and end as whatever writes them ends them; the last was that of a bag. What is written as
`archive.unfinished` does it has a lock for as long as somebody does, so that nobody has to guess by the hour."""


def left_behind(config: Config, store: Store, now: datetime) -> list[Path]:
    """What was left in the data folder, the outbox, and beside the store and the file of anchors. Elsewhere nobody looks: where
    somebody had a backup or a bag written to, only they know."""
    data = config.storage.data_dir
    folders = [data, data / "assets", config.outbox]
    folders += [] if store.path is None else [store.path.parent]
    folders += [Path(config.anchors.file).expanduser().parent] if config.anchors.file else []
    return sorted(set(_in(folders, (now - OLD).timestamp())))


def _in(folders: Iterable[Path], before: float) -> Iterator[Path]:
    for folder in folders:
        yield from (path.resolve() for path in abandoned(folder))
        if folder.is_dir():
            yield from (path.resolve() for path in folder.glob(".*") if _is_half_written(path) and _rests(path, before))


def _is_half_written(path: Path) -> bool:
    return bool(_HALF_WRITTEN.fullmatch(path.name)) and not path.name.endswith(SUFFIX)


def _rests(path: Path, before: float) -> bool:
    """Whether nothing of it was written to since."""
    try:
        return all(one.lstat().st_mtime < before for one in (path, *path.rglob("*")))
    except FileNotFoundError:
        return False  # it is gone, or has its name by now


def sentence(paths: Iterable[Path]) -> str:
    """What is said of them."""
    return f"Something that was killed left half-written files, which may hold anybody's data: {', '.join(map(str, paths))}."
