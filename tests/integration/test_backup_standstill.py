"""A restored office sends nothing by itself: what was under way is held, and needs a person's word about the old machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from distro.backup.standstill import UNFINISHED
from distro.config import Alerts, Sending, Uncertain
from distro.dispatch import verbs
from distro.dispatch.alerts import alert
from distro.dispatch.claims import Claim, claim
from distro.dispatch.holding import hold
from distro.dispatch.settling import How, Word, settle, settle_all
from distro.dispatch.wave import launch_due
from distro.editorial import desk
from distro.editorial.plan import WAVE_TRANSITIONS, Wave, WaveState, WaveVerb
from distro.errors import Refused
from tests.auditing import audited
from tests.backups import Elsewhere, make, with_admin
from tests.office import APPROVER, WRITER, Office, approve_checked, content, now, submit_checked
from tests.sink import Sink

PEOPLE = [f"reader{n}@outlet{n % 3}.example.org" for n in range(8)]
LATE = PEOPLE[:4]
"""Whose server says "later", as long as the old machine lives."""


@pytest.fixture
def elsewhere(elsewhere_url: str, tmp_path: Path, sink: Sink) -> Elsewhere:
    return Elsewhere(elsewhere_url, tmp_path / "elsewhere", sink.port)


@pytest.fixture
def office(office: Office, sink: Sink) -> Office:
    with_admin(office)
    for address in PEOPLE:
        office.contact(address, languages="en", tier="1", agrees=True)
    office.segment("All", "tier<=9")
    sink.at_dot = lambda to, _: "451 4.3.0 later" if to in LATE else None
    return office


def soon(**time_: float) -> str:
    return (now() + timedelta(**time_)).isoformat()


def resume(office: Office, wave: int, *, word: bool = False) -> None:
    with office.write() as session:
        verbs.resume(session, wave, actor=WRITER, at=now(), not_sent_elsewhere=word)


def approve(office: Office, slug: str, *, word: bool = False) -> None:
    with office.write() as session:
        approve_checked(
            session,
            desk.find_release(session, slug),
            actor=APPROVER,
            people=2,
            late_limit=timedelta(minutes=30),
            at=now(),
            not_sent_elsewhere=word,
        )


@pytest.fixture
def restored(office: Office, elsewhere: Elsewhere, tmp_path: Path, sink: Sink) -> Office:
    """Backed up with a wave in every state, two deliveries in the hands of the bot; restored, its mail server well again."""
    sent = office.send(content("sent"))
    sink.at_dot = lambda _to, _octets: None
    office.run()
    office.prepare()
    with office.write() as session:  # what was deferred goes at once
        session.connection().execute(text("UPDATE delivery SET due_at = 1 WHERE due_at IS NOT NULL"))
    office.run()
    sink.at_dot = lambda to, _: "451 4.3.0 later" if to in LATE else None
    sending = office.send(content("sending"))
    office.run()
    preparing = office.send(content("preparing"), at=soon(minutes=5))
    office.prepare()
    proposed = office.schedule(office.release(content("proposed")), "All", at=soon(hours=4))
    armed = office.send(content("armed", embargo=now() + timedelta(hours=4)))
    paused = office.send(content("paused"), at=soon(hours=4))
    held = office.send(content("held"), at=soon(hours=4))
    cancelled = office.send(content("cancelled"), at=soon(hours=4))
    with office.write() as session:
        verbs.pause(session, paused[0], actor=WRITER, at=now(), reason="lunch")
        hold(session, session.get_one(Wave, held[0]), "It is late.", now())
        verbs.cancel(session, cancelled[0], actor=WRITER, at=now())
        ids = "SELECT id FROM delivery WHERE wave_id = :wave AND state = 'deferred' ORDER BY id LIMIT 2"
        first, second = session.connection().execute(text(ids), {"wave": sending[0]}).scalars()
        hand = "UPDATE delivery SET state = :state, due_at = NULL, worker = 'dead', lease_until = 1 WHERE id = :id"
        session.connection().execute(text(hand), {"state": "in_flight", "id": first})
        session.connection().execute(text(hand), {"state": "claimed", "id": second})
    waves = [sent, sending, preparing, proposed, armed, paused, held, cancelled]
    assert [office.wave(w).state for (w,) in waves] == [
        "done", "sending", "preparing", "proposed", "armed", "paused", "held", "cancelled",
    ]  # fmt: skip
    make(office, tmp_path / "b", with_key=True)
    elsewhere.restore(tmp_path / "b")
    sink.at_dot = lambda _to, _octets: None
    return elsewhere.office()


def test_every_wave_that_could_leave_is_held_and_says_why(restored: Office) -> None:
    states = [restored.wave(w).state for w in range(1, 9)]
    assert states == ["done", "held", "held", "proposed", "held", "held", "held", "cancelled"]
    sending, preparing, paused, held = (restored.wave(w).reason for w in (2, 3, 6, 7))
    assert sending.startswith("Restored from a backup of ")
    assert "when it was sending: what is shown as waiting may have been sent since" in sending
    assert "`wave resume 2 --not-sent-elsewhere`" in sending
    assert "when it was preparing: the machine of the backup may have sent it since" in preparing
    assert "when it was paused, for 'lunch':" in paused
    assert "when it was held, for 'It is late.':" in held


def test_what_bots_had_in_hand_is_taken_back_at_once(restored: Office) -> None:
    assert sorted(restored.states(2).values()) == ["accepted"] * 4 + ["deferred"] * 3 + ["uncertain"]
    assert len(restored.entries("delivery.uncertain")) == 1


def test_a_bot_on_it_sends_nothing(restored: Office, sink: Sink) -> None:
    before = len(sink.received)
    with restored.write() as session:
        session.connection().execute(text("UPDATE delivery SET due_at = 1 WHERE due_at IS NOT NULL"))
    restored.run()
    assert len(sink.received) == before
    assert sorted(restored.states(2).values()) == ["accepted"] * 4 + ["deferred"] * 3 + ["uncertain"]
    assert {restored.wave(w).state for w in (2, 3, 5, 6, 7)} == {"held"}


def claimed_at(office: Office, at: datetime) -> int:
    """How many copies a bot would take in hand at that hour."""
    office.prepare(at)
    launch_due(office.store, office.config, at, clock_steady=True)
    with office.write() as session:
        return len(claim(session, Claim("me", 100, at)))


def test_an_embargoed_wave_does_not_leave_at_its_hour(office: Office, elsewhere: Elsewhere, tmp_path: Path, sink: Sink) -> None:
    lift = now() + timedelta(minutes=20)
    office.send(content("embargoed", embargo=lift))
    make(office, tmp_path / "b", with_key=True)
    elsewhere.restore(tmp_path / "b")
    there = elsewhere.office()
    assert claimed_at(there, lift) == 0
    there.run()
    assert sink.received == []
    assert there.wave(1).state == "held"
    assert claimed_at(office, lift) == len(PEOPLE), "from the machine of the backup it does"


def test_the_staff_is_told_and_nobody_else(office: Office, elsewhere: Elsewhere, tmp_path: Path, sink: Sink) -> None:
    office.send(content("armed"), at=soon(hours=3))
    make(office, tmp_path / "b", with_key=True)
    elsewhere.restore(tmp_path / "b")
    there = elsewhere.office()
    there.settings["alerts"] = Alerts(to=("editor@press.example.org",))
    there.run()
    (notice,) = sink.received
    assert notice.to == "editor@press.example.org"
    assert "Restored from a backup of" in notice.subject
    assert "general wave 1 of armed, which was armed" in notice.text()


def test_a_wave_goes_on_only_with_a_word_about_the_old_machine(restored: Office, sink: Sink) -> None:
    before = len(sink.received)
    with pytest.raises(Refused, match=r"Wave 2 came with a backup of .* may have sent copies after that"):
        resume(restored, 2)
    assert restored.wave(2).state == "held"
    resume(restored, 2, word=True)
    with restored.write() as session:
        session.connection().execute(text("UPDATE delivery SET due_at = 1 WHERE due_at IS NOT NULL"))
    restored.run()
    assert sorted(r.to for r in sink.received[before:]) == sorted(LATE)
    assert set(restored.states(2).values()) == {"accepted"}
    (word,) = restored.entries("wave.not_sent_elsewhere")
    assert (word.actor, word.subject) == (WRITER.name, "wave:2")


def test_the_word_is_asked_for_once(restored: Office) -> None:
    resume(restored, 5, word=True)
    with restored.write() as session:
        verbs.pause(session, 5, actor=WRITER, at=now())
    resume(restored, 5)
    assert len(restored.entries("wave.not_sent_elsewhere")) == 1


def test_a_new_hour_is_no_way_round_it(restored: Office) -> None:
    with restored.write() as session:
        release = desk.find_release(session, "preparing")
        desk.reschedule(session, release, at=soon(hours=5), office_zone="America/New_York", actor=WRITER, at_now=now())
    for slug in ("preparing", "proposed"):
        with pytest.raises(Refused, match=f"distro --as NAME release approve {slug} --not-sent-elsewhere"):
            approve(restored, slug)
        approve(restored, slug, word=True)
    assert {restored.wave(w).state for w in (3, 4)} == {"armed"}


def test_what_is_planned_afterwards_needs_no_such_word(restored: Office) -> None:
    (wave,) = restored.send(content("new"), at=soon(hours=3))
    with restored.write() as session:
        verbs.pause(session, wave, actor=WRITER, at=now())
    resume(restored, wave)
    assert restored.wave(wave).state == "armed"


def test_a_new_wave_of_a_release_that_came_along_is_asked_about_too(restored: Office) -> None:
    """The other machine may have sent the release after the backup, by this hour's wave or another: whether the wave that was
    under way is cancelled here, or there was none yet."""
    with restored.write() as session:
        verbs.cancel(session, 5, actor=WRITER, at=now())
        desk.recall(session, desk.find_release(session, "armed"), reason="", actor=WRITER, at=now())
        added = desk.add(session, content("armed", text="The clinic opens, at last."), actor=WRITER, at=now())
        submit_checked(session, added.release, public_url="", actor=WRITER, at=now())
    (new,) = restored.schedule("armed", "All", at=soon(hours=5))
    with pytest.raises(Refused, match=f"Wave {new} is of a release that came with a backup of .* would get it twice"):
        approve(restored, "armed")
    approve(restored, "armed", word=True)
    with restored.write() as session:
        verbs.pause(session, new, actor=WRITER, at=now())
    resume(restored, new)
    assert [entry.subject for entry in restored.entries("wave.not_sent_elsewhere")] == [f"wave:{new}"]


@pytest.fixture
def doubtful(office: Office, elsewhere: Elsewhere, tmp_path: Path, sink: Sink) -> Office:
    """Restored with a wave that is done but for two copies, which wait for a person."""
    office.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    sink.at_dot = lambda to, _: "drop" if to in PEOPLE[:2] else None
    (wave,) = office.send(content("sent"))
    office.run()
    assert office.wave(wave).state == "done"
    make(office, tmp_path / "b", with_key=True)
    elsewhere.restore(tmp_path / "b")
    sink.at_dot = lambda _to, _octets: None
    sink.received.clear()
    return elsewhere.office()


def test_settling_by_sending_again_needs_the_word(doubtful: Office, sink: Sink) -> None:
    first, second = (doubtful.delivery(address).id or 0 for address in PEOPLE[:2])
    resend = Word(How.RESEND, WRITER, now())
    settling = pytest.raises(Refused, match=f"distro --as NAME wave settle {first} --resend --not-sent-elsewhere")
    with settling, doubtful.write() as session:
        settle(session, first, resend)
    with pytest.raises(Refused, match="distro --as NAME wave settle --all 1 --resend --not-sent-elsewhere"):
        settle_all(doubtful.store, 1, resend)
    resending = pytest.raises(Refused, match=f"distro --as NAME wave resend {second} --not-sent-elsewhere")
    with resending, doubtful.write() as session:
        verbs.resend(session, second, actor=WRITER, at=now())
    assert doubtful.wave(1).state == "done"
    assert doubtful.entries("wave.reopen") == []
    with doubtful.write() as session:  # which sends nothing
        settle(session, second, Word(How.GIVE_UP, WRITER, now(), "nobody answers"))
        settle(session, first, Word(How.RESEND, WRITER, now(), not_sent_elsewhere=True))
    doubtful.run()
    assert [received.to for received in sink.received if received.to in PEOPLE] == [PEOPLE[0]]
    assert [entry.subject for entry in doubtful.entries("wave.not_sent_elsewhere")] == ["wave:1"]
    assert audited(doubtful) == []


def test_the_word_is_given_once_for_all_of_a_wave(doubtful: Office, sink: Sink) -> None:
    assert settle_all(doubtful.store, 1, Word(How.RESEND, WRITER, now(), not_sent_elsewhere=True)) == 2
    doubtful.run()
    assert sorted(received.to for received in sink.received if received.to in PEOPLE) == PEOPLE[:2]
    assert len(doubtful.entries("wave.not_sent_elsewhere")) == 1
    with doubtful.write() as session:
        verbs.resend(session, doubtful.delivery(PEOPLE[3]).id or 0, actor=WRITER, at=now())


def test_notices_that_waited_are_told_in_one_and_not_mailed_again(
    office: Office, elsewhere: Elsewhere, tmp_path: Path, sink: Sink
) -> None:
    with office.write() as session:
        for n in range(25):
            alert(session, f"Wave {n} is held", "See it.", at=now())
    make(office, tmp_path / "b", with_key=True)
    elsewhere.restore(tmp_path / "b")
    there = elsewhere.office()
    there.settings["alerts"] = Alerts(to=("editor@press.example.org",))
    there.run()
    (notice,) = sink.received
    assert "Restored from a backup of" in notice.subject
    told = notice.text()
    assert "Notices that waited to be mailed then, and are not mailed again:\n  5 older ones\n" in told.replace("\r\n", "\n")
    assert [f"Wave {n} is held" in told for n in (4, 5, 24)] == [False, True, True]


def test_an_office_that_was_never_restored_is_never_asked(office: Office) -> None:
    (wave,) = office.send(content("new"), at=soon(hours=3))
    with office.write() as session:
        verbs.pause(session, wave, actor=WRITER, at=now())
    resume(office, wave)
    assert office.wave(wave).state == "armed"


def test_no_wave_that_could_leave_by_a_bot_or_a_resuming_is_forgotten() -> None:
    going = {state for state, verb in WAVE_TRANSITIONS if verb in (WaveVerb.PREPARE, WaveVerb.LAUNCH, WaveVerb.RESUME)}
    assert going | {WaveState.SENDING} == set(UNFINISHED)
    assert all(WAVE_TRANSITIONS[state, WaveVerb.HOLD] is WaveState.HELD for state in UNFINISHED)
