"""A person settles what is in doubt: three answers, each one entry, none that could send a second copy unasked."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from distro.archive.ledger import Entry
from distro.config import Sending, Uncertain
from distro.dispatch import verbs, wave
from distro.dispatch.alerts import Alert
from distro.dispatch.claims import Claim, claim
from distro.dispatch.delivery import LIVE, Delivery, State
from distro.dispatch.doubts import reason_of, tell_held, untold_held
from distro.dispatch.settling import How, Word, settle, settle_all
from distro.editorial import desk
from distro.errors import Refused
from distro.staff import Actor, Role
from tests.office import WRITER, Office, now
from tests.prepared import Prepared
from tests.sink import Sink

ADA, BEA, CAL = "ada@daily.example.com", "bea@diario.example.net", "cal@city.example.org"
AUDITOR = Actor("Olga Example", Role.AUDITOR)


def word(how: How, reason: str = "asked by phone", *, by: Actor = WRITER, arrived: datetime | None = None) -> Word:
    return Word(how, by, now(), reason, arrived)


@pytest.fixture
def doubtful(office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Wave 1: the server took Ada's and Bea's copies and hung up without a word, so they are held; Cal's was accepted."""
    return prepared(play, office, sink)


def play(office: Office, sink: Sink) -> None:
    for address in (ADA, BEA, CAL):
        office.contact(address, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    sink.at_dot = lambda to, _: None if to == CAL else "drop"
    assert office.send() == [1]
    office.run()
    sink.at_dot = lambda _to, _octets: None
    assert office.states(1) == {ADA: "held", BEA: "held", CAL: "accepted"}


def number(office: Office, address: str) -> int:
    return office.delivery(address).id or 0


def say(office: Office, address: str, said: Word) -> None:
    with office.write() as session:
        settle(session, number(office, address), said)


def put_into(office: Office, address: str, state: State) -> None:
    with office.write() as session:
        delivery = session.get_one(Delivery, number(office, address))
        delivery.state, delivery.live, delivery.due_at = state.value, state in LIVE, None
        session.add(delivery)


def test_sent_again_it_is_the_identical_copy_and_a_tried_doubt(doubtful: Office, sink: Sink) -> None:
    assert doubtful.wave(1).state == "done"
    say(doubtful, ADA, word(How.RESEND, ""))
    assert (doubtful.states(1)[ADA], doubtful.wave(1).state) == ("uncertain", "sending")
    doubtful.run()

    first, second = sink.to(ADA)
    assert first.octets == second.octets
    assert doubtful.states(1) == {ADA: "accepted", BEA: "held", CAL: "accepted"}
    (record,) = [r for r in doubtful.records(wave=1) if r["delivery"] == number(doubtful, ADA)]
    assert [(a["outcome"], a["uncertain"]) for a in record["attempts"]] == [("held", False), ("accepted", True)]
    assert len(sink.to(BEA)) == 1


def test_a_persons_word_makes_it_accepted_at_the_try_that_nobody_answered(doubtful: Office, sink: Sink) -> None:
    say(doubtful, ADA, word(How.ACCEPTED, "it stands in their log"))
    doubtful.run()

    (record,) = [r for r in doubtful.records(wave=1) if r["delivery"] == number(doubtful, ADA)]
    assert (record["state"], record["accepted_at"]) == ("accepted", record["attempts"][0]["at"])
    (entry,) = doubtful.entries("delivery.settled")
    assert entry.actor == WRITER.name
    assert entry.subject == f"delivery:{record['delivery']}"
    assert '"reason":"it stands in their log"' in entry.payload
    assert '"from":"held","reason":"it stands in their log","to":"accepted"' in entry.payload
    assert len(sink.to(ADA)) == 1


def test_a_person_may_know_the_hour_but_not_one_that_cannot_be(doubtful: Office) -> None:
    with pytest.raises(Refused, match="future"):
        say(doubtful, ADA, word(How.ACCEPTED, arrived=now() + timedelta(hours=1)))
    with pytest.raises(Refused, match="before its copy was made"):
        say(doubtful, ADA, word(How.ACCEPTED, arrived=now() - timedelta(hours=1)))
    with pytest.raises(Refused, match="goes with --accepted"):
        say(doubtful, ADA, word(How.GIVE_UP, arrived=now()))
    told = now()
    say(doubtful, ADA, word(How.ACCEPTED, arrived=told))
    assert doubtful.delivery(ADA).accepted_at == told


def test_given_up_it_ends_and_another_wave_sends_no_second_copy(doubtful: Office, sink: Sink) -> None:
    say(doubtful, ADA, word(How.GIVE_UP))
    assert doubtful.states(1)[ADA] == "expired"
    doubtful.contact("dan@post.example.org", languages="en", tier="1")
    doubtful.schedule("clinic", "All")
    doubtful.approve("clinic")
    doubtful.run()

    assert len(sink.to(ADA)) == 1
    assert len(sink.to("dan@post.example.org")) == 1


@pytest.mark.parametrize("how", [How.ACCEPTED, How.GIVE_UP])
def test_a_word_that_is_hard_to_prove_needs_a_reason(doubtful: Office, how: How) -> None:
    with pytest.raises(Refused, match="--reason"):
        say(doubtful, ADA, word(how, "  "))
    assert doubtful.entries("delivery.settled") == []


@pytest.mark.parametrize("how", How)
def test_an_auditor_settles_nothing(doubtful: Office, how: How) -> None:
    with pytest.raises(Refused, match="auditor and may not settle"):
        say(doubtful, ADA, word(how, by=AUDITOR))
    with pytest.raises(Refused, match="auditor and may not settle"):
        settle_all(doubtful.store, 1, word(how, by=AUDITOR))


@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.IN_FLIGHT, "on the wire just now"),
        (State.CLAIMED, "in hand just now"),
        (State.ACCEPTED, "is accepted; only one that is uncertain or held"),
        (State.CANCELLED, "is cancelled; only one"),
    ],
)
@pytest.mark.altered
def test_what_is_not_in_doubt_is_refused_with_a_sentence(doubtful: Office, state: State, sentence: str, how: How) -> None:
    put_into(doubtful, ADA, state)
    with pytest.raises(Refused, match=sentence):
        say(doubtful, ADA, word(how))
    assert doubtful.delivery(ADA).state == state


