"""Seals entries under a Merkle tree and signs its head. Writes tiles, runs and checkpoints; changes no entry.

The tree has the entries in the order in which they were sealed. On SQLite that is the order of their ids. On PostgreSQL a
transaction may commit a lower id after a higher one was sealed; it is then sealed later. A run says which entries stand where,
so that no entry needs a row of its own for it. What a head may be signed on top of is `standing`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive import lasthead, merkle, named, standing
from distro.archive.checkpoint import Checkpoint, Verifier, sign
from distro.archive.columns import BIG_ID, Micros, microseconds
from distro.archive.ledger import Sealable, leaf_of
from distro.archive.merkle import Tile, leaf_hash
from distro.archive.standing import Standing, Stored
from distro.archive.tiles import keep_tiles, reader, remembering
from distro.bulk import insert_rows, mark_of, run
from distro.db import Store
from distro.errors import Failed

MOST = 20_000
"""Entries that are sealed in one transaction."""

LAGS = timedelta(seconds=60)
"""For so long after a checkpoint a lower id than its highest may still turn up on PostgreSQL, though the database says that no
transaction of then is under way: an id is drawn just before its transaction gets a number."""

_ALL = 2**62

_ONE_AT_A_TIME = 4_137_260_915
"""Number of the advisory lock that sealing holds on PostgreSQL: any that nobody else uses there."""


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


COLUMNS = "id, at_us, actor, kind, subject, payload"


@dataclass(frozen=True)
class Signer:
    """Who signs heads. `origin` is the record's name as long as it has no checkpoint; afterwards it keeps the one it has.

    folder  the data folder, in which the last signed head is kept too (`lasthead`); whoever seals for an office names it
    """

    key: Ed25519PrivateKey
    origin: str
    folder: Path | None = None

    @classmethod
    def of(cls, seed: bytes, domain: str, folder: Path | None = None) -> Signer:
        """With the key that these 32 octets are, for the office at this domain."""
        key = Ed25519PrivateKey.from_private_bytes(seed)
        fingerprint = merkle.leaf_hash(key.public_key().public_bytes_raw()).hex()[:8]
        return cls(key, f"{domain}/ledger/{fingerprint}", folder)

    def verifier(self, origin: str | None = None) -> Verifier:
        """What verifies its notes."""
        return Verifier(origin or self.origin, self.key.public_key().public_bytes_raw())


@dataclass(frozen=True)
class _Batch:
    """What is to be written: `before` is the head that it follows on, None for the first. Without a `head` nothing is, for only
    the file in the data folder is behind."""

    before: StoredCheckpoint | None
    note: str
    count: int = 0
    tiles: Mapping[Tile, bytes] = field(default_factory=dict)
    runs: Sequence[tuple[int, int, int]] = ()
    head: tuple[int, int, int, int, int, str] | None = None


def seal(store: Store, signer: Signer, now: datetime, most: int = MOST, *, thorough: bool = False, go_on: bool = False) -> int:
    """Seal what was committed and is not sealed yet, up to `most` entries. Returns how many; 0 also while somebody else seals.

    thorough  look for entries that were missed ever
    go_on     a person has it go on from the store as it is, see `standing.as_it_is`
    Raises Failed where the store is not what was signed last, or where the new head cannot be kept in the data folder.
    """
    if store.dialect == "sqlite":  # reading and hashing keep no writer waiting
        with store.read() as session:
            batch = _batch(session, signer, now, most, thorough, go_on)
        if batch is not None and batch.head is not None:
            with store.write() as session:
                batch = _keep(session, batch)
    else:
        with store.write() as session:
            if not run(session, f"SELECT pg_try_advisory_xact_lock({_ONE_AT_A_TIME})", ())[0][0]:
                return 0
            batch = _batch(session, signer, now, most, thorough, go_on)
            if batch is not None:
                batch = _keep(session, batch)
    if batch is None:
        return 0
    lasthead.keep(signer.folder, batch.note)
    return batch.count


def objection(store: Store, signer: Signer, *, go_on: bool = False) -> Failed | None:
    """Why `seal` would sign nothing on top of what there is now; None where nothing stands against it."""
    kept = lasthead.read(signer.folder)
    try:
        with store.snapshot() as session:
            last, read = newest(session), remembering(reader(session))
            _ground(session, signer, last, kept, read, [], thorough=True, go_on=go_on)
    except Failed as wrong:
        return wrong
    return None


def alone(session: Session) -> None:
    """On PostgreSQL, wait until nobody seals; nobody then does before this transaction ends. On SQLite a writer is alone."""
    if session.get_bind().dialect.name == "postgresql":
        run(session, f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})", ())


def _batch(session: Session, signer: Signer, now: datetime, most: int, thorough: bool, go_on: bool) -> _Batch | None:
    kept = lasthead.read(signer.folder)  # before the store is asked
    postgresql = session.get_bind().dialect.name == "postgresql"
    last = newest(session)
    horizon, settles = _horizon(session, now) if postgresql else (0, None)  # before looking, or what comes meanwhile is missed
    settled = last.settled if last else 0
    found = _unsealed(session, 0 if thorough else settled, most)
    if not found and (signer.folder is None or kept == (last.note if last else None)):
        return None
    read = remembering(reader(session))
    ground = _ground(session, signer, last, kept, read, found, thorough=thorough, go_on=go_on)
    if not found:
        return None if last is None else _Batch(last, last.note)
    grown = merkle.append(ground.size, [leaf_hash(leaf_of(entry)) for entry in found], read)
    highest = max(found[-1].id, last.highest if last else 0)
    if settles is None:  # nobody else writes
        settled = highest
    elif len(found) < most:
        settled = max(settled, settles)
    note = sign(Checkpoint(ground.origin, grown.size, grown.root).text(), ground.origin, signer.key)
    return _Batch(
        last,
        note,
        len(found),
        grown.tiles,
        list(_runs(ground.size, [entry.id for entry in found])),
        (grown.size, microseconds(now), highest, horizon, settled, note),
    )


def _ground(
    session: Session,
    signer: Signer,
    last: StoredCheckpoint | None,
    kept: str | None,
    read: merkle.Reader,
    found: list[Sealable],
    *,
    thorough: bool,
    go_on: bool,
) -> Standing:
    """What the next head stands on; `found` are the first that are not sealed. Raises Failed where nothing may be signed."""
    ends = run(session, "SELECT first_leaf + count FROM sealed_run ORDER BY first_leaf DESC LIMIT 1", ())
    stored = Stored(last, int(ends[0][0]) if ends else 0, read)
    if go_on:
        return standing.as_it_is(signer, stored)
    ground = standing.stand(signer, stored, kept)
    ahead = named.ahead_of(ground.size, found)
    if ahead is None and (thorough or last is None):  # also in those that have to wait for the next time
        ahead = named.ahead_of(ground.size, _unsealed(session, 0, _ALL, named.KINDS))
    if ahead is not None:
        newest_one = f"The newest head counts {ground.size} entries" if last else "No head is there"
        raise Failed(
            f"{newest_one}, and entry {ahead.entry} ({ahead.kind}) names one of {ahead.size}: heads were taken out.",
            standing.REMEDY,
        )
    return ground


def _keep(session: Session, batch: _Batch) -> _Batch | None:
    """Write it, unless somebody else sealed meanwhile."""
    if batch.head is None:
        return batch
    last = newest(session)
    if (last.note if last else None) != (batch.before.note if batch.before else None):
        return None
    keep_tiles(session, batch.tiles)
    insert_rows(session, Run, ("first_leaf", "first_entry", "count"), batch.runs)
    insert_rows(session, StoredCheckpoint, ("size", "at", "highest", "horizon", "settled", "note"), [batch.head])
    return batch


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


def _unsealed(session: Session, settled: int, most: int, kinds: Sequence[str] = ()) -> list[Sealable]:
    """Entries that no run has, by their ids, the lowest first; where kinds are named, those of these kinds."""
    mark = mark_of(session)
    among = f"{_between(session)} AND kind IN ({', '.join([mark] * len(kinds))})" if kinds else _between(session)
    statement = f"SELECT {COLUMNS} FROM entry WHERE {among} ORDER BY id LIMIT {mark}"  # noqa: S608
    found: list[Sealable] = []
    for span in _gaps(session, settled):
        if len(found) < most:
            found += [Sealable._make(row) for row in run(session, statement, (*span, *kinds, most - len(found)))]
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
