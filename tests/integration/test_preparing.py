"""From claims to jobs in hand: copies that nobody signs are made in the loop, some at a time, and whatever goes wrong there a
thread puts right."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from distro.archive.copies import StoredSkeleton
from distro.config import Limits
from distro.dispatch import inloop, preparing, wave
from distro.dispatch.claims import Claimed
from distro.dispatch.hand import Hand
from distro.dispatch.job import Job, envelope_of
from distro.dispatch.makers import Makers
from distro.dispatch.making import Making
from distro.dispatch.preparing import TOGETHER, Preparing
from distro.dispatch.throttle import Throttle
from distro.dkimkey import KeyType, make_key
from distro.dkimterms import Dkim
from distro.errors import Failed
from distro.mail.dkim import Signing
from distro.mail.line import SmtpLine
from distro.mail.transport import Envelope
from tests.office import Office
from tests.sink import Sink

PEOPLE = 3 * TOGETHER


def claimed_by(office: Office, people: int = PEOPLE) -> list[Claimed]:
    return office.claimed(people, "en")


class Desk:
    """What prepares, and what it works with."""

    def __init__(self, office: Office, lines: int = 3) -> None:
        self.stopping = asyncio.Event()
        self.hand = Hand(Throttle.of(0, 0), self.stopping, lines=lines)
        self.making = Making(office.store, office.vault, office.config, Signing.of(office.config))
        self.preparing = Preparing(self.making, Makers(), self.hand, self.stopping)

    @property
    def jobs(self) -> list[Job]:
        return list(self.hand.jobs)

    @property
    def made(self) -> list[bool]:
        assert all((job.copy is None) is (job.unmade is not None) for job in self.jobs)
        return [job.copy is not None for job in self.jobs]


def at_desk(office: Office, claimed: Sequence[Claimed], look: Callable[[Desk], object], **given: Any) -> Desk:
    """Have these prepared, then look at what is in hand."""

    async def go() -> Desk:
        desk = Desk(office, **given)
        try:
            async with asyncio.TaskGroup() as tasks:
                desk.preparing.begin(claimed, tasks)
                assert desk.preparing.under_way.total() == len(claimed)
            assert not desk.preparing.under_way
            look(desk)
        finally:
            desk.preparing.close()
        return desk

    return asyncio.run(go())


def test_a_job_gets_its_copy_when_a_line_takes_it_and_some_of_the_next_with_it(office: Office) -> None:
    claimed = claimed_by(office)

    def look(desk: Desk) -> None:
        assert [job.claimed for job in desk.jobs] == claimed
        assert not any(desk.made)
        job = desk.hand.next_now()
        assert job is not None
        desk.preparing.make(job)
        assert job.copy is not None
        assert job.envelope is not None
        assert job.envelope.size == job.copy.size == len(b"".join(job.copy.octets()))
        assert desk.made == [True] * (TOGETHER - 1) + [False] * (PEOPLE - TOGETHER)
        copy = job.copy
        desk.preparing.make(job)
        assert job.copy is copy, "a copy is stamped once"

    at_desk(office, claimed, look)


def test_a_few_for_each_line_are_made_ahead(office: Office) -> None:
    def look(desk: Desk) -> None:
        assert desk.preparing.make_ahead()
        assert desk.made.count(True) == 6
        assert not desk.preparing.make_ahead(), "two for each of three lines are there"
        assert desk.hand.next_now() is not None
        assert desk.preparing.make_ahead()
        assert desk.made[:7] == [True] * 6 + [False]

    at_desk(office, claimed_by(office), look)


def test_no_more_than_some_are_made_at_once(office: Office) -> None:
    def look(desk: Desk) -> None:
        assert desk.preparing.make_ahead()
        assert desk.made.count(True) == TOGETHER
        assert desk.preparing.make_ahead()
        assert desk.made.count(True) == 2 * TOGETHER

    at_desk(office, claimed_by(office), look, lines=100)


def test_what_is_made_in_the_loop_is_what_a_thread_would_make(office: Office) -> None:
    claimed = claimed_by(office, 3)

    def look(desk: Desk) -> None:
        desk.preparing.make_ahead()
        at = {job.claimed.id: job.copy.stamped_us for job in desk.jobs if job.copy is not None}
        assert len(at) == 3
        again = desk.making.make_ready([c._replace(stamped_us=at[c.id], sha256=b"") for c in claimed])
        assert all("rebuilds to other bytes" in job.fault for job in again), "nothing but the recorded bytes is sent again"
        for job in desk.jobs:
            assert job.copy is not None
            (same,) = desk.making.make_ready(
                [job.claimed._replace(stamped_us=job.copy.stamped_us, sha256=job.copy.sha256, skeleton_id=job.copy.skeleton_id)]
            )
            assert same.copy is not None
            assert same.copy.octets() == job.copy.octets()
            assert same.envelope == job.envelope

    at_desk(office, claimed, look)


def test_a_store_that_refuses_the_loop_is_read_by_a_thread(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = claimed_by(office)
    open_, by = Making.open, []

    def refuses(self: Making, some: Sequence[Claimed], **given: Any) -> list[Job]:
        by.append(threading.current_thread() is threading.main_thread())
        if len(by) == 1 or (by.count(False) == 1 and not by[-1]):
            raise OperationalError("SELECT 1", None, Exception("database is locked"))
        return open_(self, some, **given)

    monkeypatch.setattr(Making, "open", refuses)
    monkeypatch.setattr(preparing, "PAUSES", (0.01,))

    def look(desk: Desk) -> None:
        assert sorted(job.claimed.id for job in desk.jobs) == [c.id for c in claimed]

    at_desk(office, claimed, look)
    assert by[0] is (office.store.dialect == "sqlite")
    assert by.count(False) > 1, "a thread tried too, was refused, and tried again"


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_while_a_thread_reads_the_loop_does_not_wait_for_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both would want the one connection that reads. On PostgreSQL it is the thread that reads anyhow."""
    claimed = claimed_by(office)
    by = []
    open_ = Making.open

    def noted(self: Making, some: Sequence[Claimed], **given: Any) -> list[Job]:
        by.append(threading.current_thread() is threading.main_thread())
        return open_(self, some, **given)

    monkeypatch.setattr(Making, "open", noted)

    async def go() -> None:
        desk = Desk(office)
        held = threading.Event()
        reading = asyncio.create_task(desk.preparing._by_thread(lambda: held.wait(10)))
        await asyncio.sleep(0)
        async with asyncio.TaskGroup() as tasks:
            desk.preparing.begin(claimed, tasks)
            await asyncio.sleep(0.05)
            assert desk.jobs == []
            held.set()
        assert len(desk.jobs) == len(claimed)
        await reading
        desk.preparing.close()

    asyncio.run(go())
    assert by == [False] * 2


