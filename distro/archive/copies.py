"""The exact bytes of each copy, as skeleton and slots. A copy is rebuilt by one join and proved by its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
        filled = self._octets.copy()
        filled[1::2] = [values[name].encode() for name in self.pieces[1::2]]
        return b"".join(filled)

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


class StoredSkeleton(SQLModel, table=True):
    """A letter of a wave as it was compiled, kept for ever because copies are rebuilt from it. Append-only.

    `list_name`: whose copies it is for, the list being fixed in it; "" where it is not. `wave_id` is no foreign key: the
    archive knows waves by number only.
    """

    __tablename__ = "skeleton"
    __table_args__ = (UniqueConstraint("wave_id", "language", "list_name", name="skeleton_of_list"),)

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int
    language: str
    list_name: str = ""
    sha256: str
    pieces: str
    compiled_at: datetime

    @property
    def skeleton(self) -> Skeleton:
        return Skeleton.from_json(self.pieces)
