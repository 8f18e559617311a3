"""The tree that is kept in tiles is the tree of RFC 9162, whatever the batches, and its proofs prove nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distro.archive import merkle
from distro.archive.merkle import Reader, Tile, leaf_hash, node_hash, verify_consistency, verify_inclusion
from distro.errors import Failed, Refused

# ---- the tree by the words of the RFC, slowly ------------------------------------------------------------------------


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH of 2.1.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = half(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def half(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = half(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], known: bool) -> list[bytes]:
    """SUBPROOF of 2.1.4.1."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = half(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def tiles_of(leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """All tiles, by the formula of tlog-tiles: hash i of tile n at level l is MTH(D[(n*256+i)*256**l : (n*256+i+1)*256**l])."""
    found: dict[tuple[int, int], bytes] = {}
    level = 0
    while span := 256**level:
        hashes = [mth(leaves[at : at + span]) for at in range(0, len(leaves) - span + 1, span)]
        if not hashes:
            break
        found.update({(level, n): b"".join(hashes[n * 256 : n * 256 + 256]) for n in range((len(hashes) + 255) // 256)})
        level += 1
    return found


# ---- what is kept ----------------------------------------------------------------------------------------------------


class Store:
    """Tiles as an archive keeps them: the widest of each. Counts what is asked."""

    def __init__(self) -> None:
        self.size = 0
        self.root = merkle.EMPTY
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.asked: list[Tile] = []
        self.calls = 0

    def read(self, wanted: Sequence[Tile]) -> list[bytes]:
        self.asked += wanted
        self.calls += 1
        return [self.tiles.get((tile.level, tile.index), b"") for tile in wanted]

    def append(self, leaves: Sequence[bytes]) -> merkle.Growth:
        growth = merkle.append(self.size, leaves, self.read)
        self.size, self.root = growth.size, growth.root
        self.tiles.update({(tile.level, tile.index): octets for tile, octets in growth.tiles.items()})
        return growth


def grown(leaves: Sequence[bytes], splits: Iterable[int] = ()) -> Store:
    store = Store()
    for end in [*sorted(splits), len(leaves)]:
        store.append(leaves[store.size : end])
    return store


LEAVES = [leaf_hash(b"%d" % number) for number in range(700)]
SIZES = st.integers(0, len(LEAVES))


@cache
def all_of_them() -> Store:
    return grown(LEAVES)


# ---- published values ------------------------------------------------------------------------------------------------

# The tree of eight leaves of the Certificate Transparency reference implementation.
CT = [
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 1): [],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (7, 8): [
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): CT_INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def test_the_published_roots() -> None:
    store = grown(CT, range(len(CT)))
    assert [merkle.root(size, store.read).hex() for size in range(9)] == CT_ROOTS
    assert grown([]).root.hex() == CT_ROOTS[0]


@pytest.mark.parametrize(("index", "size"), CT_INCLUSION)
def test_the_published_proofs_of_inclusion(index: int, size: int) -> None:
    proof = merkle.inclusion(index, size, grown(CT).read)
    assert [one.hex() for one in proof] == CT_INCLUSION[index, size]
    assert verify_inclusion(CT[index], index, size, proof, bytes.fromhex(CT_ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CT_CONSISTENCY)
def test_the_published_proofs_of_consistency(old: int, new: int) -> None:
    proof = merkle.consistency(old, new, grown(CT).read)
    assert [one.hex() for one in proof] == CT_CONSISTENCY[old, new]
    assert verify_consistency(old, new, proof, bytes.fromhex(CT_ROOTS[old]), bytes.fromhex(CT_ROOTS[new]))


# ---- tiles and roots -------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(SIZES, st.lists(SIZES, max_size=6))
def test_the_batches_leave_no_trace(size: int, cuts: list[int]) -> None:
    leaves = LEAVES[:size]
    store = grown(leaves, [cut for cut in cuts if cut <= size])
    assert store.tiles == tiles_of(leaves)
    assert store.root == merkle.root(size, store.read) == mth(leaves)


@settings(max_examples=60, deadline=None)
@given(SIZES)
def test_an_older_root_is_had_from_tiles_that_grew_since(size: int) -> None:
    assert merkle.root(size, all_of_them().read) == mth(LEAVES[:size])


def test_a_tree_grows_the_same_from_tiles_that_grew_since() -> None:
    """As after a crash between the tiles and the size."""
    assert merkle.append(300, LEAVES[300:310], all_of_them().read).root == mth(LEAVES[:310])


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES)
def test_a_growth_names_what_changed_and_nothing_else(old: int, new: int) -> None:
    old, new = sorted((old, new))
    before, after = tiles_of(LEAVES[:old]), tiles_of(LEAVES[:new])
    growth = grown(LEAVES[:old]).append(LEAVES[old:new])
    assert {(tile.level, tile.index): octets for tile, octets in growth.tiles.items()} == {
        place: octets for place, octets in after.items() if before.get(place) != octets
    }
    assert all(len(octets) == tile.width * 32 for tile, octets in growth.tiles.items())


@pytest.mark.parametrize("width", [1, 2, 100, 255, 256])
def test_a_tile_that_is_not_full_goes_no_higher(width: int) -> None:
    above = grown(LEAVES[: 256 + width]).tiles[1, 0]
    assert len(above) == (64 if width == 256 else 32)


def test_tiles_as_they_were_published_are_enough() -> None:
    """A reader that has each tile only in the widths of published sizes can prove what was published."""
    published: dict[Tile, bytes] = {}
    read: Reader = lambda wanted: [published[tile] for tile in wanted]  # noqa: E731
    sizes = [1, 3, 200, 256, 300, 512, 513, 700]
    last = 0
    for size in sizes:
        published |= merkle.append(last, LEAVES[last:size], read).tiles
        assert merkle.root(size, read) == mth(LEAVES[:size])
        assert merkle.inclusion(size // 2, size, read) == path(size // 2, LEAVES[:size])
        if last:
            assert merkle.consistency(last, size, read) == subproof(last, LEAVES[:size], True)
        last = size


@pytest.fixture(scope="module")
def many() -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(65_536 + 600)]


def test_over_the_edge_of_65536(many: list[bytes]) -> None:
    store = grown(many, [255, 256, 257, 65_279, 65_280, 65_535, 65_536, 65_537, 65_900])
    at_once = grown(many)
    assert store.tiles == at_once.tiles
    assert store.root == at_once.root == mth(many)
    assert {place: len(octets) // 32 for place, octets in store.tiles.items() if place[0]} == {
        (1, 0): 256,
        (1, 1): 2,
        (2, 0): 1,
    }
    for size in (65_535, 65_536, 65_537):
        assert merkle.root(size, store.read) == mth(many[:size])
    for index, size in ((0, 65_536), (65_535, 65_536), (65_536, 65_537), (65_300, 66_136), (66_135, 66_136)):
        assert merkle.inclusion(index, size, store.read) == path(index, many[:size])
    for old, new in ((65_535, 65_536), (65_536, 65_537), (256, 66_136), (65_281, 66_000)):
        assert merkle.consistency(old, new, store.read) == subproof(old, many[:new], True)


def test_the_tiles_of_the_specification_s_example() -> None:
    """70,000 leaves: 273 full tiles and 112 hashes; one full and 17; 1 (tlog-tiles, "Partial Tiles")."""
    growth = merkle.append(0, [bytes(32)] * 70_000, Store().read)
    assert list(growth.tiles) == [
        *(Tile(0, index, 256) for index in range(273)),
        Tile(0, 273, 112),
        Tile(1, 0, 256),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert list(merkle.append(0, [bytes(32)] * 256, Store().read).tiles) == [Tile(0, 0, 256), Tile(1, 0, 1)]


# ---- a large tree, whose leaves are all the same, so that any tile can be told -----------------------------------------

SAME = leaf_hash(b"the same")


@cache
def same(size: int) -> bytes:
    """The root over `size` leaves that are all the same."""
    return SAME if size == 1 else node_hash(same(half(size)), same(size - half(size)))


class Same(Store):
    def read(self, wanted: Sequence[Tile]) -> list[bytes]:
        super().read(wanted)
        return [same(256**tile.level) * tile.width for tile in wanted]


LARGE = 3_000_000


@settings(max_examples=40, deadline=None)
@given(st.integers(0, LARGE - 1))
def test_a_proof_in_a_large_tree_takes_few_tiles_and_one_reading(index: int) -> None:
    store = Same()
    proof = merkle.inclusion(index, LARGE, store.read)
    assert verify_inclusion(SAME, index, LARGE, proof, same(LARGE))
    assert (store.calls, len(store.asked)) <= (1, 5)
    if index:
        store = Same()
        proof = merkle.consistency(index, LARGE, store.read)
        assert verify_consistency(index, LARGE, proof, same(index), same(LARGE))
        assert (store.calls, len(store.asked)) <= (1, 6)


def test_a_large_tree_grows_from_its_edge() -> None:
    store = Same()
    growth = merkle.append(LARGE, [SAME] * 1000, store.read)
    assert growth.root == same(LARGE + 1000)
    assert store.asked == [Tile(0, 11_718, 192), Tile(1, 45, 198), Tile(2, 0, 45)]


# ---- proofs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 71))
def test_every_proof_is_the_rfc_s_and_verifies(size: int) -> None:
    leaves, store = LEAVES[:size], all_of_them()
    root = mth(leaves)
    for index in range(size):
        proof = merkle.inclusion(index, size, store.read)
        assert proof == path(index, leaves)
        assert verify_inclusion(leaves[index], index, size, proof, root)
    for old in range(1, size + 1):
        proof = merkle.consistency(old, size, store.read)
        assert proof == subproof(old, leaves, True)
        assert verify_consistency(old, size, proof, mth(leaves[:old]), root)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_proofs_over_several_tiles(data: st.DataObject) -> None:
    size = data.draw(st.integers(250, 700))
    at = data.draw(st.integers(1, size))
    leaves, store = LEAVES[:size], all_of_them()
    assert merkle.inclusion(at - 1, size, store.read) == path(at - 1, leaves)
    assert merkle.consistency(at, size, store.read) == subproof(at, leaves, True)


def flipped(octets: bytes, bit: int) -> bytes:
    return (int.from_bytes(octets, "big") ^ 1 << bit).to_bytes(len(octets), "big")


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (4, 7), (6, 7), (9, 13), (12, 13)])
def test_no_bit_of_an_inclusion_can_be_changed(index: int, size: int) -> None:
    proof, root = path(index, LEAVES[:size]), mth(LEAVES[:size])
    assert verify_inclusion(LEAVES[index], index, size, proof, root)
    for bit in range(256):
        assert not verify_inclusion(flipped(LEAVES[index], bit), index, size, proof, root)
        assert not verify_inclusion(LEAVES[index], index, size, proof, flipped(root, bit))
        for at, one in enumerate(proof):
            assert not verify_inclusion(LEAVES[index], index, size, [*proof[:at], flipped(one, bit), *proof[at + 1 :]], root)


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 2), (3, 7), (4, 7), (6, 8), (8, 13), (12, 13)])
def test_no_bit_of_a_consistency_can_be_changed(old: int, new: int) -> None:
    proof, first, second = subproof(old, LEAVES[:new], True), mth(LEAVES[:old]), mth(LEAVES[:new])
    assert verify_consistency(old, new, proof, first, second)
    for bit in range(256):
        assert not verify_consistency(old, new, proof, flipped(first, bit), second)
        assert not verify_consistency(old, new, proof, first, flipped(second, bit))
        for at, one in enumerate(proof):
            assert not verify_consistency(old, new, [*proof[:at], flipped(one, bit), *proof[at + 1 :]], first, second)


@pytest.mark.parametrize("size", range(1, 20))
def test_a_proof_is_of_one_place_and_one_length(size: int) -> None:
    root = mth(LEAVES[:size])
    for index in range(size):
        proof = path(index, LEAVES[:size])
        assert not any(verify_inclusion(LEAVES[index], other, size, proof, root) for other in range(-1, 40) if other != index)
        for wrong in (proof[:-1], proof[1:], [*proof, root], [bytes(32), *proof]):
            assert wrong == proof or not verify_inclusion(LEAVES[index], index, size, wrong, root)
    for old in range(1, size):
        proof, first = subproof(old, LEAVES[:size], True), mth(LEAVES[:old])
        for wrong in (proof[:-1], proof[1:], [*proof, root], [bytes(32), *proof]):
            assert not verify_consistency(old, size, wrong, first, root)


def test_a_proof_of_another_size_is_none() -> None:
    """Hashes that would come to the roots, in a tree that has fewer levels, or more."""
    seven, eight = mth(LEAVES[:7]), mth(LEAVES[:8])
    assert not verify_inclusion(LEAVES[1], 0, 1, [LEAVES[0]], mth(LEAVES[:2]))
    assert not verify_inclusion(LEAVES[0], 0, 8, path(0, LEAVES[:4]), mth(LEAVES[:4]))
    assert verify_consistency(7, 8, subproof(7, LEAVES[:8], True), seven, eight)
    assert not verify_consistency(3, 4, subproof(7, LEAVES[:8], True), seven, eight)
    assert not verify_consistency(3, 8, subproof(3, LEAVES[:4], True), mth(LEAVES[:3]), mth(LEAVES[:4]))


def test_without_hashes_only_the_same_is_consistent() -> None:
    three, four, five = (mth(LEAVES[:size]) for size in (3, 4, 5))
    assert verify_consistency(3, 3, [], three, three)
    assert not verify_consistency(3, 3, [LEAVES[0]], three, three)
    assert not verify_consistency(3, 5, [], three, five)
    assert not verify_consistency(4, 5, [], four, five)


def test_a_record_that_was_rewritten_is_found_out() -> None:
    forged = [*LEAVES[:10], leaf_hash(b"another"), *LEAVES[11:50]]
    proof = merkle.consistency(20, 50, grown(forged).read)
    assert not verify_consistency(20, 50, proof, mth(LEAVES[:20]), mth(forged))
    assert verify_consistency(20, 50, proof, mth(forged[:20]), mth(forged))


def test_a_node_does_not_pass_for_a_leaf() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


def test_nothing_proves_an_empty_tree() -> None:
    assert not verify_inclusion(LEAVES[0], 0, 0, [], merkle.EMPTY)
    assert not verify_consistency(0, 5, [], merkle.EMPTY, mth(LEAVES[:5]))
    assert not verify_consistency(0, 0, [], merkle.EMPTY, merkle.EMPTY)


ANY_NUMBER = st.integers(-(2**70), 2**70) | st.integers(-2, 20)
ANY_OCTETS = st.binary(max_size=40) | st.binary(min_size=32, max_size=32)


@given(ANY_OCTETS, ANY_NUMBER, ANY_NUMBER, st.lists(ANY_OCTETS, max_size=8), ANY_OCTETS)
def test_what_is_no_proof_is_false(one: bytes, low: int, high: int, proof: list[bytes], other: bytes) -> None:
    assert verify_inclusion(one, low, high, proof, other) is (
        (low, high, proof) == (0, 1, []) and one == other and len(one) == 32
    )
    assert verify_consistency(low, high, proof, one, other) is (
        low == high > 0 and not proof and one == other and len(one) == 32
    )


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_is_false(length: int) -> None:
    short = bytes(length)
    assert not verify_inclusion(short, 0, 1, [], short)
    assert not verify_consistency(1, 1, [], short, short)
    assert not verify_inclusion(LEAVES[0], 0, 2, [short], node_hash(LEAVES[0], short))


# ---- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(Refused, match=f"A tree of {size} leaves has no leaf {index}"):
        merkle.inclusion(index, size, all_of_them().read)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_a_tree_that_is_not_older_has_no_proof(old: int, new: int) -> None:
    with pytest.raises(Refused, match=f"A tree of {new} leaves cannot be shown to begin with one of {old}"):
        merkle.consistency(old, new, all_of_them().read)


@pytest.mark.parametrize("left", [b"", bytes(32 * 43)])
def test_a_tile_that_is_missing_or_short_is_named(left: bytes) -> None:
    store = grown(LEAVES[:300])
    store.tiles[0, 1] = left
    for attempt in (
        lambda: merkle.root(300, store.read),
        lambda: merkle.inclusion(260, 300, store.read),
        lambda: merkle.consistency(256, 300, store.read),
        lambda: merkle.append(300, LEAVES[:1], store.read),
    ):
        with pytest.raises(Failed, match=f"Tile 1 of level 0 .* has {len(left)} octets where 1408 are needed"):
            attempt()


def test_a_leaf_that_is_no_hash_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="32 octets"):
        merkle.append(0, [LEAVES[0], bytes(31), bytes(33)], Store().read)
