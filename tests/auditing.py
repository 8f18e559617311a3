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
    record = audit_record(store, Signer.of(vault.keys.ledger, domain, folder), against=older).findings
    deliveries = audit_deliveries(store, Checking(store, vault, full=full)).findings
    return [*record, *audit_desk(store), *deliveries]


def tamper(store: Store, *statements: str, **values: object) -> None:
    """As an administrator of the database would, who takes the triggers off first."""
    with store.engine.connect() as connection:
        if store.dialect == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in (
                connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
            ):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement.replace('":', '"\\:')), values)
        connection.commit()
        if store.dialect == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=ON")
