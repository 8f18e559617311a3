"""The row of each bot, and how a wave stands by the store alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from distro.db import Store
from distro.dispatch.delivery import Delivery
from distro.dispatch.progress import sight_of, under_way
from distro.dispatch.workers import (
    HEARD_WITHIN,
    LaneTold,
    Snapshot,
    WaveTold,
    Worker,
    forget_dead,
    heard,
    leave,
    living,
    rate_of,
    report,
)
from distro.editorial.plan import Wave
from tests.office import Office, now
from tests.sink import Sink, deaf_port

ADA, BEA, CAL = "ada@daily.example.com", "bea@diario.example.net", "cal@city.example.org"


def said(worker: str, at: datetime, *, rate: float = 0.0) -> Snapshot:
    lane = LaneTold("mail.example.com", "421 4.7.28", at, at + timedelta(seconds=30))
    return Snapshot(worker, "press1", 4242, at, at, (WaveTold(1, rate, {"accepted": 3}),), (lane,), 1)


def test_a_bot_has_one_row_that_says_what_it_said_last(store: Store) -> None:
    at = now()
    for second in range(3):
        with store.write() as session:
            report(session, said("a", at + timedelta(seconds=second), rate=second))
    with store.read() as session:
        (only,) = heard(session, at + timedelta(seconds=3))
        assert (only.living, only.said) == (True, said("a", at + timedelta(seconds=2), rate=2))
        assert session.get_one(Worker, "a").started_at == at


def test_one_that_is_not_heard_of_is_last_seen_and_told_after_the_living(store: Store) -> None:
    at = now()
    with store.write() as session:
        report(session, said("dead", at - HEARD_WITHIN - timedelta(seconds=1), rate=100))
        report(session, said("a", at, rate=2))
        report(session, said("b", at - HEARD_WITHIN, rate=3))
    with store.read() as session:
        assert [(h.said.worker, h.living) for h in heard(session, at)] == [("a", True), ("b", True), ("dead", False)]
        assert rate_of(1, living(session, at)) == 5
        assert rate_of(2, living(session, at)) == 0


@pytest.mark.parametrize(("all_of_them", "left"), [(True, []), (False, ["lately"])])
def test_at_a_start_the_rows_of_the_dead_go(store: Store, all_of_them: bool, left: list[str]) -> None:
    at = now()
    with store.write() as session:
        report(session, said("long ago", at - timedelta(hours=2)))
        report(session, said("lately", at - timedelta(minutes=5)))
        forget_dead(session, at, all_of_them=all_of_them)
    with store.read() as session:
        assert [h.said.worker for h in heard(session, at)] == left


def test_a_clean_end_takes_the_row_and_its_domains_away(store: Store) -> None:
    with store.write() as session:
        report(session, said("a", now()))
        report(session, said("b", now()))
        leave(session, "a")
    with store.read() as session:
        assert [h.said.worker for h in heard(session, now())] == ["b"]


def test_a_bot_that_works_is_heard_of_and_leaves_nothing_behind(office: Office, sink: Sink) -> None:
    import asyncio

    import scheduler

    found: list[Snapshot] = []

    async def look(bot: scheduler.Bot) -> None:
        def read() -> list[Snapshot]:
            with office.store.read() as session:
                return living(session, now())

        while not found:
            await asyncio.sleep(0.1)
            found.extend(await asyncio.to_thread(read))
        bot.stop()

    asyncio.run(scheduler.run(office.config, watch=look))
    assert [bool(one.pid and one.host) for one in found] == [True]
    with office.store.read() as session:
        assert heard(session, now()) == []


def test_a_relay_that_is_away_is_told(office: Office, sink: Sink) -> None:
    import asyncio

    import scheduler

    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    told: list[Snapshot] = []

    async def look(bot: scheduler.Bot) -> None:
        while not any(relay.away for one in told for relay in one.relays):
            await asyncio.sleep(0.1)
            told.append(bot.snapshot())
        bot.stop()

    with deaf_port() as office.port:
        asyncio.run(scheduler.run(office.config, watch=look))
    (relay,) = told[-1].relays
    assert relay.name == f"127.0.0.1:{office.port}"
    assert "does not take our mail" in (relay.away or "")


def test_how_a_wave_stands_is_read_from_the_store(office: Office, sink: Sink) -> None:
    for address in (ADA, BEA, CAL):
        office.contact(address, languages="en", tier="1")
    office.segment("All", "tier<=9")
    sink.at_rcpt = lambda to, _: "451 4.2.1 Later" if to == BEA else None
    sink.at_dot = lambda to, _: "drop" if to == CAL else None
    office.send()
    began = now()
    office.run()

    with office.store.read() as session:
        (found,) = under_way(session, began)
        sight = sight_of(session, found, now())
        much_later = sight_of(session, found, now() + timedelta(hours=1))
    assert (sight.counts, sight.total, sight.left, sight.ended) == ({"accepted": 1, "deferred": 1, "uncertain": 1}, 3, 2, 1)
    assert (sight.due, much_later.due, much_later.retry) == (0, 2, None)
    assert sight.retry is not None
    assert (sight.retry.count, sight.retry.waiting) == (2, 2)
    assert timedelta() < sight.retry.at - now() < timedelta(minutes=1, seconds=1)
    (doubt,) = sight.doubts
    assert (doubt.delivery, doubt.state, doubt.sent) == (office.delivery(CAL).id, "uncertain", True)
    assert doubt.due_at is not None
    assert doubt.since is not None
    assert 0 < sight.mean(now()) < 10


def test_waves_that_ended_before_are_not_under_way(office: Office, sink: Sink) -> None:
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    began = now()
    office.run()
    with office.store.read() as session:
        assert [w.id for w in under_way(session, began)] == [1]
        assert under_way(session, now()) == []


def plan(session: Session, statement: str) -> str:
    return " ".join(str(row) for row in session.connection().execute(text(statement)))


def test_counting_visits_no_rows(store: Store) -> None:
    """On a million deliveries it is what makes a screen quick."""
    by_state = "SELECT wave_id, state, count(*) FROM delivery WHERE wave_id IN (1) GROUP BY wave_id, state"
    waiting = "SELECT min(due_at), max(due_at), count(*) FROM delivery WHERE wave_id = 1 AND due_at > 1767225600000000"
    with store.read() as session:
        assert session.exec(select(Delivery.id)).first() is None
        if store.dialect == "sqlite":
            assert "COVERING INDEX delivery_state" in plan(session, "EXPLAIN QUERY PLAN " + by_state)
            assert "COVERING INDEX delivery_due" in plan(session, "EXPLAIN QUERY PLAN " + waiting)
        else:
            session.connection().execute(text("SET LOCAL enable_seqscan = off"))
            session.connection().execute(text("SET LOCAL enable_bitmapscan = off"))
            assert "Index Only Scan using delivery_state" in plan(session, "EXPLAIN " + by_state)
            assert "Index Only Scan using delivery_due" in plan(session, "EXPLAIN " + waiting)


def test_a_wave_without_deliveries_stands_somewhere_too(office: Office) -> None:
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    slug = office.release()
    (planned,) = office.schedule(slug, "All")
    with office.store.read() as session:
        sight = sight_of(session, session.get_one(Wave, planned), now())
    assert (sight.state, sight.total, sight.due, sight.retry, sight.doubts) == ("proposed", 0, 0, None, ())
    assert sight.mean(now()) == 0.0
