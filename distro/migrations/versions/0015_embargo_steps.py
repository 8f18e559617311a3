"""What becomes of an embargo: moved, lifted early, broken, step by step."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "embargo_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("said", AutoString(), nullable=False),
        sa.Column("what", AutoString(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("written", UTCDateTime(), nullable=False),
        sa.Column("was", UTCDateTime(), nullable=False),
        sa.Column("utc", UTCDateTime(), nullable=True),
        sa.Column("wall", AutoString(), nullable=False),
        sa.Column("zone", AutoString(), nullable=False),
        sa.Column("tzdata", AutoString(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("breach", AutoString(), nullable=False),
        sa.Column("evidence", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("by", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"]),
        sa.ForeignKeyConstraint(["notice_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("release_id", "change", "said", "wave_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_embargo_step_release_id", "embargo_step", ["release_id"])
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER embargo_step_no_{what.lower()} BEFORE {what} ON embargo_step "
                "BEGIN SELECT RAISE(ABORT, 'embargo_step is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER embargo_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON embargo_step "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    op.drop_table("embargo_step")
