"""Seals entries under a Merkle tree and signs its head. Writes tiles, runs and checkpoints; changes no entry.

The tree has the entries in the order in which they were sealed. On SQLite that is the order of their ids. On PostgreSQL a
transaction may commit a lower id after a higher one was sealed; it is then sealed later. A run says which entries stand where,
so that no entry needs a row of its own for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import BigInteger, Table
from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive import merkle
from distro.archive.checkpoint import Checkpoint, Verifier, sign
from distro.archive.columns import BIG_ID, Micros, microseconds
from distro.archive.ledger import Sealable, leaf_of
from distro.archive.merkle import Tile, leaf_hash
from distro.bulk import insert_rows, mark_of, run
from distro.db import Store

MOST = 20_000
"""Entries that are sealed in one transaction."""

LAGS = timedelta(seconds=60)
"""For so long after a checkpoint a lower id than its highest may still turn up on PostgreSQL, though the database says that no
transaction of then is under way: an id is drawn just before its transaction gets a number."""

_ONE_AT_A_TIME = 4_137_260_915
"""Number of the advisory lock that sealing holds on PostgreSQL: any that nobody else uses there."""


class StoredTile(SQLModel, table=True):
    """The hashes of a tile of the tree, 32 octets each. Grows until it holds 256; can be built anew from the entries."""

    __tablename__ = "tile"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    hashes: bytes


class Run(SQLModel, table=True):
    """`count` entries from id `first_entry` on stand in the tree from leaf `first_leaf` on. Append-only."""

    __tablename__ = "sealed_run"

    first_leaf: int = Field(primary_key=True, sa_type=BIG_ID, sa_column_kwargs={"autoincrement": False})
    first_entry: int = Field(sa_type=BigInteger, unique=True)
    count: int


class StoredCheckpoint(SQLModel, table=True):
    """A signed head of the tree. Append-only.

    highest  the greatest id of an entry that is sealed
    horizon  on PostgreSQL, the number of the first transaction that had not begun (pg_snapshot_xmax): once all before it have
             ended, no more entries up to `highest` can turn up
    settled  up to this id every entry is sealed that there will ever be
    """

    __tablename__ = "checkpoint"

    size: int = Field(primary_key=True, sa_type=BIG_ID, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Micros)
    highest: int = Field(sa_type=BigInteger)
    horizon: int = Field(sa_type=BigInteger)
    settled: int = Field(sa_type=BigInteger)
    note: str


_TILES: Table = StoredTile.__table__  # type: ignore[attr-defined]
_RUNS: Table = Run.__table__  # type: ignore[attr-defined]
_CHECKPOINTS: Table = StoredCheckpoint.__table__  # type: ignore[attr-defined]

COLUMNS = "id, at_us, actor, kind, subject, payload"


@dataclass(frozen=True)
class Signer:
    """Who signs heads. `origin` is the record's name as long as it has no checkpoint; afterwards it keeps the one it has."""

    key: Ed25519PrivateKey
    origin: str

    @classmethod
    def of(cls, seed: bytes, domain: str) -> Signer:
        """With the key that these 32 octets are, for the office at this domain."""
        key = Ed25519PrivateKey.from_private_bytes(seed)
        fingerprint = merkle.leaf_hash(key.public_key().public_bytes_raw()).hex()[:8]
        return cls(key, f"{domain}/ledger/{fingerprint}")

    def verifier(self, origin: str | None = None) -> Verifier:
        """What verifies its notes."""
        return Verifier(origin or self.origin, self.key.public_key().public_bytes_raw())


@dataclass(frozen=True)
class _Batch:
    """What is to be written: `before` is the head that it follows on, None for the first."""

    before: StoredCheckpoint | None
    count: int
    tiles: dict[Tile, bytes]
    runs: list[tuple[int, int, int]]
    head: tuple[int, int, int, int, int, str]


def seal(store: Store, signer: Signer, now: datetime, most: int = MOST, *, thorough: bool = False) -> int:
    """Seal what was committed and is not sealed yet, up to `most` entries. Returns how many; 0 also while somebody else seals.

    `thorough`: look for entries that were missed ever. Raises Failed where the tree's own tiles are damaged.
    """
    if store.dialect == "sqlite":  # reading and hashing keep no writer waiting
        with store.read() as session:
            batch = _batch(session, signer, now, most, thorough)
        if batch is None:
            return 0
        with store.write() as session:
            return _keep(session, batch)
    with store.write() as session:
        if not run(session, f"SELECT pg_try_advisory_xact_lock({_ONE_AT_A_TIME})", ())[0][0]:
            return 0
        batch = _batch(session, signer, now, most, thorough)
        return 0 if batch is None else _keep(session, batch)


