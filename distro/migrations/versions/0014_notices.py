"""Notices: what a correction, an update or a kill says, named by its hash, and which wave says it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wave", sa.Column("notice", AutoString(), nullable=True))
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("content", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_notice_release_id", "notice", ["release_id"])
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER notice_no_{what.lower()} BEFORE {what} ON notice "
                "BEGIN SELECT RAISE(ABORT, 'notice is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER notice_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )


def downgrade() -> None:
    op.drop_table("notice")
    op.execute("ALTER TABLE wave DROP COLUMN notice")
