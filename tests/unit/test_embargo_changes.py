"""What changes of an embargo come to: pure, and whatever they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from distro.editorial.content import Instant
from distro.editorial.embargo import UNKNOWN, Change, before, has_lifted, latest, standing, time_left

START = datetime(2026, 12, 1, 9, tzinfo=UTC)


def hour(number: int) -> Instant:
    return Instant(utc=START + timedelta(hours=number), wall=str(number))


HOURS = st.integers(0, 50).map(hour)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Changes in the order in which they got force, by texts that only get newer; some never got any."""
    version, approval, found = 1, 0, []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        version += draw(st.integers(0, 2))
        given_ = draw(st.booleans())
        approval += given_
        found.append(Change(number, version, draw(HOURS).utc, draw(HOURS), approval if given_ else None))
    return found


@given(histories(), HOURS, st.integers(1, 20))
def test_an_older_text_has_the_hour_of_the_last_word(changes: list[Change], written: Instant, version: int) -> None:
    approved = [change for change in changes if change.approval is not None]
    found = standing(written, version, changes)
    if not approved:
        assert found == written
    elif version <= approved[-1].version:
        assert found == approved[-1].hour


@given(histories(), st.none() | HOURS, st.integers(1, 20))
def test_a_newer_text_never_ends_an_embargo_that_people_hold(
    changes: list[Change], written: Instant | None, version: int
) -> None:
    approved = [change for change in changes if change.approval is not None]
    if approved and version > approved[-1].version:
        found, last = standing(written, version, changes), approved[-1].hour
        assert found is not None
        assert last is not None
        assert found.utc >= last.utc


@given(histories(), HOURS, st.integers(1, 20))
def test_what_is_only_proposed_changes_no_hour(changes: list[Change], written: Instant, version: int) -> None:
    assert standing(written, version, changes) == standing(written, version, [c for c in changes if c.approval is not None])


@given(histories(), HOURS, st.integers(1, 20), st.integers(0, 8))
def test_a_word_is_read_as_it_was_given(changes: list[Change], written: Instant, version: int, approval: int) -> None:
    """Later words do not reach back: else every approval of before would speak of another embargo."""
    then = [c for c in changes if c.approval is not None and c.approval <= approval]
    assert standing(written, version, changes, approval) == standing(written, version, then)


def test_a_change_whose_hour_is_lost_never_lifts() -> None:
    assert standing(hour(1), 1, [Change(1, 1, START, None, 1)]) == UNKNOWN
    assert not has_lifted(UNKNOWN.utc, START + timedelta(days=365_000))


def test_the_later_of_hours_that_may_be_none() -> None:
    assert latest(None, hour(2), hour(1)) == hour(2)
    assert latest(None) is None


@given(st.integers(-100, 100))
def test_before_and_lifted_are_two_sides(seconds: int) -> None:
    now = START + timedelta(seconds=seconds)
    assert before(now, START) != has_lifted(START, now)
    assert time_left(START, now) == max(START - now, timedelta(0))
