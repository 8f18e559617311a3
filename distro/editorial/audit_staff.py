"""Who was on the staff, by the record: rows of `staff` held against their entries, and each deed against its doer's role.

A role that was altered in the store lets somebody give a word that looks proper; the entry still has the role of then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, select

from contacts.folding import fold
from distro.archive.findings import Finding
from distro.archive.said import PAGE, Said, Told, each_page, entries_about, first_of, unlike
from distro.db import Store
from distro.staff import RIGHTS, Right, Role, Staff

ADDED = "staff.added"


@dataclass
class Roles:
    """By name, since which entry somebody is on the staff, and as what. An office has few people."""

    since: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, added: Said | None) -> None:
        """Take in who was added by an entry."""
        if added is not None:
            self.since.setdefault(str(added.told.get("name")), []).append((added.entry, str(added.told.get("role"))))

    def wrong(self, said: Said, right: Right, did: str) -> Iterator[Finding]:
        """A finding where whoever is said to have done it was nobody who might. `did`: "approved release 3"."""
        roles = [role for entry, role in self.since.get(said.actor, ()) if entry < said.entry]
        if any(right in RIGHTS[Role(role)] for role in roles if role in set(Role)):
            return
        who = f"as {' and '.join(roles)}, who may not" if roles else "and was not on the staff then"
        yield Finding(f"{said.actor} {did} in entry {said.entry}, {who}, by the record.", said.entry)


def audit_staff(store: Store) -> tuple[Roles, list[Finding]]:
    """What the entries say of the people, and which rows say otherwise."""
    roles = Roles()

    def look(session: Session, told: Told) -> Iterator[Finding]:
        rows = {row.id: row for row in session.exec(select(Staff).where(col(Staff.id).in_(list(told))))}
        for number, entries in told.items():
            added = first_of(entries, ADDED)
            roles.add(added)
            yield from _of_row(number, rows.get(number), added)

    found = list(each_page(store, "staff", "people of the staff", _there, look))
    return roles, found


def roles_in(session: Session) -> Roles:
    """What the entries say of the people, within the caller's transaction; what rows say otherwise is not looked at."""
    roles, highest = Roles(), session.exec(select(func.max(Staff.id))).one() or 0
    for entries in entries_about(session, "staff", range(1, highest + PAGE)).values():
        roles.add(first_of(entries, ADDED))
    return roles


def _there(session: Session, number: int) -> int | None:
    return session.exec(select(func.min(Staff.id)).where(col(Staff.id) >= number)).one()


def _of_row(number: int, row: Staff | None, added: Said | None) -> Iterator[Finding]:
    if row is None:
        if added is not None:
            name = added.told.get("name")
            yield Finding(f"{name}, whom entry {added.entry} put on the staff, is not there any more.", added.entry)
        return
    if added is None:
        yield Finding(f"{row.name} ({row.role}) is on the staff, and no entry put them there.")
        return
    name = str(added.told.get("name"))
    wanted = {"name": name, "key": fold(name), "role": added.told.get("role")}
    different = unlike(row, wanted | {"added_at": added.at, "added_by": added.actor})
    if different:
        what = f"{row.name} ({row.role}) is not on the staff as entry {added.entry} put {name} ({wanted['role']}) there"
        yield Finding(f"{what}: {', '.join(different)} altered.", added.entry)
