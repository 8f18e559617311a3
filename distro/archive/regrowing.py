"""Grows the tree again from its entries, where tiles were lost or damaged. Believes entries, runs and the signed head alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, delete, select

from distro.archive import merkle
from distro.archive.checkpoint import Checkpoint, Verifier, open_note
from distro.archive.ledger import Sealable, leaf_of
from distro.archive.merkle import Tile, leaf_hash
from distro.archive.sealing import COLUMNS, Run, alone, newest
from distro.archive.tiles import StoredTile, keep_tiles
from distro.bulk import mark_of, run
from distro.db import Store
from distro.errors import Failed

_AT_ONCE = 20_000


def regrow(store: Store, verifier: Verifier) -> int:
    """Replace all tiles, in one transaction, if the entries give the newest head; returns how many entries stand under it.

    Nobody can seal meanwhile. Raises Failed where they do not give it, and leaves everything as it was: then it is not the
    tiles that were changed.
    """
    with store.write() as session:
        alone(session)
        last = newest(session)
        if last is None:
            return 0
        head = Checkpoint.read(open_note(last.note, [verifier])[0])
        session.execute(delete(StoredTile))
        size, edge = 0, dict[Tile, bytes]()
        grown = merkle.Growth(0, merkle.EMPTY, {})
        for leaves in _leaves(session, head.size):
            grown = merkle.append(size, leaves, _reader(edge))
            keep_tiles(session, grown.tiles)
            size, edge = grown.size, edge | grown.tiles
            edge = {tile: octets for tile, octets in edge.items() if tile.width < merkle.WIDTH}
        if (grown.size, grown.root) != (head.size, head.root):
            raise Failed(
                f"The {size} entries that are there do not give the signed head of {head.size}, so it is not the tree that was "
                "changed; `distro archive verify` says what was."
            )
        return size


def _reader(tiles: dict[Tile, bytes]) -> merkle.Reader:
    def read(wanted: Sequence[Tile]) -> list[bytes]:
        return [tiles.get(tile, b"") for tile in wanted]

    return read


def _leaves(session: Session, size: int) -> Iterator[list[bytes]]:
    """The hashes of the entries in the order in which they were sealed, some at once."""
    mark = mark_of(session)
    statement = f"SELECT {COLUMNS} FROM entry WHERE id >= {mark} AND id < {mark} ORDER BY id LIMIT {mark}"  # noqa: S608
    for first, count in session.exec(
        select(Run.first_entry, Run.count).where(col(Run.first_leaf) < size).order_by(col(Run.first_leaf))
    ).all():
        start, end = first, first + count
        while start < end:
            rows = [Sealable._make(row) for row in run(session, statement, (start, end, _AT_ONCE))]
            if not rows:
                break
            yield [leaf_hash(leaf_of(entry)) for entry in rows]
            start = rows[-1].id + 1
