"""The table of transitions is the whole truth: what is not in it is refused and leaves no trace, and each step one entry."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select

from distro.archive.ledger import Entry
from distro.db import Store
from distro.editorial import desk
from distro.editorial.plan import WAVE_TRANSITIONS, Purpose, Wave, WaveState, WaveVerb, advance_wave
from distro.editorial.release import TRANSITIONS, Release, Status, Verb, advance
from distro.errors import Refused
from tests.integration.test_desk import ANA, AT_ONCE, LATE, NOW, ROSA, ZONE, approve, plan, reworded, save, submitted
from tests.office import approve_checked, submit_checked


def _add(session: Session, release: Release) -> None:
    count = session.exec(select(func.count(col(Entry.id)))).one()
    desk.add(session, reworded(AT_ONCE, f"Headline {count}"), actor=ROSA, at=NOW)


VERBS: dict[Verb, Callable[[Session, Release], object]] = {
    Verb.ADD: _add,
    Verb.SUBMIT: lambda s, r: submit_checked(s, r, public_url="", actor=ROSA, at=NOW),
    Verb.SCHEDULE: plan,
    Verb.APPROVE: lambda s, r: approve_checked(s, r, actor=ANA, people=2, late_limit=LATE, at=NOW),
    Verb.RESCHEDULE: lambda s, r: desk.reschedule(s, r, at="2026-11-25T09:00:00Z", office_zone=ZONE, actor=ROSA, at_now=NOW),
    Verb.LAUNCH: lambda s, r: advance(s, r, Verb.LAUNCH, actor="robot:scheduler", at=NOW),
    Verb.RECALL: lambda s, r: desk.recall(s, r, reason="", actor=ROSA, at=NOW),
    Verb.KILL: lambda s, r: desk.kill(s, r, reason="It is not true.", said={}, actor=ROSA, people=2, at=NOW),
}

WAY_TO: dict[Status, tuple[Verb, ...]] = {
    Status.DRAFT: (),
    Status.SUBMITTED: (Verb.SUBMIT,),
    Status.SCHEDULED: (Verb.SUBMIT, Verb.SCHEDULE),
    Status.APPROVED: (Verb.SUBMIT, Verb.SCHEDULE, Verb.APPROVE),
    Status.RELEASED: (Verb.SUBMIT, Verb.SCHEDULE, Verb.APPROVE, Verb.LAUNCH),
    Status.RECALLED: (Verb.RECALL,),
}


def trace(session: Session) -> tuple[object, ...]:
    """Everything that a verb of the desk could have changed."""
    session.flush()
    rows = session.exec(select(Release.status, Release.draft_hash, Release.version_id, Release.authors)).all()
    waves = session.exec(select(Wave.id, Wave.state, Wave.at, Wave.approval_id).order_by(col(Wave.id))).all()
    return tuple(rows), tuple(waves), session.exec(select(func.count(col(Entry.id)))).one()


def steps(session: Session) -> int:
    return session.exec(select(func.count(col(Entry.id))).where(col(Entry.kind).startswith("release."))).one()


@pytest.mark.parametrize("status", Status)
def test_every_verb_in_every_status(store: Store, status: Status) -> None:
    with store.write() as session:
        save(session, "Health", "beat:health")
        save(session, "Labor", "beat:labor")
        release = desk.add(session, AT_ONCE, actor=ROSA, at=NOW).release
        for step in WAY_TO[status]:
            VERBS[step](session, release)
        assert release.status == status
        before, steps_before = trace(session), steps(session)
        for verb in Verb:
            if (status, verb) in TRANSITIONS:
                trial = session.begin_nested()
                VERBS[verb](session, release)
                assert release.status == TRANSITIONS[status, verb]
                assert steps(session) == steps_before + 1
                trial.rollback()
            else:
                with pytest.raises(Refused, match=f"is {status}, so it cannot take the step '{verb}'"):
                    VERBS[verb](session, release)
            assert trace(session) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(list(Verb)), max_size=12))
def test_any_way_through_the_desk_keeps_to_the_table(store: Store, way: list[Verb]) -> None:
    """Any verbs in any order: one entry a step, none for a refusal; and an armed wave only under an approval that holds."""
    with store.write() as session:
        save(session, "Health", "beat:health")
        save(session, "Labor", "beat:labor")
        release = desk.add(session, AT_ONCE, actor=ROSA, at=NOW).release
        for verb in way:
            status, before, steps_before = Status(release.status), trace(session), steps(session)
            try:
                VERBS[verb](session, release)
            except Refused:
                assert trace(session) == before
            else:
                assert release.status == TRANSITIONS[status, verb]
                assert steps(session) == steps_before + 1
            for wave in session.exec(select(Wave)):
                assert (wave.state == WaveState.ARMED) == (desk.holds(session, wave) is None and wave.state != "cancelled")
        session.rollback()


def test_every_step_of_a_wave(store: Store) -> None:
    with store.write() as session:
        save(session, "Health", "beat:health")
        save(session, "Labor", "beat:labor")
        (wave,) = plan(session, submitted(session, AT_ONCE))
        for state, verb in itertools.product(WaveState, WaveVerb):
            wave.state = state.value
            before = trace(session)
            if (state, verb) in WAVE_TRANSITIONS:
                advance_wave(session, wave, verb, actor="Rosa", at=NOW)
                assert wave.state == WAVE_TRANSITIONS[state, verb]
                entry = session.exec(select(Entry).order_by(col(Entry.id).desc())).first()
                assert entry is not None
                assert (entry.kind, entry.subject) == (f"wave.{verb}", f"wave:{wave.id}")
            else:
                with pytest.raises(Refused, match=f"is {state}, so it cannot take the step '{verb}'"):
                    advance_wave(session, wave, verb, actor="Rosa", at=NOW)
                assert trace(session) == before


def test_a_wave_that_was_sending_resumes_sending(store: Store) -> None:
    with store.write() as session:
        save(session, "Health", "beat:health")
        save(session, "Labor", "beat:labor")
        release = submitted(session, AT_ONCE)
        (wave,) = plan(session, release)
        approve(session, release)
        wave.launched_at = NOW + timedelta(seconds=1)
        wave.state = WaveState.HELD.value
        advance_wave(session, wave, WaveVerb.RESUME, actor="Rosa", at=NOW)
        assert (wave.state, wave.purpose) == (WaveState.SENDING, Purpose.GENERAL)
