"""Inserting what may be there already, in the same way on both databases. Knows no table by name but the one it locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import Table, text
from sqlmodel import Session, SQLModel


def table(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined]


def insert_missing(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows that no unique key stands against; the others stay as they are."""
    if not rows:
        return
    if on_postgresql(session):
        from sqlalchemy.dialects.postgresql import insert as on_server  # late: each dialect takes a while to import

        session.connection().execute(on_server(table(model)).on_conflict_do_nothing(), list(rows))
    else:
        from sqlalchemy.dialects.sqlite import insert as in_file

        session.connection().execute(in_file(table(model)).on_conflict_do_nothing(), list(rows))


def one_writer(session: Session) -> None:
    """Let nobody else add or change contacts until this transaction ends; reading goes on.

    SQLite has one writer anyway. On PostgreSQL two imports of one address would else meet in the unique key.
    """
    if on_postgresql(session):
        session.connection().execute(text("LOCK TABLE journalist IN SHARE ROW EXCLUSIVE MODE"))


def look_again(session: Session, *models: type[SQLModel]) -> None:
    """Tell PostgreSQL's planner how large these tables have become within this transaction.

    It would plan for the empty tables of before, and read them from end to end for every batch. SQLite plans by its keys.
    """
    if on_postgresql(session):
        names = ", ".join(session.get_bind().dialect.identifier_preparer.format_table(table(model)) for model in models)
        session.connection().execute(text(f"ANALYZE {names}"))


def on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
