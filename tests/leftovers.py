"""The raw octets of a store and of a data folder, to be searched for what should not be in them any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from distro.db import Store


def files_of(store: Store) -> Iterator[Path]:
    """SQLite: the file, its log and its index. PostgreSQL: every table file of this database; its log is the server's."""
    if store.path is not None:
        yield from sorted(store.path.parent.glob(store.path.name + "*"))
        return
    with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")  # what is in memory only would not be found
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        number = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar_one()
    yield from sorted(Path(folder, "base", str(number)).iterdir())


def where(files: Iterable[Path], texts: Iterable[str]) -> list[tuple[str, str]]:
    """(text, file) wherever one of the texts stands, in UTF-8 or UTF-16, in any case."""
    found = []
    for path in files:
        octets = path.read_bytes().lower() if path.is_file() else b""
        for text in texts:
            forms = {form.encode(code) for form in (text, text.lower()) for code in ("utf-8", "utf-16-le", "utf-16-be")}
            if any(form in octets or form.lower() in octets for form in forms):
                found.append((text, path.name))
    return found
