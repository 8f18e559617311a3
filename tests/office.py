"""An office for tests: the real verbs behind short names, on a store of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

import scheduler
from contacts import agreements, people, segments, suppression
from distro.archive.ledger import Entry, recorder
from distro.archive.vault import Keys, Vault
from distro.config import (
    Alerts,
    Anchors,
    ApprovalSettings,
    Config,
    EmbargoSettings,
    Limits,
    Relay,
    Sending,
    Storage,
    Tls,
    Web,
)
from distro.db import Store
from distro.dispatch import history
from distro.dispatch.claims import Claim, Claimed, claim
from distro.dispatch.delivery import Delivery
from distro.dispatch.wave import launch_due, prepare_step
from distro.editorial import desk
from distro.editorial.content import Edition, Instant, Kind, Organisation, PressContact, ReleaseContent
from distro.editorial.plan import Wave
from distro.editorial.release import Approval, Release, Version
from distro.look import Look, Templates
from distro.preflight.cases import for_approving, for_submitting
from distro.staff import Actor, Role, add_staff

WRITER = Actor("Rosa Example", Role.AUTHOR)
APPROVER = Actor("Ana Example", Role.APPROVER)


def now() -> datetime:
    return datetime.now(UTC)


def content(slug: str = "clinic", *, embargo: datetime | None = None, text: str = "The clinic opens.") -> ReleaseContent:
    return ReleaseContent(
        kind=Kind.RELEASE,
        slug=slug,
        date=date(2026, 12, 1),
        languages=("en", "es"),
        embargo=None if embargo is None else Instant(utc=embargo, wall=embargo.isoformat()),
        organisations=(Organisation(name="Example Workers' Network"),),
        contacts=(PressContact(name="Rosa Example", email="rosa@network.example.org", phone="+1 202 555 0101"),),
        editions={
            "en": Edition(headline="Clinic opens on Main Street", dateline="Los Angeles, CA", body=text),
            "es": Edition(headline="Abre una clínica en la calle Main", dateline="Los Ángeles", body="La clínica abre."),
        },
    )


def submit_checked(session: Session, release: Release, *, actor: Actor, at: datetime, public_url: str = "") -> Version:
    """Look it over and submit it, as the command does."""
    looked = for_submitting(session, release, Config(web=Web(public_url=public_url)), at)
    return desk.submit(session, release, checked=looked.checked, actor=actor, at=at)


def approve_checked(
    session: Session,
    release: Release,
    *,
    actor: Actor,
    at: datetime,
    people: int = 2,
    late_limit: timedelta = timedelta(minutes=30),
    not_sent_elsewhere: bool = False,
    keys: Keys | None = None,
) -> Approval:
    """Look it over and approve it; `keys`: count whom it reaches too."""
    return desk.approve(
        session,
        release,
        checked=for_approving(session, release, Config(web=Web(public_url="https://press.example.org")), at, keys=keys).checked,
        actor=actor,
        people=people,
        late_limit=late_limit,
        at=at,
        not_sent_elsewhere=not_sent_elsewhere,
    )


@dataclass
class Office:
    store: Store
    folder: Path
    port: int
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Keys.make(self.folder)
        with self.store.write() as session:
            add_staff(session, APPROVER.name, "ana@press.example.org", Role.APPROVER, actor=None, at=now())
            add_staff(session, WRITER.name, "rosa@press.example.org", Role.AUTHOR, actor=None, at=now())

    @property
    def config(self) -> Config:
        return Config(
            storage=Storage(url=self.store.url.render_as_string(hide_password=False), data_dir=self.folder),
            smtp=Relay(host="127.0.0.1", port=self.port, tls=Tls.NONE),
            approval=ApprovalSettings(people=2),
            web=self.settings.get("web", Web(listen="off")),
            anchors=self.settings.get("anchors", Anchors()),
            alerts=self.settings.get("alerts", Alerts()),
            limits=self.settings.get("limits", Limits()),
            embargo=self.settings.get("embargo", EmbargoSettings()),
            sending=self.settings.get("sending", Sending()),
            dkim=self.settings.get("dkim", ()),
            look=self.settings.get("look", Look()),
            templates=self.settings.get("templates", Templates()),
        )

    @property
    def vault(self) -> Vault:
        return Vault(Keys.load(self.folder))

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.store.write() as session:
            yield session

    def contact(self, address: str, *, agrees: bool = False, **given: str) -> None:
        with self.write() as session:
            at = now()
            record = recorder(session, WRITER.name, at)
            named = {"name": address.split("@", maxsplit=1)[0].title(), **given}
            person = people.add(session, address, named, at=at, record=record)
            if agrees:
                agreements.agree(session, person, terms="standing terms 1", by=WRITER.name, at=at, record=record)

    def lift(self, address: str, reason: str = "asked to be put back") -> None:
        """Lift a suppression."""
        with self.write() as session:
            at = now()
            record = recorder(session, WRITER.name, at)
            masks = self.vault.keys.stand_in
            suppression.lift(session, address, reason=reason, by=WRITER.name, at=at, record=record, stand_in=masks)

    def join(self, *actors: Actor) -> None:
        """Put people on the staff."""
        with self.write() as session:
            for actor in actors:
                address = f"{actor.name.split()[0].lower()}@press.example.org"
                add_staff(session, actor.name, address, actor.role, actor=Actor(actor.name, Role.ADMIN), at=now())

    def segment(self, name: str, rule: str) -> None:
        with self.write() as session:
            segments.save(session, name, rule, by=WRITER.name, at=now(), record=recorder(session, WRITER.name, now()))

    def suppress(self, address: str) -> None:
        with self.write() as session:
            at = now()
            record = recorder(session, WRITER.name, at)
            suppression.suppress(session, address, reason="asked by phone", by=WRITER.name, at=at, record=record)

    def release(self, what: ReleaseContent | None = None) -> str:
        """Add and submit."""
        what = what or content()
        with self.write() as session:
            added = desk.add(session, what, actor=WRITER, at=now())
            submit_checked(session, added.release, public_url="", actor=WRITER, at=now())
            return added.release.slug

    def schedule(self, slug: str, audience: str, **options: Any) -> list[int]:
        with self.write() as session:
            found = desk.schedule(
                session,
                desk.find_release(session, slug),
                audience=audience.split(","),
                office_zone="America/New_York",
                actor=WRITER,
                at_now=now(),
                **options,
            )
            return [w.id or 0 for w in found]

    def approve(self, slug: str) -> None:
        with self.write() as session:
            release = desk.find_release(session, slug)
            approve_checked(session, release, actor=APPROVER, at=now(), keys=self.vault.keys)

    def send(self, what: ReleaseContent | None = None, audience: str = "All", **options: Any) -> list[int]:
        """From nothing to approved."""
        slug = self.release(what)
        waves = self.schedule(slug, audience, **options)
        self.approve(slug)
        return waves

    def prepare(self, at: datetime | None = None) -> None:
        """What the bot does ahead of an hour, now or at that instant: audiences frozen, letters compiled."""
        while prepare_step(self.store, self.vault, self.config, at or now(), clock_steady=True):
            pass

    def claimed(self, people: int, languages: str) -> list[Claimed]:
        """Of a wave to so many, launched, as "me" has claimed them."""
        for n in range(people):
            self.contact(f"reader{n}@daily.example.com", languages=languages, tier="1", name=f"Núñez {n}")
        self.segment("All", "tier<=9")
        self.send()
        self.prepare()
        launch_due(self.store, self.config, now(), clock_steady=True)
        with self.write() as session:
            return claim(session, Claim("me", 1000, now()))

    def run(self) -> None:
        """The bot, until nothing is due."""
        asyncio.run(scheduler.run(self.config, until_idle=True))

    def run_for(self, seconds: float) -> None:
        """The bot, for a while."""

        async def go() -> None:
            async def ring(bot: scheduler.Bot) -> None:
                await asyncio.sleep(seconds)
                bot.stop()

            await scheduler.run(self.config, watch=ring)

        asyncio.run(go())

    def run_until(self, holds: Callable[[], bool], within: float = 60.0) -> None:
        """The bot, until something holds that is looked at again and again."""

        async def go() -> None:
            async def ring(bot: scheduler.Bot) -> None:
                end = time.monotonic() + within
                while not holds() and time.monotonic() < end:  # noqa: ASYNC110  (it is asked of a store)
                    await asyncio.sleep(0.05)
                bot.stop()

            await scheduler.run(self.config, watch=ring)

        asyncio.run(go())
        assert holds()

    def wave(self, wave_id: int) -> Wave:
        with self.store.read() as session:
            return session.get_one(Wave, wave_id)

    def status(self, slug: str) -> str:
        with self.store.read() as session:
            return session.exec(select(Release.status).where(Release.slug == slug)).one()

    def records(self, **wanted: Any) -> list[dict[str, Any]]:
        with self.store.read() as session:
            return list(history.deliveries(session, self.vault, history.Wanted(**wanted)))

    def states(self, wave_id: int) -> dict[str, str]:
        """Address to state."""
        return {r["recipient"]["address"]: r["state"] for r in self.records(wave=wave_id)}

    def delivery(self, address: str) -> Delivery:
        """The newest delivery to this address."""
        hashed = self.vault.keys.address_hash(address)
        with self.store.read() as session:
            return session.exec(
                select(Delivery).where(Delivery.address_hash == hashed).order_by(col(Delivery.id).desc()).limit(1)
            ).one()

    def eml(self, delivery: int) -> bytes:
        with self.store.read() as session:
            return history.copy_of(session, self.vault, delivery)

    def entries(self, kind: str) -> list[Entry]:
        with self.store.read() as session:
            return list(session.exec(select(Entry).where(Entry.kind == kind).order_by(col(Entry.id))))
