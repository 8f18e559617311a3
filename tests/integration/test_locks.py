"""Two transactions at once on PostgreSQL: none overwrites what the other decided, and none waits for one that waits for it.

SQLite has one writer at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text, update
from sqlmodel import Session, col, select

from distro.dispatch import verbs
from distro.dispatch.delivery import Delivery, State, Verb
from distro.dispatch.job import Job
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.outcomes import Outcome, Outcomes
from distro.dispatch.retry import Class, Verdict
from distro.editorial import desk
from distro.editorial.plan import Wave
from distro.errors import Refused
from distro.mail.transport import Reply
from tests.integration.test_taken_for_dead import ADA, going, ready
from tests.office import WRITER, Office, now

__all__ = ["going"]


@pytest.fixture
def two(going: Office) -> Office:
    if going.store.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    return going


@contextmanager
def meanwhile(office: Office, at: Callable[[str], bool], work: Callable[[], object]) -> Iterator[list[BaseException]]:
    """Start `work` in another thread when this one is about to run a statement `at` which that is so, and give it a second.
    It has ended afterwards; what it raised is in the list."""
    raised: list[BaseException] = []
    other = threading.Thread(target=kept, args=(work, raised))

    def look(_c: object, _u: object, statement: str, *_more: object) -> None:
        if threading.current_thread() is threading.main_thread() and other.ident is None and at(statement):
            other.start()
            other.join(1.0)

    event.listen(office.store.engine, "before_cursor_execute", look)
    try:
        yield raised
    finally:
        event.remove(office.store.engine, "before_cursor_execute", look)
        other.join(20)
        assert not other.is_alive()


def refused_for_our_set_up(job: Job) -> Outcome:
    refused = Reply("mail", 550, "550 5.7.26 Not authenticated")
    return Outcome(job, "me", refused, Verdict(Verb.REFUSE, None, Class.POLICY), "", now())


def test_a_cancel_stands_though_a_refusal_would_hold_the_wave_at_that_moment(two: Office) -> None:
    job = ready(two, "me")
    outcome = refused_for_our_set_up(job)

    def cancel() -> None:
        with two.write() as session:
            verbs.cancel(session, job.claimed.wave_id, actor=WRITER, at=now())

    with meanwhile(two, lambda statement: statement.startswith("UPDATE wave"), cancel) as raised, two.write() as session:
        Outcomes(two.vault).outcome(session, [outcome])
    assert raised == []
    assert two.wave(job.claimed.wave_id).state == "cancelled"


def test_a_refusal_of_our_own_takes_the_wave_before_the_delivery(two: Office) -> None:
    """As whoever cancels a wave does; else each could have what the other wants."""
    job = ready(two, "me")
    outcome = refused_for_our_set_up(job)

    def refuse() -> None:
        with two.write() as session:
            Outcomes(two.vault).outcome(session, [outcome])

    raised: list[BaseException] = []
    with two.write() as session:
        session.exec(select(Wave).where(Wave.id == job.claimed.wave_id).with_for_update()).one()
        other = started(refuse, raised)
        session.connection().execute(update(Delivery).where(col(Delivery.id) == job.claimed.id).values(lane=7))
    other.join(20)
    assert raised == []
    assert two.wave(job.claimed.wave_id).state == "held"


@pytest.mark.altered
def test_sweeping_up_after_a_cancel_leaves_a_refusal_what_it_is(two: Office) -> None:
    job = ready(two, "me")
    with two.write() as session:
        verbs.cancel(session, job.claimed.wave_id, actor=WRITER, at=now())

    def sweep() -> None:
        verbs.cancel_deliveries(two.store, [job.claimed.wave_id], actor=WRITER.name, at=now(), reason="cancelled")

    with two.write() as session:
        _refuse(session, job)
        sweeping = threading.Thread(target=sweep)
        sweeping.start()
        sweeping.join(1.0)  # it waits for this very row
    sweeping.join(20)
    assert two.delivery(ADA).state == "refused"


def _refuse(session: Session, job: Job) -> None:
    values = {"state": State.REFUSED.value, "worker": None, "lease_until": None}
    session.connection().execute(update(Delivery).where(col(Delivery.id) == job.claimed.id).values(**values))


def test_sending_again_and_a_mark_do_not_wait_for_each_other(two: Office) -> None:
    job = ready(two, "me")
    permits: list[object] = []

    def mark() -> None:
        with two.write() as session:
            permits.extend(Marking(two.vault).mark(session, [Mark(job, "me", now(), clock_steady=True)]))

    def again() -> None:
        with two.write() as session:
            verbs.resend(session, job.claimed.id, actor=WRITER, at=now())

    with (
        meanwhile(two, lambda statement: "FROM wave" in statement and "FOR UPDATE" in statement, mark) as raised,
        pytest.raises(Refused, match=r"is (claimed|in_flight)"),
    ):
        again()
    assert raised == []
    assert permits != [None]


def test_a_recall_and_marks_of_two_waves_do_not_wait_for_each_other(two: Office) -> None:
    two.contact("bea@diario.example.net", languages="en", tier="8")
    two.segment("More", "tier<=8")
    (second,) = two.schedule("clinic", "More")
    first = two.delivery(ADA).wave_id
    with two.write() as session:  # where a table is read as it lies, this one comes last now
        session.connection().execute(update(Wave).where(col(Wave.id) == first).values(reason="moved"))
    with two.write() as session:
        session.connection().execute(text("ANALYZE wave"))

    def mark() -> None:
        with two.write() as session:
            Marking(two.vault)._waves(session, {first, second})

    def recall() -> None:
        with two.write() as session:
            desk.recall(session, desk.find_release(session, "clinic"), reason="wrong", actor=WRITER, at=now())

    raised: list[BaseException] = []
    with two.write() as session:  # both want the first, the recall a little earlier
        session.exec(select(Wave).where(Wave.id == first).with_for_update()).one()
        others = [started(recall, raised), started(mark, raised)]
    for other in others:
        other.join(20)
    assert raised == []
    assert two.wave(first).state == two.wave(second).state == "cancelled"


def started(work: Callable[[], object], raised: list[BaseException]) -> threading.Thread:
    """A thread at work on this, that has had time to come to where it must wait."""
    other = threading.Thread(target=kept, args=(work, raised))
    other.start()
    time.sleep(0.5)
    return other


def kept(work: Callable[[], object], raised: list[BaseException]) -> None:
    """Do this, and keep what it raised."""
    try:
        work()
    except Exception as wrong:
        raised.append(wrong)
