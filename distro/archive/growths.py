"""The record's tree grown anew, leaf by leaf, from its entries and from its tiles, and judged at each signed head. Pure.

Where the two differ, a signed root says which of them is as it was sealed. The growth then goes on from that one, so that what
was altered under one head does not hide what was altered under the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import reduce

from distro.archive.merkle import EMPTY, HASH, node_hash

_TILE_HEIGHT = 8
_NO_LEAF = bytes(HASH)
"""Stands for a hash that nobody has. No entry has it."""


class Tree:
    """A growing tree, of which only the roots of its complete subtrees are kept, the largest first: one for each bit of `size`.

    nodes  (level, index, hash) of what tiles above level 0 hold; whoever reads them empties the list
    """

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        self.size = size
        self.nodes: list[tuple[int, int, bytes]] = []
        self._frontier = list(frontier)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Put leaf hashes to it."""
        frontier, size = self._frontier, self.size
        for leaf in leaves:
            node, index, height = leaf, size, 0
            while index & 1:
                node = node_hash(frontier.pop(), node)
                index >>= 1
                height += 1
                if height % _TILE_HEIGHT == 0:
                    self.nodes.append((height // _TILE_HEIGHT, index, node))
            frontier.append(node)
            size += 1
        self.size = size

    @property
    def root(self) -> bytes:
        """RFC 9162 2.1.1."""
        return reduce(lambda right, left: node_hash(left, right), reversed(self._frontier)) if self._frontier else EMPTY

    def copy(self) -> Tree:
        twin = Tree(self.size, self._frontier)
        twin.nodes = self.nodes.copy()
        return twin


class Verdict(Enum):
    """What a signed root fits.

    ENTRIES  the tree of the entries as they are
    TILES    not these, but the hashes that the tiles have of them: entries were altered
    ABOVE    neither, but the tiles above: entries were altered, and their hashes with them
    NOTHING  something was altered, and whatever could have said what
    """

    ENTRIES = auto()
    TILES = auto()
    ABOVE = auto()
    NOTHING = auto()


class Growths:
    """Both growths, and what is at odds in them since the last head that fitted.

    above     gives the tree of a size as the tiles have it, None where they lack one
    odd       leaves whose entry is not there, or does not have the hash that the tile has
    fitted    the size of the last head that fitted
    """

    def __init__(self, above: Callable[[int], Tree | None]) -> None:
        self._above = above
        self._told = Tree()
        self._kept: Tree | None = None  # as long as it is the same
        self.odd: list[int] = []
        self.fitted = 0

    @property
    def size(self) -> int:
        return self._told.size

    def extend(self, told: Sequence[bytes], kept: Sequence[bytes]) -> None:
        """Put leaves to both: hashed from the entries, and as level 0 of the tiles has them; b"" where there is none."""
        if told != kept or b"" in told:
            self.odd += [
                self.size + at for at, (one, other) in enumerate(zip(told, kept, strict=True)) if one != other or not one
            ]
            self._kept = self._kept or self._told.copy()
        if self._kept is not None:
            self._kept.extend([leaf or _NO_LEAF for leaf in kept])
            told = [leaf or _NO_LEAF for leaf in told]
        self._told.extend(told)

    def roots(self) -> set[bytes]:
        """As it stands: of the entries, and of the tiles."""
        return {self._told.root, (self._kept or self._told).root}

    def judge(self, root: bytes) -> tuple[Verdict, list[tuple[int, int, bytes]]]:
        """Hold a signed root of this size against both. Also returns the nodes that are now proved. `odd` is the caller's to
        read before the next leaves come."""
        verdict, right = self._right(root)
        if right is None:
            nodes: list[tuple[int, int, bytes]] = []
            self._told.nodes.clear()
            if self._kept is not None:
                self._kept.nodes.clear()
        else:
            nodes, right.nodes = right.nodes, []
            self._told, self._kept = right, None
            self.fitted = right.size
        return verdict, nodes

    def _right(self, root: bytes) -> tuple[Verdict, Tree | None]:
        if self._told.root == root:
            return Verdict.ENTRIES, self._told
        if self._kept is not None and self._kept.root == root:
            return Verdict.TILES, self._kept
        above = self._above(self.size)
        if above is not None and above.root == root:
            return Verdict.ABOVE, above
        return Verdict.NOTHING, None
