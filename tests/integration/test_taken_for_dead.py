"""A bot that was taken for dead, and was only slow: what it learnt is not lost, and nobody gets a copy more for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from distro.db import AGAIN
from distro.dispatch import wave
from distro.dispatch.claims import Claim, claim, take_back
from distro.dispatch.delivery import Delivery, Verb
from distro.dispatch.job import Job
from distro.dispatch.making import Making
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.outcomes import Outcome, Outcomes
from distro.dispatch.retry import Class, Verdict
from distro.mail.transport import Reply
from tests.office import Office, now
from tests.sink import Sink

ADA = "ada@daily.example.com"
TAKEN = Verdict(Verb.ACCEPT, None, Class.ACCEPTED)


@pytest.fixture
def going(office: Office) -> Office:
    """A wave to one reader that is sending."""
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.prepare()
    wave.launch_due(office.store, office.config, now(), clock_steady=True)
    return office


def on_the_wire(office: Office, worker: str) -> Job:
    """Claimed, made ready and marked by this bot."""
    job = ready(office, worker)
    with office.write() as session:
        (permit,) = Marking(office.vault).mark(session, [Mark(job, worker, now(), clock_steady=True)])
    assert permit is not None
    return job


def ready(office: Office, worker: str) -> Job:
    """Claimed by this bot and made ready."""
    with office.write() as session:
        claims = claim(session, Claim(worker, 1, now()))
    (job,) = Making(office.store, office.vault, office.config, None).make_ready(claims)
    return job


def taken_back(office: Office, *, hold: bool = False) -> None:
    """By another bot, once the lease ran out."""
    with office.write() as session:
        later = now() + timedelta(minutes=1)
        assert take_back(session, later, me="the other", all_of_them=False, hold=hold) == (0, 1)
    if not hold:
        with office.write() as session:
            session.add(brought_forward(office))


def brought_forward(office: Office) -> Delivery:
    delivery = office.delivery(ADA)
    delivery.due_at = now()
    return delivery


def told(office: Office, job: Job, verdict: Verdict = TAKEN, code: int = 250, *, again: bool = False) -> None:
    """What became of the job is written; `again`: after a try that came to nothing."""
    reply = Reply("dot", code, f"{code} what the server said", content_sent=verdict is TAKEN)
    outcome = Outcome(job, "any", reply, verdict, "immediate", now())
    if again:
        again_told(office, outcome)
        return
    with office.write() as session:
        Outcomes(office.vault).outcome(session, [outcome])


def again_told(office: Office, outcome: Outcome) -> None:
    with office.write() as session:
        session.info[AGAIN] = True
        Outcomes(office.vault).outcome(session, [outcome])


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after the store was away"])
def test_a_reply_that_comes_after_the_delivery_was_taken_back_settles_it(going: Office, sink: Sink, again: bool) -> None:
    job = on_the_wire(going, "slow")
    taken_back(going)
    assert going.delivery(ADA).state == "uncertain"
    told(going, job, again=again)

    assert going.delivery(ADA).state == "accepted"
    going.run()
    assert sink.received == []


def test_what_was_recorded_is_not_recorded_twice(going: Office) -> None:
    job = on_the_wire(going, "slow")
    outcome = Outcome(job, "slow", Reply("dot", 250, "250 ok", content_sent=True), TAKEN, "immediate", now())
    for _ in range(2):
        again_told(going, outcome)
    assert len(going.entries("delivery.accepted")) == 1
    assert going.entries("delivery.late_reply") == []


def test_what_was_learnt_late_is_not_recorded_twice_either(going: Office) -> None:
    job = on_the_wire(going, "slow")
    taken_back(going)
    outcome = Outcome(job, "slow", Reply("dot", 250, "250 ok", content_sent=True), TAKEN, "immediate", now())
    for _ in range(2):
        again_told(going, outcome)
    assert len(going.entries("delivery.accepted")) == 1
    assert going.entries("delivery.late_reply") == []


def test_a_late_reply_stops_the_other_bot_that_has_the_delivery_in_hand(going: Office) -> None:
    slow = on_the_wire(going, "slow")
    taken_back(going)
    other = ready(going, "the other")
    told(going, slow)

    with going.write() as session:
        assert Marking(going.vault).mark(session, [Mark(other, "the other", now(), clock_steady=True)]) == [None]
    assert going.delivery(ADA).state == "accepted"


def test_a_late_reply_settles_what_the_other_bot_was_asked_to_bring_later(going: Office) -> None:
    slow = on_the_wire(going, "slow")
    taken_back(going)
    told(going, on_the_wire(going, "the other"), Verdict(Verb.DEFER, now(), Class.SOFT), 451)
    assert going.delivery(ADA).state == "deferred"
    told(going, slow)

    assert (going.delivery(ADA).state, going.delivery(ADA).due_at) == ("accepted", None)


def test_a_late_reply_settles_what_waits_for_a_person(going: Office) -> None:
    slow = on_the_wire(going, "slow")
    taken_back(going, hold=True)
    assert going.delivery(ADA).state == "held"
    told(going, slow)

    assert going.delivery(ADA).state == "accepted"


def test_a_late_refusal_settles_nothing(going: Office) -> None:
    slow = on_the_wire(going, "slow")
    taken_back(going)
    told(going, slow, Verdict(Verb.REFUSE, None, Class.REFUSED), 554)

    assert going.delivery(ADA).state == "uncertain"
    assert len(going.entries("delivery.late_reply")) == 1


def test_a_claim_that_a_bot_does_not_know_of_is_free_again_once_its_lease_ran_out(going: Office, sink: Sink) -> None:
    """Its commit was done after the connection had been lost, and after it had been tried again over another."""
    with going.write() as session:
        (lost,) = claim(session, Claim("me", 1, now()))
    later = now() + timedelta(minutes=1)
    for when, mine, freed in ((now(), (), 0), (later, (lost.id,), 0), (later, (), 1)):
        with going.write() as session:
            assert take_back(session, when, me="me", all_of_them=False, hold=False, mine=mine) == (freed, 0)
    with going.write() as session:
        session.add(brought_forward(going))
    going.run()
    assert [r.to for r in sink.received] == [ADA]


def test_what_a_bot_has_on_the_wire_is_never_taken_back_by_itself(going: Office) -> None:
    on_the_wire(going, "me")
    with going.write() as session:
        later = now() + timedelta(minutes=1)
        assert take_back(session, later, me="me", all_of_them=False, hold=False, mine=()) == (0, 0)


def in_hand_twice(office: Office) -> tuple[Job, Job]:
    """Claimed by a bot, taken back while it was thought dead, and claimed by it again."""
    older = ready(office, "me")
    with office.write() as session:
        assert take_back(session, now() + timedelta(minutes=1), me="the other", all_of_them=False, hold=False) == (1, 0)
    with office.write() as session:
        session.add(brought_forward(office))
    return older, ready(office, "me")


def test_of_two_claims_of_one_delivery_only_the_newer_may_leave(going: Office) -> None:
    older, newer = in_hand_twice(going)
    with going.write() as session:
        marks = [Mark(job, "me", now(), clock_steady=True) for job in (older, newer)]
        permits = Marking(going.vault).mark(session, marks)
    assert permits[0] is None
    assert permits[1] is not None
    assert newer.copy is not None
    assert going.delivery(ADA).sha256 == newer.copy.sha256


def test_of_two_claims_of_one_delivery_the_older_ones_reply_comes_late(going: Office) -> None:
    older, newer = in_hand_twice(going)
    with going.write() as session:
        Marking(going.vault).mark(session, [Mark(newer, "me", now(), clock_steady=True)])
    reply = Reply("dot", 250, "250 ok", content_sent=True)
    with going.write() as session:  # the older one had no permit: its copy may be another, of another second
        told = [Outcome(job, "me", reply, TAKEN, basis, now()) for job, basis in ((older, ""), (newer, "immediate"))]
        Outcomes(going.vault).outcome(session, told)
    assert going.delivery(ADA).state == "accepted"
    assert len(going.entries("delivery.accepted")) == 1
    assert len(going.entries("delivery.late_reply")) == 1
