"""Fixed lists of people, by hand or from an import: who is on them. Rules speak of them as `list:NAME`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, literal
from sqlmodel import Session, col, select

from contacts.fields import title
from contacts.folding import fold
from contacts.models import ContactList, Journalist, ListMember
from contacts.once import insert_missing, table


def make(session: Session, name: str) -> int:
    """The id of the list of this name (case and accents folded), made if there is none yet. Raises Refused."""
    plain = title(name, "list")
    insert_missing(session, ContactList, [{"name": plain, "key": fold(plain)}])
    made = session.exec(select(col(ContactList.id)).where(ContactList.key == fold(plain))).one()
    assert made is not None
    return made


def find(session: Session, name: str) -> int | None:
    return session.exec(select(col(ContactList.id)).where(ContactList.key == fold(name))).first()


def names(session: Session) -> list[str]:
    return list(session.exec(select(ContactList.name).order_by(ContactList.key)))


def of(session: Session, contact_id: int) -> list[str]:
    """The lists that one person is on, by name."""
    found = select(ContactList.name).join(ListMember, col(ListMember.list_id) == ContactList.id)
    return list(session.exec(found.where(ListMember.journalist_id == contact_id).order_by(ContactList.key)))


def members_among(session: Session, list_id: int, contact_ids: Sequence[int]) -> set[int]:
    """Which of these people are on the list."""
    found = select(ListMember.journalist_id).where(ListMember.list_id == list_id)
    return set(session.exec(found.where(col(ListMember.journalist_id).in_(contact_ids))))


def put(session: Session, list_id: int, contact_ids: Sequence[int], *, at: datetime) -> None:
    """Put these people on the list; who is on it stays."""
    there = select(ListMember.journalist_id).where(ListMember.list_id == list_id)
    people = col(Journalist.id).in_(contact_ids) & col(Journalist.id).not_in(there)
    members = table(ListMember)
    rows = select(literal(list_id), col(Journalist.id), literal(at, members.c.added_at.type)).where(people)
    session.connection().execute(insert(members).from_select(["list_id", "journalist_id", "added_at"], rows))
