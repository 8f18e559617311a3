"""A SQLite store as one file: copied while others write to it, and put in its place whole.

A copy must see one state. SQLite's own backup begins anew whenever another process commits, which a sending bot does all the
time; so it is made within a reading transaction, which keeps that one state for as long as it takes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep
from typing import IO, cast

from sqlmodel import Session

from distro.archive.unfinished import make_durable, working_folder
from distro.backup.container import Backup, Parts
from distro.backup.emptiness import refuse_rows
from distro.backup.manifest import STORE, Table, Told
from distro.db import Store
from distro.errors import Refused

_PAGES = 256
"""Copied in one step: a megabyte."""
_REST = 0.002
"""Seconds between two steps, in which the bot gets at disk and processor."""


def dump(session: Session, parts: Parts, beside: Path, told: Told) -> tuple[Table, ...]:
    """Write the store as the session's transaction sees it. A copy takes room beside the backup for as long as this takes."""
    source = cast(sqlite3.Connection, session.connection().connection.driver_connection)
    page = source.execute("PRAGMA page_size").fetchone()[0]

    def progress(_status: int, remaining: int, total: int) -> None:
        told("copying the store", (total - remaining) * page, total * page)
        sleep(_REST)

    with _nameless(beside) as (target, octets):
        source.backup(target, pages=_PAGES, progress=progress)
        target.close()
        parts.copy_open(STORE, octets)
    return ()


@contextmanager
def _nameless(beside: Path) -> Iterator[tuple[sqlite3.Connection, IO[bytes]]]:
    """An empty store to be written, and its file to be read. It has lost its name before anything is in it: should the process
    be killed, nobody's name stays on the disk."""
    with working_folder(beside) as folder:
        file = folder / STORE
        target = sqlite3.connect(file, isolation_level=None)
        target.execute("PRAGMA journal_mode=OFF")  # nothing beside it; and the backup is made durable as a whole
        target.execute("PRAGMA synchronous=OFF")
        target.execute("BEGIN EXCLUSIVE")
        target.execute("COMMIT")  # by now the file is there and open
        octets = file.open("rb")
        file.unlink()
    with closing(target), octets:
        yield target, octets


@contextmanager
def staged(store: Store, backup: Backup, told: Told) -> Iterator[Store]:
    """The backup's store, at a place beside the real one where nobody looks. When the block ends well it takes the place of
    the real one; else it is gone. To be called within `alone_with`."""
    assert store.path is not None
    with working_folder(store.path) as folder:
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
