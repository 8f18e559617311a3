"""A store as an office has it after years: releases with their waves, deliveries with sealed recipients, attempts and entries.

Written by the project's own statements and encoders, but without a bot: what takes time in sending is left out, what is kept is
the same. A delivery is put in as freezing does and changed as an outcome does, so that tables and indexes fill as they do then.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session, col, select

from contacts.models import EmbargoAgreement, Journalist, Outlet, Segment
from distro.archive.ledger import Fact, record
from distro.archive.vault import Keys, PersonKey, Vault
from distro.db import Store
from distro.dispatch.naming import names_of
from distro.dispatch.recipient import Recipient
from distro.editorial import desk
from distro.editorial.content import Instant, ReleaseContent
from distro.editorial.killing import confirm_kill, kill
from distro.editorial.plan import Audience, NamedRule, Purpose, Wave, WaveVerb, advance_wave
from distro.editorial.proposing import propose
from distro.editorial.release import Status, Verb, Version, advance
from distro.editorial.timetable import _advance_release
from distro.editorial.when import When
from distro.migrations import migrate
from distro.staff import ROBOT, Actor, Role, add_staff
from tests.bench.archivewave import EACH, PAGE, Deliveries, Frozen, Person
from tests.bench.ourselves import seed
from tests.bench.wording import Writer
from tests.office import approve_checked, submit_checked

RELEASES = 500
"""For a million deliveries; fewer for fewer, and never under ten."""
SEGMENTS = ("Everybody", "Health", "Statehouse", "Labor", "Courts", "Radio", "Weeklies", "Prensa hispana", "Science", "Tier 1")
BEGAN = datetime(2022, 1, 3, 15, 0, tzinfo=UTC)
WRITER, APPROVER = Actor("Rosa", Role.AUTHOR), Actor("Ana", Role.APPROVER)
_Planned = tuple[Purpose, list[Person], datetime]
"""A wave to be: why, to whom, when."""
_LANGUAGES = ("en", "es", "en", "en+es")
"""By what a person reads, see ourselves.LANGUAGES."""


@dataclass
class Archive:
    """What is built, and as much of it as questions need."""

    store: Store
    keys: Keys
    people: list[Person] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)
    embargoed: list[str] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    """Releases with a second version, or a kill."""


class Builder:
    def __init__(
        self, folder: Path, url: str, deliveries: int, tell: Callable[[str], None], seed_: int = 1, *, signed: bool = False
    ) -> None:
        Keys.make(folder)
        self._tell = tell
        self._wanted = deliveries
        self._chance = random.Random(seed_)
        self._writer = Writer(seed_)
        self._vault = Vault(Keys.load(folder))
        self._keys = self._vault.keys
        self.archive = Archive(Store(url), self._keys)
        self._begun: set[int] = set()
        self._deliveries = Deliveries(self.archive.store, self._keys, self._writer, self._chance, signed=signed)

    def build(self) -> Archive:
        migrate(self.archive.store)
        releases = max(10, RELEASES * self._wanted // 1_000_000)
        self._settle_people(min(20_000, max(1000, self._wanted // 50)))
        sizes = self._sizes(releases)
        at = BEGAN
        for number, size in enumerate(sizes, 1):
            self._release(number, size, at)
            at += timedelta(days=1461 / releases, minutes=self._chance.randrange(240))
            if number % max(1, releases // 10) == 0:
                self._tell(f"{self._deliveries.next - 1:,} deliveries of {number} releases")
        while (left := self._wanted - self._deliveries.next + 1) > 0:  # what did not go round
            self._release(len(self.archive.slugs) * 20 + 1, left, at)
        return self.archive

    def _sizes(self, releases: int) -> list[int]:
        """Deliveries of each release: most are to some of the people, a few to everybody."""
        weights = [self._chance.choice((0.2, 0.4, 0.7, 1, 1, 1, 1.5, 2, 2.5)) for _ in range(releases)]
        for big in self._chance.sample(range(releases), max(1, releases // 100)):
            weights[big] = 8
        share = self._wanted / sum(weights)
        sizes = [round(weight * share) for weight in weights]
        return [*sizes[:-1], max(4, self._wanted - sum(sizes[:-1]))]

    def _settle_people(self, count: int) -> None:
        store = self.archive.store
        seed(store, count)
        with store.write() as session:
            for actor in (WRITER, APPROVER):
                add_staff(session, actor.name, f"{actor.name.lower()}@press.example.org", actor.role, actor=None, at=BEGAN)
            for name in SEGMENTS:
                session.add(Segment(name=name, key=name.casefold(), rule="tier<=2", changed_at=BEGAN, changed_by="Rosa"))
            outlets = dict(session.exec(select(Outlet.id, Outlet.name)).all())
            rows = session.exec(select(Journalist).order_by(col(Journalist.id))).all()
            ciphers: dict[int, AESGCM] = {}
            for start in range(0, len(rows), PAGE):
                ciphers |= self._vault.keys_for(session, [row.id or 0 for row in rows[start : start + PAGE]], BEGAN)
            lanes = {row.domain: self._keys.lane(row.domain) for row in rows}
            for number, row in enumerate(rows):
                i, agreement = row.id or 0, None
                outlet = outlets[row.outlet_id]
                if number % 3 == 0:
                    promise = EmbargoAgreement(journalist_id=i, terms="standard 2022", at=BEGAN, by="Rosa")
                    session.add(promise)
                    session.flush()
                    agreement = promise.id
                    said = {"agreement": agreement, "release": "", "terms": "standard 2022", "at": BEGAN}
                    record(session, Fact(BEGAN, "Rosa", "contact.agreed", f"contact:{i}", said))
                recipient = Recipient(row.name, row.address, row.canonical, outlet, bytes(16))
                self.archive.people.append(
                    Person(
                        i, row.name, row.address, outlet, self._keys.address_hash(row.canonical), lanes[row.domain],
                        _LANGUAGES[number // 10 % 4], ciphers[i], names_of(self._keys, i, recipient), agreement,
                    )
                )  # fmt: skip

    def _release(self, number: int, size: int, at: datetime) -> None:
        """One release with all its waves: a quarter under embargo, a tenth corrected by a second version, some killed."""
        slug = f"release-{number}"
        lift = at + timedelta(days=1) if number % 4 == 0 else None
        kind = "second" if number % 10 in (3, 8) else "kill" if number % 20 == 5 else "once"
        size = max(4, size)
        general = size // 2 if kind != "once" else size
        later = size - general
        early = general // 10 if lift else 0
        with self.archive.store.write() as session:
            first = self._version(session, self._writer.content(slug, at.date(), lift), at)
        chosen = self._choose(general)
        agreed = [person for person in self.archive.people if person.agreement is not None]
        advance = self._chance.sample(agreed, min(early, len(agreed)))
        ids = {person.id for person in advance}
        others = [person for person in chosen if person.id not in ids][: general - len(advance)]
        plan = [(Purpose.ADVANCE, advance, at)] if advance else []
        self._send(slug, first, [*plan, (Purpose.GENERAL, others, lift or at)], lift)
        if later:
            after = (lift or at) + timedelta(hours=5)
            if kind == "kill":
                self._kill(slug, first, [*advance, *others], after)
            else:
                reached = self._chance.sample(chosen, min(len(chosen), later))
                with self.archive.store.write() as session:
                    second = self._version(session, self._writer.content(slug, after.date(), None), after)
                self._send(slug, second, [(Purpose.GENERAL, reached, after)], None)
            self.archive.followed.append(slug)
        self.archive.slugs.append(slug)
        if advance:
            self.archive.embargoed.append(slug)

    def _choose(self, count: int) -> list[Person]:
        people = self.archive.people
        return people if count >= len(people) else self._chance.sample(people, count)

    def _version(self, session: Session, content: ReleaseContent, at: datetime) -> Version:
        written = at - timedelta(hours=3)
        release = desk.add(session, content, actor=WRITER, at=written).release
        return submit_checked(session, release, public_url="", actor=WRITER, at=written)

    def _send(
        self, slug: str, version: Version, plan: list[tuple[Purpose, list[Person], datetime]], lift: datetime | None
    ) -> None:
        """A release's waves, from their proposal on: all are approved together, and sent one after the other."""
        at = min(hour for _, _, hour in plan)
        with self.archive.store.write() as session:
            release = desk.find_release(session, slug)
            named = [tuple(self._chance.sample(SEGMENTS, self._chance.choice((1, 1, 2, 3)))) for _ in plan]
            waves = [
                propose(
                    session, release, version, purpose, When(Instant(utc=hour, wall=f"{hour:%Y-%m-%dT%H:%M}")),
                    Audience(tuple(NamedRule(name, "tier<=2") for name in names)), WRITER, at - timedelta(hours=2),
                )
                for (purpose, _, hour), names in zip(plan, named, strict=True)
            ]  # fmt: skip
            _advance_release(session, release, Verb.SCHEDULE, waves, version, WRITER, at - timedelta(hours=2))
            approve_checked(
                session, release, actor=APPROVER, people=2, late_limit=timedelta(hours=1), at=at - timedelta(hours=1)
            )
        for wave, names, (_, people, _) in zip(waves, named, plan, strict=True):
            self._wave(slug, wave, version, names, people, lift)

    def _kill(self, slug: str, version: Version, holders: list[Person], at: datetime) -> None:
        """To everybody who was sent a copy. Nobody asked for a list to get it, and so it names none."""
        with self.archive.store.write() as session:
            release = desk.find_release(session, slug)
            killed = kill(session, release, reason="The figures were wrong.", said={}, actor=WRITER, people=2, at=at)
            confirm_kill(session, release, actor=APPROVER, at=at)
        assert killed.wave is not None
        self._wave(slug, killed.wave, version, (), holders, None)

    def _begin(self, contacts: set[int], at: datetime) -> None:
        """A contact's key is made at their first freezing; here all were made at once."""
        new = contacts - self._begun
        self._begun |= new
        with self.archive.store.write() as session:
            for key in session.exec(select(PersonKey).where(col(PersonKey.contact_id).in_(new))):
                key.created_at = at
                session.add(key)

    def _wave(
        self, slug: str, wave: Wave, version: Version, names: tuple[str, ...], people: list[Person], lift: datetime | None
    ) -> None:
        frozen: list[Frozen] = []
        people = sorted(people, key=lambda person: person.id)
        purpose, at = Purpose(wave.purpose), wave.at
        ready, over = at - timedelta(minutes=10), at + EACH * len(people)
        assert wave.id is not None
        with self.archive.store.write() as session:
            mine = session.get_one(Wave, wave.id)
            mine.prepared_at = ready
            mine.first_delivery, mine.last_delivery = self._deliveries.next, self._deliveries.next + len(people) - 1
            advance_wave(session, mine, WaveVerb.PREPARE, actor=ROBOT, at=ready)
        for start in range(0, len(people), PAGE):
            frozen += self._deliveries.freeze(mine, version, purpose, names, people[start : start + PAGE])
            self._begin({person.id for person in people[start : start + PAGE]}, ready)
        letters = self._deliveries.keep_letters(wave.id, at, {(f.language, f.segments.partition("\n")[0]) for f in frozen})
        with self.archive.store.write() as session:
            mine, release = session.get_one(Wave, wave.id), desk.find_release(session, slug)
            mine.launched_at = at
            advance_wave(session, mine, WaveVerb.LAUNCH, actor=ROBOT, at=at)
            if release.status == Status.APPROVED:
                advance(session, release, Verb.LAUNCH, actor=ROBOT, at=at)
        basis = "lift" if lift else "immediate"
        for start in range(0, len(frozen), PAGE):
            self._deliveries.settle(wave.id, at, purpose, basis, letters, frozen[start : start + PAGE], start)
        with self.archive.store.write() as session:
            mine = session.get_one(Wave, wave.id)
            mine.finished_at = over
            advance_wave(session, mine, WaveVerb.FINISH, actor=ROBOT, at=over)
