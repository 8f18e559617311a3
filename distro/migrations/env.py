"""Alembic's entry: runs on the store that `migrate` was given, or in the transaction that `migrate_within` was given.

A table that SQLite makes anew is dropped on the way, which its foreign keys forbid as soon as a row points to it. So they are
not looked at meanwhile, and all of them before the commit (https://sqlite.org/lang_altertable.html, 7).
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import distro.tables  # noqa: F401  (fills SQLModel.metadata)
from distro.errors import Failed

APART = ("edition_words", "edition_words_config", "edition_words_data", "edition_words_docsize", "edition_words_idx")
"""The full-text index and what SQLite keeps of it: no table that a model could describe, see distro.archive.search."""


def _has_a_model(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name not in APART


store = context.config.attributes["store"]

sqlite = store.dialect == "sqlite"


def run_on(connection: Connection) -> None:
    """Begins no transaction of its own where the connection is in one."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_name=_has_a_model,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise Failed("The store has rows that point to nothing; it was not brought up to date, and is as it was.")


def run_by_itself() -> None:
    """On a connection of its own, and committed."""
    with store.engine.execution_options(writes=True).connect() as connection:
        if sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")  # means nothing once a transaction has begun
        try:
            run_on(connection)
            connection.commit()
        finally:
            if sqlite:
                connection.rollback()
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")


if "connection" in context.config.attributes:
    run_on(context.config.attributes["connection"])
else:
    run_by_itself()
