"""Promises to hold a release until its embargo lifts, standing or for one release. What they allow is embargo.py's matter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from contacts import fields
from contacts.errors import Refused
from contacts.models import EmbargoAgreement, Journalist, Keep, Record

PAGE = 1000


def agree(
    session: Session,
    journalist: Journalist,
    *,
    release: str = "",
    terms: str,
    how: str = "",
    by: str,
    at: datetime,
    record: Record,
    keep: Keep | None = None,
) -> EmbargoAgreement:
    """Record a contact's promise: standing, or for the release of this slug. `terms` names the version of the terms.

    The same promise to the same terms stays as it was made, with its instant. To other terms it is made anew, in the same
    row; the record keeps both. Raises Refused without terms.
    """
    version, manner = fields.line(terms), fields.line(how)
    if not version:
        raise Refused("An agreement needs the terms that were agreed to, such as --terms 'standard 2026'.")
    assert journalist.id is not None
    made = find(session, journalist.id, release)
    if made is not None and made.terms == version:
        return made
    if keep is not None:
        keep([journalist.id])
    if made is None:
        made = EmbargoAgreement(journalist_id=journalist.id, release=release, terms=version, how=manner, at=at, by=by)
    made.terms, made.how, made.at, made.by = version, manner, at, by
    session.add(made)
    session.flush()
    record("contact.agreed", f"contact:{journalist.id}", {"agreement": made.id, "release": release, "terms": version, "at": at})
    return made


def find(session: Session, contact_id: int, release: str) -> EmbargoAgreement | None:
    return session.exec(
        select(EmbargoAgreement).where(EmbargoAgreement.journalist_id == contact_id, EmbargoAgreement.release == release)
    ).first()


def of(session: Session, contact_id: int) -> list[EmbargoAgreement]:
    """A contact's agreements, the standing one first."""
    mine = select(EmbargoAgreement).where(EmbargoAgreement.journalist_id == contact_id)
    return list(session.exec(mine.order_by(EmbargoAgreement.release)))


def agreements_for(session: Session, contact_ids: Iterable[int], release_slug: str) -> dict[int, int]:
    """Contact id to agreement id, for those who have one that covers this release; its own goes before the standing one."""
    asked, found = list(contact_ids), dict[int, int]()
    for start in range(0, len(asked), PAGE):
        rows = session.exec(
            select(EmbargoAgreement.journalist_id, EmbargoAgreement.id)
            .where(
                col(EmbargoAgreement.journalist_id).in_(asked[start : start + PAGE]),
                col(EmbargoAgreement.release).in_(["", release_slug]),
            )
            .order_by(EmbargoAgreement.release)  # "" first, so that the release's own overwrites it
        )
        found.update({contact: agreement for contact, agreement in rows if agreement is not None})
    return found
