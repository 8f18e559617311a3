"""The writer that keeps its connection: what it keeps after a refusal, and what it throws away."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from contacts.models import Outlet
from distro.bulk import run
from distro.db import Store
from distro.writer import Reader, Writer


def uses_of(writer: Writer) -> int:
    """How many transactions its connection has had here: a temporary table counts them."""
    with writer.transaction() as session:
        run(session, "CREATE TEMPORARY TABLE IF NOT EXISTS mine (n INTEGER)", ())
        run(session, "INSERT INTO mine VALUES (1)", ())
        return len(run(session, "SELECT n FROM mine", ()))


def test_who_finds_another_writing_keeps_the_connection(store: Store) -> None:
    if store.dialect != "sqlite":
        pytest.skip("PostgreSQL has more than one writer")
    writer = Writer(store)
    assert uses_of(writer) == 1
    assert store.path is not None
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), writer.transaction(patient=False):
        raise AssertionError("it must not come here")
    other.execute("COMMIT")
    other.close()
    assert uses_of(writer) == 2
    writer.close()


def test_an_error_within_costs_the_connection(store: Store) -> None:
    writer = Writer(store)
    assert uses_of(writer) == 1
    with pytest.raises(DBAPIError), writer.transaction() as session:
        session.connection().execute(text("SELECT no_such_column FROM entry"))
    assert uses_of(writer) == 1
    writer.close()


def test_a_reader_sees_what_was_written_since_and_writes_nothing_itself(store: Store) -> None:
    reader, seen = Reader(store), []
    for name in ("Rosa", "Ana"):
        with store.write() as session:
            session.connection().execute(text("INSERT INTO outlet (name, key) VALUES (:name, :name)"), {"name": name})
        with reader.transaction() as session:
            seen.append([name for (name,) in run(session, "SELECT name FROM outlet ORDER BY name", ())])
            run(session, "DELETE FROM outlet", ())
            session.add(Outlet(name="Noa", key="noa"))
    assert seen == [["Rosa"], ["Ana", "Rosa"]]
    with store.read() as session:
        assert len(run(session, "SELECT name FROM outlet", ())) == 2
    reader.close()
