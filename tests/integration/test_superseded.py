"""A newer version that leaves stops what waits of the older one: nobody gets the old text after the new."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from distro.archive.ledger import Entry
from distro.dispatch import verbs, wave
from distro.editorial.plan import Wave, WaveState
from distro.staff import ROBOT
from tests.office import WRITER, Office, content, now
from tests.sink import Sink

ADA, BEA = "ada@daily.example.com", "bea@diario.example.com"


@pytest.fixture
def readers(office: Office) -> Office:
    office.contact(ADA, languages="en", tier="1", agrees=True)
    office.contact(BEA, languages="en", tier="1", agrees=True)
    office.segment("All", "tier<=9")
    return office


def some_later(sink: Sink) -> None:
    """Ada's server asks to come again."""
    sink.at_rcpt = lambda to, _octets: "451 4.7.1 Greylisted" if to.startswith("ada@") else None


def prepared(office: Office, slug: str, **options: object) -> list[int]:
    """The newer version, approved and frozen, as it stands before its hour."""
    office.release(content(slug, text="The clinic opens a week later."))
    found = office.schedule(slug, "All", **options)
    office.approve(slug)
    office.prepare()
    return found


def launch(office: Office, at: datetime) -> list[int]:
    return wave.launch_due(office.store, office.config, at, clock_steady=True)


def first_version(office: Office, sink: Sink) -> int:
    """Bea has it, Ada waits for the next try."""
    some_later(sink)
    (first,) = office.send(content("clinic"))
    office.run_until(lambda: office.states(first) == {ADA: "deferred", BEA: "accepted"})
    return first


@pytest.mark.parametrize("stands", ["sending", "paused"])
def test_what_waits_of_the_older_version_is_cancelled_by_the_launch(readers: Office, sink: Sink, stands: str) -> None:
    first = first_version(readers, sink)
    if stands == "paused":
        with readers.write() as session:
            verbs.pause(session, first, actor=WRITER, at=now())
    (second,) = prepared(readers, "clinic")
    assert readers.wave(first).state == stands  # until the newer one leaves, the older one is what was approved
    assert readers.states(first)[ADA] == "deferred"
    assert launch(readers, now()) == [second]
    assert (readers.wave(first).state, readers.wave(second).state) == ("cancelled", "sending")
    assert f"wave {second}" in readers.wave(first).reason
    assert verbs.sweep_cancelled(readers.store, actor=ROBOT, at=now()) == 1
    assert readers.states(first) == {ADA: "cancelled", BEA: "accepted"}
    assert set(readers.states(second)) == {ADA, BEA}


def test_both_get_the_newer_version_and_nobody_the_older_one_after_it(readers: Office, sink: Sink) -> None:
    first = first_version(readers, sink)
    sink.at_rcpt = lambda _to, _octets: None
    sent_before = len(sink.received)
    (second,) = prepared(readers, "clinic")
    readers.run()
    assert readers.states(second) == {ADA: "accepted", BEA: "accepted"}
    assert readers.states(first) == {ADA: "cancelled", BEA: "accepted"}
    assert len(sink.received) == sent_before + 2
    assert all("a week later" in m.text() for m in sink.received[sent_before:])


def test_what_is_deferred_after_the_launch_is_swept_too(readers: Office, sink: Sink) -> None:
    """It was on the wire at the launch, so the launch itself could not reach it."""
    first = first_version(readers, sink)
    prepared(readers, "clinic")
    with readers.write() as session:
        delivery = readers.delivery(ADA)
        held = verbs.find_wave(session, first)
        assert held.state == WaveState.SENDING
        older = session.get_one(type(delivery), _delivery_in(readers, first, ADA))
        older.state, older.due_at, older.worker = "in_flight", None, "another"
        session.add(older)
    launch(readers, now())
    assert verbs.sweep_cancelled(readers.store, actor=ROBOT, at=now()) == 0
    with readers.write() as session:
        older = session.get_one(type(delivery), _delivery_in(readers, first, ADA))
        older.state, older.due_at, older.worker = "deferred", now() + timedelta(minutes=5), None
        session.add(older)
    assert verbs.sweep_cancelled(readers.store, actor=ROBOT, at=now()) == 1
    assert readers.states(first)[ADA] == "cancelled"


def _delivery_in(office: Office, wave_id: int, address: str) -> int:
    (found,) = (r["delivery"] for r in office.records(wave=wave_id) if r["recipient"]["address"] == address)
    return int(found)


def test_the_same_version_to_more_people_supersedes_nothing(readers: Office, sink: Sink) -> None:
    first = first_version(readers, sink)
    readers.contact("cal@city.example.org", languages="en", tier="2")
    (more,) = readers.schedule("clinic", "All")
    readers.approve("clinic")
    readers.prepare()
    assert launch(readers, now()) == [more]
    assert readers.wave(first).state == "sending"
    assert readers.states(first)[ADA] == "deferred"


def test_a_wave_that_has_ended_stays_as_it_is(readers: Office) -> None:
    (first,) = readers.send(content("clinic"))
    readers.run()
    (second,) = prepared(readers, "clinic")
    assert launch(readers, now()) == [second]
    assert readers.wave(first).state == "done"
    entries: list[Entry] = readers.entries("wave.cancel")
    assert entries == []


def test_another_release_is_nothing_to_it(readers: Office, sink: Sink) -> None:
    first = first_version(readers, sink)
    prepared(readers, "opening")
    launch(readers, now())
    assert readers.wave(first).state == "sending"


def test_a_newer_advance_wave_ends_the_older_advance_wave(readers: Office, sink: Sink) -> None:
    some_later(sink)
    lift = now() + timedelta(hours=2)
    slug = readers.release(content("clinic", embargo=lift))
    older, older_general = readers.schedule(slug, "All", advance=["All"])
    readers.approve(slug)
    readers.run_until(lambda: readers.states(older) == {ADA: "deferred", BEA: "accepted"})
    readers.release(content(slug, embargo=lift, text="The clinic opens a week later."))
    newer, _ = readers.schedule(slug, "All", advance=["All"])
    readers.approve(slug)
    readers.prepare()
    assert launch(readers, now()) == [newer]
    stands: dict[int, str] = {}
    for one in (older, older_general, newer):
        found: Wave = readers.wave(one)
        stands[one] = found.state
    assert stands == {older: "cancelled", older_general: "cancelled", newer: "sending"}
