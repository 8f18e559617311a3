"""The web application on a real server over a real store: what the tests of the pages stand on."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from bs4 import BeautifulSoup
from sqlmodel import col, select

from contacts.models import Journalist, Suppression
from distro import config
from distro.archive.vault import Keys, Part, Vault, salt
from distro.db import Store
from distro.dispatch.delivery import Delivery
from distro.dispatch.recipient import Recipient
from distro.editorial.plan import Wave
from distro.editorial.release import Release, Version
from distro.mail import tokens
from distro.web.app import Assets, LetOut, create_app
from distro.web.serve import serve
from distro.web.unsubscribing import from_store

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEYS = Keys(b"\7" * 32)
OFFICE = config.Office(name="Example <Workers'> Network")
ONE_CLICK = "List-Unsubscribe=One-Click"
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.body, "html.parser")


@dataclass
class Site:
    """A real server on a thread of its own, as the bot runs it on its loop."""

    store: Store
    assets: dict[str, LetOut] = field(default_factory=dict)
    port: int = 0

    def ask(self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        read = Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return read

    def post(self, path: str, body: bytes | str = ONE_CLICK, headers: dict[str, str] | None = None) -> Answer:
        return self.ask("POST", path, body, URLENCODED if headers is None else headers)

    def deliver(self, languages: str = "en", canonical: str = "ana@example.org") -> str:
        """A copy that went out; returns the path of its unsubscribe link."""
        with self.store.write() as session:
            person = Journalist(
                name="Ana", address=canonical, canonical=canonical, domain="example.org", created_at=NOW, changed_at=NOW
            )
            release = Release(
                slug=canonical, kind="release", draft="{}", draft_hash="", created_at=NOW, created_by="Eva", changed_at=NOW
            )
            session.add_all([person, release])
            session.flush()
            assert person.id is not None
            assert release.id is not None
            version = Version(
                hash=canonical, release_id=release.id, content="{}", authors="", submitted_by="Eva", submitted_at=NOW
            )
            session.add(version)
            session.flush()
            assert version.id is not None
            audience = '{"exclude":[],"segments":[]}'
            wave = Wave(
                release_id=release.id,
                version_id=version.id,
                purpose="general",
                at=NOW,
                audience=audience,
                scheduled_by="Eva",
                scheduled_at=NOW,
            )
            session.add(wave)
            session.flush()
            assert wave.id is not None
            delivery = Delivery(
                wave_id=wave.id,
                contact_id=person.id,
                once=sha256(canonical.encode()).digest()[:16],
                address_hash=KEYS.address_hash(canonical),
                lane=1,
                language=languages,
            )
            session.add(delivery)
            session.flush()
            assert delivery.id is not None
            vault = Vault(KEYS)
            vault.keys_for(session, [person.id], NOW)
            boxes = [(delivery.id, Part.RECIPIENT, person.id, Recipient("Ana", canonical, canonical, "", salt()).octets)]
            vault.seal(session, boxes, vault.ciphers(session, [person.id]))
            return "/u/" + tokens.make(KEYS, "u", delivery.id)

    def suppressions(self) -> list[Suppression]:
        with self.store.read() as session:
            return list(session.exec(select(Suppression).order_by(col(Suppression.id))))


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    site = Site(store)
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    assets: Assets = site.assets.get

    async def run() -> None:
        app = create_app(from_store(store, Vault(KEYS), lambda: NOW), OFFICE, assets=assets)
        serving = await serve(("127.0.0.1", 0), app)
        site.port = serving.port
        ready.set()
        await stop.wait()
        await serving.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(20)
    yield site
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    assert not thread.is_alive()
    loop.close()
