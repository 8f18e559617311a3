"""The Merkle tree over the record: its root, and proofs that an entry is in it and that it only ever grew (RFC 9162 2.1).

The tree is kept as tiles of height 8 (C2SP tlog-tiles), so that any proof is made from a handful of them. Owns neither the
entries nor where tiles are kept: hashes and tiles come in, hashes and tiles go out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256

from distro.errors import Failed, Refused

HASH = 32
"""Octets of a hash: SHA-256."""

WIDTH = 256
"""Hashes of a full tile."""

EMPTY = sha256().digest()
"""The root of a tree without leaves (RFC 9162 2.1.1)."""

_HEIGHT = 8
_FULL = WIDTH * HASH

_Range = tuple[int, int]
"""Leaves, from the first to before the second: D[first:second]."""


@dataclass(frozen=True)
class Tile:
    """The `index`-th tile of its level, in a tree where it holds `width` hashes (1 to 256).

    At level 0 those are leaf hashes; above it, the roots of the full tiles of the level below. What a tile holds stays as it
    is when more is put after it, so a wider one will do wherever a narrower one is asked for.
    """

    level: int
    index: int
    width: int


Reader = Callable[[Sequence[Tile]], Sequence[bytes]]
"""Gives the octets of tiles in the order asked: hashes one after the other, at least `width` of them; b"" for what it lacks.

It is called once for each root, proof or growth, with all that is needed, so that one query can serve it.
"""


@dataclass(frozen=True)
class Growth:
    """A tree after leaves were put to it. `tiles`: those that are new or grew, with all their octets."""

    size: int
    root: bytes
    tiles: dict[Tile, bytes]


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry (RFC 9162 2.1.1). The 0 in front is what keeps an entry from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees (RFC 9162 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def append(size: int, leaves: Sequence[bytes], read: Reader) -> Growth:
    """Put leaf hashes to a tree of `size` leaves. Reads the unfinished tiles at its right edge; hashes a tile when it is full.

    Raises ValueError for a leaf that is not 32 octets, Failed where a tile is missing.
    """
    if not set(map(len, leaves)) <= {HASH}:
        raise ValueError(f"a leaf hash has {HASH} octets")
    grown = size + len(leaves)
    edge = dict(_read(_edge(size), read))
    tiles: dict[Tile, bytes] = {}
    level, row = 0, b"".join(leaves)
    while row:
        index, width = divmod(size >> (_HEIGHT * level), WIDTH)
        row = edge.get(Tile(level, index, width), b"") + row
        cut = [row[at : at + _FULL] for at in range(0, len(row), _FULL)]
        tiles.update((Tile(level, at, len(octets) // HASH), octets) for at, octets in enumerate(cut, index))
        level, row = level + 1, b"".join([_complete_root(octets) for octets in cut if len(octets) == _FULL])
    now = edge | tiles
    return Growth(grown, root(grown, lambda wanted: [now[tile] for tile in wanted]), tiles)


def root(size: int, read: Reader) -> bytes:
    """The root of the tree of the first `size` leaves. Raises Failed where a tile is missing."""
    return _roots([(0, size)], size, read)[0] if size else EMPTY


def frontier(size: int, read: Reader) -> list[bytes]:
    """The roots of the complete subtrees that the tree of `size` leaves comes to, the largest first. Their fold is its root.

    Raises Failed where a tile is missing.
    """
    return _roots([(low, low + (1 << height)) for height, low in _complete(0, size)], size, read)


def inclusion(index: int, size: int, read: Reader) -> list[bytes]:
    """The proof that leaf `index` (from 0) is in the tree of `size` leaves: PATH of RFC 9162 2.1.3.1, nearest hash first.

    Raises Refused for a leaf that the tree does not have, Failed where a tile is missing.
    """
    if not 0 <= index < size:
        raise Refused(f"A tree of {size} leaves has no leaf {index}; ask for one from 0 to under {size}.")
    return _roots([sibling for sibling, _ in _descent(index, size)][::-1], size, read)


def consistency(old: int, new: int, read: Reader) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old` leaves: PROOF of RFC 9162 2.1.4.1.

    Raises Refused unless 0 < old <= new, Failed where a tile is missing.
    """
    if not 0 < old <= new:
        raise Refused(f"A tree of {new} leaves cannot be shown to begin with one of {old}; ask for 1 to {new}.")
    path, last = [], (0, new)
    for sibling, within in _descent(old - 1, new):
        if last[1] == old:
            break
        path.append(sibling)
        last = within
    if last[0]:  # else it is the old tree itself, whose root they have who verify
        path.append(last)
    return _roots(path[::-1], new, read)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether `proof` shows that the leaf with this hash stands at `index` in the tree (RFC 9162 2.1.3.2). Never raises."""
    if not (0 <= index < size and _are_hashes(leaf, tree_root, *proof)):
        return False
    fn, sn = index, size - 1
    result = leaf
    for one in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node_hash(one, result)
            fn, sn = _past_lone(fn, sn)
        else:
            result = node_hash(result, one)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and result == tree_root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether `proof` shows that the new tree begins with the old (RFC 9162 2.1.4.2). Never raises.

    Trees of one size are the same when their roots are. An empty old tree proves nothing, and is False.
    """
    if not (0 < old <= new and _are_hashes(old_root, new_root, *proof)):
        return False
    if old == new:
        return not proof and old_root == new_root
    if not proof:
        return False
    first, *others = [old_root, *proof] if old & (old - 1) == 0 else proof
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = first
    for one in others:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(one, fr), node_hash(one, sr)
            fn, sn = _past_lone(fn, sn)
        else:
            sr = node_hash(sr, one)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH for value in values)


