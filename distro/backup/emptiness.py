"""Whether a store is one to restore to: nothing in it that anybody could miss."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from distro.errors import Refused

NO_LOSS = frozenset({"alembic_version", "worker"})
"""Tables whose rows are no content: the schema's step, and bots that came and went."""
_INDEX = "edition_words"
"""Begins the names of what SQLite keeps of its full-text index, which has rows when it is empty, and cannot be scanned."""


def refuse_rows(where: str, tables: Iterable[str], has_row: Callable[[str], bool]) -> None:
    """Raise Refused where one of the tables has a row. `has_row` asks the database whether a query finds anything."""
    for table in tables:
        if table not in NO_LOSS and not table.startswith(_INDEX) and has_row(f'SELECT 1 FROM "{table}" LIMIT 1'):  # noqa: S608
            raise Refused(
                f"The store {where} is not empty (there are rows in {table}). A backup is restored only where nothing is: "
                "move that store away, or name another in [storage] url."
            )
