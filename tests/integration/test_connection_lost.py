"""A connection to PostgreSQL that breaks where something is only read: the bot goes on when there is another."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, text

import scheduler
from distro.config import Limits
from distro.errors import Failed
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


def test_the_bot_can_be_stopped_though_nothing_can_be_written(office: Office, sink: Sink) -> None:
    if office.store.dialect == "sqlite":
        pytest.skip("this one is made read-only")
    for n in range(60):
        office.contact(f"reader{n}@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    (only,) = office.send()
    office.settings["limits"] = Limits(connections=2)
    sink.delay = 0.2
    name = office.store.url.database

    def read_only(word: str) -> None:
        with office.store.engine.connect() as admin:
            admin.execute(text("SET default_transaction_read_only = off"))
            admin.commit()
            admin.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = {word}"))
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
            admin.execute(text(others), {"name": name})
            admin.commit()

    async def go() -> None:
        async def ring(bot: scheduler.Bot) -> None:
            await asyncio.to_thread(sink.wait_for, 4)
            await asyncio.to_thread(read_only, "on")
            await asyncio.sleep(1.0)
            bot.stop()

        await asyncio.wait_for(scheduler.run(office.config, watch=ring), 40)

    with pytest.raises(Failed, match="read-only"):
        asyncio.run(go())
    read_only("off")
    office.store.close()
    sink.delay = 0.0
    time.sleep(16)  # until the leases have run out
    office.run()
    assert set(office.states(only).values()) == {"accepted"}
    doubled = {r.to for r in sink.received if len(sink.to(r.to)) > 1}
    assert doubled <= {r["recipient"]["address"] for r in office.records() if any(a["uncertain"] for a in r["attempts"])}
    assert len(doubled) <= 2