def _batch(session: Session, signer: Signer, now: datetime, most: int, thorough: bool) -> _Batch | None:
    postgresql = session.get_bind().dialect.name == "postgresql"
    last = newest(session)
    horizon, settles = _horizon(session, now) if postgresql else (0, None)  # before looking, or what comes meanwhile is missed
    settled = last.settled if last else 0
    found = _unsealed(session, 0 if thorough else settled, most)
    if not found:
        return None
    size, origin = (last.size, origin_of(last)) if last else (0, signer.origin)
    grown = merkle.append(size, [leaf_hash(leaf_of(entry)) for entry in found], reader(session))
    highest = max(found[-1].id, last.highest if last else 0)
    if settles is None:  # nobody else writes
        settled = highest
    elif len(found) < most:
        settled = max(settled, settles)
    note = sign(Checkpoint(origin, grown.size, grown.root).text(), origin, signer.key)
    return _Batch(
        last,
        len(found),
        grown.tiles,
        list(_runs(size, [entry.id for entry in found])),
        (grown.size, microseconds(now), highest, horizon, settled, note),
    )


def _keep(session: Session, batch: _Batch) -> int:
    last = newest(session)
    if (last.size if last else 0) != (batch.before.size if batch.before else 0):
        return 0  # somebody else sealed meanwhile
    keep_tiles(session, batch.tiles)
    insert_rows(session, _RUNS, ("first_leaf", "first_entry", "count"), batch.runs)
    insert_rows(session, _CHECKPOINTS, ("size", "at", "highest", "horizon", "settled", "note"), [batch.head])
    return batch.count


def keep_tiles(session: Session, tiles: Mapping[Tile, bytes]) -> None:
    """Write tiles, those that are there already anew."""
    mark = mark_of(session)
    statement = (
        f"INSERT INTO tile (level, number, hashes) VALUES ({mark}, {mark}, {mark}) "  # noqa: S608
        "ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes"
    )
    for tile, octets in tiles.items():
        run(session, statement, (tile.level, tile.index, octets))


def newest(session: Session) -> StoredCheckpoint | None:
    """The last signed head."""
    return session.exec(select(StoredCheckpoint).order_by(col(StoredCheckpoint.size).desc()).limit(1)).first()


def origin_of(stored: StoredCheckpoint) -> str:
    """The record's name, as its heads have it."""
    return stored.note.partition("\n")[0]


def waiting(session: Session) -> int:
    """How many entries are committed and not sealed."""
    last = newest(session)
    statement = f"SELECT count(*) FROM entry WHERE {_between(session)}"  # noqa: S608
    return sum(int(run(session, statement, span)[0][0]) for span in _gaps(session, last.settled if last else 0))


def reader(session: Session) -> merkle.Reader:
    """Reads tiles from the store, each once."""

    def read(wanted: Sequence[Tile]) -> list[bytes]:
        found: dict[tuple[int, int], bytes] = {}
        for level in {tile.level for tile in wanted}:
            numbers = [tile.index for tile in wanted if tile.level == level]
            rows = session.exec(
                select(StoredTile.number, StoredTile.hashes).where(
                    StoredTile.level == level, col(StoredTile.number).in_(numbers)
                )
            )
            found |= {(level, number): hashes for number, hashes in rows}
        return [found.get((tile.level, tile.index), b"") for tile in wanted]

    return read


def _unsealed(session: Session, settled: int, most: int) -> list[Sealable]:
    """Entries that no run has, by their ids, the lowest first."""
    mark = mark_of(session)
    statement = f"SELECT {COLUMNS} FROM entry WHERE {_between(session)} ORDER BY id LIMIT {mark}"  # noqa: S608
    found: list[Sealable] = []
    for span in _gaps(session, settled):
        if len(found) < most:
            found += [Sealable._make(row) for row in run(session, statement, (*span, most - len(found)))]
    return found


def _between(session: Session) -> str:
    mark = mark_of(session)
    return f"id > {mark} AND id < {mark}"


def _gaps(session: Session, settled: int) -> Iterator[tuple[int, int]]:
    """Where entries may stand that no run has: behind the first of each pair and before the second."""
    columns = select(Run.first_entry, Run.count).order_by(col(Run.first_entry))
    before = session.exec(
        select(Run.first_entry, Run.count).where(col(Run.first_entry) <= settled).order_by(col(Run.first_entry).desc()).limit(1)
    ).all()
    behind = settled
    for first, count in [*before, *session.exec(columns.where(col(Run.first_entry) > settled))]:
        if first > behind + 1:
            yield behind, first
        behind = max(behind, first + count - 1)
    yield behind, 2**63 - 1


def _horizon(session: Session, now: datetime) -> tuple[int, int]:
    """On PostgreSQL: the first transaction that has not begun, and up to which id no more entries can turn up after this."""
    statement = "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() s"
    oldest, horizon = map(int, run(session, statement, ())[0])
    settles = session.exec(
        select(StoredCheckpoint.highest)
        .where(col(StoredCheckpoint.at) < now - LAGS, col(StoredCheckpoint.horizon) <= oldest)
        .order_by(col(StoredCheckpoint.size).desc())
        .limit(1)
    ).first()
    return horizon, settles or 0


def _runs(leaf: int, entries: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Rows of runs for entries that are sealed one after the other from this leaf on."""
    start = 0
    for n in range(1, len(entries) + 1):
        if n == len(entries) or entries[n] != entries[n - 1] + 1:
            yield leaf + start, entries[start], n - start
            start = n
