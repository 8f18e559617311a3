"""After an erasure: no trace in the store's own files. A database that deletes a row leaves its octets where they were.

Owns which erasures are not through with that yet; a scrub that must wait is tried again, and nothing is lost by waiting.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, Session, SQLModel, col, select

from distro import clock
from distro.archive.ledger import Fact, record
from distro.db import Store

PATIENCE = 10.0
"""Seconds for which a scrub waits for others that have the store in use."""

TABLES = (
    "journalist", "former_address", "list_member", "embargo_agreement", "outlet", "suppression", "person_key", "segment",
    "wave", "alert", "worker"
)  # fmt: skip
"""Where an address, a name or a key may have stood in a row that is gone or changed."""

_MAY_SEE = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_xmin IS NOT NULL AND age(backend_xmin) >= age({xid}::text::xid)"
)


class Erasure(SQLModel, table=True):
    """Something personal was destroyed: a contact's key, or boxes by a disposal, or neither (an address that was no contact's).
    Who and why stands in the ledger.

    `scrubbed_at`: the store's files hold no trace of them since; None: they may.
    """

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int | None = Field(default=None, index=True)
    disposal_id: int | None = None
    at: datetime
    scrubbed_at: datetime | None = Field(default=None, index=True)


def unscrubbed(session: Session) -> list[Erasure]:
    """Erasures whose traces may still stand in the store's files."""
    return list(session.exec(select(Erasure).where(col(Erasure.scrubbed_at).is_(None)).order_by(col(Erasure.id))))


def leave_nothing_behind(session: Session) -> None:
    """Before rows are deleted in this transaction: SQLite is to overwrite them with zeros where they stand."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")


def finish(store: Store, *, actor: str, at: datetime, patience: float = PATIENCE) -> str:
    """Scrub, and say so of all erasures that waited for it. "": done. Else why it has to wait, as a sentence."""
    with store.read() as session:
        found = unscrubbed(session)
    if not found:
        return ""
    waiting = [erasure.id for erasure in found]
    boxes = ("personal", "held_card") if any(erasure.disposal_id for erasure in found) else ()
    why = scrub(store, patience, TABLES + boxes)
    if why:
        return why
    with store.write() as session:
        for erasure in session.exec(select(Erasure).where(col(Erasure.id).in_(waiting))):
            erasure.scrubbed_at = at
            session.add(erasure)
        session.flush()
        record(session, Fact(at, actor, "store.scrubbed", "store", {"erasures": waiting}))
    return ""


def scrub(store: Store, patience: float = PATIENCE, tables: Sequence[str] = TABLES) -> str:
    """Write the store's files anew, without what was deleted. "": done. Else why it has to wait."""
    try:
        return _scrub_sqlite(store, patience) if store.dialect == "sqlite" else _scrub_postgresql(store, patience, tables)
    except DBAPIError as wrong:
        reason = str(wrong.orig).strip().splitlines()[0]
    except Exception as wrong:
        if not isinstance(wrong, store.engine.dialect.loaded_dbapi.Error):
            raise
        reason = str(wrong).strip().splitlines()[0]
    return f"The store could not be written anew: {reason}."


def _scrub_sqlite(store: Store, patience: float) -> str:
    """VACUUM makes the file anew from what is alive; the checkpoint brings it from the log to its place and empties the log."""
    connection = store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        cursor.close()
    finally:
        connection.invalidate()  # so that nobody goes on with this one's patience
    # the first column: somebody stood in the way
    return "" if row is not None and row[0] == 0 else "Somebody reads the store just now, so its log could not be emptied."


def _scrub_postgresql(store: Store, patience: float, tables: Sequence[str]) -> str:
    """VACUUM FULL writes a table and its indexes into new files and empties the old ones. Dead rows go along while
    a transaction of before might look at them, so those are waited for. The planner's notes hold values of columns too."""
    connection = store.engine.raw_connection()
    try:
        raw = connection.driver_connection
        assert raw is not None
        raw.autocommit = True
        warnings: list[str] = []
        raw.add_notice_handler(
            lambda said: warnings.append(said.message_primary) if said.severity_nonlocalized == "WARNING" else None
        )
        cursor = raw.cursor()
        cursor.execute(f"SET lock_timeout = {int(patience * 1000)}")
        (xid,) = cursor.execute("SELECT txid_current() % 4294967296").fetchone()
        until = clock.monotonic() + patience
        while cursor.execute(_MAY_SEE.format(xid=xid)).fetchone()[0]:
            if clock.monotonic() > until:
                return "A transaction that began before the erasure is still under way in the database."
            time.sleep(0.05)
        for table in tables:
            cursor.execute(f"VACUUM (FULL, ANALYZE) {table}")
        if warnings:  # whoever may not vacuum a table is warned, and no more
            return f"The database skipped what it was asked for: {warnings[0]}."
        cursor.execute("VACUUM FULL pg_catalog.pg_statistic")
        with suppress(store.engine.dialect.loaded_dbapi.ProgrammingError):  # a role that may not: the server's next one will do
            cursor.execute("CHECKPOINT")
    finally:
        connection.invalidate()
    return ""
