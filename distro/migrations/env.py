"""Alembic's entry: runs on the connection of the store that `migrate` was given."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import distro.tables  # noqa: F401  (fills SQLModel.metadata)

store = context.config.attributes["store"]

with store.engine.execution_options(writes=True).connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
