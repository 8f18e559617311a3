"""Legal holds held against the entries about them: one that was taken out, or called lifted, would let everything go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from distro.archive.findings import Finding
from distro.archive.said import Said, Told, each_page, first_of, number_of, unlike
from distro.db import Store
from distro.dispatch.holds import LegalHold
from distro.editorial.audit_staff import Roles
from distro.staff import Right


@dataclass(frozen=True)
class Held:
    """A hold as the record has it. `hold` has its scope, and is no row."""

    hold: LegalHold
    since: int
    until: int | None

    def within(self, first: int, last: int | None = None) -> bool:
        """Whether it was in force at entry `first`, and still at `last`."""
        return self.since < first and (self.until is None or self.until > (first if last is None else last))


def audit_holds(store: Store, roles: Roles) -> tuple[list[Held], list[Finding]]:
    """The holds that the record knows, and which rows say otherwise."""
    held: list[Held] = []

    def look(session: Session, told: Told) -> Iterator[Finding]:
        rows = {row.id: row for row in session.exec(select(LegalHold).where(col(LegalHold.id).in_(list(told))))}
        for number, entries in told.items():
            said, lifted = first_of(entries, "hold.set"), first_of(entries, "hold.lifted")
            yield from _of_row(number, rows.get(number), said, lifted)
            if said is None:
                continue
            held.append(Held(_from(number, said), said.entry, number_of(lifted)))
            yield from roles.wrong(said, Right.HOLD, f"set legal hold {number}")
            yield from _of_lifting(number, said, lifted, roles)

    found = list(each_page(store, "hold", "legal holds", _there, look))
    return held, found


def _there(session: Session, number: int) -> int | None:
    return session.exec(select(func.min(LegalHold.id)).where(col(LegalHold.id) >= number)).one()


def _of_row(number: int, row: LegalHold | None, said: Said | None, lifted: Said | None) -> Iterator[Finding]:
    if row is None:
        if said is not None:
            yield Finding(f"Legal hold {number}, which {said.actor} set in entry {said.entry}, is not there.", said.entry)
        return
    if said is None:
        yield Finding(f"Legal hold {number} stands in no entry.")
        return
    wanted = _from(number, said).model_dump(exclude={"id", "lifted_at", "lifted_by", "lifted_reason"})
    if different := unlike(row, wanted):
        what = f"Legal hold {number} is not the one that {said.actor} set in entry {said.entry}"
        yield Finding(f"{what}: {', '.join(different)} altered.", said.entry)
    if lifted is None and row.lifted_at is not None:
        yield Finding(f"Legal hold {number} is called lifted, and no entry says that anybody lifted it.", said.entry)
    elif lifted is not None and unlike(
        row, {"lifted_at": lifted.at, "lifted_by": lifted.actor, "lifted_reason": lifted.told.get("reason")}
    ):
        yield Finding(f"Legal hold {number} is not lifted as {lifted.actor} did it in entry {lifted.entry}.", lifted.entry)


def _of_lifting(number: int, said: Said, lifted: Said | None, roles: Roles) -> Iterator[Finding]:
    if lifted is None:
        return
    yield from roles.wrong(lifted, Right.ERASE, f"lifted legal hold {number}")
    if lifted.actor == said.actor and not lifted.told.get("alone"):
        yield Finding(f"{said.actor} set legal hold {number} and lifted it in entry {lifted.entry}, alone.", lifted.entry)


def _from(number: int, said: Said) -> LegalHold:
    """The hold that an entry tells of."""
    told = said.told
    address = told.get("address")
    return LegalHold(
        id=number,
        contact_id=told.get("contact"),
        address_hash=None if address is None else bytes.fromhex(address),
        release_id=told.get("release"),
        since=_instant(told.get("since")),
        until=_instant(told.get("until")),
        reason=str(told.get("reason")),
        by=said.actor,
        at=said.at,
    )


def _instant(told: object) -> datetime | None:
    return None if told is None else datetime.fromisoformat(str(told))
