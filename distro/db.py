"""The store: one engine, two kinds of transaction, the pragmas SQLite needs. Knows no table by name.

SQLAlchemy's default BEGIN on SQLite is deferred: two threads that read and then write lose an update or fail late. So a
writer takes the write lock first (BEGIN IMMEDIATE), and a reader says that it only reads.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from distro.bulk import run_on
from distro.errors import Failed, Refused

BUSY_PATIENCE = 10_000
"""Milliseconds for which SQLite waits while somebody else writes."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_PATIENCE}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # or INSERT OR REPLACE slips past the append-only triggers
)


STATEMENTS = 256
"""Prepared statements that an SQLite connection keeps: those of many rows (distro.bulk) come in many sizes."""

SMALL_CACHE = 256
"""Kilobytes of pages that each of a bot's SQLite connections keeps, in place of 2,000: it has several, and goes through most
pages once."""

AGAIN = "again"
"""In `Session.info`: this transaction was tried before, and nobody knows whether its commit was done."""


class Store:
    """The office's database. `read()` only reads; `snapshot()` sees one state to its end, however many questions it is asked;
    `write()` commits at its end, or leaves nothing behind."""

    def __init__(self, url: str, *, must_exist: bool = False, small_cache: bool = False) -> None:
        try:
            parsed = make_url(url)
        except Exception as wrong:
            raise Refused(
                f"[storage] url {url!r} is not a database address; write sqlite:///var/office.db or postgresql://…"
            ) from wrong
        backend = parsed.get_backend_name()
        if backend == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif backend != "sqlite":
            raise Refused(f"[storage] url names the database {backend!r}; use sqlite or postgresql")
        self.url = parsed
        self.dialect = backend
        self.path: Path | None = Path(parsed.database) if backend == "sqlite" and parsed.database else None
        if must_exist and self.path is not None and not self.path.exists():
            raise Refused(f"There is no store at {self.path} yet; run `distro init`.")
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(
            parsed,
            pool_pre_ping=backend == "postgresql",
            pool_use_lifo=True,  # the fewest connections, for each keeps pages and statements
            connect_args={"cached_statements": STATEMENTS} if backend == "sqlite" else {},
            hide_parameters=True,  # or an error would print addresses into logs
        )
        if backend == "sqlite":
            event.listen(self.engine, "connect", _set_up_sqlite)
            if small_cache:
                event.listen(self.engine, "connect", _keep_little)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; whatever it would have changed is thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session that only reads, and to its end sees the store as it stood at its first question."""
        options: dict[str, Any] = {}
        if self.dialect == "postgresql":  # which else shows each statement what was committed before it
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with Session(self.engine.execution_options(**options), expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when its block ends and rolls back when it raises. Never hold one across the network."""
        with Session(self.engine.execution_options(writes=True), expire_on_commit=False) as session:
            yield session
            session.commit()

    def ask(self) -> None:
        """Raise Failed with a sentence if the store does not answer."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as wrong:
            reason = str(wrong.orig).strip().splitlines()[0]
            raise Failed(f"The store at {self.url.render_as_string(hide_password=True)} does not answer: {reason}.") from wrong

    def close(self) -> None:
        self.engine.dispose()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, below
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _keep_little(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA cache_size=-{SMALL_CACHE}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    run_on(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def hold_store(store: Store) -> Iterator[None]:
    """Be the one bot on a SQLite store, by flock: the lock goes with the process, however it ends. PostgreSQL needs none.

    Raises Refused where another bot holds it.
    """
    if store.path is None:
        yield
        return
    path = store.path.with_name(store.path.name + ".bot")
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            who = file.read().strip() or "unknown"
            raise Refused(f"Another bot (process {who}) works on the store {store.path} already; only one may.") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def open_store(url: str, *, small_cache: bool = False) -> Store:
    """The store at this address, at the newest schema. Raises Refused where `distro init` has not been run."""
    from distro.migrations import is_current

    store = Store(url, must_exist=True, small_cache=small_cache)
    if not is_current(store):
        where = store.url.render_as_string(hide_password=True)
        raise Refused(f"The store at {where} has no tables yet, or older ones; run `distro init`.")
    return store
