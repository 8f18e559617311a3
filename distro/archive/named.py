"""Heads of the record that entries name: what was given outside, backed up or restored was a head that there had been.

So the record tells of its own past, and whoever seals another past has to alter these entries too. Reads payloads that may have
been altered by hand.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from distro.archive.checkpoint import Checkpoint
from distro.archive.columns import from_microseconds
from distro.archive.ledger import Sealable
from distro.bulk import mark_of, run
from distro.errors import Refused

ANCHORED, BACKED_UP, RESTORED = "record.anchored", "store.backed_up", "store.restored"
WENT_ON = "record.went_on"
"""A person had sealing go on from a store that does not grow out of what was signed last. Names that head with its whole note,
and so does RESTORED where the data folder had such a one."""

_ROOT: Mapping[str, Callable[[str], bytes]] = {ANCHORED: bytes.fromhex, BACKED_UP: b64decode, RESTORED: b64decode}
"""The kinds that name a head which the record has, and how they write its root."""

KINDS = tuple(_ROOT)


@dataclass(frozen=True)
class Named:
    """The head that an entry names."""

    entry: int
    kind: str
    size: int
    root: bytes


@dataclass(frozen=True)
class LeftBehind:
    """That the record goes on from `size` entries, where a head of `signed` had been signed; 0 where none was known."""

    entry: int
    at: datetime
    actor: str
    kind: str
    size: int
    signed: int
    reason: str


def named_by(entry: Sealable) -> Named | None:
    """The head that the entry names; None where it says that there was none yet, or is of another kind. Raises ValueError
    where it cannot be read."""
    if entry.kind not in _ROOT:
        return None
    said = _payload(entry)
    size, root = said.get("size"), said.get("root")
    if size == 0 and entry.kind != ANCHORED:
        return None
    if not isinstance(size, int) or isinstance(size, bool) or not isinstance(root, str):
        raise ValueError(f"entry {entry.id} names no head")
    return Named(entry.id, entry.kind, size, _ROOT[entry.kind](root))


def ahead_of(size: int, entries: list[Sealable]) -> Named | None:
    """The first of these entries that names a head of more than `size` entries; one that cannot be read is the audit's to
    name."""
    for entry in entries:
        if entry.kind in _ROOT:
            try:
                found = named_by(entry)
            except ValueError:
                continue
            if found is not None and found.size > size:
                return found
    return None


def left_behind(entry: Sealable) -> LeftBehind | None:
    """What the entry says of a head that the record does not grow out of; None where it speaks of none, or is unreadable."""
    if entry.kind not in (WENT_ON, RESTORED):
        return None
    try:
        said, at = _payload(entry), from_microseconds(entry.at_us)
    except (ValueError, TypeError, OverflowError):
        return None
    kept, size = said.get("kept"), said.get("size")
    if not isinstance(size, int) or not isinstance(kept, str):
        return None
    reason = said.get("reason") if entry.kind == WENT_ON else "restored from a backup"
    return LeftBehind(entry.id, at, entry.actor, entry.kind, size, _size_in(kept), str(reason))


def ids_of(session: Session) -> list[int]:
    """All entries of these kinds, by their ids. Looks at every entry: no index leads there."""
    marks = ", ".join([mark_of(session)] * (len(KINDS) + 1))
    rows = run(session, f"SELECT id FROM entry WHERE kind IN ({marks}) ORDER BY id", (*KINDS, WENT_ON))  # noqa: S608
    return [number for (number,) in rows]


def _payload(entry: Sealable) -> dict[str, object]:
    said = json.loads(entry.payload) if isinstance(entry.payload, str) else None
    if not isinstance(said, dict):
        raise ValueError(f"the payload of entry {entry.id} is not what an entry has there")
    return said


def _size_in(note: str) -> int:
    try:
        return Checkpoint.read(note.rpartition("\n\n")[0] + "\n").size
    except Refused:
        return 0
