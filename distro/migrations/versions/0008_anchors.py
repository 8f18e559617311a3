"""Which signed heads were given outside, when and how, with the tokens of time-stamp authorities"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from distro.archive.columns import Micros

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "anchor",
        sa.Column("size", big, autoincrement=False, nullable=False),
        sa.Column("how", AutoString(), nullable=False),
        sa.Column("at", Micros(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("size", "how"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER anchor_no_{what.lower()} BEFORE {what} ON anchor "
                "BEGIN SELECT RAISE(ABORT, 'anchor is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER anchor_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON anchor "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    op.drop_table("anchor")
