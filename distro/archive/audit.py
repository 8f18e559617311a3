"""The record held against its own tree: every entry against its hash, every hash against every signed head. Writes nothing.

One pass over the entries in the order in which they were sealed. Knows nothing of what the entries speak of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from distro.archive import claims, given, lasthead, merkle, named
from distro.archive.checkpoint import Checkpoint
from distro.archive.findings import Finding
from distro.archive.growths import Growths, Tree, Verdict
from distro.archive.heads import Claim, Head, Points, read_heads, trusted
from distro.archive.ledger import Sealable, leaf_of
from distro.archive.merkle import HASH, WIDTH, leaf_hash
from distro.archive.sealed import Block, Extent, Reading, extent, wide
from distro.archive.sealing import Signer
from distro.archive.tiles import reader
from distro.db import Store
from distro.errors import Failed

LISTED = 20
"""Neighbouring entries that are named one by one; of more, the first and the last are."""

Tell = Callable[[int, int], None]
"""Is told how many of how many are done."""


@dataclass(frozen=True)
class Elsewhere:
    """A checkpoint that was kept elsewhere: the file's name and its text."""

    name: str
    text: str


@dataclass
class RecordFound:
    """What the audit of the record came to.

    entries  that are there; `sealed`: leaves of the tree; `waiting`: entries that are committed and not sealed yet
    heads    signed heads that there are
    left     where a person had the record go on from less, or other, than had been signed: their word, no finding
    """

    entries: int
    sealed: int
    waiting: int
    heads: int
    findings: list[Finding] = field(default_factory=list)
    left: list[named.LeftBehind] = field(default_factory=list)


def audit_record(
    store: Store, signer: Signer, *, against: Elsewhere | None = None, tell: Tell = lambda done, of: None
) -> RecordFound:
    """Check the record as it stands now; what comes meanwhile is not looked at. Raises Refused where `against` is no
    checkpoint at all."""
    kept = lasthead.read(signer.folder)
    with store.snapshot() as session:
        verifier, newest = trusted(session, signer)
        size = newest.size if newest else 0
        reach = extent(session, size)
        numbers, anchors = named.ids_of(session), given.rows_of(session)
    result = RecordFound(reach.entries, reach.leaves, reach.waiting, reach.heads, reach.findings)
    entries = Reading(store, result.findings).entries(numbers)
    naming = [entries[number] for number in numbers if number in entries]
    claimed = list(claims.by_entries(naming, size))
    if kept is not None:
        claimed.append(claims.by_data_folder(kept, signer, newest.origin if newest else None, size))
    if against is not None:
        claimed.append(claims.by_file(against.name, against.text, verifier, size))
    result.findings.extend(one for one in claimed if isinstance(one, Finding))
    result.left.extend(one for one in map(named.left_behind, naming) if one is not None)
    heads: Iterator[Head] = iter(())
    if newest is not None:
        heads = read_heads(store, verifier, reach.highest)
    elif reach.heads:
        result.findings.append(Finding(f"None of the {reach.heads} heads is signed by this office's key; is it the right one?"))
    points = Points(heads, [one for one in claimed if isinstance(one, Claim)])
    _Audit(store, result, points).run(reach, tell)
    result.findings.extend(given.held(anchors, naming))
    return result


