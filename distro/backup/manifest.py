"""What a backup says of itself: who made it when, of what kind it is, and each part with its size and SHA-256."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError

from distro.archive.vault import KEY_FILE
from distro.errors import Refused

FORMAT = 1
"""Of the container. A reader refuses a higher one."""

MANIFEST = "manifest.json"
SIGNATURE = "manifest.note"
STORE = "store.db"
KEY = KEY_FILE
TABLES = "tables/"
ASSETS = "assets/"

Told = Callable[[str, int, int], None]
"""Is told how it goes: what is at work, octets done, octets in all (0: not known)."""

_SCHEMA = re.compile(r"(?!0000)[0-9]{4}")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_KEY_MOST = 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Part:
    """A file in the backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Table:
    """A table of PostgreSQL, whose rows are a part of their own. `numbered`: the last number that its sequence gave out, and
    whether it gave out any; None without a sequence."""

    name: str
    columns: tuple[str, ...]
    numbered: tuple[int, bool] | None = None

    @property
    def part(self) -> str:
        return f"{TABLES}{self.name}.copy"


@dataclass(frozen=True)
class Origin:
    """What the backup was made of.

    at          everything that was committed by this instant is in it
    checkpoint  the newest signed head of the record; None while nothing was sealed
    last_entry  the highest number of an entry, 0 without any
    unsealed    how many entries are under no head yet
    """

    software: str
    schema: str
    database: str
    at: datetime
    checkpoint: str | None
    last_entry: int
    unsealed: int

    @property
    def head(self) -> tuple[int, str] | None:
        """Size and root (base64) as the checkpoint has them."""
        if self.checkpoint is None:
            return None
        _, size, root, *_ = self.checkpoint.split("\n")
        return int(size), root

    @property
    def minute(self) -> str:
        """The instant as sentences have it."""
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class Manifest:
    """`tables` stand in the order in which they can be filled; SQLite has none, for its store is one part."""

    format: int
    origin: Origin
    with_key: bool
    tables: tuple[Table, ...]
    parts: tuple[Part, ...]

    def to_json(self) -> bytes:
        return _json().dump_json(self, indent=1)

    @classmethod
    def from_json(cls, octets: bytes) -> Manifest:
        """Raises Refused for what no `to_json` has written, or one of a later version."""
        try:
            found = json.loads(octets)
            number = found.get("format") if isinstance(found, dict) else None
            if isinstance(number, int) and number > FORMAT:
                raise Refused(
                    f"This backup has the format {number}, and this version of Distro reads {FORMAT}; use a newer version."
                )
            manifest = _json().validate_json(octets)
        except (ValueError, ValidationError):
            manifest = None
        if manifest is None or not all(map(_is_ours, manifest.parts)) or not _names_are_plain(manifest):
            raise Refused(f"The part {MANIFEST} is not what a backup has there; this file was changed, or is no backup.")
        return manifest


def _is_ours(part: Part) -> bool:
    """Whether the part has a name that we give: what is read from a backup becomes paths and names of tables."""
    if part.size < 0 or not _SHA256.fullmatch(part.sha256):
        return False
    if part.name.startswith(ASSETS):
        return bool(_SHA256.fullmatch(part.name.removeprefix(ASSETS)))
    if part.name.startswith(TABLES):
        return bool(_NAME.fullmatch(part.name.removeprefix(TABLES).removesuffix(".copy")))
    return part.name == STORE or (part.name == KEY and part.size <= _KEY_MOST)


def _names_are_plain(manifest: Manifest) -> bool:
    names = [name for table in manifest.tables for name in (table.name, *table.columns)]
    parts = [part.name for part in manifest.parts]
    whole = {table.part for table in manifest.tables} if manifest.origin.database == "postgresql" else {STORE}
    plain = all(map(_NAME.fullmatch, names)) and _SCHEMA.fullmatch(manifest.origin.schema)
    if manifest.with_key != (KEY in parts) or not f"{manifest.origin.software}{manifest.origin.database}".isprintable():
        return False
    return bool(plain) and len(set(parts)) == len(parts) and whole <= set(parts)


@cache
def _json() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)
