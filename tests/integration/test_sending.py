"""The way of a release through the real bot to a real SMTP server, on both databases."""

from __future__ import annotations

import hashlib
import re
import time
from datetime import timedelta

import pytest

from contacts import people
from distro.archive.ledger import recorder
from distro.config import Alerts, EmbargoSettings, Limits, Sending, Transport, Uncertain
from distro.dispatch import verbs
from distro.dispatch.wave import launch_due, prepare_step
from distro.editorial import desk
from distro.errors import Refused
from tests.nearing import bring_near, texts
from tests.office import APPROVER, WRITER, Office, content, now
from tests.sink import Sink, deaf_port

HOUR = timedelta(hours=1)


@pytest.fixture
def readers(office: Office) -> Office:
    """Four people: English, Spanish, both in one copy, and one with no preference; all are in All."""
    office.contact("lucia@diario.example.com", languages="es", beats="immigration;labor", outlet="Diario Example", tier="1")
    office.contact("sean@herald.example.net", languages="en", beats="immigration", tier="1")
    office.contact("zoe@radio.example.org", languages="en+es", beats="labor", tier="2")
    office.contact("wang@daily.example.net", beats="labor", tier="3")
    office.segment("All", "tier<=9")
    office.segment("Immigration", "beat:immigration")
    office.segment("Labor", "beat:labor")
    return office


def test_each_reads_in_their_language_and_gets_one_copy_through_three_segments(readers: Office, sink: Sink) -> None:
    readers.send(audience="Labor,Immigration,All")
    readers.run()

    assert sorted(r.to for r in sink.received) == [
        "lucia@diario.example.com",
        "sean@herald.example.net",
        "wang@daily.example.net",
        "zoe@radio.example.org",
    ]
    (spanish,), (english,), (both,) = (
        sink.to(a) for a in ("lucia@diario.example.com", "sean@herald.example.net", "zoe@radio.example.org")
    )
    assert spanish.subject == "Abre una clínica en la calle Main"
    assert english.subject == "Clinic opens on Main Street"
    assert str(both.message["Content-Language"]) == "en, es"
    assert "La clínica abre." in both.text()
    assert "The clinic opens." in both.text()
    (record,) = [r for r in readers.records() if r["recipient"]["address"] == "lucia@diario.example.com"]
    assert record["segments"] == ["Labor", "Immigration", "All"]
    assert "Labor" in str(spanish.message["List-Id"])


