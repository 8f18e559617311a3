"""A row for each delivery, smaller and quicker to write: instants as numbers, attempts in the ledger alone, lists in letters.

An attempt was written twice, as a row and as an entry with the same facts; the entry stays. Nothing else is lost.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from distro.archive.columns import Micros

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANTS = {
    "delivery": ("due_at", "lease_until", "stamped_at", "accepted_at"),
    "person_key": ("created_at", "destroyed_at"),
}
OPEN = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER attempt_no_update")
        op.execute("DROP TRIGGER attempt_no_delete")
    else:
        op.execute("DROP TRIGGER attempt_append_only ON attempt")
    op.drop_table("attempt")
    _change_instants(UTCDateTime(), Micros(), to_number=True)
    _live(sqlite)
    _skeletons(sqlite, add=True)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    _skeletons(sqlite, add=False)
    _by_state()
    _change_instants(Micros(), UTCDateTime(), to_number=False)
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("outcome", AutoString(), nullable=False),
        sa.Column("phase", AutoString(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("enhanced", AutoString(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("permit", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.PrimaryKeyConstraint("delivery_id", "ordinal"),
    )
    if sqlite:
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER attempt_no_{what.lower()} BEFORE {what} ON attempt "
                "BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER attempt_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attempt "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def _change_instants(old: sa.types.TypeEngine, new: sa.types.TypeEngine, *, to_number: bool) -> None:
    """Each column under its own name with the other type; what it held goes along."""
    op.drop_index("delivery_due", "delivery")
    bind = op.get_bind()
    for table, names in INSTANTS.items():
        for name in names:
            op.add_column(table, sa.Column(f"{name}_new", new, nullable=True))
        if bind.dialect.name == "postgresql":
            turn = "(extract(epoch FROM {0}) * 1000000)::bigint" if to_number else "to_timestamp({0} / 1000000.0)"
            bind.execute(sa.text(f"UPDATE {table} SET " + ", ".join(f"{n}_new = {turn.format(n)}" for n in names)))
        else:
            _change_rows(bind, table, "id" if table == "delivery" else "contact_id", names, old, new)
        for name in names:  # not by Alembic's batches, which on SQLite would make the table anew and forget its AUTOINCREMENT
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {name}_new TO {name}")
    with op.batch_alter_table("person_key") as batch:
        batch.alter_column("created_at", nullable=False)
    op.create_index("delivery_due", "delivery", ["wave_id", "due_at"], sqlite_where=OPEN, postgresql_where=OPEN)


def _change_rows(
    bind: sa.Connection, table: str, key: str, names: tuple[str, ...], old: sa.types.TypeEngine, new: sa.types.TypeEngine
) -> None:
    """SQLite has no function that reads its text to the microsecond: a page at a time through the two types."""
    was = sa.table(table, sa.column(key), *(sa.column(n, old) for n in names))
    becomes = sa.table(table, sa.column(key), *(sa.column(f"{n}_new", new) for n in names))
    after = 0
    while rows := bind.execute(sa.select(was).where(was.c[key] > after).order_by(was.c[key]).limit(1000)).all():
        bind.execute(
            sa.update(becomes)
            .where(becomes.c[key] == sa.bindparam("row"))
            .values({f"{n}_new": sa.bindparam(n, type_=new) for n in names}),
            [{"row": row[0], **dict(zip(names, row[1:], strict=True))} for row in rows],
        )
        after = rows[-1][0]


UNIQUE = {"delivery_once": ["once"], "delivery_once_in_wave": ["wave_id", "contact_id"]}
NOT_LIVE = "state NOT IN ('cancelled', 'suppressed')"


def _delivery() -> AbstractContextManager[BatchOperations]:
    """The table is made anew on SQLite, where no constraint can be added; it must then be told of its AUTOINCREMENT."""
    return op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True})


def _live(sqlite: bool) -> None:
    """The unique indexes hang on a column that sending does not change."""
    for name in UNIQUE:
        op.drop_index(name, "delivery")
    op.execute(f"ALTER TABLE delivery ADD COLUMN live BOOLEAN NOT NULL DEFAULT {'1' if sqlite else 'true'}")
    op.execute(f"UPDATE delivery SET live = ({NOT_LIVE})")
    with _delivery() as table:
        table.create_check_constraint("delivery_live", f"live = ({NOT_LIVE})")
    for name, columns in UNIQUE.items():
        where = sa.text("live")
        op.create_index(name, "delivery", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _by_state() -> None:
    for name in UNIQUE:
        op.drop_index(name, "delivery")
    with _delivery() as table:
        table.drop_constraint("delivery_live", type_="check")
        table.drop_column("live")
    for name, columns in UNIQUE.items():
        where = sa.text(NOT_LIVE)
        op.create_index(name, "delivery", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _skeletons(sqlite: bool, *, add: bool) -> None:
    """A letter for each list: the column and the key."""
    if sqlite:  # the table is made anew, and its triggers would go with the old one
        for what in ("update", "delete"):
            op.execute(f"DROP TRIGGER skeleton_no_{what}")
        convention = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
        with op.batch_alter_table("skeleton", naming_convention=convention) as table:
            if add:
                table.add_column(sa.Column("list_name", AutoString(), nullable=False, server_default=""))
                table.drop_constraint("uq_skeleton_wave_id_language", type_="unique")
                table.create_unique_constraint("skeleton_of_list", ["wave_id", "language", "list_name"])
            else:
                table.drop_constraint("skeleton_of_list", type_="unique")
                table.create_unique_constraint("uq_skeleton_wave_id_language", ["wave_id", "language"])
                table.drop_column("list_name")
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER skeleton_no_{what.lower()} BEFORE {what} ON skeleton "
                "BEGIN SELECT RAISE(ABORT, 'skeleton is append-only'); END"
            )
    elif add:
        op.add_column("skeleton", sa.Column("list_name", AutoString(), nullable=False, server_default=""))
        op.drop_constraint("skeleton_wave_id_language_key", "skeleton", type_="unique")
        op.create_unique_constraint("skeleton_of_list", "skeleton", ["wave_id", "language", "list_name"])
    else:
        op.drop_constraint("skeleton_of_list", "skeleton", type_="unique")
        op.create_unique_constraint("skeleton_wave_id_language_key", "skeleton", ["wave_id", "language"])
        op.drop_column("skeleton", "list_name")
