"""Contacts one by one: add, edit, remove, look up, list. The fields are checked as an import checks them.

What is recorded names the contact by id and the fields by name, never what stands in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from contacts import address, agreements, fields, lists, outlets, suppression
from contacts.errors import Refused
from contacts.fields import Fault
from contacts.models import FormerAddress, Journalist, Keep, Outlet, Record, StandIn, Suppression
from contacts.once import one_writer

if TYPE_CHECKING:
    from contacts.rules import Condition

PAGE = 1000


def find(session: Session, text: str) -> Journalist:
    """The contact with this address, in any case. Raises Refused where there is none, or the text is no address."""
    wanted = address.parse(text)
    person = _with(session, wanted.canonical)
    if person is None:
        raise Refused(f"There is no contact with the address {wanted.written}; `distro contacts add` makes one.")
    return person


def add(
    session: Session,
    text: str,
    given: Mapping[str, str],
    *,
    at: datetime,
    record: Record,
    stand_in: StandIn | None = None,
) -> Journalist:
    """Make a contact. `given` holds fields by the names in fields.FIELDS. Raises Refused, also for an address that is taken, or
    whose person was erased."""
    new = address.parse(text)
    values = _checked(given)
    one_writer(session)
    suppression.refuse_erased(session, new.canonical, new.written, stand_in)
    if (taken := _with(session, new.canonical)) is not None:
        raise Refused(f"{taken.address} is a contact already; change it with `distro contacts edit`.")
    person = Journalist(address=new.written, canonical=new.canonical, domain=new.domain, created_at=at, changed_at=at)
    _put(session, person, values)
    session.add(person)
    session.flush()
    record("contact.added", f"contact:{person.id}", {"fields": sorted(given)})
    return person


@dataclass(frozen=True)
class Edit:
    """What an edit did: which fields are different now, and whether a suppression went along to a new address."""

    person: Journalist
    changed: tuple[str, ...]
    suppression_moved: bool


def edit(
    session: Session,
    text: str,
    given: Mapping[str, str],
    *,
    new_address: str | None = None,
    by: str,
    at: datetime,
    record: Record,
    stand_in: StandIn | None = None,
    keep: Keep | None = None,
) -> Edit:
    """Change a contact; an empty text empties the field. With a new address it is the same person, with the same id, and the
    old one stays known as theirs.

    Whoever must not be mailed at the old address must not be at the new one either, until a person lifts it: a new address
    does not undo a "no". Raises Refused, also where somebody else has the new address, or had it and was erased.
    """
    one_writer(session)
    person = find(session, text)
    before = person.model_dump()
    values = _checked(given)
    if keep is not None:
        keep([person.id or 0])
    moved = new_address is not None and _move(session, person, new_address, by=by, at=at, record=record, stand_in=stand_in)
    _put(session, person, values)
    after = person.model_dump()
    names = {"outlet_id": "outlet", "canonical": "address", "domain": "address"}
    changed = tuple(sorted({names.get(n, n) for n in after if after[n] != before[n] and not n.endswith(("_key", "_keys"))}))
    if changed:
        person.changed_at = at
        session.add(person)
        session.flush()
        record("contact.changed", f"contact:{person.id}", {"fields": list(changed)})
    return Edit(person, changed, moved)


def _move(
    session: Session, person: Journalist, text: str, *, by: str, at: datetime, record: Record, stand_in: StandIn | None
) -> bool:
    new = address.parse(text)
    holder = _with(session, new.canonical)
    if holder is not None and holder.id != person.id:
        raise Refused(f"{holder.address} is somebody else's address; remove that contact first, or edit it instead.")
    barred = None
    if new.canonical != person.canonical:
        suppression.refuse_erased(session, new.canonical, new.written, stand_in)
        barred = suppression.live(session, person.canonical)
        session.merge(FormerAddress(journalist_id=person.id or 0, canonical=person.canonical, until=at))
    person.address, person.canonical, person.domain = new.written, new.canonical, new.domain
    if barred is None:
        return False
    evidence = f"Suppressed at {barred.canonical} since {barred.at:%Y-%m-%d}. {barred.evidence}".strip()
    return suppression.suppress(session, new.canonical, reason=barred.reason, evidence=evidence, by=by, at=at, record=record)


def former(session: Session, contact_id: int) -> list[str]:
    """The mailboxes that this contact had before the one that they have."""
    theirs = select(FormerAddress.canonical).where(FormerAddress.journalist_id == contact_id)
    return list(session.exec(theirs.order_by(col(FormerAddress.until), col(FormerAddress.canonical))))


def mailboxes(session: Session, contacts: Sequence[int]) -> list[tuple[int, str]]:
    """Each of these contacts with each mailbox that they have, or had."""
    have = select(Journalist.id, Journalist.canonical).where(col(Journalist.id).in_(contacts))
    had = select(FormerAddress.journalist_id, FormerAddress.canonical).where(col(FormerAddress.journalist_id).in_(contacts))
    return [(contact, one) for asked in (have, had) for contact, one in session.exec(asked) if contact is not None]


def who_had(session: Session, canonical: str) -> set[int]:
    """Ids of the contacts who had this mailbox and have another now, or have it again."""
    return set(session.exec(select(FormerAddress.journalist_id).where(FormerAddress.canonical == canonical)))


def remove(session: Session, text: str, *, record: Record) -> int:
    """Delete a contact from lists, agreements and contacts; its id, which nobody gets again. A suppression of it stays."""
    person = find(session, text)
    assert person.id is not None
    session.delete(person)
    session.flush()
    record("contact.removed", f"contact:{person.id}", {})
    return person.id


def _with(session: Session, canonical: str) -> Journalist | None:
    return session.exec(select(Journalist).where(Journalist.canonical == canonical)).first()


def _checked(given: Mapping[str, str]) -> dict[str, fields.Value]:
    values, faults = fields.check(given)
    if faults:
        raise Refused(*(_sentence(fault) for fault in faults))
    return values


def _sentence(fault: Fault) -> str:
    return f"{fault.field} {address.shown(fault.value)}: {fault.reason}"


def _put(session: Session, person: Journalist, values: Mapping[str, fields.Value]) -> None:
    for column, value in fields.columns(values).items():
        setattr(person, column, value)
    if "outlet" in values:
        person.outlet_id = outlets.id_of(session, str(values["outlet"]))


def every(
    session: Session, matching: Condition | None = None, *, limit: int | None = None, after: int = 0
) -> Iterator[dict[str, object]]:
    """The contacts that match, as plain values, in the order of their ids, from beyond `after`; a page in memory at a time."""
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        page = _page(session, matching, after, size)
        yield from page
        if len(page) < size:
            return
        after = int(str(page[-1]["id"]))
        left = None if left is None else left - len(page)


def _page(session: Session, matching: Condition | None, after: int, size: int) -> list[dict[str, object]]:
    asked = (
        select(Journalist, Outlet.name, col(Suppression.id))
        .join(Outlet, col(Outlet.id) == col(Journalist.outlet_id), isouter=True)
        .join(
            Suppression,
            (col(Suppression.canonical) == col(Journalist.canonical)) & col(Suppression.lifted_at).is_(None),
            isouter=True,
        )
        .where(col(Journalist.id) > after)
        .order_by(col(Journalist.id))
        .limit(size)
    )
    rows = session.exec(asked if matching is None else asked.where(matching)).all()
    for person, _, _ in rows:
        session.expunge(person)  # or a list of everybody stays in memory
    return [plain(person, outlet, suppressed=barred is not None) for person, outlet, barred in rows]


def plain(person: Journalist, outlet: str | None, *, suppressed: bool) -> dict[str, object]:
    """A contact as JSON shows it."""
    return {
        "id": person.id,
        "address": person.address,
        "name": person.name,
        "outlet": outlet or "",
        "beats": [beat for beat in person.beats.split(";") if beat],
        "region": person.region,
        "languages": person.languages,
        "timezone": person.timezone,
        "phone": person.phone,
        "tier": person.tier,
        "source": person.source,
        "basis": person.basis,
        "notes": person.notes,
        "suppressed": suppressed,
    }


def card(session: Session, person: Journalist) -> dict[str, object]:
    """Everything that is known of one contact."""
    assert person.id is not None
    outlet = session.get(Outlet, person.outlet_id) if person.outlet_id is not None else None
    barred = suppression.live(session, person.canonical)
    promises = agreements.of(session, person.id)
    return {
        **plain(person, outlet.name if outlet else None, suppressed=barred is not None),
        "former_addresses": [one for one in former(session, person.id) if one != person.canonical],
        "lists": lists.of(session, person.id),
        "suppression": barred and {"reason": barred.reason, "evidence": barred.evidence, "by": barred.by, "at": barred.at},
        "agreements": [{"release": p.release, "terms": p.terms, "how": p.how, "at": p.at, "by": p.by} for p in promises],
        "created_at": person.created_at,
        "changed_at": person.changed_at,
    }