def test_there_must_be_such_a_delivery_and_such_a_wave(doubtful: Office) -> None:
    with doubtful.write() as session, pytest.raises(Refused, match="no delivery 999"):
        settle(session, 999, word(How.RESEND))
    with pytest.raises(Refused, match="no wave 999"):
        settle_all(doubtful.store, 999, word(How.RESEND))


def test_nothing_of_a_recalled_release_is_sent_again_but_it_can_be_settled(doubtful: Office) -> None:
    with doubtful.write() as session:
        desk.recall(session, desk.find_release(session, "clinic"), reason="wrong", actor=WRITER, at=now())
    with pytest.raises(Refused, match="recalled"):
        say(doubtful, ADA, word(How.RESEND))
    say(doubtful, ADA, word(How.GIVE_UP))
    assert doubtful.delivery(ADA).state == "expired"


def test_a_paused_wave_is_resumed_before_it_sends_again(doubtful: Office) -> None:
    say(doubtful, ADA, word(How.RESEND))
    with doubtful.write() as session:
        verbs.pause(session, 1, actor=WRITER, at=now())
    with pytest.raises(Refused, match=r"Wave 1 of delivery \d+ is paused; resume it first"):
        say(doubtful, BEA, word(How.RESEND))
    say(doubtful, BEA, word(How.ACCEPTED))
    assert doubtful.states(1)[BEA] == "accepted"


@pytest.mark.altered
def test_what_was_never_sent_cannot_have_arrived(doubtful: Office, sink: Sink) -> None:
    with doubtful.write() as session:
        delivery = session.get_one(Delivery, number(doubtful, ADA))
        delivery.doubt = False
        session.add(delivery)
    with pytest.raises(Refused, match="was ever sent"):
        say(doubtful, ADA, word(How.ACCEPTED))
    assert settle_all(doubtful.store, 1, word(How.ACCEPTED)) == 1
    assert doubtful.states(1) == {ADA: "held", BEA: "accepted", CAL: "accepted"}
    say(doubtful, ADA, word(How.RESEND))
    assert doubtful.states(1)[ADA] == "pending"


def test_all_of_a_wave_are_settled_with_an_entry_each(doubtful: Office, sink: Sink) -> None:
    assert settle_all(doubtful.store, 1, word(How.RESEND)) == 2
    doubtful.run()
    assert set(doubtful.states(1).values()) == {"accepted"}
    assert len(doubtful.entries("delivery.settled")) == 2
    with pytest.raises(Refused, match="no delivery that could be settled"):
        settle_all(doubtful.store, 1, word(How.RESEND))


