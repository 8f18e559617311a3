"""A writer, and a reader, that keep their connection: for many small transactions, one after the other. Of the hot path alone;
whoever writes or reads now and then takes `Store.write` or `Store.read`, whose sessions look everything up anew: that costs
more than a small transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Transaction
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from distro.bulk import CONNECTION
from distro.db import BUSY_PATIENCE, Store


class Writer:
    """Used by one thread at a time, not always the same. After an error it begins with a new connection."""

    writes = True

    def __init__(self, store: Store) -> None:
        self._engine = store.engine.execution_options(writes=self.writes)
        self._may_wait = store.dialect == "sqlite"
        self._connection: Connection | None = None
        self._session: Session
        self._patient = True

    @contextmanager
    def transaction(self, *, patient: bool = True) -> Iterator[Session]:
        """As Store.write. `patient`: wait a while for SQLite's lock where somebody else writes; else that is an error."""
        connection = self._connected()
        if patient is not self._patient and self._may_wait:
            connection.connection.cursor().execute(f"PRAGMA busy_timeout={BUSY_PATIENCE if patient else 0}")
            self._patient = patient
        transaction = self._begin(connection)
        try:
            with transaction:
                session = self._session
                session.info.clear()
                session.info[CONNECTION] = connection
                yield session
                if session.in_transaction():  # else only `bulk` was used, which needs nothing of it
                    if self.writes:
                        session.flush()  # the commit is the connection's
                    session.close()
                if not transaction.is_active:  # the session rolled it back, and somebody caught why
                    raise RuntimeError("the transaction was rolled back by an error that was caught")
                if not self.writes:
                    transaction.rollback()
        except BaseException:
            self.close()
            raise

    def _begin(self, connection: Connection) -> Transaction:
        try:
            return connection.begin()
        except BaseException as wrong:
            # where somebody else writes nothing has begun: the connection is as good as before
            if not (isinstance(wrong, DBAPIError) and getattr(wrong.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY):
                self.close()
            raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                self._session.close()
            finally:
                connection.invalidate()  # not for the pool: it has our patience, and after an error nobody knows its state
                connection.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._session = Session(self._connection, expire_on_commit=False)
            self._patient = True
        return self._connection


class Reader(Writer):
    """The same for who only reads, as Store.read: whatever it would have changed is thrown away."""

    writes = False
