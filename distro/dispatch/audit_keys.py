"""Keys and erasures held against the entries about them: a key that went without an entry went by nobody's word. Only reads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, func, select

from contacts.models import EmbargoAgreement, Journalist
from distro.archive.columns import from_microseconds, microseconds
from distro.archive.findings import Finding
from distro.archive.said import Said, Told, each_page, entries_about, first_of, number_of, read
from distro.archive.scrubbing import Erasure
from distro.archive.vault import PersonKey
from distro.bulk import rows_in, run
from distro.db import Store
from distro.dispatch import cards
from distro.dispatch.audit_people import ENTRIES, ERASED, agreements_of, erasures, left_standing
from distro.editorial.audit_staff import Roles
from distro.editorial.plan import Wave
from distro.staff import Right

_WAVES = 500


def audit_contacts(store: Store, roles: Roles) -> Iterator[Finding]:
    """Keys, erasures and agreements, contact by contact."""
    with store.snapshot() as session:
        first = _First(session)

    def look(session: Session, told: Told) -> Iterator[Finding]:
        yield from _keys(session, told, first)
        yield from _erasures(session, told, roles)
        yield from left_standing(session, told)
        yield from agreements_of(session, told)

    yield from each_page(store, "contact", "contacts", _contact_from, look)
    with store.snapshot() as session:
        yield from _others(session)
        yield from _scrubbed(session)


def _contact_from(session: Session, number: int) -> int | None:
    columns = (Journalist.id, PersonKey.contact_id, EmbargoAgreement.journalist_id, Erasure.contact_id)
    lowest = [session.exec(select(func.min(column)).where(col(column) >= number)).one() for column in columns]
    return min((one for one in lowest if one is not None), default=None)


class _First:
    """When each contact got their key, by the record: frozen for the first time, or when a card of theirs was kept before."""

    def __init__(self, session: Session) -> None:
        rows = run(session, "SELECT contact_id, min(id) FROM delivery GROUP BY contact_id", ())
        self._delivery: dict[int, int] = dict(rows)
        self._pages: list[tuple[int, int, datetime]] = []
        waves = session.exec(select(Wave.id).order_by(col(Wave.id))).all()
        for start in range(0, len(waves), _WAVES):
            numbers = [number for number in waves[start : start + _WAVES] if number is not None]
            for entries in entries_about(session, "wave", numbers).values():
                self._pages += (page for said in entries if (page := _page(said)) is not None)
        self._pages.sort()
        self._kept: dict[int, set[datetime]] = {}
        for said in cards.kept(session):
            self._kept.setdefault(said.told.get("contact", 0), set()).add(said.at)
        self._widest = max((last - first for first, last, _ in self._pages), default=0)

    def of(self, contact: int) -> set[datetime]:
        """The instants that it can have been: one, or several where two waves were frozen side by side. Empty: nobody knows."""
        number = self._delivery.get(contact)
        if number is None:
            return set()
        found = set(self._kept.get(contact, ()))
        place = bisect_right(self._pages, number, key=lambda page: page[0]) - 1
        while place >= 0 and self._pages[place][0] >= number - self._widest:
            if self._pages[place][1] >= number:
                found.add(self._pages[place][2])
            place -= 1
        return found


def _page(said: Said) -> tuple[int, int, datetime] | None:
    try:
        first, last = said.told["deliveries"]
        return (int(first), int(last), said.at) if said.kind == "wave.frozen" else None
    except (KeyError, TypeError, ValueError):
        return None


def _keys(session: Session, told: Told, first: _First) -> Iterator[Finding]:
    columns = "SELECT contact_id, wrapped IS NULL, created_at, destroyed_at FROM person_key WHERE contact_id"
    rows = {contact: (gone, made, destroyed) for contact, gone, made, destroyed in rows_in(session, columns, list(told))}
    for contact, entries in told.items():
        erased = first_of(entries, ERASED)
        if contact not in rows:
            if erased is not None:
                yield Finding(f"What says that the key of contact {contact} was destroyed is not there any more.", erased.entry)
            continue
        gone, made, destroyed = rows[contact]
        if gone and erased is None:
            yield Finding(f"The key of contact {contact} is not there, and no entry says that they were erased.")
        elif not gone and (erased is not None or destroyed is not None):
            yield Finding(f"There is a key of contact {contact}, who was erased.", number_of(erased))
        elif erased is not None and destroyed != microseconds(erased.at):
            yield Finding(f"The key of contact {contact} was not destroyed when entry {erased.entry} says.", erased.entry)
        frozen = first.of(contact)
        if frozen and from_microseconds(made) not in frozen and (erased is None or made != microseconds(erased.at)):
            yield Finding(f"The key of contact {contact} was not made when they were first frozen, as its row says.")


def _erasures(session: Session, told: Told, roles: Roles) -> Iterator[Finding]:
    rows: dict[int, list[Erasure]] = {}
    for row in session.exec(select(Erasure).where(col(Erasure.contact_id).in_(list(told)))):
        rows.setdefault(row.contact_id or 0, []).append(row)
    for contact, entries in told.items():
        erased = [said for said in entries if said.kind == ERASED]
        for said in erased:
            yield from roles.wrong(said, Right.ERASE, f"erased contact {contact}")
        if len(rows.get(contact, ())) < len(erased):
            what = f"The erasure of contact {contact} in entry {erased[0].entry} has no row any more"
            yield Finding(f"{what}, so nobody sees whether the files were scrubbed of it.", erased[0].entry)
        instants = {said.at for said in erased}
        for row in rows.get(contact, ()):
            if row.at not in instants:
                yield Finding(f"Erasure {row.id} of contact {contact} stands in no entry, or not with that instant.")


def _others(session: Session) -> Iterator[Finding]:
    """Of addresses that no contact had. Their entries are about a suppression, whose number the row does not have."""
    rows = session.exec(select(Erasure).where(col(Erasure.contact_id).is_(None), col(Erasure.disposal_id).is_(None))).all()
    instants = {said.at for said in erasures(session)} if rows else set()
    for row in rows:
        if row.at not in instants:
            yield Finding(f"Erasure {row.id} stands in no entry, or not with that instant.")


def _scrubbed(session: Session) -> Iterator[Finding]:
    """Whether the files were written anew, which a row says of each erasure, and an entry of all that waited for it."""
    told: dict[int, set[datetime]] = {}
    rows = run(session, f"{ENTRIES} WHERE subject = 'store' AND kind = 'store.scrubbed'", ())
    for _, said in read(rows):
        for number in said.told.get("erasures", ()):
            told.setdefault(number, set()).add(said.at)
    for row in session.exec(select(Erasure).order_by(col(Erasure.id))):
        wanted = told.get(row.id or 0, set())
        if (row.scrubbed_at not in wanted) if wanted else (row.scrubbed_at is not None):
            yield Finding(f"Erasure {row.id} is called scrubbed at another time than any entry says.")
