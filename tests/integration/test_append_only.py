"""The record only grows, whatever SQL comes along."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from distro.archive.ledger import Fact, last_instant, record
from distro.db import Store

AT = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def written(store: Store) -> Store:
    with store.write() as session:
        record(session, Fact(AT, "Rosa", "release.submit", "release:1", {"slug": "a", "at": AT}))
    return store


def test_a_fact_is_kept_to_the_microsecond(written: Store) -> None:
    with written.read() as session:
        assert last_instant(session) == AT


@pytest.mark.parametrize("attack", ["UPDATE entry SET actor = 'x'", "DELETE FROM entry"])
def test_entries_cannot_be_changed_or_removed(written: Store, attack: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), written.write() as session:
        session.connection().execute(text(attack))


def test_entries_cannot_be_replaced_or_truncated(written: Store) -> None:
    attack = "TRUNCATE entry CASCADE"
    if written.dialect == "sqlite":
        attack = "INSERT OR REPLACE INTO entry (id, at_us, actor, kind, subject, payload) VALUES (1, 0, 'x', 'x', 'x', '{}')"
    with pytest.raises(DBAPIError, match="append-only"), written.write() as session:
        session.connection().execute(text(attack))
