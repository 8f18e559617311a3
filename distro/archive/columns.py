"""Column types that both databases store well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that SQLite may still use as its row id."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Since 1970 UTC. Raises TypeError for a naive datetime."""
    return (at - _EPOCH) // _ONE


def from_microseconds(count: int) -> datetime:
    """The instant, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=count)


class Micros(TypeDecorator[datetime]):
    """An instant as microseconds since 1970 UTC: eight octets instead of the 26 of SQLite's text, and nothing to parse.

    For tables that have a row for each delivery. What is read is aware and in UTC; what is naive is refused.
    """

    impl = BigInteger
    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> Micros:
        """What it is compared with is an instant too."""
        return self

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the column."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the column."""
        return None if value is None else from_microseconds(value)
