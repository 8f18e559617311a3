"""A connection to PostgreSQL that breaks where something is only read: the bot goes on when there is another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, text

import scheduler
from tests.office import Office
from tests.sink import Sink

ADA = "ada@daily.example.com"


@contextmanager
def broken_once(office: Office, when: Callable[[str], bool]) -> Iterator[list[str]]:
    """The server ends the session that is about to run a statement `when` that is so. Which one it was is in the list."""
    struck: list[str] = []

    def strike(connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        if struck or not when(statement):
            return
        struck.append(statement)
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, psycopg.Connection)
        with office.store.engine.connect() as admin:
            admin.execute(text(f"SELECT pg_terminate_backend({driver.info.backend_pid}, 5000)"))

    event.listen(Engine, "before_cursor_execute", strike)
    try:
        yield struck
    finally:
        event.remove(Engine, "before_cursor_execute", strike)


def for_a_claim(statement: str) -> bool:
    return threading.current_thread().name.startswith("prepare") and "FROM wave" in statement


def for_the_end(statement: str) -> bool:
    """Asked by `--until-idle`."""
    return "wave.freezing" in statement and "LIMIT" in statement and "FOR UPDATE" not in statement


@pytest.mark.parametrize("when", [for_a_claim, for_the_end])
def test_a_connection_that_breaks_while_reading_is_replaced(office: Office, sink: Sink, when: Callable[[str], bool]) -> None:
    if office.store.dialect == "sqlite":
        pytest.skip("there is no connection to break")
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    (only,) = office.send()
    with broken_once(office, when) as struck:
        asyncio.run(asyncio.wait_for(scheduler.run(office.config, until_idle=True), 30))

    assert struck
    assert [r.to for r in sink.received] == [ADA]
    assert office.states(only) == {ADA: "accepted"}
    assert office.wave(only).state == "done"
