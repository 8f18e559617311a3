"""Where entries stand in the record under one signed head, and the proof of each. Reads the tree; writes nothing."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from distro.archive import merkle
from distro.archive.merkle import Tile
from distro.archive.sealing import MOST, Run, Signer, seal, waiting
from distro.archive.tiles import reader
from distro.db import Store
from distro.errors import Failed

PATIENCE = 200
"""How often it is looked again whether somebody else has sealed what is waiting."""

_PAUSE = 0.05
_TILES = 256
"""Tiles that are kept in memory, of at most 8 KB each."""


def seal_all(store: Store, signer: Signer, now: datetime, *, thorough: bool = False, go_on: bool = False) -> None:
    """Have everything sealed that is committed at this moment, by us or by whoever does it just then. Raises as `seal` does,
    and Failed where that does not come to an end."""
    for _ in range(PATIENCE):
        while (sealed := seal(store, signer, now, thorough=thorough, go_on=go_on)) == MOST:
            pass
        if sealed:
            return
        with store.read() as session:
            if not waiting(session):
                return
        time.sleep(_PAUSE)
    raise Failed("The record could not be sealed: somebody else holds it. Try again when the bot has less to do.")


class Tree:
    """The record's tree of `size` leaves. `session` may be newer than the head of that size: a tree only grows."""

    def __init__(self, session: Session, size: int) -> None:
        self._session, self._size = session, size
        self._read = reader(session)
        self._tiles: OrderedDict[Tile, bytes] = OrderedDict()
        self._run = Run(first_leaf=0, first_entry=0, count=0)

    @property
    def size(self) -> int:
        return self._size

    def leaves_of(self, entries: Iterable[int]) -> Iterator[int]:
        """At which leaf each of these entries stands. Raises Failed for one that is not under the head."""
        for entry in entries:
            run = self._run
            if not run.first_entry <= entry < run.first_entry + run.count:
                run = self._run = self._run_with(entry)
            leaf = run.first_leaf + entry - run.first_entry
            if not run.first_entry <= entry < run.first_entry + run.count or leaf >= self._size:
                raise Failed(f"Entry {entry} is not sealed under the head of {self._size} entries; run the command again.")
            yield leaf

    def proof(self, leaf: int) -> list[bytes]:
        """The hashes that lead from the leaf to the root, nearest first (RFC 9162, 2.1.3.1)."""
        return merkle.inclusion(leaf, self._size, self._cached)

    def growth(self, old: int) -> list[bytes]:
        """The proof of consistency: that this tree grew out of that of the first `old` leaves (RFC 9162, 2.1.4.1)."""
        return merkle.consistency(old, self._size, self._cached)

    def _run_with(self, entry: int) -> Run:
        nearest = select(Run).where(col(Run.first_entry) <= entry).order_by(col(Run.first_entry).desc()).limit(1)
        found = self._session.exec(nearest).first()
        if found is None:
            return Run(first_leaf=0, first_entry=0, count=0)
        self._session.expunge(found)
        return found

    def _cached(self, wanted: Sequence[Tile]) -> list[bytes]:
        missing = [tile for tile in wanted if tile not in self._tiles]
        found = dict(zip(missing, self._read(missing), strict=True)) if missing else {}
        octets = [found[tile] if tile in found else self._tiles[tile] for tile in wanted]
        self._tiles.update(zip(wanted, octets, strict=True))
        for tile in wanted:
            self._tiles.move_to_end(tile)
        while len(self._tiles) > _TILES:
            self._tiles.popitem(last=False)
        return octets
