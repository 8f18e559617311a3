"""Newspapers, stations, wires and sites by name. Two spellings with one key are one outlet; the first spelling stays."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from contacts.folding import fold
from contacts.models import Outlet
from contacts.once import insert_missing


def ids(session: Session) -> dict[str, int]:
    """Every outlet's id by its key."""
    return {key: id for key, id in session.exec(select(Outlet.key, col(Outlet.id))).all() if id is not None}


def make(session: Session, names: Iterable[str]) -> dict[str, int]:
    """See that these outlets exist; their ids by key. A name without a letter is no outlet."""
    by_key: dict[str, str] = {}
    for name in names:
        if key := fold(name):
            by_key.setdefault(key, name)
    if not by_key:
        return {}
    insert_missing(session, Outlet, [{"name": name, "key": key} for key, name in sorted(by_key.items())])
    rows = session.exec(select(Outlet.key, col(Outlet.id)).where(col(Outlet.key).in_(list(by_key)))).all()
    return {key: id for key, id in rows if id is not None}


def id_of(session: Session, name: str) -> int | None:
    """The id of the outlet of this name, made if need be; None for no name."""
    return make(session, [name]).get(fold(name))
