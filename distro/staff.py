"""The people of the office: who may write, approve, read. Every verb names its actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, select

from contacts.folding import fold
from distro.archive.ledger import Fact, record
from distro.errors import Refused


class Role(StrEnum):
    AUTHOR = "author"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Right(StrEnum):
    WRITE = "write"
    APPROVE = "approve"
    STAFF = "staff"
    KEEP = "keep"  # take the whole office away in a backup, or bring it back
    READ = "read"
    HOLD = "hold"  # set a legal hold: it destroys nothing, so whoever hears of a case may
    ERASE = "erase"  # erase a contact, lift a hold, confirm a disposal: what nobody can take back


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AUTHOR: frozenset({Right.WRITE, Right.READ, Right.HOLD}),
    Role.APPROVER: frozenset({Right.WRITE, Right.APPROVE, Right.READ, Right.HOLD, Right.ERASE}),
    Role.AUDITOR: frozenset({Right.READ, Right.HOLD}),
    Role.ADMIN: frozenset(Right),
}


class Staff(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    key: str = Field(unique=True)
    email: str
    role: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True)
class Actor:
    """Who does it, as the record will name them."""

    name: str
    role: Role

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]

    def need(self, right: Right, what: str) -> None:
        """Raise Refused unless this person may do it; `what` completes "… may not"."""
        if not self.may(right):
            raise Refused(f"{self.name} is {self.role} and may not {what}.")


ROBOT = "robot:scheduler"
"""How the record names the bot."""


def find_actor(session: Session, name: str | None) -> Actor:
    """The member of staff of that name (case and accents folded). Raises Refused."""
    if not name:
        raise Refused("This needs a person: say who you are with `distro --as NAME …` or DISTRO_ACTOR.")
    actor = known_actor(session, name)
    if actor is None:
        raise Refused(
            f"Nobody on the staff is called {name!r}; `distro staff list` shows who is, `distro staff add` adds a person."
        )
    return actor


def known_actor(session: Session, name: str | None) -> Actor | None:
    """The member of staff of that name, None where there is none."""
    person = session.exec(select(Staff).where(Staff.key == fold(name))).first() if name else None
    return None if person is None else Actor(person.name, Role(person.role))


def has_admin(session: Session) -> bool:
    return session.exec(select(Staff.id).where(Staff.role == Role.ADMIN.value)).first() is not None


def add_staff(session: Session, name: str, email: str, role: Role, *, actor: Actor | None, at: datetime) -> Staff:
    """Add a person. While the office has no admin anybody may, named or not; then an admin. Raises Refused."""
    if has_admin(session):
        if actor is None:
            raise Refused("The office has an admin, so adding staff needs one: `distro --as NAME staff add …`.")
        actor.need(Right.STAFF, "add staff")
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise Refused("A person needs a name of printable characters.")
    if session.exec(select(Staff).where(Staff.key == fold(name))).first() is not None:
        raise Refused(f"There is already somebody called {name!r} on the staff.")
    person = Staff(name=name, key=fold(name), email=email, role=role.value, added_at=at, added_by=actor.name if actor else name)
    session.add(person)
    session.flush()
    record(session, Fact(at, person.added_by, "staff.added", f"staff:{person.id}", {"name": name, "role": role.value}))
    return person
