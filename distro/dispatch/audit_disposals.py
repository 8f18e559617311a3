"""Disposals held against two people's words: what was proposed, confirmed, destroyed and certified, and whether it might go.

Nothing that a row says is taken for a word: entries are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, not_
from sqlmodel import Session, col, select

from distro.archive.findings import Finding
from distro.archive.said import Said, Told, each_page, entries_about, number_of
from distro.archive.scrubbing import Erasure
from distro.db import Store
from distro.dispatch import holds
from distro.dispatch.audit_holds import Held
from distro.dispatch.delivery import Delivery
from distro.dispatch.disposals import Disposal, Disposed, Word, as_told, as_word, sum_of, unspoken
from distro.dispatch.retained import ended_before
from distro.editorial.audit_staff import Roles
from distro.editorial.plan import Wave
from distro.staff import Right

_SHOWN = 5
"""Numbers that a sentence names."""


def audit_disposals(store: Store, roles: Roles, held: Sequence[Held], notes: list[str]) -> Iterator[Finding]:
    """What no two people gave their word for. `notes` hears of what was confirmed and is not done yet: no alteration."""

    def look(session: Session, told: Told) -> Iterator[Finding]:
        rows = {row.id: row for row in session.exec(select(Disposal).where(col(Disposal.id).in_(list(told))))}
        for number, entries in told.items():
            row, word = rows.get(number), as_word(entries)
            if row is not None or entries:
                yield from _of_row(number, row, word)
                yield from _of_people(number, word, roles)
                yield from _of_certificate(session, number, row, word)
                yield from _of_what_went(session, number, word, held)
            if word.confirmed is not None and word.done is None:
                notes.append(
                    f"Disposal {number} was confirmed by {word.confirmed.actor} and is not done; "
                    f"`distro retention confirm {number}` takes it up."
                )

    return each_page(store, "disposal", "disposals", _there, look)


def _there(session: Session, number: int) -> int | None:
    """Also where the row was taken out and what it destroyed was not."""
    columns = (Disposal.id, Disposed.disposal_id)
    lowest = [session.exec(select(func.min(column)).where(col(column) >= number)).one() for column in columns]
    return min((one for one in lowest if one is not None), default=None)


def _of_row(number: int, row: Disposal | None, word: Word) -> Iterator[Finding]:
    said = word.proposed
    if row is None:
        yield Finding(f"Disposal {number} is not there any more, and entries are about it.", number_of(said))
        return
    if said is None:
        yield Finding(f"Disposal {number} stands in no entry: nobody proposed it.")
        return
    different = [one for one in word.altered(row) if one not in ("confirmed by", "confirmed at", "finished at")]
    if different:
        what = f"Disposal {number} is not the one that {said.actor} proposed in entry {said.entry}"
        yield Finding(f"{what}: {', '.join(different)} altered.", said.entry)
    second, done = word.confirmed, word.done
    if second is not None and (row.confirmed_by, row.confirmed_at) != (second.actor, second.at):
        yield Finding(f"Disposal {number} is not confirmed as {second.actor} did it in entry {second.entry}.", second.entry)
    elif second is None and (row.confirmed_by, row.confirmed_at) != (None, None):
        yield Finding(f"Disposal {number} is called confirmed, and no entry says that a second person confirmed it.")
    if done is not None and row.finished_at != done.at:
        yield Finding(f"Disposal {number} was not done when its row says; entry {done.entry} certifies it.", done.entry)


def _of_people(number: int, word: Word, roles: Roles) -> Iterator[Finding]:
    first, second = word.proposed, word.confirmed
    if first is not None:
        yield from roles.wrong(first, Right.WRITE, f"proposed disposal {number}")
    if second is not None:
        yield from roles.wrong(second, Right.ERASE, f"confirmed disposal {number}")
        if first is not None and first.actor == second.actor:
            yield Finding(f"{first.actor} proposed disposal {number} and confirmed it, and it needs two people.", second.entry)


def _of_certificate(session: Session, number: int, row: Disposal | None, word: Word) -> Iterator[Finding]:
    there, done = sum_of(session, number), word.done
    if there["count"] and word.confirmed is None:
        yield Finding(f"Disposal {number} destroyed records, and no entry says that a second person confirmed it.")
    if done is None:
        if row is not None and row.finished_at is not None:
            yield Finding(f"Disposal {number} is called done, and no entry certifies it.")
    elif not as_told(done.told, there):
        yield Finding(f"What disposal {number} destroyed is not what entry {done.entry} certifies.", done.entry)
    elif word.proposed is not None and not _certified(word):
        what = f"Entry {done.entry} certifies another disposal {number} than was proposed in entry {word.proposed.entry}"
        yield Finding(f"{what}, or on another's word.", done.entry)
    if (done is None or as_told(done.told, there)) and unspoken(session, number, word):
        yield Finding(f"Disposal {number} names records as destroyed that no entry speaks of: they were put in afterwards.")
    scrubs = session.exec(select(Erasure.at).where(Erasure.disposal_id == number)).all()
    if list(scrubs) != ([] if done is None else [done.at]):
        yield Finding(f"What says whether the files were scrubbed after disposal {number} is not as it was recorded.")


def _certified(word: Word) -> bool:
    first, second, done = word.proposed, word.confirmed, word.done
    if first is None or second is None or done is None:
        return False
    wanted = {"class": first.told.get("class"), "before": first.told.get("before")}
    return as_told(done.told, wanted | {"proposed_by": first.actor, "confirmed_by": second.actor}) and done.told.get(
        "proposed", first.told.get("count")
    ) == first.told.get("count")


@dataclass(frozen=True)
class _Page:
    """Records that went together: from a number to a number, and between which entries."""

    first: int
    last: int
    since: int
    until: int


def _pages(word: Word) -> Iterator[_Page]:
    if word.paged:
        for page in word.pages:
            yield _Page(page.told["first"], page.told["last"], page.entry, page.entry)
    elif word.confirmed is not None:  # from before each page had an entry: at some time between the word and the certificate
        yield _Page(0, 2**63 - 1, word.confirmed.entry, 2**63 - 1 if word.done is None else word.done.entry)


def _of_what_went(session: Session, number: int, word: Word, held: Sequence[Held]) -> Iterator[Finding]:
    """Whether it was beyond what was proposed, or under a hold, as far as rows and entries that stay tell."""
    before = word.before
    if before is None:
        return
    for page in _pages(word):
        if word.kind == "suppressions":
            yield from _not_lifted(session, number, page, before)
            continue
        if word.kind != "deliveries":
            continue
        late = _of_page(session, number, page, not_(func.coalesce(ended_before(before), false())))
        if late:
            yield Finding(f"Disposal {number} took {_named(late)}, which had not ended before {before:%Y-%m-%d %H:%M} UTC.")
        for hold in [one.hold for one in held if one.within(page.since, page.until)]:
            taken = _of_page(session, number, page, func.coalesce(holds.deliveries_of(hold), false()))
            if taken:
                yield Finding(f"Disposal {number} took {_named(taken)} while legal hold {hold.id} was in force.")


def _of_page(session: Session, number: int, page: _Page, condition: ColumnElement[bool]) -> list[int]:
    query = (
        select(Delivery.id)
        .join(Wave, col(Wave.id) == col(Delivery.wave_id))
        .join(Disposed, col(Disposed.item) == col(Delivery.id))
        .where(Disposed.kind == "deliveries", Disposed.disposal_id == number)
        .where(col(Disposed.item).between(page.first, page.last), condition)
    )
    return [one for one in session.exec(query.order_by(col(Delivery.id))) if one is not None]


def _not_lifted(session: Session, number: int, page: _Page, before: datetime) -> Iterator[Finding]:
    mine = select(Disposed.item).where(Disposed.kind == "suppressions", Disposed.disposal_id == number)
    items = session.exec(mine.where(col(Disposed.item).between(page.first, page.last)).order_by(col(Disposed.item))).all()
    told = entries_about(session, "suppression", items)
    early = [item for item in items if not any(_lifted(said, page, before) for said in told[item])]
    if early:
        what = f"Disposal {number} took {_named(early, 'suppressions')}"
        yield Finding(f"{what}, which nobody had lifted before {before:%Y-%m-%d %H:%M} UTC.")


def _lifted(said: Said, page: _Page, before: datetime) -> bool:
    return said.kind == "contact.unsuppressed" and said.entry < page.until and said.at < before


def _named(numbers: Sequence[int], plural: str = "deliveries") -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    return f"{plural} {shown}{f' and {len(numbers) - _SHOWN:,} more' if len(numbers) > _SHOWN else ''}"
