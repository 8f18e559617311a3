"""A tree whose tiles were damaged grows again from its entries, and from nothing but those that were sealed."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import select

from distro.archive.regrowing import regrow
from distro.archive.tiles import StoredTile
from distro.db import Store
from distro.errors import Failed
from tests.integration.test_sealing import SIGNER, sealed, write


def tiles(store: Store) -> dict[tuple[int, int], bytes]:
    with store.read() as session:
        return {(tile.level, tile.number): tile.hashes for tile in session.exec(select(StoredTile))}


@pytest.fixture
def whole(store: Store) -> dict[tuple[int, int], bytes]:
    """The tiles of a record that was sealed in three parts, with an entry that is not sealed yet."""
    for first, count in ((1, 300), (301, 1), (302, 260)):
        write(store, count, first)
        sealed(store)
    write(store, 1)
    return tiles(store)


@pytest.mark.parametrize(
    "damage", ["DELETE FROM tile", "DELETE FROM tile WHERE level = 0 AND number = 1", "UPDATE tile SET hashes = level"]
)
def test_damaged_tiles_grow_again(store: Store, whole: dict[tuple[int, int], bytes], damage: str) -> None:
    with store.write() as session:
        if store.dialect == "postgresql":
            damage = damage.replace("hashes = level", "hashes = '\\x00'")
        session.connection().execute(text(damage))
    assert regrow(store, SIGNER.verifier()) == 561
    assert tiles(store) == whole
    assert sealed(store) == 1


def test_a_record_that_was_changed_is_not_made_good(store: Store, whole: dict[tuple[int, int], bytes]) -> None:
    with store.write() as session:
        if store.dialect == "sqlite":
            session.connection().execute(text("DROP TRIGGER entry_no_update"))
        else:
            session.connection().execute(text("DROP TRIGGER entry_append_only ON entry"))
        session.connection().execute(text("UPDATE entry SET actor = 'Mallory' WHERE id = 17"))
    with pytest.raises(Failed, match="archive verify"):
        regrow(store, SIGNER.verifier())
    assert tiles(store) == whole


def test_a_record_without_a_head_has_nothing_to_grow(store: Store) -> None:
    assert regrow(store, SIGNER.verifier()) == 0
