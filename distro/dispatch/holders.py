"""Who holds a copy from certain waves, page by page: the audience of a notice. Each is told in the language they got it in, at
the address that they have now, under the copy that they hold. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from contacts.agreements import agreements_for
from contacts.models import Journalist, Outlet, Suppression
from contacts.suppression import erased_among
from distro.archive.vault import Keys, PersonKey, Vault
from distro.dispatch.candidates import Brief, Candidate, LeftOut, Original
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.recipient import Recipient, domains_of, message_id
from distro.editorial.plan import WITH_TEXT, Wave
from distro.errors import Failed

_ENDED = (State.REFUSED.value, State.EXPIRED.value)


def has_copy() -> ColumnElement[bool]:
    """Of a delivery: a server took its copy, or may have taken it."""
    return or_(col(Delivery.accepted_at).isnot(None), col(Delivery.doubt))


def holding_from(waves: Sequence[int]) -> SelectOfScalar[int]:
    """Numbers of the contacts who hold a copy from one of these waves, or have one on the wire."""
    may_be = or_(has_copy(), col(Delivery.state) == State.IN_FLIGHT.value)
    return select(Delivery.contact_id).where(col(Delivery.wave_id).in_(waves), may_be)


@dataclass(frozen=True)
class _Person:
    """A contact as they are now, and the delivery of the copy that they hold. `contact`: the number that it was for; `now` has
    another where they were removed and made anew."""

    contact: int
    held: Delivery
    now: Journalist | None
    outlet: str
    suppressed: bool
    erased: bool


def holders_after(session: Session, brief: Brief, keys: Keys, *, after: int, limit: int) -> list[Candidate]:
    """The next of those who hold a copy, in the order of their numbers, with the reason beside each who is left out."""
    numbers = session.exec(
        select(Delivery.contact_id)
        .where(col(Delivery.wave_id).in_(brief.holders), has_copy(), col(Delivery.contact_id) > after)
        .group_by(col(Delivery.contact_id))
        .order_by(col(Delivery.contact_id))
        .limit(limit)
    ).all()
    # who only was made an offer hears of what becomes of the embargo if they agreed
    holding = _with_text(session, brief, numbers)
    people = _people(session, brief, keys, numbers, holding)
    originals = _originals(session, [person.held for person in people])
    hashes = {p.now.id or 0: keys.address_hash(p.now.canonical) for p in people if p.now is not None}
    told, ended = _told(session, brief, hashes)
    ask = list(hashes) if brief.agreed_only or len(holding) < len(numbers) else []
    agreed: Mapping[int, int] = agreements_for(session, ask, brief.slug) if ask else {}
    page = []
    for person in people:
        language, fallback = _language(person.held.language, brief)
        why: LeftOut | None = None
        if person.now is None:
            why = LeftOut.ERASED if person.erased else LeftOut.GONE
        elif person.suppressed:
            why = LeftOut.SUPPRESSED
        elif person.held.id not in originals:
            why = LeftOut.DAMAGED
        elif not language:
            why = LeftOut.OTHER_LANGUAGE
        elif (brief.agreed_only or person.contact not in holding) and person.now.id not in agreed:
            why = LeftOut.NO_AGREEMENT
        elif person.now.id in told:
            why = LeftOut.HAS_NOTICE
        elif person.now.id in ended:
            why = LeftOut.ENDED
        hashed = b"" if person.now is None else hashes[person.now.id or 0]
        page.append(_candidate(person, hashed, language, fallback, why, originals))
    return page


def _with_text(session: Session, brief: Brief, numbers: Sequence[int]) -> set[int]:
    """Which of these contacts hold a text from one of the waves, and not an offer alone."""
    held = select(Delivery.contact_id).where(
        col(Delivery.wave_id).in_(_carrying(session, brief)), has_copy(), col(Delivery.contact_id).in_(numbers)
    )
    return set(session.exec(held))


def _carrying(session: Session, brief: Brief) -> list[int]:
    """Numbers of those of the waves that brought a text."""
    waves = select(Wave.id).where(col(Wave.id).in_(brief.holders), col(Wave.purpose).in_(WITH_TEXT))
    return [number for number in session.exec(waves) if number is not None]


def _people(session: Session, brief: Brief, keys: Keys, numbers: Sequence[int], holding: set[int]) -> list[_Person]:
    """Each with the newest copy that they hold: that is what the notice speaks of. `holding`: who hold more than an offer."""
    text_first = or_(col(Delivery.wave_id).in_(_carrying(session, brief)), col(Delivery.contact_id).notin_(holding))
    newest = (
        select(func.max(col(Delivery.id)))
        .where(col(Delivery.wave_id).in_(brief.holders), has_copy(), col(Delivery.contact_id).in_(numbers), text_first)
        .group_by(col(Delivery.contact_id))
    )
    rows = session.exec(
        select(Delivery, Journalist, col(Outlet.name), _suppressed(), PersonKey.contact_id, PersonKey.wrapped)  # type: ignore[call-overload]
        .join(Journalist, col(Journalist.id) == col(Delivery.contact_id), isouter=True)
        .join(Outlet, col(Outlet.id) == col(Journalist.outlet_id), isouter=True)
        .join(PersonKey, col(PersonKey.contact_id) == col(Delivery.contact_id), isouter=True)
        .where(col(Delivery.id).in_(newest))
        .order_by(col(Delivery.contact_id))
    ).all()
    gone = [held.id or 0 for held, now, _outlet, _silent, _known, wrapped in rows if now is None and wrapped is not None]
    anew = _made_anew(session, brief, keys, gone) if gone else {}
    people = []
    for held, now, outlet, silent, known, wrapped in rows:
        person, place, hushed = anew.get(held.id, (now, outlet, silent))
        people.append(_Person(held.contact_id, held, person, place or "", bool(hushed), known is not None and wrapped is None))
    hidden = erased_among(session, (one.now.canonical for one in people if one.now is not None), keys.stand_in)
    return [replace(one, suppressed=True) if one.now is not None and one.now.canonical in hidden else one for one in people]


def _made_anew(
    session: Session, brief: Brief, keys: Keys, gone: Sequence[int]
) -> dict[int | None, tuple[Journalist, str | None, bool]]:
    """Of copies whose contact was removed: who has the address now to which they went, if nobody who holds a copy by their
    own number. By delivery, once for each."""
    opened = Vault(keys).people(session, gone)
    addresses = {d: Recipient.read(one[0]).canonical for d, one in opened.items() if not isinstance(one, Failed)}
    own = select(Delivery.contact_id).where(col(Delivery.wave_id).in_(brief.holders), has_copy())
    rows = session.exec(
        select(Journalist, col(Outlet.name), _suppressed())
        .join(Outlet, col(Outlet.id) == col(Journalist.outlet_id), isouter=True)
        .where(col(Journalist.canonical).in_(set(addresses.values())), col(Journalist.id).notin_(own))
    ).all()
    theirs = {person.canonical: (person, outlet, bool(silent)) for person, outlet, silent in rows}
    return {d: theirs.pop(address) for d, address in sorted(addresses.items(), reverse=True) if address in theirs}


def _suppressed() -> ColumnElement[bool]:
    """Of a contact: their address must not be mailed."""
    return exists().where(col(Suppression.canonical) == col(Journalist.canonical), col(Suppression.lifted_at).is_(None))


def _originals(session: Session, held: Sequence[Delivery]) -> dict[int, Original]:
    """By delivery. Missing where none was ever stamped, by its row: then the row was altered."""
    domains = domains_of(session, {d.skeleton_id for d in held if d.skeleton_id is not None})
    return {
        d.id or 0: Original(message_id(d.once), domains.get(d.skeleton_id or 0, ""), d.stamped_at)
        for d in held
        if d.stamped_at is not None
    }


def _told(session: Session, brief: Brief, hashes: Mapping[int, bytes]) -> tuple[set[int], set[int]]:
    """Which of these contacts have this notice or will get it, and of which it ended badly: to the address that they have now,
    or in this very wave to one that they had."""
    waves = (
        select(Wave.id)
        .where(Wave.release_id == brief.release_id, Wave.version_id == brief.version_id)
        .where(Wave.purpose == brief.purpose, Wave.ordinal == brief.ordinal)
    )
    theirs = or_(
        and_(col(Delivery.contact_id).in_(list(hashes)), col(Delivery.wave_id).in_(waves)),
        and_(col(Delivery.address_hash).in_(list(hashes.values())), (col(Delivery.wave_id) + 0).in_(waves)),
    )
    told, ended = set[int](), set[int]()
    by_hash = {hashed: contact for contact, hashed in hashes.items()}
    for contact, hashed, state, doubt, live in session.exec(
        select(Delivery.contact_id, Delivery.address_hash, Delivery.state, Delivery.doubt, Delivery.live).where(theirs)  # type: ignore[call-overload]
    ):
        whom = {contact, by_hash.get(hashed, contact)} & hashes.keys()
        if state in _ENDED and not doubt:
            ended |= whom
        elif live or doubt:
            told |= whom
    return told, ended


def _language(got: str, brief: Brief) -> tuple[str, bool]:
    """The languages of their copy, as far as the notice speaks them; "" where it speaks none and is meant for others. And
    whether it is in another than they got, since the version that it brings has theirs no more."""
    said = brief.notice.said if brief.notice is not None else {}
    tags = [tag for tag in got.split("+") if tag in said]
    if tags:
        return "+".join(tags), False
    if brief.notice is not None and brief.notice.only:
        return "", False
    return next(iter(said), brief.languages[0]), True


def _candidate(
    person: _Person,
    hashed: bytes,
    language: str,
    fallback: bool,
    why: LeftOut | None,
    originals: Mapping[int, Original],
) -> Candidate:
    now, held = person.now, person.held
    return Candidate(
        contact_id=person.contact if now is None or now.id is None else now.id,
        name="" if now is None else now.name,
        address="" if now is None else now.address,
        canonical="" if now is None else now.canonical,
        address_hash=hashed,
        domain="" if now is None else now.domain,
        outlet=person.outlet,
        language=language,
        fallback=fallback,
        matched=tuple(held.segments.split("\n")) if held.segments else (),
        left_out=why,
        original=originals.get(held.id or 0),
        through=person.contact,
    )
