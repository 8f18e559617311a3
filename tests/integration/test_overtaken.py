"""Nobody is lost and nobody is doubled when a wave that was frozen is stopped, changed or overtaken before its hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts import people
from distro.archive.ledger import recorder
from distro.dispatch import verbs, wave
from distro.dispatch.holding import hold
from distro.editorial import desk
from distro.editorial.plan import Wave
from tests.nearing import bring_near, texts
from tests.office import WRITER, Office, content, now
from tests.sink import Sink


def waiting(office: Office) -> dict[str, str]:
    """Address to purpose, of the deliveries that will leave."""
    return {r["recipient"]["address"]: r["purpose"] for r in office.records() if r["state"] == "pending"}


@pytest.fixture
def readers(office: Office) -> Office:
    office.contact("ada@daily.example.com", languages="en", tier="1", agrees=True)
    office.contact("bea@diario.example.com", languages="es", tier="1")
    office.segment("All", "tier<=9")
    return office


@pytest.mark.parametrize("stopped_by", ["a pause", "a hold", "nothing"])
def test_a_frozen_advance_wave_that_never_left_joins_the_general_wave(readers: Office, stopped_by: str) -> None:
    lift = now() + timedelta(minutes=4)
    slug = readers.release(content(embargo=lift))
    advance_at = (now() + timedelta(minutes=2)).isoformat()
    advance, general = readers.schedule(slug, "All", advance=["All"], advance_at=advance_at)
    readers.approve(slug)
    readers.prepare()
    assert waiting(readers) == {"ada@daily.example.com": "advance", "bea@diario.example.com": "general"}
    with readers.write() as session:
        if stopped_by == "a pause":
            verbs.pause(session, advance, actor=WRITER, at=now())
        elif stopped_by == "a hold":
            hold(session, session.get_one(Wave, advance), "The clock jumped.", now())
    assert wave.launch_due(readers.store, readers.config, lift, clock_steady=True) == [general]
    readers.prepare(lift)
    assert waiting(readers) == {"ada@daily.example.com": "general", "bea@diario.example.com": "general"}
    assert readers.wave(advance).state == "expired"


def move(office: Office, old: str, new: str) -> None:
    with office.write() as session:
        at = now()
        people.edit(session, old, {}, new_address=new, by=WRITER.name, at=at, record=recorder(session, WRITER.name, at))


@pytest.mark.parametrize("then", ["paused and resumed", "given another hour"])
def test_a_person_who_moved_before_a_second_freezing_is_written_to_where_they_are(readers: Office, then: str) -> None:
    slug = readers.release()
    (only,) = readers.schedule(slug, "All", at=(now() + timedelta(minutes=5)).isoformat())
    readers.approve(slug)
    readers.prepare()
    move(readers, "ada@daily.example.com", "ada@wire.example.net")
    if then == "given another hour":
        with readers.write() as session:
            desk.reschedule(
                session,
                desk.find_release(session, slug),
                at=(now() + timedelta(minutes=6)).isoformat(),
                office_zone="America/New_York",
                actor=WRITER,
                at_now=now(),
            )
        readers.approve(slug)
    else:
        with readers.write() as session:
            verbs.pause(session, only, actor=WRITER, at=now())
        with readers.write() as session:
            verbs.resume(session, only, actor=WRITER, at=now())
    readers.prepare()
    due = now() + timedelta(minutes=7)
    assert wave.launch_due(readers.store, readers.config, due, clock_steady=True) == [only]
    readers.prepare(due)
    assert waiting(readers) == {"ada@wire.example.net": "general", "bea@diario.example.com": "general"}


def test_a_person_who_moved_after_the_launch_stops_no_second_look(readers: Office) -> None:
    slug = readers.release()
    (only,) = readers.schedule(slug, "All", at=(now() + timedelta(minutes=5)).isoformat())
    readers.approve(slug)
    readers.prepare()
    readers.contact("cal@city.example.org", languages="en", tier="2")  # so that there is a second look
    due = now() + timedelta(minutes=5)
    assert wave.launch_due(readers.store, readers.config, due, clock_steady=True) == [only]
    move(readers, "ada@daily.example.com", "ada@wire.example.net")
    readers.prepare(due)
    assert set(waiting(readers)) == {"ada@daily.example.com", "bea@diario.example.com", "cal@city.example.org"}


def test_a_person_who_was_refused_and_moved_stops_no_second_look(readers: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _octets: "550 5.1.1 No such user" if to.startswith("ada@") else None
    readers.send()
    readers.run()
    (only,) = {r["wave"] for r in readers.records()}
    move(readers, "ada@daily.example.com", "ada@wire.example.net")
    with readers.write() as session:  # a second look begins
        found = session.get_one(Wave, only)
        found.state, found.freezing, found.frozen_through = "sending", True, 0
        session.add(found)
    readers.run()
    assert readers.wave(only).state == "done"
    assert readers.states(only) == {"ada@daily.example.com": "refused", "bea@diario.example.com": "accepted"}


def test_whoever_holds_an_advance_copy_gets_no_second_one_at_a_new_address(readers: Office, sink: Sink) -> None:
    slug = readers.release(content(embargo=now() + timedelta(hours=1)))
    _, general = readers.schedule(slug, "All", advance=["All"])
    readers.approve(slug)
    readers.run()
    assert [r.to for r in sink.received] == ["ada@daily.example.com"]
    move(readers, "ada@daily.example.com", "ada@wire.example.net")
    bring_near(readers)
    readers.run_until(lambda: readers.wave(general).state == "done")
    assert sorted(r.to for r in texts(sink.received)) == ["ada@daily.example.com", "bea@diario.example.com"]
