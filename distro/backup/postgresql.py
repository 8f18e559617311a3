"""A PostgreSQL store table by table, in the server's own binary form of COPY. Needs no program beside the server.

The tables are those of the store, whatever else the database holds. Both ways go through one transaction: a dump sees one state
while others write, and what is loaded is there as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection
from sqlmodel import Session, SQLModel

import distro.tables  # noqa: F401  (fills SQLModel.metadata)
from distro.backup.container import CHUNK, Backup, Parts
from distro.backup.manifest import Table, Told
from distro.dispatch.workers import Worker


def dump(session: Session, parts: Parts, told: Told) -> tuple[Table, ...]:
    """Write every table, in the order in which they can be filled again. The session's transaction must see one state."""
    driver = _driver(session.connection())
    driver.execute("SET LOCAL client_encoding TO 'UTF8'")
    found = []
    for table in SQLModel.metadata.sorted_tables:
        if table.name == Worker.__tablename__:
            continue  # which bots are at work is no part of what comes back
        columns = tuple(column.name for column in table.columns)
        one = Table(table.name, columns)
        with parts.part(one.part) as write, driver.cursor().copy(_copy(one, "TO STDOUT")) as rows:
            for chunk in _gathered(rows):
                write(chunk)
        # not of one state with the rows, but never behind them
        found.append(Table(table.name, columns, _numbered(driver, table.name, columns)))
    return tuple(found)


def _gathered(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """A megabyte at a time: the server sends row by row."""
    gathered = bytearray()
    for row in rows:
        gathered += row
        if len(gathered) >= CHUNK:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def load(connection: Connection, backup: Backup, told: Told) -> None:
    """Fill the empty tables, and let their numbers go on where they were. The columns must be those of the backup."""
    driver = _driver(connection)
    driver.execute("SET LOCAL client_encoding TO 'UTF8'")
    for table in backup.manifest.tables:
        size, done = backup.size(table.part), 0
        with driver.cursor().copy(_copy(table, "FROM STDIN")) as rows:
            for chunk in backup.chunks(table.part):
                rows.write(chunk)
                done += len(chunk)
                told(table.part, done, size)
        if table.numbered is not None:
            driver.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, %s)", (table.name, *table.numbered))


def _driver(connection: Connection) -> psycopg.Connection:
    return cast(psycopg.Connection, connection.connection.driver_connection)


def _copy(table: Table, way: str) -> sql.Composed:
    return sql.SQL("COPY {} ({}) {} (FORMAT binary)").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns)), sql.SQL(way)
    )


def _numbered(driver: psycopg.Connection, table: str, columns: tuple[str, ...]) -> tuple[int, bool] | None:
    if "id" not in columns:
        return None
    found = driver.execute("SELECT pg_get_serial_sequence(%s, 'id')", (table,)).fetchone()
    if found is None or found[0] is None:
        return None
    row = driver.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.SQL(found[0]))).fetchone()
    return None if row is None else (int(row[0]), bool(row[1]))
