"""The store's schema, step by step (Alembic). `migrate` takes any store to the newest step; it can be run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from distro.db import Store

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
NEWEST = "0015"
"""The newest revision; a test holds it against the files, so that asking needs no import of Alembic."""


def is_current(store: Store) -> bool:
    """Whether the store stands at the newest step."""
    store.ask()
    try:
        with store.engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST
    except DBAPIError:
        return False


def alembic_config(store: Store) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["store"] = store
    return config


def migrate(store: Store) -> None:
    """Create the tables, or bring them up to date."""
    from alembic import command

    command.upgrade(alembic_config(store), "head")


def revision_of(connection: Connection) -> str | None:
    """The step at which a store stands, None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def migrate_within(connection: Connection, store: Store, revision: str) -> None:
    """Take the store to exactly this step, up or down, in the transaction that the connection is in: PostgreSQL only."""
    from alembic import command

    config = alembic_config(store)
    config.attributes["connection"] = connection
    now = revision_of(connection)
    if now is None or now < revision:
        command.upgrade(config, revision)
    elif now > revision:
        command.downgrade(config, revision)
