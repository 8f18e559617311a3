"""Letters are kept packed: their JSON took an eighth of a store. Those that are there stay as they are."""

from __future__ import annotations

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

GUARD = (
    "CREATE TRIGGER skeleton_no_update BEFORE UPDATE ON skeleton BEGIN SELECT RAISE(ABORT, 'skeleton is append-only'); END"
)


def upgrade() -> None:
    op.add_column("skeleton", sa.Column("packed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """What is packed is written out again, one after the other; the triggers are away only for that."""
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    op.execute("DROP TRIGGER skeleton_no_update" if sqlite else "ALTER TABLE skeleton DISABLE TRIGGER skeleton_append_only")
    after = 0
    asked = sa.text("SELECT id, packed FROM skeleton WHERE packed IS NOT NULL AND id > :after ORDER BY id LIMIT 1")
    written = sa.text("UPDATE skeleton SET pieces = :pieces WHERE id = :id")
    while row := bind.execute(asked, {"after": after}).first():
        after = row[0]
        bind.execute(written, {"id": after, "pieces": zlib.decompress(row[1]).decode()})
    op.execute("ALTER TABLE skeleton DROP COLUMN packed")  # a table made anew, as Alembic would, would lose its triggers
    op.execute(GUARD if sqlite else "ALTER TABLE skeleton ENABLE TRIGGER skeleton_append_only")
