"""Addresses that must not be mailed, contact or not. Lifted only by a person; the row stays as history.

What is recorded names the row and not the address; reason and evidence stand in the row, which can be deleted. Once the person
was erased, the row stands under what stands in for the address, and holds nothing that anybody wrote about them. Whoever looks
an address up hands in how that is computed; without it only suppressions in the clear are seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from contacts import fields
from contacts.errors import Refused
from contacts.models import Record, StandIn, Suppression
from contacts.once import insert_missing

PAGE = 1000

STANDS_IN = "#"
"""How that begins which stands in for an address. It has no "@", and so is none."""

ERASED = "erased"
"""The reason of a suppression whose person was erased, whatever it was before."""


def suppress(
    session: Session,
    canonical: str,
    *,
    reason: str,
    evidence: str = "",
    by: str,
    at: datetime,
    record: Record,
    stand_in: StandIn | None = None,
) -> bool:
    """See that this mailbox is not mailed from now on. False: it was suppressed already, and nothing changes.

    `canonical` is Address.canonical; `evidence` may be a server's verbatim reply, whatever it holds.
    Raises Refused without a reason.
    """
    why = fields.line(reason)
    if not why:
        raise Refused("A suppression needs a reason, such as --reason 'asked by phone'.")
    if live(session, canonical, stand_in) is not None:
        return False
    proof = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in evidence[: fields.MOST_IN_NOTES])
    insert_missing(session, Suppression, [{"canonical": canonical, "reason": why, "evidence": proof, "by": by, "at": at}])
    made = live(session, canonical)
    if made is None or made.by != by or made.at != at:
        return False  # somebody else's came first
    record("contact.suppressed", f"suppression:{made.id}", {"suppression": made.id})
    return True


def lift(
    session: Session,
    canonical: str,
    *,
    reason: str,
    by: str,
    at: datetime,
    record: Record,
    stand_in: StandIn | None = None,
) -> None:
    """Let this mailbox be mailed again. Raises Refused without a reason, or where nothing is suppressed."""
    why = fields.line(reason)
    if not why:
        raise Refused("Lifting a suppression needs a reason, such as --reason 'asked to be put back on 3 May'.")
    row = live(session, canonical, stand_in)
    if row is None:
        raise Refused(f"{canonical} is not suppressed.")
    row.lifted_at, row.lifted_by, row.lifted_reason = at, by, why
    session.add(row)
    session.flush()
    record("contact.unsuppressed", f"suppression:{row.id}", {"suppression": row.id})


def live(session: Session, canonical: str, stand_in: StandIn | None = None) -> Suppression | None:
    """The suppression in force, if there is one."""
    names = [canonical] if stand_in is None else [canonical, stand_in(canonical)]
    return session.exec(
        select(Suppression).where(col(Suppression.canonical).in_(names), col(Suppression.lifted_at).is_(None))
    ).first()


def suppressed_among(session: Session, canonicals: Iterable[str], stand_in: StandIn | None = None) -> set[str]:
    """Which of these mailboxes must not be mailed."""
    asked, found = list(canonicals), set[str]()
    for start in range(0, len(asked), PAGE):
        found |= _in_force(session, asked[start : start + PAGE])
    return found | erased_among(session, asked, stand_in)


def _in_force(session: Session, names: list[str]) -> set[str]:
    page = col(Suppression.canonical).in_(names), col(Suppression.lifted_at).is_(None)
    return set(session.exec(select(Suppression.canonical).where(*page)))


def erased_among(session: Session, canonicals: Iterable[str], stand_in: StandIn | None) -> set[str]:
    """Which of these mailboxes are suppressed since their person was erased. Costs one question where nobody was."""
    if stand_in is None or not _anybody_erased(session):
        return set()
    asked, found = {stand_in(canonical): canonical for canonical in canonicals}, set[str]()
    names = list(asked)
    for start in range(0, len(names), PAGE):
        found |= {asked[name] for name in _in_force(session, names[start : start + PAGE])}
    return found


def _anybody_erased(session: Session) -> bool:
    stands_in = col(Suppression.canonical).startswith(STANDS_IN), col(Suppression.lifted_at).is_(None)
    return session.exec(select(Suppression.id).where(*stands_in).limit(1)).first() is not None


def was_erased(written: str) -> str:
    """The sentence for an address that nobody may bring back in passing."""
    return (
        f"{written} is suppressed: whoever had this address asked to be erased, or was, and a file or a form does not bring "
        "them back. If they ask for mail again, `distro contacts unsuppress ADDRESS --reason TEXT` comes first."
    )


def refuse_erased(session: Session, canonical: str, written: str, stand_in: StandIn | None) -> None:
    """Raise Refused where this mailbox is suppressed since its person was erased."""
    if erased_among(session, [canonical], stand_in):
        raise Refused(was_erased(written))


def erase(
    session: Session, canonical: str, stand_in: StandIn, *, keep: bool, by: str, at: datetime
) -> tuple[int | None, list[int]]:
    """Let every suppression of this mailbox, lifted ones too, stand under its stand-in, without a word of why. With `keep` one
    is in force afterwards, made if there is none. Returns the number of that which is in force, None for none; and of those
    that went because another says the same."""
    masked, merged = stand_in(canonical), list[int]()
    standing = live(session, masked)
    for row in session.exec(select(Suppression).where(Suppression.canonical == canonical)).all():
        if row.lifted_at is None and standing is not None:
            session.delete(row)  # the same said twice
            merged.append(row.id or 0)
            continue
        row.canonical, row.reason, row.evidence = masked, ERASED, ""
        row.lifted_reason = None if row.lifted_reason is None else ERASED
        session.add(row)
        standing = row if row.lifted_at is None else standing
    if standing is None and keep:
        standing = Suppression(canonical=masked, reason=ERASED, by=by, at=at)
        session.add(standing)
    session.flush()
    return None if standing is None else standing.id, merged
