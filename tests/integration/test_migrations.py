"""The schema's steps lead to exactly what the models say, on both databases."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from distro.db import Store
from distro.migrations import NEWEST, alembic_config, is_current, migrate


def test_the_models_and_the_migrations_agree(store: Store) -> None:
    command.check(alembic_config(store))


def test_the_newest_step_is_known_without_alembic(store: Store) -> None:
    assert ScriptDirectory.from_config(alembic_config(store)).get_current_head() == NEWEST


def test_migrating_can_be_repeated_undone_and_done_again(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'again.db'}")
    migrate(store)
    migrate(store)
    assert is_current(store)
    command.downgrade(alembic_config(store), "base")
    assert not is_current(store)
    migrate(store)
    assert is_current(store)
