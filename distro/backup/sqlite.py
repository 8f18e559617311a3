"""A SQLite store as one file: copied while others write to it, and put in its place whole.

A copy must see one state. SQLite's own backup begins anew whenever another process commits, which a sending bot does all the
time; so it is made within a reading transaction, which keeps that one state for as long as it takes.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep
from typing import cast

from sqlmodel import Session

from distro.backup.container import Backup, Parts, make_durable
from distro.backup.emptiness import refuse_rows
from distro.backup.manifest import STORE, Table, Told
from distro.db import Store
from distro.errors import Refused

_PAGES = 256
"""Copied in one step: a megabyte."""
_REST = 0.002
"""Seconds between two steps, in which the bot gets at disk and processor."""


def dump(session: Session, parts: Parts, beside: Path, told: Told) -> tuple[Table, ...]:
    """Write the store as the session's transaction sees it. A copy stands beside the backup for as long as this takes."""
    source = cast(sqlite3.Connection, session.connection().connection.driver_connection)
    page = source.execute("PRAGMA page_size").fetchone()[0]

    def progress(_status: int, remaining: int, total: int) -> None:
        told("copying the store", (total - remaining) * page, total * page)
        sleep(_REST)

    with tempfile.TemporaryDirectory(dir=beside.parent, prefix=f".{beside.name}.", suffix=".part") as folder:
        copy = Path(folder) / STORE
        with closing(sqlite3.connect(copy, isolation_level=None)) as target:
            target.execute("PRAGMA synchronous=OFF")  # the backup is made durable as a whole
            source.backup(target, pages=_PAGES, progress=progress)
        parts.copy(STORE, copy)
    return ()


@contextmanager
def staged(store: Store, backup: Backup, told: Told) -> Iterator[Store]:
    """The backup's store, at a place beside the real one where nobody looks. When the block ends well it takes the place of
    the real one; else it is gone. To be called within `alone_with`."""
    assert store.path is not None
    folder = Path(tempfile.mkdtemp(dir=store.path.parent, prefix=f".{store.path.name}.", suffix=".part"))  # mode 0700
    try:
        file = folder / STORE
        backup.copy(STORE, file, told)
        copy = Store(store.url.set(database=str(file)).render_as_string(hide_password=False))
        try:
            yield copy
            with copy.engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            copy.close()
        if any(left.stat().st_size for left in folder.glob(f"{STORE}-*")):
            raise Refused("Somebody else opened the store while it was being restored; try again.")
        _sync(file)
        file.replace(store.path)
        make_durable(store.path.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


@contextmanager
def alone_with(store: Store) -> Iterator[None]:
    """Keep everybody else off the store that is to be replaced. Raises Refused where it is not empty, or somebody works on
    it."""
    assert store.path is not None
    if not store.path.exists():
        _refuse_lone_log(store.path)
        yield
        return
    with closing(sqlite3.connect(store.path, isolation_level=None, timeout=1)) as connection:
        try:
            # only who is alone with it may do that; and no log is left beside it, which SQLite would apply to the new one
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            named = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            tables = [name for (name,) in named]
        except sqlite3.DatabaseError as wrong:
            raise Refused(
                f"{store.path} is there, and cannot be had alone ({wrong}); end what works on it, or move it away."
            ) from wrong
        refuse_rows(str(store.path), tables, lambda query: connection.execute(query).fetchone() is not None)
        yield


def _refuse_lone_log(path: Path) -> None:
    """SQLite would apply the log of a store that is gone to the one that comes."""
    for end in ("-wal", "-journal"):
        log = path.with_name(path.name + end)
        if log.exists():
            raise Refused(f"{log} belongs to a store that is not beside it; move it to that store, and restore again.")
