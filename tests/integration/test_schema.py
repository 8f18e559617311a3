"""The store's schema is held against the one that the steps make: what is honest passes, and each alteration is named."""

from __future__ import annotations

import os

import pytest
from alembic import command
from sqlalchemy import text

from distro import schema
from distro.db import Store
from distro.migrations import alembic_config, migrate

OTHER = "is another than the one that Distro makes: "
STRANGE = "which Distro does not make."
WRITABLE = "PRAGMA writable_schema=ON; {}; PRAGMA writable_schema=OFF"
NO_CHECK = (
    "UPDATE sqlite_schema SET sql = replace(sql, 'CONSTRAINT delivery_live CHECK', 'CHECK (1) CHECK') WHERE name = 'delivery'"
)
LATENT = "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state = 'armed'; RETURN NEW; END $$; "

ALTERED = {
    "sqlite": {
        "DROP TRIGGER entry_no_update": "The store's trigger entry_no_update is missing.",
        "DROP TRIGGER entry_no_delete; CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry WHEN 0 BEGIN SELECT 1; END": (
            f"The store's trigger entry_no_delete {OTHER}"
        ),
        "CREATE TRIGGER arm AFTER UPDATE ON wave BEGIN UPDATE wave SET state = 'armed' WHERE id = NEW.id; END": (
            f"The store has the trigger arm, {STRANGE}"
        ),
        "CREATE TABLE theirs (x); CREATE TRIGGER latent AFTER DELETE ON theirs BEGIN DELETE FROM wave; END": (
            f"The store has the trigger latent, {STRANGE}"
        ),
        "DROP INDEX delivery_once": "The store's index delivery_once is missing.",
        "CREATE UNIQUE INDEX other ON wave (release_id)": f"The store has the index other, {STRANGE}",
        "CREATE INDEX other ON wave (upper(state))": f"The store has the index other, {STRANGE}",
        "CREATE INDEX other ON wave (state) WHERE state > ''": f"The store has the index other, {STRANGE}",
        "ALTER TABLE wave ADD COLUMN extra TEXT DEFAULT 'it''s, (x)'": (
            f"The store's table wave {OTHER}with extra text default 'it''s, (x)'."
        ),
        "DROP TABLE anchor": "The store's table anchor is missing.",
        WRITABLE.format(NO_CHECK): "The store's table delivery " + OTHER + "without constraint",
    },
    "postgresql": {
        "DROP TRIGGER entry_append_only ON entry": "The store's trigger entry_append_only on entry is missing.",
        "ALTER TABLE entry DISABLE TRIGGER entry_append_only": (
            f"The store's trigger entry_append_only on entry {OTHER}with it switched off."
        ),
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$": (
            f"The store's trigger entry_append_only on entry {OTHER}"
        ),
        LATENT + "CREATE TRIGGER arm BEFORE UPDATE ON wave FOR EACH ROW EXECUTE FUNCTION other()": (
            f"The store has the trigger arm on wave, {STRANGE}"
        ),
        "CREATE RULE gone AS ON DELETE TO wave DO INSTEAD NOTHING": f"The store has the rule gone on wave, {STRANGE}",
        "ALTER TABLE wave ENABLE ROW LEVEL SECURITY": f"The store's table wave {OTHER}with more",
        "CREATE TABLE more_waves () INHERITS (wave)": f"The store's table wave {OTHER}with more",
        "ALTER TABLE version DISABLE TRIGGER ALL": f"The store's table version {OTHER}with foreign",
        "DROP INDEX delivery_once": "The store's index delivery_once is missing.",
        "CREATE UNIQUE INDEX other ON wave (release_id)": f"The store has the index other, {STRANGE}",
        "CREATE INDEX other ON wave (upper(state))": f"The store has the index other, {STRANGE}",
        "ALTER TABLE wave ADD COLUMN extra TEXT DEFAULT 'x'": (
            f"The store's table wave {OTHER}with extra text default 'x'::text."
        ),
        "DROP TABLE anchor": "The store's table anchor is missing.",
        "ALTER TABLE delivery DROP CONSTRAINT delivery_live": f"The store's table delivery {OTHER}",
    },
}  # fmt: skip
HARMLESS = (
    "CREATE TABLE theirs (id INTEGER PRIMARY KEY, said TEXT)",
    "CREATE VIEW seen AS SELECT id, state FROM wave",
    "CREATE INDEX their_own ON wave (scheduled_by, at DESC)",
    "ANALYZE",
)


def differences(store: Store) -> list[str]:
    with store.read() as session:
        return schema.differences(session.connection())


def altered(store: Store, statements: str) -> None:
    with store.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        if store.dialect == "sqlite":
            driver.executescript(statements)
        else:
            driver.execute(statements)
            driver.commit()
    store.close()


def test_what_is_written_down_is_what_the_steps_make(store: Store) -> None:
    """After a new step: REWRITE_GOLDEN=1, and look at what has changed."""
    with store.read() as session:
        found = schema.described(schema.objects(session.connection()))
    path = schema.MADE / f"{store.dialect}.schema"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(found)
    assert found == path.read_text()
    assert differences(store) == []


@pytest.mark.parametrize("step", ["0008", "0005", "0002", "base"])
def test_a_store_that_went_step_by_step_is_the_same(store: Store, step: str) -> None:
    command.downgrade(alembic_config(store), step)
    migrate(store)
    assert differences(store) == []


@pytest.mark.parametrize("number", range(max(map(len, ALTERED.values()))))
def test_each_alteration_is_named(store: Store, number: int) -> None:
    cases = list(ALTERED[store.dialect].items())
    if number >= len(cases):
        pytest.skip("this database has fewer ways")
    statements, sentence = cases[number]
    altered(store, statements)
    found = differences(store)
    assert [one for one in found if one.startswith(sentence)], found


@pytest.mark.parametrize("statement", HARMLESS)
def test_what_somebody_put_beside_it_is_theirs(store: Store, statement: str) -> None:
    altered(store, statement)
    assert differences(store) == []


def test_a_name_that_could_steer_a_screen_is_shown_plain(store: Store) -> None:
    if store.dialect != "sqlite":
        pytest.skip("one database is enough")
    altered(store, 'CREATE TRIGGER "x\x1b[2J" AFTER UPDATE ON wave BEGIN SELECT 1; END')
    assert differences(store) == [f"The store has the trigger x?[2J, {STRANGE}"]


def test_asking_changes_nothing_and_is_cheap(store: Store) -> None:
    with store.read() as session:
        connection = session.connection()
        if store.dialect == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
        else:
            connection.execute(text("PRAGMA query_only=ON"))
        assert schema.differences(connection) == []
        if store.dialect == "sqlite":
            connection.execute(text("PRAGMA query_only=OFF"))
