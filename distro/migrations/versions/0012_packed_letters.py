"""Letters are kept packed: their JSON took an eighth of a store. Those that are there stay as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("skeleton", sa.Column("packed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    kept = op.get_bind().execute(sa.text("SELECT count(*) FROM skeleton WHERE packed IS NOT NULL")).scalar_one()
    if kept:
        raise RuntimeError("Letters are packed already, and an older Distro could not read them.")
    op.execute("ALTER TABLE skeleton DROP COLUMN packed")  # a table made anew, as Alembic would, would lose its triggers
