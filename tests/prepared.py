"""Offices that many tests begin with: played once, then copied for each. A bot that really sends takes longer than most of
what such a test looks at.

What is played must not hang on the test that happens to be the first: no setting that names a folder of its own, and hours that
are still to come when the last test of the file begins.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from tests.office import Office
from tests.sink import Answer, Received, Sink

Play = Callable[[Office, Sink], object]
"""What happens in the office. Named functions of a module: the name is what a kept one is found by."""

_numbers = count(1)


@dataclass(frozen=True)
class Kept:
    """`store`: a file, or the name of a database that nobody uses. `sink`: what it answers from then on, and how late."""

    store: str
    folder: Path
    settings: dict[str, Any]
    received: list[Received]
    sink: tuple[Answer, Answer, float]


class Prepared:
    """Those of one run of tests. `postgres`: the address of a server's first database, asked for only where it is needed."""

    def __init__(self, folder: Path, postgres: Callable[[], str]) -> None:
        self._folder = folder
        self._postgres = postgres
        self._kept: dict[tuple[str, str, str], Kept] = {}

    def __call__(self, play: Play, office: Office, sink: Sink) -> Office:
        """The office as `play` leaves it, which has just been made and in which nothing else has happened."""
        key = office.store.dialect, play.__module__, play.__qualname__
        kept = self._kept.get(key)
        if kept is None:
            play(office, sink)
            self._kept[key] = self._keep(office, sink)
        else:
            self._copy(kept, office, sink)
        return office

    def _keep(self, office: Office, sink: Sink) -> Kept:
        place = self._folder / f"kept{next(_numbers)}"
        folder = Path(shutil.copytree(office.folder, place))
        path = office.store.path
        if path is not None:
            with office.store.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            store = shutil.copy(path, f"{place}.db")
        else:
            store = place.name
            self._create(office, store, _name_of(office))
        return Kept(store, folder, dict(office.settings), list(sink.received), (sink.at_rcpt, sink.at_dot, sink.delay))

    def _copy(self, kept: Kept, office: Office, sink: Sink) -> None:
        path = office.store.path
        if path is not None:
            office.store.engine.dispose()
            for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                file.unlink(missing_ok=True)
            shutil.copy(kept.store, path)
        else:
            self._create(office, _name_of(office), kept.store)
        shutil.rmtree(office.folder)
        shutil.copytree(kept.folder, office.folder)
        office.settings.update(kept.settings)
        sink.received[:] = kept.received
        sink.at_rcpt, sink.at_dot, sink.delay = kept.sink

    def _create(self, office: Office, new: str, template: str) -> None:
        office.store.engine.dispose()
        with psycopg.connect(self._postgres(), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {new} WITH (FORCE)")
            for _ in range(100):
                try:
                    admin.execute(f"CREATE DATABASE {new} TEMPLATE {template}")
                    return
                except psycopg.errors.ObjectInUse:  # a connection that was closed just now may take a moment to go
                    time.sleep(0.02)
        raise AssertionError(f"{template} is still in use")


def _name_of(office: Office) -> str:
    name = office.store.url.database
    assert name is not None
    return name
