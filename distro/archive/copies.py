"""The exact bytes of each copy, as skeleton and slots. A copy is rebuilt by one join and proved by its SHA-256."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from distro.archive.ledger import canonical


@dataclass(frozen=True)
class Skeleton:
    """A message with holes: literal, slot name, literal, slot name, … literal. A slot may stand in several places.

    Literals and slot values are text; a copy is their join in UTF-8, with CRLF line ends, before dot-stuffing.
    """

    pieces: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.pieces) % 2 == 0:
            raise ValueError("a skeleton starts and ends with a literal")

    @cached_property
    def slots(self) -> frozenset[str]:
        return frozenset(self.pieces[1::2])

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The copy. Raises KeyError for a slot without a value."""
        return b"".join(self.around(self.filling(values)))

    def filling(self, values: Mapping[str, str]) -> list[bytes]:
        """What stands in each hole, first to last. Raises as `fill`."""
        octets = {name: values[name].encode() for name in self.slots}
        return [octets[name] for name in self._holes]

    def around(self, filling: Sequence[bytes]) -> list[bytes]:
        """The copy in pieces: the literals with this `filling` between them. They are not copied for each person."""
        copy = self._octets.copy()
        copy[1::2] = filling
        return copy

    @cached_property
    def _holes(self) -> tuple[str, ...]:
        """The slot of each hole."""
        return self.pieces[1::2]

    @cached_property
    def _octets(self) -> list[bytes]:
        """The pieces as octets, so that a copy costs the encoding of its slots only."""
        return [piece.encode() for piece in self.pieces]

    @cached_property
    def dotless(self) -> bool:
        """Whether its copies end in CRLF and have no line that begins with a dot, whatever fills it that does not begin with
        one itself: so that nobody has to search every copy (RFC 5321, 4.5.2)."""
        ends = not self.pieces[0].startswith(".") and self.pieces[-1].endswith("\r\n")
        return ends and not any("\n." in literal for literal in self.pieces[::2])

    def fix(self, values: Mapping[str, str]) -> Skeleton:
        """The skeleton in which these slots are filled for good: what all of a list's copies share is no slot of each."""
        pieces = [self.pieces[0]]
        for name, literal in zip(self.pieces[1::2], self.pieces[2::2], strict=True):
            if name in values:
                pieces[-1] += values[name] + literal
            else:
                pieces += [name, literal]
        return Skeleton(tuple(pieces))

    def to_json(self) -> str:
        return canonical(self.pieces)

    @classmethod
    def from_json(cls, text: str) -> Skeleton:
        return cls(tuple(json.loads(text)))

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()


_LARGEST = 64_000_000
"""Octets of a letter at most: what was not packed by us could grow without end."""


def unpacked(pieces: str, packed: bytes | None) -> str:
    """The JSON of a kept letter, from its two columns. Raises ValueError for octets that nobody packed."""
    if packed is None:
        return pieces
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, _LARGEST).decode()
    except zlib.error:
        raise ValueError("this is no packed letter") from None
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("this is no packed letter")
    return text


def beginning_of(pieces: str, packed: bytes | None, most: int) -> str:
    """The first `most` octets of it, and not more work than they are. "" for octets that nobody packed."""
    if packed is None:
        return pieces[:most]
    try:
        return zlib.decompressobj().decompress(packed, most).decode(errors="ignore")
    except zlib.error:
        return ""


class StoredSkeleton(SQLModel, table=True):
    """A letter of a wave as it was compiled, kept for ever because copies are rebuilt from it. Append-only.

    list_name  whose copies it is for, the list being fixed in it; "" where it is not
    packed     its JSON in a fifth of the octets (zlib, RFC 1950); before the twelfth migration it stands in `pieces` as it is
    `wave_id` is no foreign key: the archive knows waves by number only.
    """

    __tablename__ = "skeleton"
    __table_args__ = (UniqueConstraint("wave_id", "language", "list_name", name="skeleton_of_list"),)

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int
    language: str
    list_name: str = ""
    sha256: str
    pieces: str = ""
    packed: bytes | None = None
    compiled_at: datetime

    @classmethod
    def of(cls, wave_id: int, language: str, list_name: str, skeleton: Skeleton, at: datetime) -> StoredSkeleton:
        packed = zlib.compress(skeleton.to_json().encode(), 9)
        return cls(
            wave_id=wave_id, language=language, list_name=list_name, sha256=skeleton.sha256, packed=packed, compiled_at=at
        )

    @property
    def skeleton(self) -> Skeleton:
        """Raises ValueError where it was altered so that it cannot be read."""
        return Skeleton.from_json(unpacked(self.pieces, self.packed))
