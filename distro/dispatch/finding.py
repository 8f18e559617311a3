"""Which deliveries are wanted: their ids, in order, a page at a time, without looking at many that are not. Reads only.

A page goes on behind an id. Each question takes the way that has an index: by address; by contact, wave for wave; by doubt; by
state, wave for wave; by the hour of acceptance; else along the ids of those waves that can have any (`Wave.first_delivery`).
Waves are looked at in the order of their deliveries, a few at first and then ever more, so that what is frequent is found at
once and what is rare costs few statements.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import ColumnElement, TextClause, func, literal, text
from sqlmodel import Session, col, select

from contacts.folding import fold
from contacts.models import Segment
from distro.archive.names import contacts_known_as
from distro.archive.vault import Keys
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.naming import NAME, OUTLET, hash_of, unfindable
from distro.editorial.plan import Wave
from distro.editorial.release import Release
from distro.errors import Refused

Condition = ColumnElement[bool] | TextClause

FEW = 2000
"""So many deliveries are looked at one by one rather than along their waves."""

_NEAR = 500
"""Ids that may lie between two waves which are read in one go."""

_FIRST, _GROWS, _MOST = 8, 4, 4096
"""Waves that are asked first, by which factor there are more the next time, and how many at most: SQLite takes no more than
32,766 values in a statement."""


@dataclass(frozen=True)
class Wanted:
    """Which deliveries: all of the conditions that are given. `since` and `until` bound the acceptance.

    person, outlet  a name as it was when the delivery was frozen, whatever its case and accents
    contacts        their ids
    uncertain       the content was sent, and nobody knows whether it arrived
    """

    release: str | None = None
    wave: int | None = None
    state: str | None = None
    language: str | None = None
    segment: str | None = None
    address_hash: bytes | None = None
    person: str | None = None
    outlet: str | None = None
    contacts: frozenset[int] | None = None
    uncertain: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Span:
    """Waves whose deliveries have ids from `first` to `last`, and no other wave's among them that is looked at as well."""

    first: int
    last: int
    waves: tuple[int, ...]


