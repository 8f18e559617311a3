"""The whole audit of a test's office, as `distro archive verify --full` does it, and what it is there for: altering by hand."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from distro.archive.audit import Elsewhere, audit_record
from distro.archive.findings import Finding
from distro.archive.sealing import Signer
from distro.archive.vault import Vault
from distro.db import Store
from distro.dispatch.audit import Checking, audit_deliveries
from distro.editorial.audit import audit_desk
from distro.editorial.importing.originals import audit_originals
from distro.schema import differences
from tests.office import Office


def audited(office: Office, against: str = "", *, full: bool = True) -> list[Finding]:
    """Everything that is found; nothing, in an office in which nobody altered anything."""
    older = Elsewhere("older.txt", against) if against else None
    return audited_store(office.store, office.vault, office.config.office.mail_domain, older, full=full, folder=office.folder)


def audited_store(
    store: Store,
    vault: Vault,
    domain: str,
    older: Elsewhere | None = None,
    *,
    full: bool = True,
    folder: Path | None = None,
) -> list[Finding]:
    """The same of a store, and of the last head in the data folder."""
    with store.read() as session:
        schema = [Finding(what) for what in differences(session.connection())]
    record = audit_record(store, Signer.of(vault.keys.ledger, domain, folder), against=older).findings
    deliveries = audit_deliveries(store, Checking(store, vault, full=full)).findings
    originals = audit_originals(store, folder) if folder else []
    return [*schema, *record, *audit_desk(store), *originals, *deliveries]


def tamper(store: Store, *statements: str, **values: object) -> None:
    """As an administrator of the database would, who takes the triggers off first, and puts them back."""
    with store.engine.connect() as connection:
        triggers: list[tuple[str, str]] = []
        tables: list[str] = []
        if store.dialect == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
            triggers = [(name, sql) for name, sql in found]
        else:
            tables += connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        for name, _ in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement.replace('":', '"\\:')), values)
        for _, sql in triggers:
            connection.exec_driver_sql(sql)
        for table in tables:
            connection.execute(text(f"ALTER TABLE IF EXISTS {table} ENABLE TRIGGER ALL"))
        connection.commit()
        if store.dialect == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=ON")
