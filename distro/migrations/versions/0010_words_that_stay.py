"""What was proposed or held stays as it was said: disposals and legal holds, by trigger; a suppression's number is given out once"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FOR_GOOD = {
    "disposal": ("id", "kind", "before", "count", "reason", "proposed_by", "proposed_at"),
    "legal_hold": ("id", "contact_id", "address_hash", "release_id", "since", "until", "reason", "by", "at"),
}
ONCE = {
    "disposal": ("confirmed_by", "confirmed_at", "finished_at"),
    "legal_hold": ("lifted_at", "lifted_by", "lifted_reason"),
}

def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in FOR_GOOD:
        (_keep_on_sqlite if sqlite else _keep_on_postgresql)(table)
    if sqlite:
        _suppressions(autoincrement=True)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        _suppressions(autoincrement=False)
    for table in FOR_GOOD:
        if sqlite:
            op.execute(f"DROP TRIGGER {table}_stays")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            op.execute(f"DROP TRIGGER {table}_stays ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_delete ON {table}")
            op.execute(f"DROP FUNCTION {table}_stays()")


def _changed(table: str, unlike: str) -> str:
    """What an update may not do: change what was said, or write anew what is written once."""
    said = [f'NEW."{name}" {unlike} OLD."{name}"' for name in FOR_GOOD[table]]
    said += [f'(OLD."{name}" IS NOT NULL AND NEW."{name}" {unlike} OLD."{name}")' for name in ONCE[table]]
    return " OR ".join(said)


def _keep_on_sqlite(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} WHEN {_changed(table, 'IS NOT')} "
        f"BEGIN SELECT RAISE(ABORT, '{table} stays as it was said'); END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is not deleted'); END"
    )


def _keep_on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_changed(table, 'IS DISTINCT FROM')} THEN RAISE EXCEPTION '{table} stays as it was said'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stays()")
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )


COLUMNS = "id, canonical, reason, evidence, by, at, lifted_at, lifted_by, lifted_reason"


def _suppressions(*, autoincrement: bool) -> None:
    """The table anew: SQLite would give out the number of the last row again once a disposal has destroyed that, and two
    suppressions would have one trail. Numbers go on behind all that the record, or a disposal, knows."""
    number = "INTEGER PRIMARY KEY AUTOINCREMENT" if autoincrement else "INTEGER PRIMARY KEY"
    op.execute(
        f"CREATE TABLE suppression_anew (id {number} NOT NULL, canonical VARCHAR NOT NULL, reason VARCHAR NOT NULL, "
        "evidence VARCHAR NOT NULL, by VARCHAR NOT NULL, at DATETIME NOT NULL, lifted_at DATETIME, lifted_by VARCHAR, "
        "lifted_reason VARCHAR)"
    )
    op.execute(f"INSERT INTO suppression_anew ({COLUMNS}) SELECT {COLUMNS} FROM suppression")
    op.execute("DROP TABLE suppression")
    op.execute("ALTER TABLE suppression_anew RENAME TO suppression")
    op.execute("CREATE INDEX ix_suppression_canonical ON suppression (canonical)")
    op.execute("CREATE UNIQUE INDEX one_live_suppression ON suppression (canonical) WHERE lifted_at IS NULL")
    if autoincrement:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'suppression'")
        op.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'suppression', max("
            "(SELECT coalesce(max(id), 0) FROM suppression), "
            "(SELECT coalesce(max(item), 0) FROM disposed WHERE kind = 'suppressions'), "
            "(SELECT coalesce(max(CAST(substr(subject, 13) AS INTEGER)), 0) FROM entry WHERE kind = 'contact.suppressed'))"
        )
