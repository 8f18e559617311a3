"""The tree against vectors that others wrote down: those by which logs of certificates test RFC 6962, octet for octet the same
in RFC 9162. Both our tree and the program that lies in every bag must come to them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from distro.archive import merkle, verify
from distro.archive.merkle import Tile

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the first 1, 2, … 8 leaves."""

_0_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_2_4 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_4_5 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_4_6 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
_6_8 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
_4_8 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"

INCLUSION = [
    (0, 8, [_0_1, _2_4, _4_8]),
    (5, 8, [_4_5, _6_8, ROOTS[3]]),
    (2, 3, [ROOTS[1]]),
    (1, 5, [ROOTS[0], _2_4, _4_5]),
]
"""A leaf from 0 on, a size, and the proof, nearest hash first."""

CONSISTENCY = [
    (1, 1, []),
    (1, 8, [_0_1, _2_4, _4_8]),
    (6, 8, [_4_6, _6_8, ROOTS[3]]),
    (2, 5, [_2_4, _4_5]),
]
"""An older size, a newer one, and the proof between them."""


def hashes() -> list[bytes]:
    return [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


def read(wanted: Sequence[Tile]) -> list[bytes]:
    """The only tile that eight leaves come to."""
    return [b"".join(hashes()) if (tile.level, tile.index) == (0, 0) else b"" for tile in wanted]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots(size: int) -> None:
    root = ROOTS[size - 1]
    assert merkle.root(size, read).hex() == root
    assert merkle.append(0, hashes()[:size], read).root.hex() == root


@pytest.mark.parametrize(("leaf", "size", "proof"), INCLUSION)
def test_inclusion(leaf: int, size: int, proof: list[str]) -> None:
    assert [one.hex() for one in merkle.inclusion(leaf, size, read)] == proof
    assert verify.root_over(hashes()[leaf], leaf, size, proof).hex() == ROOTS[size - 1]
    for wrong in (proof[:-1], [*proof, ROOTS[0]], [ROOTS[4], *proof[1:]]):
        assert verify.root_over(hashes()[leaf], leaf, size, wrong).hex() != ROOTS[size - 1]
    for place in set(range(size)) - {leaf}:
        assert verify.root_over(hashes()[leaf], place, size, proof).hex() != ROOTS[size - 1]


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_consistency(old: int, new: int, proof: list[str]) -> None:
    assert [one.hex() for one in merkle.consistency(old, new, read)] == proof
    older, newer = bytes.fromhex(ROOTS[old - 1]), ROOTS[new - 1]
    assert verify.grown_root(older, old, new, proof).hex() == newer
    for wrong in ([*proof, ROOTS[0]], proof[:-1] if proof else [ROOTS[0]]):
        assert verify.grown_root(older, old, new, wrong).hex() != newer
    assert verify.grown_root(bytes.fromhex(ROOTS[4]), old, new, proof).hex() != newer
