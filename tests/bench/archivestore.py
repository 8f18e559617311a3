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
from distro.archive.search import add_edition
from distro.archive.vault import Keys, Vault
from distro.db import Store
from distro.dispatch.naming import names_of
from distro.dispatch.recipient import Recipient
from distro.editorial import approving
from distro.editorial.content import ReleaseContent
from distro.editorial.plan import Audience, NamedRule, Purpose, Wave, WaveState
from distro.editorial.release import Approval, Release, Status, Version
from distro.migrations import migrate
from distro.staff import ROBOT
from tests.bench.archivewave import EACH, PAGE, Deliveries, Frozen, Person
from tests.bench.ourselves import seed
from tests.bench.wording import Writer

RELEASES = 500
"""For a million deliveries; fewer for fewer, and never under ten."""
SEGMENTS = ("Everybody", "Health", "Statehouse", "Labor", "Courts", "Radio", "Weeklies", "Prensa hispana", "Science", "Tier 1")
BEGAN = datetime(2022, 1, 3, 15, 0, tzinfo=UTC)
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
    def __init__(self, folder: Path, url: str, deliveries: int, tell: Callable[[str], None], seed_: int = 1) -> None:
        Keys.make(folder)
        self._tell = tell
        self._wanted = deliveries
        self._chance = random.Random(seed_)
        self._writer = Writer(seed_)
        self._vault = Vault(Keys.load(folder))
        self._keys = self._vault.keys
        self.archive = Archive(Store(url), self._keys)
        self._deliveries = Deliveries(self.archive.store, self._keys, self._writer, self._chance)

    def build(self) -> Archive:
        migrate(self.archive.store)
        releases = max(10, RELEASES * self._wanted // 1_000_000)
        self._settle_people(min(20_000, max(1000, self._wanted // 5)))
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
            release = Release(
                slug=slug, kind="release", status=Status.RELEASED.value, draft="{}", draft_hash="", created_at=at,
                created_by="Rosa", changed_at=at,
            )  # fmt: skip
            session.add(release)
            session.flush()
            first = self._version(session, release, self._writer.content(slug, at.date(), lift), at)
        chosen = self._choose(general)
        agreed = [person for person in self.archive.people if person.agreement is not None]
        advance = self._chance.sample(agreed, min(early, len(agreed)))
        if advance:
            self._wave(release, first, Purpose.ADVANCE, advance, at, lift)
        ids = {person.id for person in advance}
        others = [person for person in chosen if person.id not in ids]
        self._wave(release, first, Purpose.GENERAL, others[: general - len(advance)], lift or at, lift)
        if later:
            after = (lift or at) + timedelta(hours=5)
            reached = self._chance.sample(chosen, min(len(chosen), later))
            version, purpose = first, Purpose.KILL
            if kind == "second":
                purpose = Purpose.GENERAL
                with self.archive.store.write() as session:
                    version = self._version(session, release, self._writer.content(slug, after.date(), None), after)
            self._wave(release, version, purpose, reached, after, lift if purpose is Purpose.KILL else None)
            self.archive.followed.append(slug)
        self.archive.slugs.append(slug)
        if advance:
            self.archive.embargoed.append(slug)

    def _choose(self, count: int) -> list[Person]:
        people = self.archive.people
        return people if count >= len(people) else self._chance.sample(people, count)

    def _version(self, session: Session, release: Release, content: ReleaseContent, at: datetime) -> Version:
        release = session.merge(release)
        version = Version(
            hash=content.sha256(), release_id=release.id or 0, content=content.canonical(), authors="Rosa",
            submitted_by="Rosa", submitted_at=at,
        )  # fmt: skip
        session.add(version)
        session.flush()
        release.version_id, release.draft, release.draft_hash = version.id, version.content, version.hash
        for tag in content.editions:
            add_edition(session, version.id or 0, tag, content.said(tag))
        for kind in ("release.add", "release.submit"):
            record(session, Fact(at, "Rosa", kind, f"release:{release.id}", {"slug": release.slug, "version": version.hash}))
        return version

    def _wave(
        self, release: Release, version: Version, purpose: Purpose, people: list[Person], at: datetime, lift: datetime | None
    ) -> None:
        names = tuple(self._chance.sample(SEGMENTS, self._chance.choice((1, 1, 2, 3))))
        audience = Audience(tuple(NamedRule(name, "tier<=2") for name in names))
        with self.archive.store.write() as session:
            first = self._deliveries.next
            wave = Wave(
                release_id=release.id or 0,
                version_id=version.id or 0,
                purpose=purpose.value,
                at=at,
                audience=audience.to_json(),
                state=WaveState.ARMED.value,
                scheduled_by="Rosa",
                scheduled_at=at - timedelta(hours=2),
                prepared_at=at - timedelta(minutes=10),
                first_delivery=first,
                last_delivery=first + len(people) - 1,
            )
            session.add(wave)
            session.flush()
            terms, sha256 = approving.binding(session, session.get_one(Release, release.id))
            approval = Approval(
                release_id=release.id or 0, version_id=version.id or 0, binding=sha256, terms=terms, by="Ana",
                at=at - timedelta(hours=1),
            )  # fmt: skip
            session.add(approval)
            session.flush()
            said = {"approval": approval.id, "binding": sha256, "version": version.hash, "alone": False}
            record(session, Fact(approval.at, "Ana", "release.approve", f"release:{release.id}", said))
            wave.approval_id, wave.launched_at, wave.finished_at = approval.id, at, at + EACH * len(people)
            wave.state = WaveState.DONE.value
        assert wave.id is not None
        frozen: list[Frozen] = []
        people = sorted(people, key=lambda person: person.id)
        for start in range(0, len(people), PAGE):
            frozen += self._deliveries.freeze(wave, version, purpose, names, people[start : start + PAGE])
        letters = self._deliveries.keep_letters(wave.id, at, {(f.language, f.segments.partition("\n")[0]) for f in frozen})
        basis = "lift" if lift else "immediate"
        for start in range(0, len(frozen), PAGE):
            self._deliveries.settle(wave.id, at, purpose, basis, letters, frozen[start : start + PAGE], start)
        with self.archive.store.write() as session:
            for kind, when in (("wave.launch", at), ("wave.finish", wave.finished_at)):
                said = {"release": release.id, "purpose": purpose.value, "deliveries": len(people)}
                record(session, Fact(when or at, ROBOT, kind, f"wave:{wave.id}", said))
