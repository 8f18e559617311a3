"""Column types that both databases store well."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that SQLite may still use as its row id."""