def test_a_letter_that_is_missing_is_compiled_where_nobody_waits_for_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(wave, "compile_letters", lambda *_: None)
        claimed = claimed_by(office, 3)
    with office.store.read() as session:
        assert session.exec(select(StoredSkeleton.id)).all() == []
    asked: list[int] = []

    async def clerk(_: Makers, wave_id: int) -> bool:
        asked.append(wave_id)
        return False

    monkeypatch.setattr(Makers, "compile", clerk)

    def look(desk: Desk) -> None:
        assert desk.preparing.make_ahead()
        assert desk.made == [True] * 3

    at_desk(office, claimed, look)
    assert asked == [claimed[0].wave_id], "the clerk first, and then the bot's thread"


def test_what_has_no_copy_says_why_and_the_others_go_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = claimed_by(office, 3)

    def refused(job: Job, *rest: Any) -> object:
        if job.claimed.id == claimed[1].id:
            raise Failed("This one makes no mail.")
        return envelope_of(job, *rest)

    monkeypatch.setattr("distro.dispatch.job.envelope_of", refused)

    def look(desk: Desk) -> None:
        desk.preparing.make_ahead()
        assert [job.fault for job in desk.jobs] == ["", "This one makes no mail.", ""]
        assert [job.copy is None for job in desk.jobs] == [False, True, False]
        assert not any(job.unmade for job in desk.jobs)

    at_desk(office, claimed, look)


