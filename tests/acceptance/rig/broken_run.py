"""`python -m tests.acceptance.rig.broken_run ARGUMENTS…`: the real `distro` command, with faults that strike it from outside.

RIG_FAULTS in the environment is a JSON list of {"what": …} with the arguments of the function of that name below. They are
hung on SQLAlchemy and on asyncio's sockets before the command is entered; production code knows nothing of them.
RIG_DOT_TIMEOUT shortens the wait for the reply to the final dot: RFC 5321 wants ten minutes of it and no setting offers less.
"""

from __future__ import annotations

import asyncio.selector_events
import importlib
import json
import os
import pkgutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

from tests.acceptance.rig.clockwork import mend_sleep

FULL_SQLITE = 1_073_741_823


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def struck(what: str) -> None:
    """Say so where the process's output goes: a fault that never comes proves nothing."""
    print(f"rig: {what} struck", file=sys.stderr, flush=True)


# --- at a commit

Around = Callable[[Callable[[], None], Any], None]
"""Is handed what commits, and the driver's connection."""


def _at_commits(first: int, last: int, around: Around) -> None:
    """Hang `around` about the commits of these numbers, the process's first being 1."""
    real: Any = DefaultDialect.do_commit
    seen = 0

    def do_commit(self: DefaultDialect, dbapi_connection: Any) -> None:
        nonlocal seen
        seen += 1
        if first <= seen <= last:
            struck(around.__qualname__.partition(".")[0])
            around(lambda: real(self, dbapi_connection), dbapi_connection.driver_connection)
        else:
            real(self, dbapi_connection)

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def kill_before_commit(nth: int) -> None:
    _at_commits(nth, nth, lambda _commit, _connection: die())


def kill_after_commit(nth: int) -> None:
    def around(commit: Callable[[], None], _connection: Any) -> None:
        commit()
        die()

    _at_commits(nth, nth, around)


def lose_before_commit(nth: int, times: int = 1) -> None:
    """PostgreSQL: the connection goes, and COMMIT was not sent."""

    def around(commit: Callable[[], None], connection: Any) -> None:
        _cut(connection)
        commit()

    _at_commits(nth, nth + times - 1, around)


def lose_after_commit(nth: int, times: int = 1) -> None:
    """PostgreSQL: the connection goes after COMMIT was done and before its answer came."""

    def around(commit: Callable[[], None], connection: Any) -> None:
        commit()
        _cut(connection)
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    _at_commits(nth, nth + times - 1, around)


def _cut(connection: Any) -> None:
    if isinstance(connection, psycopg.Connection):
        wire = socket.socket(fileno=os.dup(connection.fileno()))
        wire.shutdown(socket.SHUT_RDWR)
        wire.close()


def conflict(nth: int, times: int = 1) -> None:
    """The store refuses the commit: somebody else was faster."""

    def around(_commit: Callable[[], None], connection: Any) -> None:
        connection.rollback()
        if isinstance(connection, psycopg.Connection):
            raise psycopg.errors.SerializationFailure("could not serialize access due to concurrent update")
        raise sqlite3.OperationalError("database is locked")

    _at_commits(nth, nth + times - 1, around)


# --- for a while


def disk_full(file: str) -> None:
    """No page more for the store while this file is there. SQLite says so itself; PostgreSQL's driver is made to say it."""
    sign = Path(file)
    real = psycopg.Cursor.execute

    def begin(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            most = 1 if sign.exists() else FULL_SQLITE  # never less than it has
            connection.exec_driver_sql(f"PRAGMA max_page_count={most}")

    def execute(self: Any, query: Any, *more: Any, **options: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else str(query)
        if text.lstrip().upper().startswith(("INSERT", "UPDATE", "WITH")) and sign.exists():
            struck("disk_full")
            raise psycopg.errors.DiskFull("could not extend file: No space left on device")
        return real(self, query, *more, **options)

    event.listen(Engine, "begin", begin)
    psycopg.Cursor.execute = execute  # type: ignore[method-assign]


# --- on the wire


def kill_at_dot(nth: int, before: bool = False) -> None:
    """Die when the nth final dot is handed to the system: just before it, or just after it.

    uvloop's transports are compiled and cannot be hung on, so this life runs on asyncio's own loop."""
    uvloop.run = asyncio.run  # type: ignore[assignment]
    transport: Any = asyncio.selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    real, seen = transport.write, 0
    tails: dict[int, bytes] = {}

    def write(self: Any, data: Any) -> None:
        nonlocal seen
        octets = tails.get(id(self), b"") + bytes(data)
        tails[id(self)] = octets[-4:]
        seen += octets.count(b"\r\n.\r\n")
        if seen >= nth and before:
            die()
        real(self, data)
        if seen >= nth:
            die()

    transport.write = write
    transport.writelines = lambda self, pieces: write(self, b"".join(pieces))  # Python 3.12's goes past `write`


FAULTS: dict[str, Callable[..., None]] = {
    f.__name__: f
    for f in (
        kill_before_commit,
        kill_after_commit,
        lose_before_commit,
        lose_after_commit,
        conflict,
        disk_full,
        kill_at_dot,
    )
}


def _shorten_the_dot(seconds: float) -> None:
    """Set the constant wherever a module of distro.mail has it; that there is none must not pass unseen."""
    import distro.mail

    found = 0
    for module in pkgutil.iter_modules(distro.mail.__path__):
        if not module.name.startswith("smtp"):
            continue
        loaded = importlib.import_module(f"distro.mail.{module.name}")
        if "DOT_TIMEOUT" in vars(loaded):
            vars(loaded)["DOT_TIMEOUT"] = seconds
            found += 1
    assert found, "no module distro.mail.smtp… has DOT_TIMEOUT any more; the rig must learn the new name"


def main() -> None:
    mend_sleep()
    for fault in json.loads(os.environ.get("RIG_FAULTS", "[]")):
        FAULTS[fault.pop("what")](**fault)
    if "RIG_DOT_TIMEOUT" in os.environ:
        _shorten_the_dot(float(os.environ["RIG_DOT_TIMEOUT"]))
    from distro.cli import main as distro

    distro()


if __name__ == "__main__":
    main()
