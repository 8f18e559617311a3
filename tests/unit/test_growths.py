"""The tree grown leaf by leaf is the tree of RFC 9162; and a signed root tells which of two growths is as it was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.archive import merkle
from distro.archive.growths import Growths, Tree, Verdict
from distro.archive.merkle import Tile


def leaf(n: int) -> bytes:
    return sha256(b"%d" % n).digest()


def grown(sizes: Sequence[int]) -> tuple[merkle.Growth, dict[Tile, bytes]]:
    """As sealing grows it, so many leaves at a time; and all of its tiles, each at its widest."""
    tiles: dict[Tile, bytes] = {}

    def read(wanted: Sequence[Tile]) -> list[bytes]:
        widest = {(t.level, t.index): octets for t, octets in sorted(tiles.items(), key=lambda one: one[0].width)}
        return [widest.get((t.level, t.index), b"") for t in wanted]

    growth = merkle.Growth(0, merkle.EMPTY, {})
    for count in sizes:
        growth = merkle.append(growth.size, [leaf(n) for n in range(growth.size, growth.size + count)], read)
        tiles |= growth.tiles
    return growth, tiles


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_it_is_the_same_tree_with_the_same_tiles(sizes: list[int]) -> None:
    growth, tiles = grown(sizes)
    tree = Tree()
    at = 0
    for count in sizes:
        tree.extend([leaf(n) for n in range(at, at + count)])
        at += count
    assert (tree.size, tree.root) == (growth.size, growth.root)
    above = {
        (t.level, t.index * 256 + place): octets[place * 32 : place * 32 + 32]
        for t, octets in tiles.items()
        for place in range(t.width)
        if t.level
    }
    assert {(level, index): node for level, index, node in tree.nodes} == above


@given(st.integers(0, 1000))
def test_it_goes_on_from_the_frontier_that_tiles_have(size: int) -> None:
    _, tiles = grown([size] if size else [])
    widest = {(t.level, t.index): octets for t, octets in tiles.items()}
    tree = Tree(size, merkle.frontier(size, lambda wanted: [widest[t.level, t.index] for t in wanted]))
    assert tree.root == grown([size] if size else [])[0].root
    tree.extend([leaf(size)])
    assert tree.root == grown([size + 1])[0].root


def test_without_leaves_it_is_the_empty_tree() -> None:
    assert Tree().root == merkle.EMPTY


LEAVES = [leaf(n) for n in range(10)]
ROOT = grown([10])[0].root


def altered(*places: int) -> list[bytes]:
    return [leaf(99) if n in places else one for n, one in enumerate(LEAVES)]


@pytest.mark.parametrize(
    ("told", "kept", "verdict", "odd"),
    [
        (LEAVES, LEAVES, Verdict.ENTRIES, []),
        (LEAVES, altered(3, 4), Verdict.ENTRIES, [3, 4]),
        (altered(3), LEAVES, Verdict.TILES, [3]),
        ([*LEAVES[:9], b""], LEAVES, Verdict.TILES, [9]),
        (LEAVES, [b""] * 10, Verdict.ENTRIES, list(range(10))),
        (altered(3), altered(3), Verdict.NOTHING, []),
        (altered(3), altered(4), Verdict.NOTHING, [3, 4]),
        ([b""] * 10, [b""] * 10, Verdict.NOTHING, list(range(10))),
    ],
)
def test_a_signed_root_says_which_growth_is_right(
    told: list[bytes], kept: list[bytes], verdict: Verdict, odd: list[int]
) -> None:
    growths = Growths(lambda _size: None)
    growths.extend(told, kept)
    assert growths.odd == odd
    assert growths.judge(ROOT)[0] is verdict
    assert growths.fitted == (0 if verdict is Verdict.NOTHING else 10)


@pytest.mark.parametrize("alter_entries", [True, False])
def test_after_a_verdict_it_goes_on_from_what_was_sealed(alter_entries: bool) -> None:
    growths = Growths(lambda _size: None)
    growths.extend(*((altered(3), LEAVES) if alter_entries else (LEAVES, altered(3))))
    growths.judge(ROOT)
    growths.odd.clear()
    growths.extend([leaf(10)], [leaf(10)])
    assert growths.judge(grown([11])[0].root)[0] is Verdict.ENTRIES
    assert growths.odd == []


def test_where_both_were_altered_the_tiles_above_may_still_know() -> None:
    def above(size: int) -> Tree:
        tree = Tree()
        tree.extend(LEAVES[:size])
        return tree

    growths = Growths(above)
    growths.extend(altered(3), altered(3))
    assert growths.judge(ROOT)[0] is Verdict.ABOVE
    growths.extend([leaf(10)], [leaf(10)])
    assert growths.judge(grown([11])[0].root)[0] is Verdict.ENTRIES