def test_what_nobody_expected_is_met_by_the_line_that_takes_the_job(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a group gathers nobody could be told."""
    claimed = claimed_by(office, 3)
    monkeypatch.setattr("distro.dispatch.job.envelope_of", lambda *_: 1 // 0)

    def look(desk: Desk) -> None:
        assert not desk.preparing.make_ahead()
        job = desk.hand.next_now()
        assert job is not None
        assert job.unmade is not None
        with pytest.raises(ZeroDivisionError):
            desk.preparing.make(job)
        assert not any(desk.made)
        assert job.copy is None

    at_desk(office, claimed, look)


def test_copies_that_are_signed_come_with_their_signatures(office: Office, tmp_path: Path) -> None:
    make_key(tmp_path / "s.key", KeyType.ED25519)
    office.settings["dkim"] = (Dkim(selector="s", key_file=str(tmp_path / "s.key")),)
    claimed = claimed_by(office, 3)

    def look(desk: Desk) -> None:
        assert desk.made == [True] * 3
        assert all(job.copy is not None and job.copy.kept for job in desk.jobs)

    at_desk(office, claimed, look)


def test_at_the_stop_a_store_that_refuses_is_not_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = claimed_by(office, 3)

    def refuses(*_: object, **__: object) -> list[Job]:
        raise OperationalError("SELECT 1", None, Exception("database is locked"))

    monkeypatch.setattr(Making, "open", refuses)

    async def go() -> None:
        desk = Desk(office)
        desk.stopping.set()
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            desk.preparing.begin(claimed, tasks)
        assert desk.jobs == []
        desk.preparing.close()

    asyncio.run(go())


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_disk_that_is_slow_twice_running_is_left_to_the_thread(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = claimed_by(office, 5)
    monkeypatch.setattr(preparing, "_OPENED_AT_ONCE", 1)
    monkeypatch.setattr(inloop, "SLOW", -1.0)
    by = []
    open_ = Making.open

    def noted(self: Making, some: Sequence[Claimed], **given: Any) -> list[Job]:
        by.append((threading.current_thread() is threading.main_thread(), given.get("patient", True)))
        return open_(self, some, **given)

    monkeypatch.setattr(Making, "open", noted)
    at_desk(office, claimed, lambda desk: desk.jobs)
    assert by == [(True, False)] * 2 + [(False, True)] * 3, "the loop waits for nobody's lock"


def test_a_letter_that_makes_no_mail_is_tried_once_for_all_that_wait_for_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = claimed_by(office, 5)
    tried = []

    def none(_: Making, c: Claimed, **__: object) -> object:
        tried.append(c.id)
        raise Failed("This makes no mail.")

    monkeypatch.setattr(Making, "_letter_for", none)

    def look(desk: Desk) -> None:
        assert [job.fault for job in desk.jobs] == ["This makes no mail."] * 5

    at_desk(office, claimed, look)
    assert tried == [claimed[0].id]


def test_a_bot_with_many_lines_makes_copies_while_a_group_gathers(
    office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each line announces the next envelope behind the copy before it."""
    for n in range(150):
        office.contact(f"reader{n}@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.settings["limits"] = Limits(connections=30)
    (wave_id,) = office.send()
    made, announced = [], []
    make_ahead, send = Preparing.make_ahead, SmtpLine.send

    def noted(self: Preparing) -> bool:
        made.append(make_ahead(self))
        return made[-1]

    async def sent(self: SmtpLine, envelope: Envelope, copy: Any, gate: Any, following: Envelope | None = None) -> Any:
        announced.append(following is not None and following.size > 0)
        return await send(self, envelope, copy, gate, following)

    monkeypatch.setattr(Preparing, "make_ahead", noted)
    monkeypatch.setattr(SmtpLine, "send", sent)
    office.run()
    assert set(office.states(wave_id).values()) == {"accepted"}
    assert len(sink.received) == len({one.to for one in sink.received}) == 150
    assert True in made
    assert announced.count(True) > 60


def test_a_copy_that_cannot_be_made_behind_another_leaves_both_to_be_given_back(
    office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.contact("reader1@daily.example.com", languages="en", tier="1")
    office.contact("reader2@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.settings["limits"] = Limits(connections=1)
    (wave_id,) = office.send()
    monkeypatch.setattr(preparing, "TOGETHER", 1)
    make, taken = Making.make, []

    def second_fails(self: Making, jobs: Sequence[Job]) -> None:
        taken.append(len(jobs))
        if len(taken) == 2:
            raise ZeroDivisionError("by nothing")
        make(self, jobs)

    with monkeypatch.context() as patch:
        patch.setattr(Making, "make", second_fails)
        with pytest.raises(Failed, match="by nothing"):
            office.run()
    assert taken == [1, 1]
    assert set(office.states(wave_id).values()) == {"pending"}
    office.run()
    assert set(office.states(wave_id).values()) == {"accepted"}