class Finder:
    """The pages of one question, in one session."""

    def __init__(self, session: Session, keys: Keys, wanted: Wanted) -> None:
        self._session = session
        self._wanted = wanted
        self._contacts = _contacts(session, keys, wanted)
        self._segment = _segment(session, wanted.segment)

    def page(self, after: int, size: int) -> list[int]:
        """The next ids behind `after`, `size` at most: fewer only where there are no more."""
        wanted = self._wanted
        if wanted.address_hash is not None:
            return self._some([col(Delivery.address_hash) == wanted.address_hash, *self._of_contacts()], after, size)
        if self._contacts is not None:
            stopped = self._some([text("NOT delivery.live"), *self._of_contacts()], after, size)
            live = self._by_waves([text("delivery.live"), *self._of_contacts()], after, size)
            return list(heapq.merge(stopped, live))[:size]
        if wanted.uncertain:
            return self._some([], after, size)
        if wanted.state is not None and wanted.state != State.ACCEPTED:
            return self._by_waves([], after, size)
        if self._few is not None:
            return self._some([col(Delivery.id).in_(self._few)], after, size)
        return self._along(after, size)

    @cached_property
    def _rows(self) -> list[Condition]:
        """What is asked of each delivery."""
        return list(self._conditions())

    def _conditions(self) -> Iterator[Condition]:
        w = self._wanted
        if w.release is not None or w.wave is not None:
            waves = [wave for span in self._spans for wave in span.waves]
            yield (col(Delivery.wave_id) + 0).in_(waves)  # + 0: by no index, here and below; another way was chosen
        if w.state is not None:
            yield col(Delivery.state) == w.state
        if w.uncertain:
            yield text("delivery.doubt")
            yield col(Delivery.accepted_at).is_(None)
        if w.language is not None:
            yield col(Delivery.language) == w.language
        if self._segment is not None:
            place = func.instr if self._session.get_bind().dialect.name == "sqlite" else func.strpos
            yield place(literal("\n") + col(Delivery.segments) + "\n", f"\n{self._segment}\n") > 0
        yield from self._accepted()

    def _accepted(self) -> Iterator[Condition]:
        if self._wanted.since is not None:
            yield col(Delivery.accepted_at) >= self._wanted.since
        if self._wanted.until is not None:
            yield col(Delivery.accepted_at) < self._wanted.until

    def _of_contacts(self) -> Iterator[Condition]:
        if self._contacts is not None:
            yield col(Delivery.contact_id).in_(sorted(self._contacts))

    @cached_property
    def _spans(self) -> list[Span]:
        """The waves that can have a wanted delivery, in the order of their ids; those that overlap are one."""
        w = self._wanted
        query = select(Wave.id, Wave.first_delivery, Wave.last_delivery).where(col(Wave.first_delivery).isnot(None))
        if w.release is not None:
            query = query.join(Release, col(Release.id) == col(Wave.release_id)).where(Release.slug == w.release)
        if w.wave is not None:
            query = query.where(Wave.id == w.wave)
        if self._segment is not None:  # or another wave's of the release: a general wave takes on whom an advance wave left
            named = f'["{self._segment.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}",'
            of = select(Wave.release_id).where(col(Wave.audience).contains(named, autoescape=True))
            query = query.where(col(Wave.release_id).in_(of))
        if w.since is not None or w.until is not None:
            query = query.where(
                select(Delivery.id)
                .where(Delivery.wave_id == Wave.id, col(Delivery.state).in_(list(State)), *self._accepted())
                .exists()
            )
        return list(_spans(self._session.exec(query.order_by(col(Wave.first_delivery))).all()))

    @cached_property
    def _few(self) -> list[int] | None:
        """The ids of what was accepted within the time, where these are few."""
        if self._wanted.since is None and self._wanted.until is None:
            return None
        waves = [wave for span in self._spans for wave in span.waves]
        if len(waves) > _MOST:
            return None
        query = select(Delivery.id).where(
            col(Delivery.wave_id).in_(waves), col(Delivery.state).in_(list(State)), *self._accepted()
        )
        found = [i for i in self._session.exec(query.limit(FEW + 1)) if i is not None]
        return found if len(found) <= FEW else None

    def _some(self, conditions: Iterable[Condition], after: int, size: int) -> list[int]:
        """By the index that these conditions have, and sorted then."""
        plain = col(Delivery.id) + 0
        query = select(Delivery.id).where(*conditions, *self._rows, plain > after).order_by(plain).limit(size)
        return [i for i in self._session.exec(query) if i is not None]

    def _by_waves(self, conditions: Iterable[Condition], after: int, size: int) -> list[int]:
        """Wave for wave by an index that begins with the wave."""
        found: list[int] = []
        conditions = list(conditions)
        for spans in _growing([span for span in self._spans if span.last > after]):
            waves = [wave for span in spans for wave in span.waves]
            found += self._some([col(Delivery.wave_id).in_(waves), *conditions], after, size - len(found))
            if len(found) >= size:
                break
        return found

    def _along(self, after: int, size: int) -> list[int]:
        """Along the ids themselves."""
        found: list[int] = []
        for first, last in self._stretches:
            if last <= after:
                continue
            query = select(Delivery.id).where(col(Delivery.id) >= max(first, after + 1), col(Delivery.id) <= last, *self._rows)
            found += (i for i in self._session.exec(query.order_by(col(Delivery.id)).limit(size - len(found))) if i is not None)
            if len(found) >= size:
                break
        return found

    @cached_property
    def _stretches(self) -> list[tuple[int, int]]:
        w = self._wanted
        if w.release is None and w.wave is None and w.segment is None and w.since is None and w.until is None:
            return [(0, 2**63 - 1)]
        found: list[tuple[int, int]] = []
        for span in self._spans:
            if found and span.first <= found[-1][1] + _NEAR:
                found[-1] = found[-1][0], span.last
            else:
                found.append((span.first, span.last))
        return found


def _spans(waves: Iterable[tuple[int | None, int | None, int | None]]) -> Iterator[Span]:
    now: Span | None = None
    for wave, first, last in waves:
        assert wave is not None
        assert first is not None
        assert last is not None
        if now is not None and first <= now.last:
            now = Span(now.first, max(now.last, last), (*now.waves, wave))
            continue
        if now is not None:
            yield now
        now = Span(first, last, (wave,))
    if now is not None:
        yield now


def spans_of(session: Session, waves: Iterable[int]) -> list[Span]:
    """Where the deliveries of these waves are."""
    query = select(Wave.id, Wave.first_delivery, Wave.last_delivery).where(
        col(Wave.id).in_(list(waves)), col(Wave.first_delivery).isnot(None)
    )
    return list(_spans(session.exec(query.order_by(col(Wave.first_delivery))).all()))


def _growing(spans: list[Span]) -> Iterator[list[Span]]:
    start, size = 0, _FIRST
    while start < len(spans):
        yield spans[start : start + size]
        start, size = start + size, min(_MOST, size * _GROWS)


def _contacts(session: Session, keys: Keys, wanted: Wanted) -> frozenset[int] | None:
    """Ids of the contacts who may be meant. What they were called at each delivery is asked of its box, see history."""
    found = wanted.contacts
    for kind, name in ((NAME, wanted.person), (OUTLET, wanted.outlet)):
        if name is None:
            continue
        if unfindable(session):
            raise Refused("What was sent before the store was brought up to date is not found by name yet; run `distro init`.")
        known = contacts_known_as(session, hash_of(keys, kind, name))
        found = frozenset(known) if found is None else found & known
    return found


def _segment(session: Session, name: str | None) -> str | None:
    """The name as deliveries have it."""
    if name is None:
        return None
    return session.exec(select(Segment.name).where(Segment.key == fold(name))).first() or name
