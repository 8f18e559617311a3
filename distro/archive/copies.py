"""The exact bytes of each copy, kept as skeleton and slots. A copy is rebuilt by one join and proved by its SHA-256."""

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
        filled = list(self.pieces)
        filled[1::2] = [values[name] for name in self.pieces[1::2]]
        return "".join(filled).encode()

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

    `wave_id` is no foreign key: the archive knows waves by number only.
    """

    __tablename__ = "skeleton"
    __table_args__ = (UniqueConstraint("wave_id", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int
    language: str
    sha256: str
    pieces: str
    compiled_at: datetime

    @property
    def skeleton(self) -> Skeleton:
        return Skeleton.from_json(self.pieces)