def test_one_that_the_bot_would_send_again_by_itself_can_be_settled_before(office: Office, sink: Sink) -> None:
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    sink.at_dot = lambda _to, _octets: "drop"
    office.send()
    office.run()
    assert office.states(1) == {ADA: "uncertain"}
    say(office, ADA, word(How.ACCEPTED))
    office.run()
    assert (office.states(1), office.wave(1).state) == ({ADA: "accepted"}, "done")
    assert len(sink.to(ADA)) == 1


def test_a_copy_that_was_accepted_stays_so_when_sending_it_again_is_given_up(office: Office, sink: Sink) -> None:
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()
    sink.at_dot = lambda _to, _octets: "drop"
    with office.write() as session:
        verbs.resend(session, number(office, ADA), actor=WRITER, at=now())
    office.run()
    assert office.states(1) == {ADA: "uncertain"}
    say(office, ADA, word(How.GIVE_UP))
    assert office.states(1) == {ADA: "accepted"}


def alerts(office: Office) -> list[Alert]:
    with office.store.read() as session:
        return list(session.exec(select(Alert).order_by(col(Alert.id))))


def test_the_office_is_told_once_and_again_after_all_were_settled(doubtful: Office, sink: Sink) -> None:
    (told,) = alerts(doubtful)
    assert told.subject.startswith("Waiting for you: ")
    assert f"wave settle {number(doubtful, ADA)} --resend" in told.body
    assert ADA not in told.body
    assert tell_held(doubtful.store, now()) == []

    say(doubtful, ADA, word(How.ACCEPTED))
    assert len(doubtful.entries("wave.none_held")) == 0  # Bea's is still held
    say(doubtful, BEA, word(How.RESEND))
    assert [e.actor for e in doubtful.entries("wave.none_held")] == [WRITER.name]
    sink.at_dot = lambda _to, _octets: "drop"
    doubtful.run()
    assert len(alerts(doubtful)) == 2
    with doubtful.store.read() as session:
        assert untold_held(session, now()) == []


def test_a_wave_that_is_done_says_what_waits_for_a_person(doubtful: Office) -> None:
    done = doubtful.wave(1)
    assert done.state == "done"
    assert reason_of(done, {"held": 2, "accepted": 1}) == "2 deliveries are held and wait for a person: distro wave show 1"
    assert reason_of(done, {"held": 1}) == "1 delivery is held and waits for a person: distro wave show 1"
    assert reason_of(done, {"accepted": 3}) == ""
    done.reason = "delivery 3 is sent again"
    assert reason_of(done, {"held": 1}).endswith(": distro wave show 1 · delivery 3 is sent again")


def going(office: Office) -> None:
    """Ada's delivery is due again, and the bot is not there."""
    say(office, ADA, word(How.RESEND))
    wave.launch_due(office.store, office.config, now(), clock_steady=True)


def test_a_claim_that_was_first_is_told_and_one_that_comes_later_finds_it_settled(doubtful: Office) -> None:
    if doubtful.store.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    going(doubtful)
    said: list[str] = []

    def meanwhile() -> None:
        try:
            say(doubtful, ADA, word(How.GIVE_UP))
        except Refused as refused:
            said.extend(refused.sentences)

    settling = threading.Thread(target=meanwhile)
    with doubtful.write() as session:
        (claimed,) = claim(session, Claim("me", 5, now()))
        settling.start()
        settling.join(0.5)
        assert settling.is_alive()  # waits for the row
    settling.join()
    assert said == [f"The bot has delivery {claimed.id} in hand just now; look again in a moment."]

    put_into(doubtful, ADA, State.UNCERTAIN)
    with doubtful.write() as session:
        settle(session, claimed.id, word(How.GIVE_UP))
        with doubtful.write() as other:
            assert claim(other, Claim("me", 5, now())) == []
    assert doubtful.delivery(ADA).state == "expired"


def test_the_record_holds_no_state_that_nobody_gave(doubtful: Office) -> None:
    """Every settled delivery has its entry, and no other has one."""
    settle_all(doubtful.store, 1, word(How.GIVE_UP))
    with doubtful.store.read() as session:
        settled = session.exec(select(Entry.subject).where(Entry.kind == "delivery.settled")).all()
        expired = session.exec(select(Delivery.id).where(Delivery.state == "expired")).all()
    assert sorted(settled) == sorted(f"delivery:{i}" for i in expired)
