"""What follows from a reply, and when. What it means is test_classify_providers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.dispatch.delivery import DELIVERY_TRANSITIONS, State, Verb, leads_to, starts_from
from distro.dispatch.retry import RELAY, TO_MX, Class, Schedule, classify, comes_again, delay, judge

AT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
DAYS = timedelta(days=5)


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [(RELAY, [1, 5, 15, 30, 120, 120, 120]), (TO_MX, [30, 120, 120, 120, 120, 120, 120])],
    ids=["relay", "mx"],
)
def test_retries_come_soon_and_then_every_2_hours(schedule: Schedule, minutes: list[int]) -> None:
    waits = []
    for attempts in range(1, 8):
        verdict = judge(Class.SOFT, attempts=attempts, first_at=AT, now=AT, give_up=DAYS, schedule=schedule)
        assert verdict.due_at is not None
        assert verdict.due_at - AT == delay(attempts, schedule)
        waits.append(int((verdict.due_at - AT).total_seconds() // 60))
    assert waits == minutes


def test_all_tries_of_a_silent_relay_stay_within_five_days() -> None:
    now, attempts = AT, 1
    while (verdict := judge(Class.SOFT, attempts=attempts, first_at=AT, now=now, give_up=DAYS)).due_at is not None:
        assert now < verdict.due_at <= AT + DAYS
        now, attempts = verdict.due_at, attempts + 1
    assert verdict.verb is Verb.EXPIRE
    assert attempts == 64
    assert AT + DAYS - now < timedelta(hours=2)


@pytest.mark.parametrize("because", [Class.SOFT, Class.BLOCK, Class.SILENT])
def test_nothing_is_tried_at_or_after_the_releases_own_end(because: Class) -> None:
    def state(expires_at: datetime) -> State:
        return judge(because, attempts=1, first_at=AT, now=AT, give_up=DAYS, expires_at=expires_at).state

    assert state(AT + timedelta(seconds=59)) is State.EXPIRED
    assert state(AT + timedelta(seconds=60)) is State.EXPIRED
    assert state(AT + timedelta(seconds=61)) is State.DEFERRED


def test_an_end_after_the_days_of_trying_changes_nothing() -> None:
    late = AT + DAYS - timedelta(minutes=1)
    verdict = judge(Class.SOFT, attempts=60, first_at=AT, now=late, give_up=DAYS, expires_at=AT + 2 * DAYS)
    assert verdict.state is State.EXPIRED


@pytest.mark.parametrize(
    ("phase", "code", "because", "state"),
    [
        ("mail", 535, Class.POLICY, State.DEFERRED),  # our password: nobody is to lose a copy by it
        ("dot", 421, Class.POLICY, State.DEFERRED),
        ("dot", 550, Class.POLICY, State.REFUSED),
        ("mail", 501, Class.REFUSED, State.DEFERRED),
        ("rcpt", 501, Class.REFUSED, State.REFUSED),
        ("mail", 552, Class.CONTENT, State.REFUSED),  # it will not get smaller
        ("mail", 553, Class.ENCODING, State.REFUSED),
        ("rcpt", 550, Class.HARD, State.REFUSED),
    ],
)
def test_what_is_said_of_us_leaves_the_delivery_open(phase: str, code: int, because: Class, state: State) -> None:
    open_still = comes_again(phase, code)
    verdict = judge(because, attempts=1, first_at=AT, now=AT, give_up=DAYS, comes_again=open_still)
    assert verdict.state is state


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
    ends=st.one_of(st.none(), st.timedeltas(timedelta(days=-1), timedelta(days=9))),
)
def test_any_reply_has_one_meaning_and_a_step_that_the_table_allows(
    phase: str, code: int, enhanced: str, text: str, attempts: int, sent: bool, ends: timedelta | None
) -> None:
    because = classify(phase, code, enhanced, text)
    verdict = judge(
        because,
        attempts=attempts,
        first_at=AT,
        now=AT,
        give_up=DAYS,
        content_sent=sent,
        comes_again=comes_again(phase, code),
        expires_at=None if ends is None else AT + ends,
    )
    assert (State.IN_FLIGHT, verdict.verb) in DELIVERY_TRANSITIONS
    assert (verdict.due_at is not None) == (verdict.state in (State.DEFERRED, State.UNCERTAIN))
    assert (verdict.state is State.ACCEPTED) == (200 <= code < 300 and phase == "dot")
    if verdict.due_at is not None and ends is not None:
        assert verdict.due_at < AT + ends


def test_every_step_of_a_delivery_leads_to_one_state_and_starts_somewhere() -> None:
    for verb in Verb:
        assert leads_to(verb) in State
        assert starts_from(verb)
