"""Addresses that must not be mailed, contact or not. Lifted only by a person; the row stays as history.

What is recorded names the row and not the address; reason and evidence stand in the row, which can be deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from contacts import fields
from contacts.errors import Refused
from contacts.models import Record, Suppression
from contacts.once import insert_missing

PAGE = 1000


def suppress(
    session: Session, canonical: str, *, reason: str, evidence: str = "", by: str, at: datetime, record: Record
) -> bool:
    """See that this mailbox is not mailed from now on. False: it was suppressed already, and nothing changes.

    `canonical` is Address.canonical; `evidence` may be a server's verbatim reply, whatever it holds.
    Raises Refused without a reason.
    """
    why = fields.line(reason)
    if not why:
        raise Refused("A suppression needs a reason, such as --reason 'asked by phone'.")
    if live(session, canonical) is not None:
        return False
    proof = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in evidence[: fields.MOST_IN_NOTES])
    insert_missing(session, Suppression, [{"canonical": canonical, "reason": why, "evidence": proof, "by": by, "at": at}])
    made = live(session, canonical)
    if made is None or made.by != by or made.at != at:
        return False  # somebody else's came first
    record("contact.suppressed", f"suppression:{made.id}", {"suppression": made.id})
    return True


def lift(session: Session, canonical: str, *, reason: str, by: str, at: datetime, record: Record) -> None:
    """Let this mailbox be mailed again. Raises Refused without a reason, or where nothing is suppressed."""
    why = fields.line(reason)
    if not why:
        raise Refused("Lifting a suppression needs a reason, such as --reason 'asked to be put back on 3 May'.")
    row = live(session, canonical)
    if row is None:
        raise Refused(f"{canonical} is not suppressed.")
    row.lifted_at, row.lifted_by, row.lifted_reason = at, by, why
    session.add(row)
    session.flush()
    record("contact.unsuppressed", f"suppression:{row.id}", {"suppression": row.id})


def live(session: Session, canonical: str) -> Suppression | None:
    """The suppression in force, if there is one."""
    return session.exec(
        select(Suppression).where(Suppression.canonical == canonical, col(Suppression.lifted_at).is_(None))
    ).first()


def suppressed_among(session: Session, canonicals: Iterable[str]) -> set[str]:
    """Which of these mailboxes must not be mailed."""
    asked, found = list(canonicals), set[str]()
    for start in range(0, len(asked), PAGE):
        page = col(Suppression.canonical).in_(asked[start : start + PAGE])
        found |= set(session.exec(select(Suppression.canonical).where(page, col(Suppression.lifted_at).is_(None))))
    return found
