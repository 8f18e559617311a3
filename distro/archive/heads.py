"""Signed heads as they are kept, here and elsewhere, each opened with the office's key. Writes none."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from distro.archive.checkpoint import Checkpoint, Verifier, open_note
from distro.archive.sealing import Signer, StoredCheckpoint, newest
from distro.archive.standing import opened
from distro.db import Store
from distro.errors import Failed, Refused

_PAGE = 1000


@dataclass(frozen=True)
class Head:
    """A row of the heads. `checkpoint`: what its note says, None where that is not to be trusted; `wrong` says why."""

    size: int
    highest: object
    settled: object
    checkpoint: Checkpoint | None
    wrong: str = ""


def read_heads(store: Store, verifier: Verifier, upto: int) -> Iterator[Head]:
    """The heads of at most this size, the smallest first, a page at a time."""
    after = -(2**63)
    columns = (StoredCheckpoint.size, StoredCheckpoint.highest, StoredCheckpoint.settled, StoredCheckpoint.note)
    query = select(*columns).order_by(col(StoredCheckpoint.size)).limit(_PAGE)
    while True:
        with store.read() as session:
            page = session.exec(query.where(StoredCheckpoint.size > after, StoredCheckpoint.size <= upto)).all()
        for size, highest, settled, note in page:
            yield _opened(size, highest, settled, note, verifier)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _opened(size: int, highest: object, settled: object, note: object, verifier: Verifier) -> Head:
    try:
        text, _ = open_note(note if isinstance(note, str) else "", [verifier])
        checkpoint = Checkpoint.read(text)
    except Refused:
        return Head(size, highest, settled, None, f"The head of {size} entries is no signed note any more.")
    except Failed:
        wrong = f"The head of {size} entries is signed, but not by this office's key as {verifier.name}, or it was changed."
        return Head(size, highest, settled, None, wrong)
    if checkpoint.size != size:
        wrong = f"The head that is kept for {size} entries was signed for {checkpoint.size}."
        return Head(size, highest, settled, None, wrong)
    return Head(size, highest, settled, checkpoint)


def trusted(session: Session, signer: Signer) -> tuple[Verifier, Checkpoint | None]:
    """Whose heads these are, and the newest that is to be trusted; None where there is none."""
    query = select(StoredCheckpoint.size, StoredCheckpoint.note).order_by(col(StoredCheckpoint.size).desc())
    for size, note in session.exec(query.execution_options(yield_per=100)):
        try:
            verifier = signer.verifier(str(note).partition("\n")[0])
        except Refused:
            continue
        head = _opened(size, 0, 0, note, verifier)
        if head.checkpoint is not None:
            return verifier, head.checkpoint
    return signer.verifier(), None


def newest_note(session: Session, signer: Signer) -> str:
    """The newest head, to be kept elsewhere. Raises Refused where nothing is sealed, Failed where it is not ours."""
    last = newest(session)
    if last is None:
        raise Refused("Nothing is sealed yet; `distro archive seal` seals what there is, and the bot does so each second.")
    ours(session, signer)
    return last.note


def ours(session: Session, signer: Signer) -> None:
    """Raise Failed unless the newest head, where there is one, is signed by this key: another one must not go on from it."""
    last = newest(session)
    if last is not None:
        opened(signer, last)


def kept_elsewhere(text: str, name: str, verifier: Verifier) -> Checkpoint | str:
    """The checkpoint in a file, or a sentence where it is none of this record. Raises Refused for what is no checkpoint."""
    try:
        origin = text.partition("\n")[0]
        Checkpoint.read(text.rpartition("\n\n")[0] + "\n")
        verified, _ = open_note(text, [verifier])
    except Refused:
        raise Refused(f"{name} is no signed checkpoint; `distro archive checkpoint` writes one.") from None
    except Failed:
        if origin != verifier.name:
            return f"{name} is a checkpoint of {origin}, and this record is {verifier.name}."
        return f"{name} is a checkpoint of {origin}, but it is not signed by this office's key, or it was changed."
    return Checkpoint.read(verified)


@dataclass(frozen=True)
class Claim:
    """Somebody says that the record had a head of this size and root. `otherwise` is to be said where it had not; `entry` is
    the number of the entry that says it, where one does."""

    size: int
    root: bytes
    otherwise: str
    entry: int | None = None


class Points:
    """The sizes at which the tree is looked at, the smallest first: those of the heads, and of what claims that it had one."""

    def __init__(self, heads: Iterator[Head], claims: Iterable[Claim]) -> None:
        self._heads, self._next = heads, next(heads, None)
        self._claims = deque(sorted(claims, key=lambda one: one.size))

    def next_size(self) -> int | None:
        first = self._claims[0] if self._claims else None
        return min((point.size for point in (self._next, first) if point is not None), default=None)

    def head_at(self, size: int) -> Head | None:
        """Take the head of this size, if there is one."""
        head = self._next
        if head is None or head.size > size:
            return None
        self._next = next(self._heads, None)
        return head

    def claims_at(self, size: int) -> Iterator[Claim]:
        """Take the claims of this size."""
        while self._claims and self._claims[0].size <= size:
            yield self._claims.popleft()

    def rest(self) -> Iterator[Head]:
        while self._next is not None:
            yield self._next
            self._next = next(self._heads, None)
