"""Lays the ground of an office: data folder, office key, store. Each step can be run again and says what it did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, text

from distro.archive.vault import KEY_FILE, Keys
from distro.config import Config
from distro.db import Store
from distro.errors import Refused
from distro.migrations import is_current, migrate

_SEALED_TABLES = ("person_key", "delivery")
"""Where rows stand that only the key they were made with can read or match."""


@dataclass(frozen=True)
class Laid:
    """`key` is "made" or "kept"; `store` is "created", "migrated" or "current"."""

    data_dir: Path
    key_file: Path
    key: str
    store: str
    url: str


def lay(config: Config) -> Laid:
    """Make what is missing. Raises Refused rather than make a second key for a store that has rows under the first."""
    folder = config.storage.data_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(config.store_url)
    try:
        store.ask()
        had_key = (folder / KEY_FILE).exists()
        if not had_key and _has_sealed_rows(store):
            raise Refused(
                f"The store {store.url.render_as_string(hide_password=True)} holds data sealed with a key, and "
                f"{folder / KEY_FILE} is not there; put the key back from your backup. "
                "A new key could not open them, so none was made."
            )
        new = not inspect(store.engine).has_table("alembic_version")
        current = not new and is_current(store)
        if not current:
            migrate(store)
        Keys.make(folder)
        Keys.load(folder)
        return Laid(
            data_dir=folder,
            key_file=folder / KEY_FILE,
            key="kept" if had_key else "made",
            store="created" if new else "current" if current else "migrated",
            url=store.url.render_as_string(hide_password=True),
        )
    finally:
        store.close()


def _has_sealed_rows(store: Store) -> bool:
    tables = [table for table in _SEALED_TABLES if inspect(store.engine).has_table(table)]
    with store.engine.connect() as connection:
        return any(connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1")).first() for table in tables)  # noqa: S608
