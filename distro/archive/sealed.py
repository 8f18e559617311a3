"""What is sealed, read in the order of the tree a page at a time: which entries the runs name, these entries, and the tiles.

Reads what may have been altered by hand, so nothing of it is believed: no type, no number, no order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from distro.archive.findings import Finding
from distro.archive.ledger import Sealable
from distro.archive.merkle import HASH, WIDTH
from distro.bulk import Row, is_no_text, mark_of, rows_in, run
from distro.db import Store

PAGE = 16 * WIDTH
"""Leaves that are read at once."""

_RUNS = 2000
_DOUBLE = 20
"""Entries in two places that are told; whoever shifts one run has all behind it overlap."""

_COLUMNS = "id, at_us, actor, kind, subject, payload"


@dataclass
class Extent:
    """How far the record reaches, all of it seen at one time.

    signed   the size of the newest head that can be trusted
    leaves   places in the tree that are to be looked at
    highest  the size that the last of the heads has in its row, whatever its note says
    """

    entries: int = 0
    signed: int = 0
    leaves: int = 0
    waiting: int = 0
    heads: int = 0
    highest: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Block:
    """Neighbouring places of the tree. `ids`: 0 where no run says which entry stands there. `rows`: None where it is gone.
    `seams`: leaves at which one run ends and its neighbour goes on with the next entry, so that a head was signed there."""

    first: int
    ids: Sequence[int]
    rows: Sequence[Sealable | None]
    seams: Sequence[int]


def extent(session: Session, size: int) -> Extent:
    """How far to look, where the newest head that can be trusted counts `size`, and which entries no run has."""
    ((entries, last),) = run(session, "SELECT count(*), coalesce(max(id), 0) FROM entry", ())
    last_run = run(session, "SELECT first_leaf, count FROM sealed_run ORDER BY first_leaf DESC LIMIT 1", ())
    ends = sum(map(_number, last_run[0])) if last_run else 0
    ((heads, highest),) = run(session, "SELECT count(*), coalesce(max(size), 0) FROM checkpoint", ())
    most = max(size, entries)  # a run cannot name more than there is or was signed
    found = Extent(entries, size, max(size, min(ends, most)), heads=heads, highest=highest)
    if ends > most:
        found.findings.append(Finding(f"The runs count {ends} entries, more than there are or were signed: one was altered."))
    settled = run(session, f"SELECT settled FROM checkpoint WHERE size = {mark_of(session)}", (size,))  # noqa: S608
    sealed_to = _outside(session, found, _number(settled[0][0]) if settled else 0)
    if session.get_bind().dialect.name == "sqlite":
        written = run(session, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entry'", ())[0][0]
        if _number(written) > max(last, sealed_to):
            found.findings.append(Finding(f"Entries up to {written} were written; the last that is there is {last}."))
    return found


def _outside(session: Session, found: Extent, settled: int) -> int:
    """Look at what stands between the runs, and behind them. Returns up to which entry they go."""
    mark = mark_of(session)
    among = f"FROM entry WHERE id > {mark} AND id < {mark}"
    behind, doubles = -(2**63), 0
    last = (2**63 - 1, 0)
    for first, count in itertools.chain(_by_entry(session), [last]):
        if first <= behind and doubles < _DOUBLE:
            doubles += 1
            found.findings.append(Finding(f"Entry {first} stands in the tree twice: a run was altered.", entry=first))
        if first > behind + 1:
            below = min(first, settled + 1)
            for entry, kind, subject in run(session, f"SELECT id, kind, subject {among} ORDER BY id", (behind, below)):
                what = f"Entry {entry} ({kind} of {subject}) was put in after all up to entry {settled} had been sealed."
                found.findings.append(Finding(what, entry=entry))
            above = max(behind, min(settled, first))
            found.waiting += run(session, f"SELECT count(*) {among}", (above, first))[0][0]
        if first != last[0]:
            behind = max(behind, min(first + count - 1, 2**62))
    return behind


def _by_entry(session: Session) -> Iterator[tuple[int, int]]:
    mark = mark_of(session)
    after = -(2**63)
    while True:
        page = run(
            session,
            f"SELECT first_entry, count FROM sealed_run WHERE first_entry > {mark} ORDER BY first_entry LIMIT {_RUNS}",  # noqa: S608
            (after,),
        )
        yield from ((first, count) for first, count in page if isinstance(first, int) and isinstance(count, int))
        if len(page) < _RUNS or not isinstance(page[-1][0], int):
            return
        after = page[-1][0]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


class Reading:
    """Reads the tree's places of one store; what is wrong with the runs goes to `findings`."""

    def __init__(self, store: Store, findings: list[Finding]) -> None:
        self._store, self._findings = store, findings

    def blocks(self, leaves: int) -> Iterator[Block]:
        """The first so many places, without a hole."""
        first, before = 0, 0
        ids: list[int] = []
        seams: list[int] = []
        for leaf, entry, count in self._spans(leaves):
            if entry and entry == before + 1:
                seams.append(leaf)
            before = entry + count - 1 if entry else 0
            done = 0
            while done < count:
                more = min(count - done, PAGE - len(ids))
                ids += range(entry + done, entry + done + more) if entry else [0] * more
                done += more
                if len(ids) == PAGE:
                    yield self._block(first, ids, seams)
                    first, ids, seams = first + PAGE, [], []
        if ids:
            yield self._block(first, ids, seams)

    def _block(self, first: int, ids: list[int], seams: list[int]) -> Block:
        rows = self.entries([entry for entry in ids if entry])
        return Block(first, ids, [rows.get(entry) for entry in ids], seams)

    def _spans(self, leaves: int) -> Iterator[tuple[int, int, int]]:
        """(leaf, first entry, count), each where the one before ends; entry 0 where no run says."""
        at = 0
        for start, entry, count in self._runs():
            if start >= leaves:
                break
            numbers = isinstance(entry, int) and isinstance(count, int) and count > 0
            if not numbers or start < at:
                self._altered(start, "it does not follow on the one before")
            if not numbers or start + count <= at:
                continue
            if start > at:
                self._findings.append(_hole(at, start))
                yield at, 0, start - at
            if start + count > leaves:
                self._altered(start, "it counts more entries than were signed")
            first, end = max(start, at), min(start + count, leaves)
            yield first, entry + first - start, end - first
            at = end
        if at < leaves:
            self._findings.append(_hole(at, leaves))
            yield at, 0, leaves - at

    def _altered(self, leaf: int, why: str) -> None:
        self._findings.append(Finding(f"The run at leaf {leaf} was altered: {why}."))

    def _runs(self) -> Iterator[Row]:
        after = -(2**63)
        order = "ORDER BY first_leaf LIMIT"
        while True:
            page = self._rows(
                f"SELECT first_leaf, first_entry, count FROM sealed_run WHERE first_leaf > ? {order} {_RUNS}",  # noqa: S608
                after,
            )
            yield from page
            if len(page) < _RUNS:
                return
            after = page[-1][0]

    def entries(self, ids: Sequence[int]) -> dict[int, Sealable]:
        """Those of these that are there, by their numbers; of one that holds no text, the number alone."""
        if not ids:
            return {}
        try:
            return {row[0]: Sealable._make(row) for row in self._ask(ids)}
        except OperationalError as wrong:
            if not is_no_text(wrong):
                raise
        if len(ids) == 1:
            return {ids[0]: Sealable(ids[0], 0, "", "", "", "")}
        half = len(ids) // 2
        return self.entries(ids[:half]) | self.entries(ids[half:])

    def _ask(self, ids: Sequence[int]) -> list[Row]:
        if ids[-1] - ids[0] + 1 == len(ids) and ids[0] == min(ids):
            return self._rows(f"SELECT {_COLUMNS} FROM entry WHERE id BETWEEN ? AND ?", ids[0], ids[-1])  # noqa: S608
        with self._store.read() as session:
            return rows_in(session, f"SELECT {_COLUMNS} FROM entry WHERE id", ids)  # noqa: S608

    def hashes(self, first: int, count: int) -> list[bytes]:
        """Of these leaves, as level 0 of the tiles has them; b"" where it has none."""
        low, high = first // WIDTH, (first + count - 1) // WIDTH
        tiles = {
            number: _octets(hashes)
            for number, hashes in self._rows(
                "SELECT number, hashes FROM tile WHERE level = 0 AND number BETWEEN ? AND ?", low, high
            )
        }
        row = b"".join(tiles.get(number, b"")[: WIDTH * HASH].ljust(WIDTH * HASH, b"\0") for number in range(low, high + 1))
        start = (first - low * WIDTH) * HASH
        found = [row[at : at + HASH] for at in range(start, start + count * HASH, HASH)]
        return [leaf if leaf != bytes(HASH) else b"" for leaf in found]

    def tile(self, level: int, number: int) -> bytes:
        """Its octets; none where it is gone."""
        found = self._rows("SELECT hashes FROM tile WHERE level = ? AND number = ?", level, number)
        return _octets(found[0][0]) if found else b""

    def _rows(self, statement: str, *values: object) -> list[Row]:
        with self._store.read() as session:
            return run(session, statement.replace("?", mark_of(session)), values)


def wide(session: Session) -> list[Finding]:
    """Tiles that hold more than the tree of the newest head, or are of no tree at all."""
    ((size,),) = run(session, "SELECT coalesce(max(size), 0) FROM checkpoint", ())
    found = []
    for level, number, octets in run(session, "SELECT level, number, length(hashes) FROM tile", ()):
        width = min(WIDTH, (size >> (8 * level)) - number * WIDTH) if 0 <= level < 8 and number >= 0 else 0
        if octets > max(width, 0) * HASH:
            found.append(Finding(f"Tile ({level}, {number}) was altered: it holds more than was sealed."))
    return found


def _hole(first: int, end: int) -> Finding:
    return Finding(
        f"No run says which entries stand at leaves {first} to {end - 1} of the tree: a run was taken out or altered."
    )


def _octets(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
