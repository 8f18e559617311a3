"""The append-only record. One Entry is one fact: who, when, about what, and a canonical payload.

Entries never hold personal data in the clear: people are ids and salted hashes, and what those stand for is sealed in
`vault`. Payloads are canonical JSON from the first day, so that a Merkle tree can be put under them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Index, func
from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive.columns import BIG_ID, from_microseconds, microseconds
from distro.bulk import insert_rows
from distro.errors import Refused


class Entry(SQLModel, table=True):
    """`at_us`: microseconds since 1970 UTC. `kind`: "delivery.accepted". `subject`: "delivery:12". `payload`: canonical."""

    __table_args__ = (Index("entry_subject", "subject"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    at_us: int = Field(sa_type=BigInteger)
    actor: str
    kind: str
    subject: str
    payload: str


_ADDRESS = re.compile(r"[^\s@]@[^\s@]")
_COLUMNS = ("at_us", "actor", "kind", "subject", "payload")


@dataclass(frozen=True)
class Fact:
    """An entry before it is written. `actor` is a person's name, or a robot's in the form "robot:scheduler"."""

    at: datetime
    actor: str
    kind: str
    subject: str
    payload: Mapping[str, object]

    def row(self) -> tuple[int, str, str, str, str]:
        """Its values, in the order of _COLUMNS."""
        return microseconds(self.at), self.actor, self.kind, self.subject, canonical(self.payload)


def canonical(payload: object) -> str:
    """JSON with sorted keys, no spaces and UTF-8 as it is (RFC 8785 for the values used here: no floats)."""
    return _CANONICAL.encode(payload)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no canonical form")


# made once: json.dumps would make one for each entry
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)
_quoted = json.encoder.encode_basestring


def instant(at: datetime) -> str:
    """An instant as the archive writes it: UTC, microseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Sealable(NamedTuple):
    """An entry as its row has it."""

    id: int
    at_us: int
    actor: str
    kind: str
    subject: str
    payload: str


def leaf_of(entry: Sealable) -> bytes:
    """The octets that stand for an entry in the Merkle tree: canonical JSON of all that it says, its id among it."""
    return (
        f'{{"actor":{_quoted(entry.actor)},"at":"{_instant_of(entry.at_us)}","entry":{entry.id},"kind":{_quoted(entry.kind)},'
        f'"payload":{entry.payload},"subject":{_quoted(entry.subject)}}}'
    ).encode()


def _instant_of(at_us: int) -> str:
    """As `instant` writes it."""
    seconds, rest = divmod(at_us, 1_000_000)
    return f"{_second(seconds)}.{rest:06d}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return from_microseconds(seconds * 1_000_000).strftime("%Y-%m-%dT%H:%M:%S")


def for_the_record(reason: str) -> str:
    """A person's words, as they may stand in the record for ever. Raises Refused where they hold an address."""
    plain = " ".join(reason.split())
    if _ADDRESS.search(plain):
        raise Refused("The reason holds an address, and would stand in the record for ever; say it without.")
    return plain


def record(session: Session, *facts: Fact) -> None:
    """Append facts in the caller's transaction: they stand or fall with what they speak of."""
    record_all(session, facts)


def record_all(session: Session, facts: Iterable[Fact]) -> None:
    """Append facts, in their order."""
    record_ready(session, [fact.row() for fact in facts])


def record_ready(session: Session, rows: Sequence[tuple[int, str, str, str, str]]) -> None:
    """Append entries whose values are ready, in the order of a Fact's row: payloads are canonical already."""
    insert_rows(session, Entry, _COLUMNS, rows)


def recorder(session: Session, actor: str, at: datetime) -> Callable[[str, str, Mapping[str, object]], None]:
    """What `contacts` is handed to write facts with: kind, subject, payload."""

    def write(kind: str, subject: str, payload: Mapping[str, object]) -> None:
        record(session, Fact(at, actor, kind, subject, payload))

    return write


def last_instant(session: Session) -> datetime | None:
    """The newest instant in the record; a clock that stands before it is wrong."""
    newest = session.exec(select(func.max(col(Entry.at_us)))).first()
    return None if newest is None else from_microseconds(newest)


def entries_about(session: Session, subject: str) -> list[dict[str, object]]:
    """What the record says of one subject, oldest first. `payload` is None where it cannot be read any more."""
    return [
        {
            "entry": e.id,
            "at": instant(from_microseconds(e.at_us)),
            "actor": e.actor,
            "kind": e.kind,
            "payload": told_by(e.payload),
        }
        for e in session.exec(select(Entry).where(Entry.subject == subject).order_by(col(Entry.id)))
    ]


def told_by(payload: str) -> dict[str, Any] | None:
    """What a payload says; None where somebody altered it so that it cannot be read."""
    try:
        told = json.loads(payload)
    except (ValueError, TypeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
