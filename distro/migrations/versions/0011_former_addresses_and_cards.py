"""Addresses of before; what was known of contacts before a change under a legal hold; all that a mail says in the full text"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from distro.archive.columns import Micros
from distro.archive.search import as_line, insertion, words_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAMED = "SELECT 1 FROM disposed WHERE kind = 'cards' AND item = OLD.id"

MOVED = re.compile(r"Suppressed at (\S+@\S+) since \d{4}-\d\d-\d\d\.")
"""How contacts.people says in a suppression that it went along to a new address."""

PARTS = ("headline", "subhead", "dateline", "what", "when", "where", "who", "body", "notes_to_editors")
"""Of an edition, as they stood in the index before."""

PERSONAL = {
    "former_address": ("canonical",),
    "journalist": ("source", "source_key"),
    "alert": ("subject",),
    "worker": ("status",),
}
"""Columns that may name a person, and of which PostgreSQL's planner notes no value from now on."""

PAGE = 200


def upgrade() -> None:
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    op.create_table(
        "former_address",
        sa.Column("journalist_id", sa.Integer(), nullable=False),
        sa.Column("canonical", AutoString(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["journalist_id"], ["journalist.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("journalist_id", "canonical"),
    )
    op.create_index("ix_former_address_canonical", "former_address", ["canonical"])
    op.create_table(
        "held_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("at", Micros(), nullable=False),
        sa.Column("by", AutoString(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_held_card_contact_id", "held_card", ["contact_id"])
    _guard_cards(sqlite)
    _addresses_of_before(bind)
    _index_anew(bind)
    if not sqlite:
        for table, names in PERSONAL.items():
            for name in names:
                # giving a column the type that it has lets PostgreSQL forget what ANALYZE noted of it
                op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS 0, ALTER COLUMN {name} TYPE varchar")


def downgrade() -> None:
    """The index stays as it is: it is no part of the record, and finds more than it did."""
    op.drop_table("held_card")
    op.drop_table("former_address")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION held_card_no_delete()")
        for table in ("journalist", "alert", "worker"):
            for name in PERSONAL[table]:
                op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS -1")


def _guard_cards(sqlite: bool) -> None:
    """A card is deleted by a disposal only: where it stands in `disposed`."""
    if sqlite:
        op.execute(
            "CREATE TRIGGER held_card_no_update BEFORE UPDATE ON held_card "
            "BEGIN SELECT RAISE(ABORT, 'held_card is append-only'); END"
        )
        op.execute(
            f"CREATE TRIGGER held_card_no_delete BEFORE DELETE ON held_card WHEN NOT EXISTS ({NAMED}) "
            "BEGIN SELECT RAISE(ABORT, 'held_card is append-only'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER held_card_append_only BEFORE UPDATE OR TRUNCATE ON held_card "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )
    op.execute(
        "CREATE FUNCTION held_card_no_delete() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT EXISTS ({NAMED}) THEN RAISE EXCEPTION 'held_card is append-only'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER held_card_no_delete BEFORE DELETE ON held_card FOR EACH ROW EXECUTE FUNCTION held_card_no_delete()"
    )


def _addresses_of_before(bind: sa.Connection) -> None:
    """Of contacts whose suppression went along with them, which says from where."""
    asked = sa.text(
        "SELECT s.id, s.at, s.evidence, j.id FROM suppression s JOIN journalist j ON j.canonical = s.canonical "
        "WHERE s.id > :after AND s.evidence LIKE 'Suppressed at %' ORDER BY s.id LIMIT :page"
    )
    into = sa.text(
        "INSERT INTO former_address (journalist_id, canonical, until) VALUES (:contact, :canonical, :until) ON CONFLICT DO NOTHING"
    )
    after = 0
    while rows := bind.execute(asked, {"after": after, "page": PAGE}).all():
        after = rows[-1][0]
        found = [
            {"contact": contact, "canonical": canonical, "until": at}
            for _, at, evidence, contact in rows
            for canonical in MOVED.findall(evidence)
        ]
        if found:
            bind.execute(into, found)


def _index_anew(bind: sa.Connection) -> None:
    """Under the numbers that editions have in it, some hundred at a time."""
    if bind.dialect.name == "sqlite":
        bind.execute(sa.text("INSERT INTO edition_words (edition_words) VALUES ('delete-all')"))
    else:
        bind.execute(sa.text("TRUNCATE edition_words"))
    statement = sa.text(insertion(bind.dialect.name))
    asked = sa.text(
        "SELECT s.id, s.language, v.content FROM searchable s JOIN version v ON v.id = s.version_id "
        "WHERE s.id > :after ORDER BY s.id LIMIT :page"
    )
    after = 0
    while rows := bind.execute(asked, {"after": after, "page": PAGE}).all():
        after = rows[-1][0]
        for number, language, content in rows:
            words = words_of("\n".join(part for part in _said(json.loads(content), language) if part))
            bind.execute(statement, {"id": number, "said": as_line(words), "words": words})


def _said(told: dict, language: str) -> Iterator[str]:
    """As ReleaseContent.said puts it together today."""

    def say(words: dict) -> str:
        keys = [key for key in (language, "*", told["languages"][0], *words) if key in words]
        return words[keys[0]] if keys else ""

    edition = told["editions"][language]
    events, resources, contacts = (told.get(name, ()) for name in ("events", "resources", "contacts"))
    organisations = told["organisations"]
    yield from (edition.get(part, "") for part in PARTS)
    yield from (say(event.get(part, {})) for event in events for part in ("title", "place"))
    yield from (say(resource["title"]) for resource in resources)
    yield edition.get("release_line", "")
    yield from (organisation["name"] for organisation in organisations)
    yield from (say(event.get("region", {})) for event in events)
    for contact in (*contacts, *(event["contact"] for event in events if event.get("contact"))):
        yield from (contact["name"], say(contact.get("role", {})), contact.get("phone", ""), contact.get("email", ""))
    for resource in resources:
        yield from (resource.get("url", ""), PurePosixPath(resource.get("file", "")).name)
    for organisation in organisations:
        if organisation.get("boilerplate"):
            yield from (say(organisation["boilerplate"]), organisation.get("url", ""))
