"""No permit, no bytes: whatever is asked, nothing leaves before the lift but to people who agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.editorial.embargo import Denied, Permit, Why, ask, ask_for_test
from distro.editorial.plan import Purpose, has_text

NOW = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=UTC)

moments = st.integers(-(10**12), 10**12).map(lambda us: NOW + timedelta(microseconds=us))
purposes = st.sampled_from(list(Purpose))
agreements = st.none() | st.integers(1, 10**6)


@given(purposes, st.none() | moments, st.booleans(), agreements, st.booleans(), st.booleans())
def test_the_rule(
    purpose: str, lift: datetime | None, approved: bool, agreement: int | None, steady: bool, settling: bool
) -> None:
    answer = ask(
        purpose=purpose,
        lift=lift,
        approved=approved,
        agreement=agreement,
        clock_steady=steady,
        now=NOW,
        settling=settling,
    )
    if isinstance(answer, Denied):
        assert answer.sentence
        return
    assert approved, "nothing leaves unapproved"
    assert answer.at == NOW
    if not has_text(purpose):
        assert answer.basis == "notice", "what holds nothing of the release waits for no lift"
        return
    if lift is None:
        assert answer.basis == "immediate"
        return
    assert steady, "nothing under embargo leaves by a clock that jumped"
    if lift > NOW:
        assert purpose in (Purpose.ADVANCE, Purpose.UPDATE, Purpose.CORRECTION)
        assert agreement is not None
        assert answer.basis == f"agreement:{agreement}"
    else:
        assert answer.basis == "lift"
        assert purpose != Purpose.ADVANCE or settling, "an advance copy says it is embargoed, which after the lift is wrong"


@given(moments.filter(lambda lift: lift <= NOW))
def test_at_the_very_instant_it_may_leave(lift: datetime) -> None:
    answer = ask(purpose="general", lift=lift, approved=True, agreement=None, clock_steady=True, now=NOW)
    assert isinstance(answer, Permit)


def test_a_microsecond_before_the_lift_it_may_not() -> None:
    lift = NOW + timedelta(microseconds=1)
    answer = ask(purpose="general", lift=lift, approved=True, agreement=1, clock_steady=True, now=NOW)
    assert answer == Denied(Why.EMBARGO)


@given(st.none() | moments, st.booleans())
def test_a_test_copy_under_embargo_stays_in_the_house(lift: datetime | None, staff: bool) -> None:
    answer = ask_for_test(lift=lift, staff=staff, now=NOW)
    assert isinstance(answer, Permit) == (staff or lift is None or lift <= NOW)


@pytest.mark.parametrize("seal", [None, object(), "seal", True])
def test_nobody_else_makes_a_permit(seal: object) -> None:
    with pytest.raises(TypeError, match="issues permits"):
        Permit("lift", NOW, seal)
