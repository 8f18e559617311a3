"""Disposals. Sealed boxes are deleted by one only: of a delivery that stands in `disposed`, where a row needs two people's word"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WORD = "SELECT 1 FROM disposal WHERE id = NEW.disposal_id AND confirmed_by <> proposed_by"
NAMED = "SELECT 1 FROM disposed WHERE kind = 'deliveries' AND item = OLD.delivery_id"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("erasure", sa.Column("disposal_id", sa.Integer(), nullable=True))
    op.create_table(
        "disposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("before", UTCDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("proposed_by", AutoString(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", AutoString(), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "disposed",
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("item", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("disposal_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["disposal_id"], ["disposal.id"]),
        sa.PrimaryKeyConstraint("kind", "item"),
    )
    op.create_index("ix_disposed_disposal_id", "disposed", ["disposal_id"])
    if sqlite:
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER disposed_no_{what.lower()} BEFORE {what} ON disposed "
                "BEGIN SELECT RAISE(ABORT, 'disposed is append-only'); END"
            )
        op.execute(
            f"CREATE TRIGGER disposed_needs_two BEFORE INSERT ON disposed WHEN NOT EXISTS ({WORD}) "
            "BEGIN SELECT RAISE(ABORT, 'a disposal needs two people'); END"
        )
        op.execute("DROP TRIGGER personal_no_delete")
        op.execute(
            f"CREATE TRIGGER personal_no_delete BEFORE DELETE ON personal WHEN NOT EXISTS ({NAMED}) "
            "BEGIN SELECT RAISE(ABORT, 'personal is append-only'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER disposed_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON disposed "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )
    op.execute(
        "CREATE FUNCTION disposed_needs_two() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT EXISTS ({WORD}) THEN RAISE EXCEPTION 'a disposal needs two people'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER disposed_needs_two BEFORE INSERT ON disposed FOR EACH ROW EXECUTE FUNCTION disposed_needs_two()"
    )
    op.execute("DROP TRIGGER personal_append_only ON personal")
    op.execute(
        "CREATE TRIGGER personal_append_only BEFORE UPDATE OR TRUNCATE ON personal "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )
    op.execute(
        "CREATE FUNCTION personal_no_delete() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT EXISTS ({NAMED}) THEN RAISE EXCEPTION 'personal is append-only'; END IF; RETURN OLD; END $$"
    )
    op.execute("CREATE TRIGGER personal_no_delete BEFORE DELETE ON personal FOR EACH ROW EXECUTE FUNCTION personal_no_delete()")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER personal_no_delete")
        op.execute(
            "CREATE TRIGGER personal_no_delete BEFORE DELETE ON personal "
            "BEGIN SELECT RAISE(ABORT, 'personal is append-only'); END"
        )
    else:
        op.execute("DROP TRIGGER personal_no_delete ON personal")
        op.execute("DROP TRIGGER personal_append_only ON personal")
        op.execute(
            "CREATE TRIGGER personal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON personal "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )
    op.drop_table("disposed")
    op.drop_table("disposal")
    if not sqlite:
        op.execute("DROP FUNCTION personal_no_delete()")
        op.execute("DROP FUNCTION disposed_needs_two()")
    with op.batch_alter_table("erasure") as table:
        table.drop_column("disposal_id")
