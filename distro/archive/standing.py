"""What a new head may stand on: the newest head is ours, its tree is the one that the tiles have, and it grows out of the head
that was signed last here. Nothing is signed before that is so. Pure: it is handed what stands in the store and in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from distro.archive import merkle
from distro.archive.checkpoint import Checkpoint, open_note
from distro.archive.lasthead import NAMED
from distro.archive.merkle import Reader
from distro.errors import Failed, Refused

if TYPE_CHECKING:
    from distro.archive.sealing import Signer, StoredCheckpoint

REMEDY = (
    "`distro archive verify` says what else is not as it was. Where it was done on purpose, an admin has sealing go on with "
    "`distro --as NAME archive seal --go-on REASON`, which puts that on record."
)


@dataclass(frozen=True)
class Standing:
    """What the next head goes on from: the record's name, and how many leaves the tree has."""

    origin: str
    size: int


@dataclass(frozen=True)
class Stored:
    """What stands in the store: its newest head, and at which leaf its runs end."""

    last: StoredCheckpoint | None
    ends: int
    read: Reader


def stand(signer: Signer, stored: Stored, kept: str | None) -> Standing:
    """Where the next head may stand; `kept`: the note of the head that was signed last here, None where nobody knows of one.

    Raises Failed with the reason where nothing is to be signed on top of this.
    """
    last, ends = stored.last, stored.ends
    if last is None:
        if ends:
            raise Failed(f"{ends} entries were sealed, and no head is there any more: heads were taken out.", REMEDY)
        grow_out_of(signer, None, kept, stored.read)
        return Standing(signer.origin, 0)
    head = opened(signer, last)
    if ends != head.size:
        raise Failed(f"The newest head counts {head.size} entries, and {ends} were sealed: heads or runs were altered.", REMEDY)
    if merkle.root(head.size, stored.read) != head.root:
        raise Failed(
            f"The tiles of the record's tree do not give its newest head, of {head.size} entries. Where only tiles are "
            "damaged, `distro archive seal --rebuild` grows them again.",
            REMEDY,
        )
    if kept != last.note:
        grow_out_of(signer, head, kept, stored.read)
    return Standing(head.origin, head.size)


def as_it_is(signer: Signer, stored: Stored) -> Standing:
    """Where a head stands that a person has go on whatever was signed before, under the signer's name. Raises Failed where even
    that cannot be done."""
    if stored.last is not None and stored.last.size > stored.ends:
        raise Failed(
            f"The newest head is kept for {stored.last.size} entries, and only {stored.ends} stand in the tree, so no head "
            "could follow on it; bring the store back from a backup."
        )
    merkle.root(stored.ends, stored.read)  # which tells what tiles are missing
    return Standing(signer.origin, stored.ends)


def opened(signer: Signer, last: StoredCheckpoint) -> Checkpoint:
    """The newest head, if this key signed it for this size; another one must not go on from it. Raises Failed."""
    head = read_ours(signer, last.note)
    if head is None:
        raise Failed(
            f"The newest head of the record, of {last.size} entries, is not signed by this office's key; is office.key the "
            "right one?",
            REMEDY,
        )
    if head.size != last.size:
        raise Failed(f"The head that is kept for {last.size} entries was signed for {head.size}.", REMEDY)
    return head


def grow_out_of(signer: Signer, head: Checkpoint | None, kept: str | None, read: Reader) -> None:
    """Raise Failed unless the newest head, which the tiles give, grows out of the one that was signed last here."""
    if kept is None:
        return
    older = read_ours(signer, kept, None if head is None else head.origin)
    if older is None:
        raise Failed(f"{NAMED} is no head of this record that this office's key signed.", REMEDY)
    if head is None or older.size > head.size:
        newest = "there is none in the store" if head is None else f"the newest in the store {head.size}"
        raise Failed(
            f"The head that was signed last here ({NAMED}) counts {older.size} entries, and {newest}: the store was set back, "
            "or heads were taken out.",
            REMEDY,
        )
    proof = merkle.consistency(older.size, head.size, read) if older.size else []
    if older.size and not merkle.verify_consistency(older.size, head.size, proof, older.root, head.root):
        raise Failed(
            f"The newest head, of {head.size} entries, does not grow out of the one that was signed last here, of {older.size} "
            f"({NAMED}): the record was rewritten, or tiles of its tree were altered.",
            REMEDY,
        )


def read_ours(signer: Signer, note: object, origin: str | None = None) -> Checkpoint | None:
    """The head in a note of ours that is of the record of this name, or of any; None where it is not."""
    if not isinstance(note, str):
        return None
    try:
        head = Checkpoint.read(open_note(note, [signer.verifier(note.partition("\n")[0])])[0])
    except (Failed, Refused):
        return None
    return head if origin in (None, head.origin) else None
