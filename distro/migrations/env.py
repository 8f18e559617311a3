"""Alembic's entry: runs on the connection of the store that `migrate` was given.

A table that SQLite makes anew is dropped on the way, which its foreign keys forbid as soon as a row points to it. So they are
not looked at meanwhile, and all of them before the commit (https://sqlite.org/lang_altertable.html, 7).
"""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import distro.tables  # noqa: F401  (fills SQLModel.metadata)
from distro.errors import Failed

store = context.config.attributes["store"]

sqlite = store.dialect == "sqlite"

with store.engine.execution_options(writes=True).connect() as connection:
    if sqlite:
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")  # means nothing once a transaction has begun
    try:
        context.configure(
            connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, transactional_ddl=True
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise Failed("The store has rows that point to nothing; it was not brought up to date, and is as it was.")
        connection.commit()
    finally:
        if sqlite:
            connection.rollback()
            connection.connection.cursor().execute("PRAGMA foreign_keys=ON")