def test_the_archive_holds_the_bytes_that_the_server_received(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()

    received = {r.to: r for r in sink.received}
    for record in readers.records():
        copy = received[record["recipient"]["address"]]
        assert readers.eml(record["delivery"]) == copy.octets
        assert record["sha256"] == hashlib.sha256(copy.octets).hexdigest()
        assert record["message_id"] == str(copy.message["Message-ID"])
        assert [a["reply"] for a in record["attempts"]] == [f"250 2.0.0 Ok: queued as {sink.received.index(copy) + 1:06X}"]
        assert (record["author"], record["approvers"], record["scheduled_by"]) == (WRITER.name, [APPROVER.name], WRITER.name)
        assert record["press_contacts"][0]["name"] == "Rosa Example"
        assert record["permit"] == "immediate"


def test_a_suppressed_address_gets_nothing_also_when_it_was_frozen_before(readers: Office, sink: Sink) -> None:
    readers.suppress("sean@herald.example.net")
    (wave,) = readers.send(at=(now() + timedelta(seconds=1.5)).isoformat())
    readers.prepare()
    readers.suppress("wang@daily.example.net")
    readers.run_until(lambda: readers.wave(wave).state == "done")

    assert sorted(r.to for r in sink.received) == ["lucia@diario.example.com", "zoe@radio.example.org"]
    assert readers.states(wave) == {
        "lucia@diario.example.com": "accepted",
        "zoe@radio.example.org": "accepted",
        "wang@daily.example.net": "suppressed",
    }
    assert readers.wave(wave).state == "done"


def test_a_release_scheduled_twice_reaches_nobody_twice(readers: Office, sink: Sink) -> None:
    readers.send(audience="Labor")
    readers.run()
    (again,) = readers.schedule("clinic", "All")
    readers.approve("clinic")
    readers.run()

    assert len(sink.received) == 4
    assert list(readers.states(again)) == ["sean@herald.example.net"]
    readers.schedule("clinic", "All")
    with pytest.raises(Refused, match="reschedule"):
        readers.schedule("clinic", "All")


def test_who_was_refused_is_not_tried_again_by_another_wave(readers: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _: "554 5.6.0 Not today" if to == "zoe@radio.example.org" else None
    readers.send(audience="Labor")
    readers.run()
    sink.at_rcpt = lambda _to, _octets: None
    (again,) = readers.schedule("clinic", "All")
    readers.approve("clinic")
    readers.run()

    assert readers.wave(again).state == "done"
    assert list(readers.states(again)) == ["sean@herald.example.net"]
    assert sink.to("zoe@radio.example.org") == []


def test_an_advance_copy_only_with_an_agreement_and_no_second_copy_at_the_lift(readers: Office, sink: Sink) -> None:
    readers.contact("ana@science.example.org", agrees=True, languages="es", tier="1")
    readers.contact("only.advance@science.example.org", agrees=True, region="Advance", languages="en")
    readers.segment("Advance", "tier<=1 or region:Advance")
    _, general = readers.send(content(embargo=now() + HOUR), audience="All", advance=["Advance"])
    readers.run()
    early = list(sink.received)
    assert sorted(r.to for r in early) == ["ana@science.example.org", "only.advance@science.example.org"]
    assert all(r.subject.startswith("EMBARGO ") for r in early)

    lift = bring_near(readers)
    readers.run_until(lambda: readers.wave(general).state == "done")
    assert [r for r in texts(sink.received) if r.at < lift] == early
    assert sorted(r.to for r in texts(sink.received) if r.at >= lift) == [
        "lucia@diario.example.com",
        "sean@herald.example.net",
        "wang@daily.example.net",
        "zoe@radio.example.org",
    ]
    assert readers.status("clinic") == "released"
    assert {r["permit"].split(":")[0] for r in readers.records()} == {"agreement", "notice", "lift"}


def test_what_an_advance_wave_has_not_sent_at_the_lift_joins_the_general_wave(
    readers: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers.contact("slow@science.example.org", agrees=True, region="Advance", languages="en")
    readers.contact("slow.too@science.example.org", agrees=True, tier="1", languages="en")
    readers.segment("Advance", "tier<=1 or region:Advance")
    at = now()
    lift = at + timedelta(seconds=3)
    sink.at_rcpt = lambda to, _: "451 4.2.1 Try later" if "slow" in to and now() < lift else None
    with monkeypatch.context() as still:  # the clock of the office: the advance wave is under way before the lift
        still.setattr("tests.office.now", lambda: at)
        advance, general = readers.send(content(embargo=lift), audience="All", advance=["Advance"])
        readers.prepare()
        assert launch_due(readers.store, readers.config, at, clock_steady=True) == [advance]
    readers.run_until(lambda: readers.wave(general).state == readers.wave(advance).state == "done")

    assert {a: s for a, s in readers.states(advance).items() if "slow" in a} == {
        "slow@science.example.org": "cancelled",
        "slow.too@science.example.org": "cancelled",
    }
    for address in ("slow@science.example.org", "slow.too@science.example.org"):
        (copy,) = sink.to(address)
        assert copy.at >= lift
        assert copy.subject == "Clinic opens on Main Street"
    assert readers.wave(general).state == readers.wave(advance).state == "done"


def test_a_late_wave_is_held_and_shouted_about_and_goes_when_a_person_says_so(readers: Office, sink: Sink) -> None:
    readers.settings["alerts"] = Alerts(to=("desk@press.example.org",))
    readers.settings["embargo"] = EmbargoSettings(late_minutes=0.01)
    (wave,) = readers.send()
    time.sleep(1)
    readers.run()

    assert readers.wave(wave).state == "held"
    assert re.search(r"\d seconds late", readers.wave(wave).reason)
    (alert,) = sink.received
    assert alert.to == "desk@press.example.org"
    assert "Held" in alert.subject
    assert str(alert.message["Auto-Submitted"]) == "auto-generated"

    with readers.write() as session:
        verbs.resume(session, wave, actor=WRITER, at=now())
    readers.run()
    assert len(sink.received) == 1 + 4
    assert readers.wave(wave).confirmed_by == WRITER.name


def test_a_segment_changed_after_the_approval_holds_the_wave(readers: Office, sink: Sink) -> None:
    (wave,) = readers.send(audience="Labor")
    readers.segment("Labor", "beat:labor or tier<=9")
    readers.run()

    assert sink.received == []
    assert readers.wave(wave).state == "held"
    assert "Labor" in readers.wave(wave).reason


def test_a_recall_stops_what_has_not_left(readers: Office, sink: Sink) -> None:
    (wave,) = readers.send(at=(now() + timedelta(seconds=2)).isoformat())
    readers.prepare()
    with readers.write() as session:
        recalled = desk.recall(session, desk.find_release(session, "clinic"), reason="wrong figure", actor=WRITER, at=now())
    verbs.cancel_deliveries(readers.store, list(recalled.waves), actor=WRITER.name, at=now(), reason="recalled")
    readers.run_for(3)

    assert sink.received == []
    assert set(readers.states(wave).values()) == {"cancelled"}


def test_refusals_are_told_apart(readers: Office, sink: Sink) -> None:
    said = {
        "lucia@diario.example.com": "550 5.1.1 No such user here",
        "sean@herald.example.net": "451 4.3.0 Try again later",
        "wang@daily.example.net": "554 5.6.0 We do not like this text",
    }
    sink.at_rcpt = lambda to, _: said.get(to)
    (wave,) = readers.send()
    readers.run()

    assert readers.states(wave) == {
        "lucia@diario.example.com": "refused",
        "sean@herald.example.net": "deferred",
        "wang@daily.example.net": "refused",
        "zoe@radio.example.org": "accepted",
    }
    (suppressed,) = readers.entries("contact.suppressed")
    assert suppressed.actor == "robot:scheduler"
    (record,) = [r for r in readers.records() if r["state"] == "deferred"]
    (attempt,) = record["attempts"]
    assert attempt["reply"] == "451 4.3.0 Try again later"
    assert readers.delivery("sean@herald.example.net").due_at == attempt["at"] + timedelta(minutes=1)


def test_a_refusal_of_our_own_set_up_halts_the_wave(readers: Office, sink: Sink) -> None:
    readers.settings["limits"] = Limits(connections=1)
    sink.at_dot = lambda _to, _octets: "550 5.7.26 Unauthenticated mail is not accepted"
    (wave,) = readers.send()
    readers.run()

    assert readers.wave(wave).state == "held"
    assert sorted(readers.states(wave).values()) == ["pending", "pending", "pending", "refused"]


def test_silence_after_the_dot_is_doubt_and_the_identical_bytes_go_again(readers: Office, sink: Sink) -> None:
    quiet = {"lucia@diario.example.com"}
    sink.at_dot = lambda to, _: "drop" if to in quiet else None
    (wave,) = readers.send()
    readers.run()
    assert readers.states(wave)["lucia@diario.example.com"] == "uncertain"

    quiet.clear()
    with readers.write() as session:
        delivery = readers.delivery("lucia@diario.example.com")
        delivery.due_at = now()
        session.add(delivery)
    readers.run()

    first, second = sink.to("lucia@diario.example.com")
    assert first.octets == second.octets
    (record,) = [r for r in readers.records() if r["recipient"]["address"] == "lucia@diario.example.com"]
    assert record["state"] == "accepted"
    assert [(a["outcome"], a["uncertain"]) for a in record["attempts"]] == [("uncertain", False), ("accepted", True)]


def test_uncertain_copies_wait_for_a_person_where_the_office_wants_it(readers: Office, sink: Sink) -> None:
    readers.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    sink.at_dot = lambda to, _: "drop" if to == "lucia@diario.example.com" else None
    (wave,) = readers.send()
    readers.run()

    assert readers.states(wave)["lucia@diario.example.com"] == "held"
    assert readers.wave(wave).state == "done"


def test_a_copy_sent_again_on_purpose_is_the_same_copy(readers: Office, sink: Sink) -> None:
    (wave,) = readers.send()
    readers.run()
    delivery = readers.delivery("sean@herald.example.net")
    accepted_at = delivery.accepted_at
    with readers.write() as session:
        verbs.resend(session, delivery.id or 0, actor=WRITER, at=now(), reason="asked by phone")
    readers.run()

    first, second = sink.to("sean@herald.example.net")
    assert first.octets == second.octets
    assert readers.delivery("sean@herald.example.net").accepted_at == accepted_at
    (told,) = readers.entries("delivery.resend")
    assert told.actor == WRITER.name
    assert "asked by phone" in told.payload
    assert readers.wave(wave).state == "done"


def test_a_paused_wave_sends_nothing_until_it_is_resumed(readers: Office, sink: Sink) -> None:
    (wave,) = readers.send()
    with readers.write() as session:
        verbs.pause(session, wave, actor=WRITER, at=now())
    readers.run()
    assert sink.received == []
    with readers.write() as session:
        verbs.resume(session, wave, actor=WRITER, at=now())
    readers.run()
    assert len(sink.received) == 4


def test_people_changed_between_freezing_and_the_hour_are_seen_as_they_are(readers: Office, sink: Sink) -> None:
    (wave,) = readers.send(at=(now() + timedelta(seconds=2)).isoformat())
    readers.prepare()
    with readers.write() as session:
        record = recorder(session, WRITER.name, now())
        people.edit(
            session, "sean@herald.example.net", {}, new_address="sean@wire.example.com", by=WRITER.name, at=now(), record=record
        )
        people.remove(session, "wang@daily.example.net", record=record)
    readers.contact("new@radio.example.org", tier="1")
    readers.run_until(lambda: readers.wave(wave).state == "done")

    assert sorted(r.to for r in sink.received) == [
        "lucia@diario.example.com",
        "new@radio.example.org",
        "sean@wire.example.com",
        "zoe@radio.example.org",
    ]
    assert readers.wave(wave).state == "done"


def test_a_wave_is_launched_once(readers: Office) -> None:
    (wave,) = readers.send()
    readers.prepare()
    assert launch_due(readers.store, readers.config, now(), clock_steady=True) == [wave]
    assert launch_due(readers.store, readers.config, now(), clock_steady=True) == []
    assert len(readers.entries("wave.launch")) == 1


def test_an_untrusted_clock_holds_what_an_embargo_protects_and_nothing_else(readers: Office) -> None:
    lift = now() + timedelta(minutes=1)
    _, general = readers.send(content("secret", embargo=lift), advance=["Labor"])
    (free,) = readers.send(content("free", text="Nothing secret."))
    later = lift + timedelta(seconds=5)
    while prepare_step(readers.store, readers.vault, readers.config, later, clock_steady=False):
        pass
    launch_due(readers.store, readers.config, later, clock_steady=False)

    assert readers.wave(general).state == "held"
    assert "clock" in readers.wave(general).reason
    assert readers.wave(free).state == "sending"


def test_a_clock_behind_the_record_holds_embargoed_waves_at_the_start(readers: Office, sink: Sink) -> None:
    lift = now() + timedelta(minutes=2)
    (general,) = readers.send(content(embargo=lift))
    readers.prepare()
    with readers.write() as session:
        recorder(session, "robot:test", now() + HOUR)("note", "clock", {})
    readers.run_until(lambda: readers.wave(general).state == "held")

    assert launch_due(readers.store, readers.config, lift + timedelta(seconds=1), clock_steady=True) == []
    assert sink.received == []
    assert readers.wave(general).state == "held"


def test_the_relay_being_away_costs_no_attempt(readers: Office, sink: Sink) -> None:
    (wave,) = readers.send()
    with deaf_port() as readers.port, pytest.raises(Exception, match="does not take our mail"):
        readers.run()
    assert sink.received == []
    assert set(readers.states(wave).values()) == {"pending"}
    assert all(r["attempts"] == [] for r in readers.records())


def test_an_outbox_files_the_copies(readers: Office) -> None:
    readers.settings["sending"] = Sending(transport=Transport.OUTBOX)
    readers.send()
    readers.run()
    filed = sorted((readers.folder / "outbox").glob("*.eml"))
    assert [f.read_bytes() for f in filed] == [readers.eml(r["delivery"]) for r in readers.records()]


def test_limits_are_kept(readers: Office, sink: Sink) -> None:
    readers.settings["limits"] = Limits(messages_per_second=2)
    (wave,) = readers.send()
    readers.run()
    launched = readers.wave(wave).launched_at
    assert launched is not None
    assert len(sink.received) == 4
    assert max(r.at for r in sink.received) - launched >= 3 * timedelta(seconds=0.5)