class _Audit:
    """One pass. Findings go to `result` as they come."""

    def __init__(self, store: Store, result: RecordFound, points: Points) -> None:
        self._store, self._points = store, points
        self._findings = result.findings
        self._reading = Reading(store, self._findings)
        self._growths = Growths(self._above)
        self._odd: dict[int, tuple[int, Sealable | None]] = {}
        self._since: tuple[int, int] | None = None  # the lowest and the highest entry since the last head that fitted
        self._highest, self._settled = 0, 0
        self._unsettled: deque[int] = deque()
        self._whole = True  # no hole was in the runs
        self._settling = True  # no head was altered, so that what one settles can be followed
        self._lost = False
        self._tiles: set[int] = set()  # of level 0, that were told of
        self._upper: dict[int, tuple[int, dict[int, bytes]]] = {}

    def run(self, reach: Extent, tell: Tell) -> None:
        sizes = {0}
        for block in self._reading.blocks(reach.leaves):
            sizes = {max(sizes), *self._through(block)}
            for seam in block.seams:
                if seam not in sizes and reach.heads:
                    self._tell(f"The head of {seam} entries was taken out: runs meet there, as they do under a head only.")
            tell(block.first + len(block.ids), reach.leaves)
        odd = self._take_odd()
        if reach.leaves > reach.signed and (reach.signed or not reach.heads):
            signed = f"the newest head counts {reach.signed}" if reach.heads else "no head is there"
            self._tell(f"{reach.leaves} entries were sealed, and {signed}: heads were taken out or altered.")
        self._disagree(odd)
        for head in self._points.rest():
            self._tell(head.wrong or f"The head of {head.size} entries stands over a record that ends before it.")
        for level in list(self._upper):
            self._compare_tile(level)
        with self._store.snapshot() as session:
            self._findings.extend(wide(session))

    def _through(self, block: Block) -> list[int]:
        """Put a block's leaves to the tree, stopping at each head. Returns the sizes at which there is one."""
        told = [_hash_of(row) for row in block.rows]
        kept = self._reading.hashes(block.first, len(told))
        stops, done = [], 0
        while done < len(told):
            size = self._points.next_size()
            ends = len(told) if size is None else min(len(told), max(done, size - block.first))
            self._extend(block, told, kept, done, ends)
            done = ends
            if size is not None and self._growths.size >= size and self._look(size):
                stops.append(size)
        return stops

    def _extend(self, block: Block, told: Sequence[bytes], kept: Sequence[bytes], start: int, end: int) -> None:
        before = len(self._growths.odd)
        self._growths.extend(told[start:end], kept[start:end])
        for leaf in self._growths.odd[before:]:
            self._odd[leaf] = block.ids[leaf - block.first], block.rows[leaf - block.first]
        entries = block.ids[start:end]
        if not entries:
            return
        low, high = min(entries), max(entries)
        self._whole = self._whole and low > 0
        self._highest = max(self._highest, high)
        self._since = (min(low, self._since[0]), max(high, self._since[1])) if self._since else (low, high)
        if low <= self._settled:
            for entry in entries:
                if 0 < entry <= self._settled:
                    what = f"Entry {entry} was sealed after all up to entry {self._settled} had been: it was put in afterwards."
                    self._tell(what, entry)

    def _look(self, size: int) -> bool:
        """Hold what is said of this size against the tree. Whether there is a head."""
        head = self._points.head_at(size)
        if head is not None and head.checkpoint is None:
            self._tell(head.wrong)
            self._settling = False
        elif head is not None and head.checkpoint is not None:
            self._judge(head.checkpoint)
            self._books(head)
        for claim in self._points.claims_at(size):
            if claim.root not in self._growths.roots():
                self._tell(claim.otherwise, claim.entry)
        return head is not None

    def _judge(self, checkpoint: Checkpoint) -> None:
        fitted, since = self._growths.fitted, self._since or (0, 0)
        verdict, nodes = self._growths.judge(checkpoint.root)
        odd = self._take_odd()
        if verdict is Verdict.ENTRIES:
            for tile in dict.fromkeys(leaf // WIDTH for leaf, _, _ in odd):
                if tile not in self._tiles:
                    self._tell(f"Tile (0, {tile}) was altered, the entries under it were not.")
                self._tiles.add(tile)
        elif verdict is Verdict.TILES:
            self._name(odd)
        else:
            if not self._lost:
                one = since[0] == since[1]
                which = f"Entry {since[0]}" if one else f"Something among entries {since[0]} to {since[1]}"
                before = f", that of {fitted} entries does" if fitted else ""
                self._tell(
                    f"{which} was altered, and its hash in the tree with it: "
                    f"the head of {checkpoint.size} entries does not fit{before}.",
                    since[0] if one else None,
                )
            self._disagree(odd)
        self._lost = verdict is Verdict.NOTHING
        if not self._lost:
            self._since = None
        for level, index, node in nodes:
            self._put_above(level, index, node)

    def _books(self, head: Head) -> None:
        """What a head's row says beside its note: the greatest entry sealed, and up to where nothing can come any more."""
        if self._whole and head.highest != self._highest:
            what = f"it names {head.highest} as the highest entry, not {self._highest}"
            self._tell(f"The head of {head.size} entries was altered: {what}.")
        self._unsettled.append(self._highest)
        if self._store.dialect == "postgresql":
            known = not self._settling or head.settled == self._settled or head.settled in self._unsettled
        else:
            known = head.settled == self._highest
        if self._whole and not known:
            self._tell(f"The head of {head.size} entries was altered: nothing was settled up to entry {head.settled}.")
        elif isinstance(head.settled, int):
            self._settled = max(self._settled, head.settled)
            while self._unsettled and self._unsettled[0] < self._settled:
                self._unsettled.popleft()

    def _take_odd(self) -> list[tuple[int, int, Sealable | None]]:
        odd = [(leaf, *self._odd[leaf]) for leaf in self._growths.odd]
        self._growths.odd.clear()
        self._odd.clear()
        return odd

    def _name(self, odd: Sequence[tuple[int, int, Sealable | None]]) -> None:
        """Say of each entry how it is not what was sealed; of many neighbours, of the first and the last."""
        for row in _neighbours([one for one in odd if one[1]]):
            if len(row) > LISTED:
                self._tell(f"{_entries(row[0][1], row[-1][1])} not what was sealed, or not there any more.", row[0][1])
                continue
            for _, entry, now in row:
                if now is None:
                    self._tell(f"Entry {entry} was sealed and is not there any more.", entry)
                else:
                    self._tell(f"Entry {entry} is not what was sealed ({_described(now)}).", entry)

    def _disagree(self, odd: Sequence[tuple[int, int, Sealable | None]]) -> None:
        for row in _neighbours([one for one in odd if one[1]]):
            if len(row) > LISTED:
                self._tell(f"{_entries(row[0][1], row[-1][1])} not what the tiles have of them.", row[0][1])
                continue
            for leaf, entry, now in row:
                what = "is not there" if now is None else f"does not have the hash that tile (0, {leaf // WIDTH}) has of it"
                self._tell(f"Entry {entry} {what}.", entry)

    def _above(self, size: int) -> Tree | None:
        """The tree as the tiles have it, by the highest that they have."""
        with self._store.read() as session:
            try:
                return Tree(size, merkle.frontier(size, reader(session)))
            except (Failed, TypeError):
                return None

    def _put_above(self, level: int, index: int, node: bytes) -> None:
        number, place = divmod(index, WIDTH)
        if level in self._upper and self._upper[level][0] != number:
            self._compare_tile(level)
        self._upper.setdefault(level, (number, {}))[1][place] = node

    def _compare_tile(self, level: int) -> None:
        number, nodes = self._upper.pop(level)
        octets = self._reading.tile(level, number)
        if any(octets[place * HASH : (place + 1) * HASH] != node for place, node in nodes.items()):
            self._tell(f"Tile ({level}, {number}) was altered, the entries under it were not.")

    def _tell(self, what: str, entry: int | None = None) -> None:
        self._findings.append(Finding(what, entry=entry))


def _hash_of(row: Sealable | None) -> bytes:
    if row is None:
        return b""
    try:
        return leaf_hash(leaf_of(row))
    except (TypeError, ValueError, OverflowError):  # no entry of ours holds such values
        return leaf_hash(b"")


def _described(row: Sealable) -> str:
    return f"{row.kind} of {row.subject}" if row.kind else "it cannot be read"


def _entries(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"


def _neighbours(odd: Sequence[tuple[int, int, Sealable | None]]) -> Iterator[list[tuple[int, int, Sealable | None]]]:
    row: list[tuple[int, int, Sealable | None]] = []
    for one in odd:
        if row and one[1] != row[-1][1] + 1:
            yield row
            row = []
        row.append(one)
    if row:
        yield row
