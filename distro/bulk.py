"""Many rows in one statement, by what each database does best. For the paths on which an office's speed is decided.

SQLite: one multi-row VALUES, which runs as a single step, outside Python's lock; the connection's statement cache holds all
sizes that there are (see db.STATEMENTS). PostgreSQL: `unnest` over one array a column, so that a statement's text is the
same for any number of rows. Rows are tuples of what drivers take: instants as microseconds, octets, plain values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from contacts.once import table

Row = tuple[Any, ...]
Key = TypeVar("Key")

_LARGEST = 64
"""Rows of one SQLite statement; more go in several."""
_EACH = 16
"""Up to here there is a statement for each number of rows, beyond it for each eighth: prepared ones take memory."""
_MOST_KEYS = 512
ASKED = 500
"""Rows that a question of the ORM names at most: SQLite keeps some 170 octets for each place of a prepared statement, on every
connection that ever asked it."""
_POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_INSERT = "INSERT"
CONNECTION = "connection"
"""In `Session.info`: the session's connection, once it was looked up. It has one transaction, and asking costs as much as a
small statement."""


def insert_rows(
    session: Session,
    model: type[SQLModel],
    columns: tuple[str, ...],
    rows: Sequence[Row],
    *,
    returning: str = "",
    anew: bool = True,
) -> list[Row]:
    """Insert rows; each holds the values of `columns`, in that order. Returns what `returning` names of each, in any order.
    Not `anew`: what is there already stays as it is."""
    tail = ("" if anew else " ON CONFLICT DO NOTHING") + (f" RETURNING {returning}" if returning else "")
    return _for_all(session, table(model), columns, rows, _INSERT, tail)


def update_rows(
    session: Session, model: type[SQLModel], columns: tuple[str, ...], rows: Sequence[Row], change: str
) -> list[int]:
    """UPDATE the model's table by `change`, "SET … FROM v WHERE …", in which the rows are v.COLUMN. Returns the ids of those
    changed.

    `columns` name the values of a row. Each has the type of the table's column, or is a text where there is none of its name.
    `change` is written by us: no value of anybody's stands in it.
    """
    changing = table(model)
    changed = _for_all(session, changing, columns, rows, f"UPDATE {changing.name} {change} RETURNING {changing.name}.id", "")
    return [row[0] for row in changed]


def rows_in(
    session: Session, query: str, keys: Sequence[object], tail: str = "", *, values: Sequence[object] = ()
) -> list[Row]:
    """The rows of `query`, which ends before an IN, for these keys; `tail` may follow. In any order. `values`: for the marks
    that the query has of its own."""
    if not keys:
        return []
    parts = [keys] if _is_postgresql(session) else map(_rounded_up, in_parts(keys, _MOST_KEYS))
    found: list[Row] = []
    for part in parts:
        condition, these = among(session, query, part)
        found += run(session, f"{condition}{tail}", (*values, *these))
    return found


def _rounded_up(keys: Sequence[object]) -> Sequence[object]:
    """As many as a power of two, so that there are few statements: the last is repeated, for a set knows no double."""
    return [*keys, *[keys[-1]] * ((1 << (len(keys) - 1).bit_length()) - len(keys))]


def among(session: Session, name: str, keys: Sequence[object]) -> tuple[str, Sequence[object]]:
    """A condition, that `name` is one of a few, and the values for its marks."""
    if _is_postgresql(session):
        return f"{name} = ANY(%s)", (list(keys),)
    return f"{name} IN ({', '.join('?' * len(keys))})", tuple(keys)


def in_parts(keys: Sequence[Key], most: int = ASKED) -> Iterator[Sequence[Key]]:
    """They all, in their order, at most so many at a time."""
    for start in range(0, len(keys), most):
        yield keys[start : start + most]


def run(session: Session, statement: str, values: Sequence[object]) -> list[Row]:
    """Run one statement, written with the driver's own marks ("?" or "%s"), in the session's transaction."""
    return run_on(_connection(session), statement, values)


def run_on(connection: Connection, statement: str, values: Sequence[object] = ()) -> list[Row]:
    """The same on a connection.

    Past SQLAlchemy's result objects, which cost more than the statements do. Raises its DBAPIError all the same.
    """
    cursor = None
    try:
        cursor = connection.connection.cursor()
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []
    except Exception as wrong:
        dialect = connection.dialect
        error: type[Exception] = dialect.loaded_dbapi.Error
        if not isinstance(wrong, error):
            raise
        if dialect.is_disconnect(wrong, connection.connection, cursor):  # type: ignore[arg-type]
            connection.invalidate(wrong)
        raise DBAPIError.instance(statement, None, wrong, error, hide_parameters=True, dialect=dialect) from wrong
    finally:
        if cursor is not None:
            cursor.close()


def is_no_text(wrong: DBAPIError) -> bool:
    """Whether a row could not be read because somebody put octets into a text of SQLite's that are none."""
    return "decode to UTF-8" in str(wrong.orig)


def _connection(session: Session) -> Connection:
    found: Connection | None = session.info.get(CONNECTION)
    if found is None:
        found = session.info[CONNECTION] = session.connection()
    return found


def mark_of(session: Session) -> str:
    """What stands for a value in the driver's statements."""
    return "%s" if _is_postgresql(session) else "?"


def _is_postgresql(session: Session) -> bool:
    return _connection(session).dialect.name == "postgresql"


def _for_all(session: Session, table: Table, columns: tuple[str, ...], rows: Sequence[Row], what: str, tail: str) -> list[Row]:
    if not rows:
        return []
    if _is_postgresql(session):
        statement = _postgresql(table, columns, what, tail)
        return run(session, statement, [list(column) for column in zip(*rows, strict=True)])
    found: list[Row] = []
    done = 0
    while done < len(rows):
        size = min(_LARGEST, len(rows) - done)
        if size > _EACH:
            size -= size % 8
        values = list(chain.from_iterable(rows[done : done + size]))
        found += run(session, _sqlite(table, columns, what, tail, size), values)
        done += size
    return found


@lru_cache(maxsize=1024)
def _sqlite(table: Table, columns: tuple[str, ...], what: str, tail: str, size: int) -> str:
    one = f"({', '.join('?' * len(columns))})"
    return _statement(table, columns, what, tail, f"VALUES {', '.join([one] * size)}")


@lru_cache(maxsize=64)
def _postgresql(table: Table, columns: tuple[str, ...], what: str, tail: str) -> str:
    types = (table.c[name].type.compile(_POSTGRESQL) if name in table.c else "TEXT" for name in columns)
    arrays = ", ".join(f"%s::{one}[]" for one in types)
    return _statement(table, columns, what, tail, f"SELECT * FROM unnest({arrays})")


def _statement(table: Table, columns: tuple[str, ...], what: str, tail: str, source: str) -> str:
    names = ", ".join(columns)
    if what == _INSERT:
        return f"INSERT INTO {table.name} ({names}) {source}{tail}"
    return f"WITH v({names}) AS ({source}) {what}"