def _past_lone(fn: int, sn: int) -> tuple[int, int]:
    """Over the levels where the last node has no sibling, and goes up as it is."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _descent(leaf: int, size: int) -> Iterator[tuple[_Range, _Range]]:
    """From the root to a leaf: at each step the half that is left aside, and the half that the leaf is in."""
    low, high = 0, size
    while high - low > 1:
        # the larger half is the largest power of two smaller than the whole
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if leaf < middle:
            yield (middle, high), (low, middle)
            high = middle
        else:
            yield (low, middle), (middle, high)
            low = middle


def _roots(ranges: Iterable[_Range], size: int, read: Reader) -> list[bytes]:
    """The hash over each range of leaves that the RFC's division of a tree of `size` comes to."""
    places = [[_place(*subtree, size) for subtree in _complete(low, high)] for low, high in ranges]
    octets = dict(_read(list(dict.fromkeys(tile for some in places for tile, _ in some)), read))
    return [
        reduce(lambda right, left: node_hash(left, right), [_complete_root(octets[tile][cut]) for tile, cut in reversed(some)])
        for some in places
    ]


def _complete(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The height and the first leaf of each complete subtree of a range, the largest first."""
    while low < high:
        height = (high - low).bit_length() - 1
        yield height, low
        low += 1 << height


def _place(height: int, first: int, size: int) -> tuple[Tile, slice]:
    """The tile, and the octets in it, that a complete subtree is hashed from."""
    level, rest = divmod(height, _HEIGHT)
    index, at = divmod(first >> (_HEIGHT * level), WIDTH)
    width = min(WIDTH, (size >> (_HEIGHT * level)) - index * WIDTH)
    return Tile(level, index, width), slice(at * HASH, (at + (1 << rest)) * HASH)


def _edge(size: int) -> list[Tile]:
    """The tiles of a tree that are not full: all that its root, or its growth, needs."""
    places = [(level, *divmod(size >> (_HEIGHT * level), WIDTH)) for level in range((size.bit_length() + 7) // _HEIGHT)]
    return [Tile(level, index, width) for level, index, width in places if width]


def _read(tiles: Sequence[Tile], read: Reader) -> Iterator[tuple[Tile, bytes]]:
    for tile, octets in zip(tiles, read(tiles) if tiles else (), strict=True):
        if len(octets) < tile.width * HASH:
            raise Failed(
                f"Tile {tile.index} of level {tile.level} of the record's tree has {len(octets)} octets where "
                f"{tile.width * HASH} are needed; `distro archive seal --rebuild` grows the tree again."
            )
        yield tile, octets[: tile.width * HASH]


def _complete_root(row: bytes) -> bytes:
    """The root over hashes that stand one after the other, a power of two of them."""
    while len(row) > HASH:
        # two neighbours are what a node hashes, as they stand
        row = b"".join([sha256(b"\x01" + row[at : at + 2 * HASH]).digest() for at in range(0, len(row), 2 * HASH)])
    return row
