"""Signatures on the way: copies, test copies and alerts arrive verifiable, and a retry under the very same signature."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from distro.config import Alerts, EmbargoSettings
from distro.dispatch.delivery import Delivery
from distro.dispatch.testcopy import send_test
from distro.dispatch.transports import transports_of
from distro.dkimkey import KeyType, make_key
from distro.dkimterms import Dkim
from tests.nearing import bring_near, texts
from tests.office import WRITER, Office, content, now
from tests.sink import Sink
from tests.verifying import Keys, signatures, verified

DOMAIN = "press.example.org"


@pytest.fixture
def keys(office: Office, tmp_path: Path) -> Keys:
    """The office signs with a key of each type."""
    made: Keys = {}
    tables = []
    for selector, kind in (("r1", KeyType.RSA), ("e1", KeyType.ED25519)):
        made[selector] = make_key(tmp_path / f"{selector}.key", kind)
        tables.append(Dkim(selector=selector, key_file=str(tmp_path / f"{selector}.key")))
    office.settings["dkim"] = tuple(tables)
    return made


def test_what_arrives_verifies_and_is_what_the_archive_gives_back(office: Office, keys: Keys, sink: Sink) -> None:
    office.contact("ada@daily.example.com", name="Reportera Núñez, «la de aquí»", languages="es", tier="1", agrees=True)
    office.contact("bea@radio.example.com", name="B" * 300, languages="en", tier="2")
    office.contact("cyd@blog.example.net", languages="en+es", tier="3")
    office.segment("Ñandú & co. " + "x" * 70, "tier<=1")
    office.segment("Everybody", "tier<=9")
    lift = now() + timedelta(hours=1)
    _, general = office.send(content(embargo=lift), audience="Everybody", advance=["Ñandú & co. " + "x" * 70])
    office.run()
    (early,) = sink.received
    assert early.to == "ada@daily.example.com"
    assert early.subject.startswith("EMBARGO ")
    bring_near(office)
    office.run_until(lambda: office.wave(general).state == "done")
    assert sorted(r.to for r in texts(sink.received)) == [
        "ada@daily.example.com",
        "bea@radio.example.com",
        "cyd@blog.example.net",
    ]
    kept = {record["message_id"]: record["delivery"] for record in office.records()}
    assert len(sink.received) == len(kept) == 4, "with the notice of the move"
    for received in sink.received:
        assert verified(received.octets, keys) == [True, True]
        assert office.eml(kept[str(received.message["Message-ID"])]) == received.octets


def test_a_retry_carries_the_identical_signature_whatever_the_keys_are_by_then(
    office: Office, keys: Keys, sink: Sink, tmp_path: Path
) -> None:
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    seen: list[bytes] = []

    def come_again(_to: str, octets: bytes) -> str:
        seen.append(octets)
        return "451 4.3.0 come again"

    sink.at_dot = come_again
    office.send()
    office.run()
    sink.at_dot = lambda _to, _octets: None
    make_key(tmp_path / "new.key", KeyType.ED25519)
    for tables in ((Dkim(selector="new", key_file=str(tmp_path / "new.key")),), ()):
        office.settings["dkim"] = tables
        with office.write() as session:
            delivery = session.exec(select(Delivery)).one()
            delivery.due_at = now() - timedelta(seconds=1)
            session.add(delivery)
        if tables:
            sink.at_dot = come_again
        office.run()
        sink.at_dot = lambda _to, _octets: None
    (received,) = sink.received
    assert len(seen) == 2
    assert seen[0] == seen[1] == received.octets
    assert verified(received.octets, keys) == [True, True]


def test_a_letter_compiled_to_be_signed_leaves_unsigned_once_there_is_no_key(office: Office, keys: Keys, sink: Sink) -> None:
    """A wave is prepared before its hour; settings may change in between."""
    from distro.dispatch.letters import letter_of

    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    (wave,) = office.send()
    _, skeleton = letter_of(office.store, office.config, wave, "en", "All", now())
    assert "dkim" in skeleton.slots
    office.settings["dkim"] = ()
    office.run()
    (received,) = sink.received
    assert signatures(received.octets) == 0
    assert received.octets.startswith(b"From: ")
    assert office.eml(office.delivery(received.to).id or 0) == received.octets


def test_a_test_copy_is_signed_as_a_real_one_would_be(office: Office, keys: Keys, sink: Sink) -> None:
    sending = send_test(
        transports_of(office.config),
        office.config,
        office.store,
        office.vault.keys,
        content(),
        to="ana@press.example.org",
        language="en+es",
        actor=WRITER,
        now=now(),
    )
    asyncio.run(sending)
    (received,) = sink.received
    assert received.subject.startswith("TEST")
    assert verified(received.octets, keys) == [True, True]


def test_an_alert_is_signed_too(office: Office, keys: Keys, sink: Sink) -> None:
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.settings["alerts"] = Alerts(to=("desk@press.example.org",))
    office.settings["embargo"] = EmbargoSettings(late_minutes=0.01)
    office.send()
    time.sleep(1)
    office.run()
    (alert,) = sink.received
    assert "Held" in alert.subject
    assert verified(alert.octets, keys) == [True, True]
