"""A disposal as its row has it, and as the record has it: two people's words, what went page by page, the certificate.

The row serves questions. What may be destroyed, and until when, is read from the entry of whoever proposed it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive.said import Said, entries_about, first_of, unlike


class Disposal(SQLModel, table=True):
    """Proposed by one person, confirmed by another, then done. `count`: how many were due when it was proposed. What was
    proposed never changes, and each of the rest is written once, by trigger."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    before: datetime
    count: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    finished_at: datetime | None = None


class Disposed(SQLModel, table=True):
    """One record that was destroyed, by number. `sha256`: of what it was. Append-only; a row needs a disposal that two people
    gave their word for, and without a row no sealed box can be deleted."""

    kind: str = Field(primary_key=True)
    item: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    disposal_id: int = Field(foreign_key="disposal.id", index=True)
    sha256: bytes


@dataclass(frozen=True)
class Word:
    """What the record says of a disposal. `pages`: one entry for each transaction that destroyed some, in their order."""

    proposed: Said | None = None
    confirmed: Said | None = None
    pages: list[Said] = field(default_factory=list)
    done: Said | None = None

    @property
    def kind(self) -> str:
        return "" if self.proposed is None else str(self.proposed.told.get("class"))

    @property
    def before(self) -> datetime | None:
        """What ended before this was to go. None where the entry is not there, or cannot be read."""
        try:
            said = None if self.proposed is None else datetime.fromisoformat(str(self.proposed.told["before"]))
        except (KeyError, ValueError):
            return None
        return said if said is not None and said.tzinfo is not None else None

    @property
    def paged(self) -> bool:
        """Whether each page has an entry: those that were confirmed before there were any have none."""
        return self.confirmed is not None and "class" in self.confirmed.told

    @property
    def through(self) -> int:
        """The highest number that went by an entry."""
        return max((page.told["last"] for page in self.pages), default=0)

    def altered(self, row: Disposal) -> list[str]:
        """What of the row is not as it was recorded, as people say it; `proposed` for one that nobody proposed."""
        said = self.proposed
        if said is None:
            return ["proposed"]
        wanted: dict[str, object] = {"kind": self.kind, "before": self.before, "count": said.told.get("count")}
        wanted |= {"reason": said.told.get("reason"), "proposed_by": said.actor, "proposed_at": said.at}
        second, end = self.confirmed, self.done
        wanted |= {"confirmed_by": second and second.actor, "confirmed_at": second and second.at}
        return unlike(row, wanted | {"finished_at": end and end.at})


def words_of(session: Session, numbers: Iterable[int]) -> dict[int, Word]:
    """What the record says of each of these disposals."""
    return {number: as_word(entries) for number, entries in entries_about(session, "disposal", numbers).items()}


def as_word(entries: Iterable[Said]) -> Word:
    """Of one, from the entries about it, oldest first."""
    told = list(entries)
    pages = [said for said in told if said.kind == "disposal.destroyed" and _is_page(said)]
    return Word(
        first_of(told, "disposal.proposed"), first_of(told, "disposal.confirmed"), pages, first_of(told, "disposal.done")
    )


def _is_page(said: Said) -> bool:
    """One that is none was altered: what it spoke of is then spoken of by nothing."""
    return all(isinstance(said.told.get(name), int) for name in ("first", "last", "count"))


class _Sum:
    """How many, from which number to which, and one SHA-256 over number and SHA-256 of each, in the order of the numbers."""

    def __init__(self) -> None:
        self._count = 0
        self._first: int | None = None
        self._last: int | None = None
        self._digest = hashlib.sha256()

    def add(self, item: int, sha256: bytes) -> None:
        self._count, self._last = self._count + 1, item
        self._first = item if self._first is None else self._first
        # of rows that were altered by hand no value is certain, nor its type
        what = sha256 if isinstance(sha256, bytes) else repr(sha256).encode()
        self._digest.update((item % 2**64).to_bytes(8, "big") + what)

    @property
    def told(self) -> dict[str, object]:
        return {"count": self._count, "first": self._first, "last": self._last, "sha256": self._digest.hexdigest()}


def sum_over(items: Iterable[tuple[int, bytes]]) -> dict[str, object]:
    """What is said of what was destroyed, of numbers in their order, each with the SHA-256 of what it was."""
    total = _Sum()
    for item, sha256 in items:
        total.add(item, sha256)
    return total.told


def sum_of(session: Session, number: int) -> dict[str, object]:
    """What a certificate says of all that a disposal destroyed."""
    mine = select(Disposed.item, Disposed.sha256).where(Disposed.disposal_id == number)
    return sum_over(session.exec(mine.order_by(col(Disposed.item))))


def unspoken(session: Session, number: int, word: Word) -> bool:
    """Whether records are named as destroyed by it that no entry speaks of, or otherwise than it does. False for a disposal of
    before each page had an entry, of which nobody knows."""
    if not word.paged:
        return False
    pages = [(page.told["first"], page.told["last"], page.told, _Sum()) for page in word.pages]
    place = 0
    mine = select(Disposed.kind, Disposed.item, Disposed.sha256).where(Disposed.disposal_id == number)
    for kind, item, sha256 in session.exec(mine.order_by(col(Disposed.item))):
        while place < len(pages) and item > pages[place][1]:
            place += 1
        if kind != word.kind or place == len(pages) or item < pages[place][0]:
            return True
        pages[place][3].add(item, sha256)
    return not all(as_told(told, there.told) for _, _, told, there in pages)


def as_told(told: Mapping[str, object], there: Mapping[str, object]) -> bool:
    """Whether an entry's sum is that of what is there."""
    return all(told.get(name) == value for name, value in there.items())
