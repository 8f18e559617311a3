"""Who gets a wave, in which language, and who is left out and why. Reads contacts and earlier deliveries; writes nothing.

The same page of candidates serves the survey before scheduling and the freezing, so that what is promised is what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_
from sqlmodel import Session, col, select

from contacts.agreements import agreements_for
from contacts.languages import choose
from contacts.models import EmbargoAgreement, Journalist, Outlet, Suppression
from contacts.rules import compile_rule
from contacts.suppression import erased_among
from distro.archive.vault import Keys
from distro.bulk import among, rows_in
from distro.dispatch.candidates import Brief, Candidate, LeftOut, Survey
from distro.dispatch.delivery import HOLDING, Delivery, State
from distro.dispatch.holders import holders_after, holding_from
from distro.dispatch.holding import lift_of
from distro.editorial.embargo import needs_agreement
from distro.editorial.notice import notice_named
from distro.editorial.plan import CARRYING, WITH_TEXT, Audience, NamedRule, Purpose, Wave, WaveState, has_text
from distro.editorial.release import Release, Version

PAGE = 1000


def survey(session: Session, wave: Wave, keys: Keys) -> Survey:
    """Count whom the wave would reach as things stand."""
    total = Survey()
    for page in pages(session, brief_for(session, wave), keys):
        for candidate in page:
            total.add(candidate)
    return total


def brief_for(session: Session, wave: Wave) -> Brief:
    version = session.get_one(Version, wave.version_id)
    release = session.get_one(Release, wave.release_id)
    notice = notice_named(session, wave.notice)
    rules = [(named, compile_rule(named.rule).condition()) for named in wave.rules.segments]
    if wave.purpose == Purpose.GENERAL and wave.launched_at is not None:
        rules += _joining(session, wave, release)
    return Brief(
        wave_id=wave.id,
        release_id=wave.release_id,
        slug=release.slug,
        version_id=wave.version_id,
        version=version.hash,
        purpose=wave.purpose,
        ordinal=wave.ordinal,
        languages=version.release_content.languages,
        segments=tuple(named for named, _ in rules),
        conditions=tuple(condition for _, condition in rules),
        excluded=_any_of(wave.rules.exclude),
        in_advance=_going_in_advance(session, wave, release),
        corrected=_going_to_holders(session, wave),
        holders=wave.rules.holders,
        notice=None if notice is None else notice.notice_content,
        agreed_only=needs_agreement(wave.purpose, lift_of(session, wave), wave.at),
    )


def _any_of(rules: Iterable[NamedRule]) -> ColumnElement[bool]:
    return or_(false(), *(compile_rule(named.rule).condition() for named in rules))


def _going_in_advance(session: Session, wave: Wave, release: Release) -> ColumnElement[bool]:
    """Whom an advance wave of this version, not frozen yet, will reach: they are no part of a general wave.

    Once it is frozen its deliveries say so themselves, and one that was cancelled leaves nobody out.
    """
    if wave.purpose != Purpose.GENERAL:
        return false()
    waiting = [WaveState.PROPOSED.value, WaveState.ARMED.value]
    return or_(false(), *(_reached(w.rules, release.slug) for w in advance_siblings(session, wave) if w.state in waiting))


def _going_to_holders(session: Session, wave: Wave) -> ColumnElement[bool]:
    """Who holds an older version, and gets this one by a correction or an update: they are no part of a general wave."""
    if wave.purpose not in CARRYING:
        return false()
    notices = session.exec(
        select(Wave).where(Wave.release_id == wave.release_id, Wave.version_id == wave.version_id, col(Wave.notice).isnot(None))
    )
    over = (WaveState.CANCELLED, WaveState.EXPIRED)
    waves = {number for one in notices if has_text(one.purpose) and one.state not in over for number in one.rules.holders}
    return col(Journalist.id).in_(holding_from(sorted(waves))) if waves else false()


def advance_siblings(session: Session, wave: Wave) -> list[Wave]:
    """The advance waves of the same version, in the order of their making."""
    return list(
        session.exec(
            select(Wave)
            .where(
                Wave.release_id == wave.release_id,
                Wave.version_id == wave.version_id,
                Wave.purpose == Purpose.ADVANCE.value,
            )
            .order_by(col(Wave.id))
        )
    )


def _joining(session: Session, wave: Wave, release: Release) -> list[tuple[NamedRule, ColumnElement[bool]]]:
    """The segments of advance waves that the lift overtook, for those of their people who have no copy from them."""
    found = []
    for sibling in advance_siblings(session, wave):
        if sibling.state == WaveState.CANCELLED:
            continue
        overtaken: ColumnElement[bool] = _reached(sibling.rules, release.slug)
        if sibling.launched_at is not None:
            without = select(Delivery.contact_id).where(
                Delivery.wave_id == sibling.id, Delivery.state == State.CANCELLED.value, not_(col(Delivery.doubt))
            )
            overtaken = col(Journalist.id).in_(without)
        found += [(named, and_(compile_rule(named.rule).condition(), overtaken)) for named in sibling.rules.segments]
    return found


def _reached(audience: Audience, slug: str) -> ColumnElement[bool]:
    agreed = exists().where(
        col(EmbargoAgreement.journalist_id) == col(Journalist.id), col(EmbargoAgreement.release).in_(["", slug])
    )
    return and_(_any_of(audience.segments), not_(_any_of(audience.exclude)), agreed)


def pages(session: Session, brief: Brief, keys: Keys, *, after: int = 0) -> Iterator[list[Candidate]]:
    """All candidates with an id above `after`, a page at a time, in the order of their ids."""
    while page := page_after(session, brief, keys, after=after):
        yield page
        after = page[-1].place


def page_after(session: Session, brief: Brief, keys: Keys, *, after: int = 0, limit: int = PAGE) -> list[Candidate]:
    """The next page of candidates, with the reason beside each who is left out."""
    if brief.holders:
        return holders_after(session, brief, keys, after=after, limit=limit)
    columns: list[ColumnElement[bool]] = [c.label(f"s{n}") for n, c in enumerate(brief.conditions)]
    is_suppressed = exists().where(
        col(Suppression.canonical) == col(Journalist.canonical), col(Suppression.lifted_at).is_(None)
    )
    query = (
        select(  # type: ignore[call-overload]
            col(Journalist.id),
            col(Journalist.name),
            col(Journalist.address),
            col(Journalist.canonical),
            col(Journalist.domain),
            col(Journalist.languages),
            col(Outlet.name).label("outlet"),
            is_suppressed.label("suppressed"),
            brief.excluded.label("excluded"),
            brief.in_advance.label("in_advance"),
            brief.corrected.label("corrected"),
            *columns,
        )
        .join(Outlet, col(Outlet.id) == col(Journalist.outlet_id), isouter=True)
        .where(or_(false(), *brief.conditions), col(Journalist.id) > after)
        .order_by(col(Journalist.id))
        .limit(limit)
    )
    rows = session.exec(query).all()
    address_hashes = {row.id: keys.address_hash(row.canonical) for row in rows}
    holding, ended = holders(session, brief, address_hashes), ended_before(session, brief, address_hashes)
    erased = erased_among(session, (row.canonical for row in rows), keys.stand_in)
    agreed: Mapping[int, int] = {}
    if brief.agreed_only:
        agreed = agreements_for(session, [row.id for row in rows], brief.slug)
    choices = {given: choose(given, brief.languages, brief.languages[0]) for given in {row.languages for row in rows}}
    page = []
    for row in rows:
        contact, name, address, canonical, domain, given, outlet, suppressed, excluded, in_advance, corrected, *matching = row
        why: LeftOut | None = None
        if excluded:
            why = LeftOut.EXCLUDED
        elif suppressed or canonical in erased:
            why = LeftOut.SUPPRESSED
        elif brief.agreed_only and contact not in agreed:
            why = LeftOut.NO_AGREEMENT
        elif contact in holding:
            why = LeftOut.HAS_IT if brief.notice is None else LeftOut.HAS_NOTICE
        elif in_advance:
            why = LeftOut.ADVANCE
        elif corrected:
            why = LeftOut.CORRECTED
        elif contact in ended:
            why = LeftOut.ENDED
        choice = choices[given]
        matched = tuple(named.name for named, matches in zip(brief.segments, matching, strict=True) if matches)
        page.append(
            Candidate(
                contact, name, address, canonical, address_hashes[contact], domain, outlet or "",
                choice.language, choice.fallback, matched, why,
            )
        )  # fmt: skip
    return page


def ended_before(session: Session, brief: Brief, address_hashes: Mapping[int, bytes]) -> set[int]:
    """Which of these contacts had a delivery of this very kind that came to a bad end, or one in this very wave at an address
    that they had. Its key stands against a second one; `wave resend` is how a person tries again."""
    here = [brief.wave_id] if brief.wave_id else []
    at = _known_at(session, address_hashes, _of_this_kind(session, brief), _ENDED)
    return at | _found(session, "contact_id", list(address_hashes), f"live AND {_ENDED}", here)


def holders(session: Session, brief: Brief, address_hashes: Mapping[int, bytes]) -> set[int]:
    """Which of these contacts hold this version, may hold it, or will get it by another delivery: to the address that they
    have now (it may have been another contact's), or to one that they had. Of a notice, the same is asked of that notice."""
    with_text = col(Wave.purpose).in_(WITH_TEXT)
    waves = _of_this_text(session, brief, with_text) if brief.notice is None else _of_this_kind(session, brief)
    contacts = list(address_hashes)
    return (
        _known_at(session, address_hashes, waves, _HOLDS)
        | _found(session, "contact_id", contacts, f"live AND {_HOLDS}", waves)  # each of the two has an index of its own
        | _found(session, "contact_id", contacts, f"NOT live AND {_HOLDS}", waves, _SEEN_LAST)
    )


def _of_this_kind(session: Session, brief: Brief) -> Sequence[int]:
    return _of_this_text(session, brief, Wave.purpose == brief.purpose, Wave.ordinal == brief.ordinal)


def _of_this_text(session: Session, brief: Brief, *conditions: ColumnElement[bool] | bool) -> Sequence[int]:
    """Numbers of the waves of this version for which that holds."""
    of_the_text = Wave.release_id == brief.release_id, Wave.version_id == brief.version_id
    return [number or 0 for number in session.exec(select(Wave.id).where(*of_the_text, *conditions))]


def _stated(*states: State) -> str:
    return f"state IN ({', '.join(repr(state.value) for state in states)})"


_HOLDS, _ENDED = f"({_stated(*HOLDING)} OR doubt)", _stated(State.REFUSED, State.EXPIRED)
"""Conditions on deliveries. The states of the second are live ones."""
_SEEN_LAST = "wave_id + 0"
"""A delivery's wave, but not for an index: else a whole wave is looked through for every few hundred contacts."""


def _known_at(session: Session, address_hashes: Mapping[int, bytes], waves: Sequence[int], where: str) -> set[int]:
    """Which of these contacts have the address that such a delivery went to, whoever it was for."""
    addresses = _found(session, "address_hash", list(address_hashes.values()), where, waves, _SEEN_LAST)
    return {contact for contact, address in address_hashes.items() if address in addresses}


def _found(
    session: Session, column: str, keys: Sequence[Any], where: str, waves: Sequence[int], wave: str = "wave_id"
) -> set[Any]:
    """Which of `keys` stand in this column of a delivery of these waves for which `where` holds. Past the ORM, for a freezing
    asks it for every page: a question of a thousand keys takes SQLAlchemy longer than the database. `column`, `where` and
    `wave` are written here and nowhere else."""
    if not waves:
        return set()
    of_waves, values = among(session, wave, waves)
    query = f"SELECT {column} FROM delivery WHERE {where} AND {of_waves} AND {column}"  # noqa: S608
    return {key for (key,) in rows_in(session, query, keys, values=values)}
