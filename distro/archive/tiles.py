"""The tiles of the record's tree as the store keeps them. Owns their table; what is in them is `merkle`'s and `sealing`'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel

from distro.archive import merkle
from distro.archive.merkle import Tile
from distro.bulk import mark_of, run


class StoredTile(SQLModel, table=True):
    """The hashes of a tile of the tree, 32 octets each. Grows until it holds 256; can be built anew from the entries."""

    __tablename__ = "tile"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    hashes: bytes


def keep_tiles(session: Session, tiles: Mapping[Tile, bytes]) -> None:
    """Write tiles, those that are there already anew."""
    mark = mark_of(session)
    statement = (
        f"INSERT INTO tile (level, number, hashes) VALUES ({mark}, {mark}, {mark}) "  # noqa: S608
        "ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes"
    )
    for tile, octets in tiles.items():
        run(session, statement, (tile.level, tile.index, octets))


def reader(session: Session) -> merkle.Reader:
    """Reads tiles from the store; one whose octets somebody replaced by something else counts as lost."""
    mark = mark_of(session)

    def read(wanted: Sequence[Tile]) -> list[bytes]:
        found: dict[tuple[int, int], bytes] = {}
        for level in {tile.level for tile in wanted}:
            numbers = [tile.index for tile in wanted if tile.level == level]
            marks = ", ".join([mark] * len(numbers))
            statement = f"SELECT number, hashes FROM tile WHERE level = {mark} AND number IN ({marks})"  # noqa: S608
            rows = run(session, statement, (level, *numbers))
            found |= {(level, number): hashes for number, hashes in rows if isinstance(hashes, bytes)}
        return [found.get((tile.level, tile.index), b"") for tile in wanted]

    return read


def remembering(read: merkle.Reader) -> merkle.Reader:
    """Asks for each tile once: the root and the growth of a tree need the same."""
    known: dict[tuple[int, int], bytes] = {}

    def remembered(wanted: Sequence[Tile]) -> list[bytes]:
        missing = [tile for tile in wanted if (tile.level, tile.index) not in known]
        known.update(((tile.level, tile.index), octets) for tile, octets in zip(missing, read(missing), strict=True))
        return [known[tile.level, tile.index] for tile in wanted]

    return remembered
