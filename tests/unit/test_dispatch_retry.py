"""What a reply means, code by code, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.dispatch.delivery import DELIVERY_TRANSITIONS, State, Verb, leads_to, starts_from
from distro.dispatch.retry import Class, classify, judge
from distro.mail.transport import Reply

AT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
DAYS = timedelta(days=5)


@pytest.mark.parametrize(
    ("phase", "text", "means"),
    [
        ("dot", "250 2.0.0 Ok: queued as 4F1", Class.ACCEPTED),
        ("rcpt", "550 5.1.1 The email account that you tried to reach does not exist", Class.HARD),
        ("rcpt", "550 5.1.10 Recipient not found by SMTP address lookup", Class.HARD),
        ("rcpt", "550 5.2.1 The mailbox is disabled", Class.HARD),
        ("rcpt", "550 No such user here", Class.HARD),
        ("rcpt", "550 Your address 192.0.2.1 is listed on our block list", Class.BLOCK),
        ("rcpt", "550 Blocked: poor reputation", Class.BLOCK),
        ("dot", "550 no reason given", Class.REFUSED),
        ("rcpt", "452 4.2.2 The recipient's inbox is out of storage space", Class.SOFT),
        ("rcpt", "552 5.2.2 Mailbox full", Class.SOFT),
        ("rcpt", "450 4.2.1 Greylisted, try again in five minutes", Class.SOFT),
        ("rcpt", "452 4.5.3 Too many recipients", Class.SOFT),
        ("mail", "421 4.3.2 Service shutting down", Class.SOFT),
        ("mail", "421 4.7.0 Try again later, closing connection", Class.BLOCK),
        ("dot", "421 4.7.28 Our system has detected an unusual rate of unsolicited mail", Class.BLOCK),
        ("dot", "550 5.7.1 Our system has detected that this message is likely spam", Class.CONTENT),
        ("dot", "550 5.7.1 Messages from this address were blocked using a block list", Class.BLOCK),
        ("dot", "550 5.7.26 Unauthenticated email is not accepted", Class.POLICY),
        ("dot", "550 5.7.515 Access denied, sending domain does not meet the required level", Class.POLICY),
        ("dot", "552 5.3.4 Message too big for system", Class.CONTENT),
        ("dot", "554 5.6.0 Invalid message content", Class.CONTENT),
        ("mail", "553 5.6.7 Address needs SMTPUTF8", Class.ENCODING),
        ("rcpt", "554 Transaction failed", Class.REFUSED),
        ("dot", "(no reply: connection lost)", Class.SILENT),
    ],
)
def test_a_reply_is_read_by_its_codes(phase: str, text: str, means: Class) -> None:
    code = int(text[:3]) if text[:3].isdigit() else 0
    reply = Reply(phase, code, text)  # type: ignore[arg-type]
    assert classify(phase, reply.code, reply.enhanced, reply.text) is means


def test_retries_come_after_1_5_15_30_minutes_and_then_every_2_hours() -> None:
    waits = []
    for attempts in range(1, 8):
        verdict = judge(Class.SOFT, attempts=attempts, first_at=AT, now=AT, give_up=DAYS)
        assert verdict.due_at is not None
        waits.append(int((verdict.due_at - AT).total_seconds() // 60))
    assert waits == [1, 5, 15, 30, 120, 120, 120]


def test_after_five_days_it_expires() -> None:
    verdict = judge(Class.SOFT, attempts=60, first_at=AT, now=AT + DAYS - timedelta(minutes=1), give_up=DAYS)
    assert (verdict.state, verdict.due_at) == (State.EXPIRED, None)


def test_doubt_ends_too_and_is_not_sent_again_for_ever() -> None:
    late = AT + DAYS - timedelta(minutes=1)
    verdict = judge(Class.SILENT, attempts=60, first_at=AT, now=late, give_up=DAYS, content_sent=True)
    assert (verdict.state, verdict.due_at) == (State.EXPIRED, None)


def test_silence_is_doubt_only_once_the_content_was_sent() -> None:
    before = judge(Class.SILENT, attempts=1, first_at=AT, now=AT, give_up=DAYS)
    after = judge(Class.SILENT, attempts=1, first_at=AT, now=AT, give_up=DAYS, content_sent=True)
    held = judge(Class.SILENT, attempts=1, first_at=AT, now=AT, give_up=DAYS, content_sent=True, hold=True)
    assert [v.state for v in (before, after, held)] == [State.DEFERRED, State.UNCERTAIN, State.HELD]
    assert held.due_at is None


@given(
    phase=st.sampled_from(["mail", "rcpt", "data", "dot"]),
    code=st.integers(0, 599),
    enhanced=st.from_regex(r"\A(|[245]\.[0-9]{1,3}\.[0-9]{1,3})\Z"),
    text=st.text(max_size=80),
    attempts=st.integers(1, 100),
    sent=st.booleans(),
)
def test_any_reply_has_one_meaning_and_a_step_that_the_table_allows(
    phase: str, code: int, enhanced: str, text: str, attempts: int, sent: bool
) -> None:
    because = classify(phase, code, enhanced, text)
    verdict = judge(because, attempts=attempts, first_at=AT, now=AT, give_up=DAYS, content_sent=sent)
    assert (State.IN_FLIGHT, verdict.verb) in DELIVERY_TRANSITIONS
    assert (verdict.due_at is not None) == (verdict.state in (State.DEFERRED, State.UNCERTAIN))
    assert (verdict.state is State.ACCEPTED) == (200 <= code < 300)


def test_every_step_of_a_delivery_leads_to_one_state_and_starts_somewhere() -> None:
    for verb in Verb:
        assert leads_to(verb) in State
        assert starts_from(verb)
