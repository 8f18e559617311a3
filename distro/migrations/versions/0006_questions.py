"""Questions: what they are answered from. Which numbers a wave's deliveries have, keyed hashes of names, full text"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from distro.archive.search import as_line, insertion, words_of

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PARTS = ("headline", "subhead", "dateline", "what", "when", "where", "who", "body", "notes_to_editors")
"""Of an edition, in the order in which it is read."""

DOUBT, STOPPED = sa.text("doubt"), sa.text("NOT live")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "known_as",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("contact_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("hash", "contact_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "searchable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("language", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version_id", "language", name="searchable_edition"),
    )
    if sqlite:
        op.execute(
            "CREATE VIRTUAL TABLE edition_words USING fts5("
            "said, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
        )
    else:
        op.execute("CREATE TABLE edition_words (id BIGINT PRIMARY KEY, said TEXT NOT NULL, words TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX edition_words_words ON edition_words USING gin (words)")
    _index_what_is_there()
    _waves(sqlite)
    op.drop_index("delivery_state", "delivery")
    op.create_index("delivery_state", "delivery", ["wave_id", "state", "accepted_at"])
    op.create_index("delivery_doubt", "delivery", ["wave_id"], sqlite_where=DOUBT, postgresql_where=DOUBT)
    op.create_index("delivery_stopped", "delivery", ["contact_id"], sqlite_where=STOPPED, postgresql_where=STOPPED)


def downgrade() -> None:
    op.drop_index("delivery_stopped", "delivery")
    op.drop_index("delivery_doubt", "delivery")
    op.drop_index("delivery_state", "delivery")
    op.create_index("delivery_state", "delivery", ["wave_id", "state"])
    for column in ("first_delivery", "last_delivery", "findable"):
        op.execute(f"ALTER TABLE wave DROP COLUMN {column}")
    for table in ("edition_words", "searchable", "known_as"):
        op.execute(f"DROP TABLE {table}")


def _index_what_is_there() -> None:
    bind = op.get_bind()
    statement = sa.text(insertion(bind.dialect.name))
    number = 0
    for version_id, content in bind.execute(sa.text("SELECT id, content FROM version ORDER BY id")).all():
        told = json.loads(content)
        for language, edition in told.get("editions", {}).items():
            number += 1
            bind.execute(
                sa.text("INSERT INTO searchable (id, version_id, language) VALUES (:id, :version, :language)"),
                {"id": number, "version": version_id, "language": language},
            )
            words = words_of(_said(told, language, edition))
            bind.execute(statement, {"id": number, "said": as_line(words), "words": words})
    if bind.dialect.name == "postgresql" and number:
        bind.execute(sa.text("SELECT setval(pg_get_serial_sequence('searchable', 'id'), :last)"), {"last": number})


def _said(told: dict, language: str, edition: dict) -> str:
    """As ReleaseContent.said puts it together today."""
    parts = [edition.get(part, "") for part in PARTS]
    words = [event.get(part, {}) for event in told.get("events", ()) for part in ("title", "place")]
    words += [resource["title"] for resource in told.get("resources", ())]
    parts += [by.get(language) or by.get("*") or next(iter(by.values()), "") for by in words]
    return "\n".join(parts)


def _waves(sqlite: bool) -> None:
    """The names of recipients who are there already are sealed, and the key is not here: `distro init` opens them next."""
    for column in ("first_delivery", "last_delivery"):
        op.execute(f"ALTER TABLE wave ADD COLUMN {column} BIGINT")
        which = "min" if column == "first_delivery" else "max"
        op.execute(f"UPDATE wave SET {column} = (SELECT {which}(id) FROM delivery WHERE delivery.wave_id = wave.id)")
    op.execute(f"ALTER TABLE wave ADD COLUMN findable BOOLEAN NOT NULL DEFAULT {'1' if sqlite else 'true'}")
    op.execute("UPDATE wave SET findable = (first_delivery IS NULL)")
