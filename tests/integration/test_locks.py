"""Two transactions at once on PostgreSQL: none overwrites what the other decided, and none waits for one that waits for it.

SQLite has one writer at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update
from sqlmodel import Session, col

from distro.dispatch import verbs
from distro.dispatch.delivery import Delivery, State, Verb
from distro.dispatch.job import Job
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.outcomes import Outcome, Outcomes
from distro.dispatch.retry import Class, Verdict
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

    def run() -> None:
        try:
            work()
        except Exception as wrong:
            raised.append(wrong)

    other = threading.Thread(target=run)

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


def test_a_cancel_stands_though_a_refusal_would_hold_the_wave_at_that_moment(two: Office) -> None:
    job = ready(two, "me")
    refused = Reply("mail", 550, "550 5.7.26 Not authenticated")
    outcome = Outcome(job, "me", refused, Verdict(Verb.REFUSE, None, Class.POLICY), "", now())

    def cancel() -> None:
        with two.write() as session:
            verbs.cancel(session, job.claimed.wave_id, actor=WRITER, at=now())

    with meanwhile(two, lambda statement: statement.startswith("UPDATE wave"), cancel) as raised, two.write() as session:
        Outcomes(two.vault).outcome(session, [outcome])
    assert raised == []
    assert two.wave(job.claimed.wave_id).state == "cancelled"


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
