"""Erasures, legal holds; and the planner's notes hold no value of a column that may name a person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PERSONAL = {
    "journalist": ("name", "address", "canonical", "phone", "basis", "notes"),
    "suppression": ("canonical", "reason", "evidence", "lifted_reason"),
    "embargo_agreement": ("how",),
    "outlet": ("name", "key"),
    "segment": ("rule",),
    "wave": ("audience", "reason"),
    "alert": ("body",),
}


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("scrubbed_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_erasure_contact_id", "erasure", ["contact_id"])
    op.create_index("ix_erasure_scrubbed_at", "erasure", ["scrubbed_at"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("address_hash", sa.LargeBinary(), nullable=True),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("since", UTCDateTime(), nullable=True),
        sa.Column("until", UTCDateTime(), nullable=True),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("by", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("lifted_at", UTCDateTime(), nullable=True),
        sa.Column("lifted_by", AutoString(), nullable=True),
        sa.Column("lifted_reason", AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, names in PERSONAL.items():
            for name in names:
                # giving a column the type that it has lets PostgreSQL forget what ANALYZE noted of it
                op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS 0, ALTER COLUMN {name} TYPE varchar")


def downgrade() -> None:
    op.drop_table("legal_hold")
    op.drop_index("ix_erasure_scrubbed_at", "erasure")
    op.drop_index("ix_erasure_contact_id", "erasure")
    op.drop_table("erasure")
    if op.get_bind().dialect.name == "postgresql":
        for table, names in PERSONAL.items():
            for name in names:
                op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS -1")
