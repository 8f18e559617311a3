"""Many writers, one transaction; and what happens while the store does not take it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from contacts.models import Outlet
from distro.db import Store
from distro.dispatch import groupcommit, inloop
from distro.dispatch.groupcommit import GroupCommit


@dataclass(frozen=True)
class Note:
    number: int


async def written(store: Store, handler: Callable[[Session, Sequence[Note]], list[None]]) -> None:
    """One note, by this handler; by a writer that does not wait long."""
    record = GroupCommit(store, {Note: handler})
    record.start()
    try:
        await record.write(Note(1))
    finally:
        await record.stop(patience=0.5)


def counting(groups: list[int]) -> Callable[[Session, Sequence[Note]], list[None]]:
    """A handler that only tells how many came at once."""

    def keep(session: Session, notes: Sequence[Note]) -> list[None]:
        groups.append(len(notes))
        return [None] * len(notes)

    return keep


def test_what_gathers_during_a_commit_goes_into_the_next(store: Store) -> None:
    groups: list[int] = []

    def keep(session: Session, notes: Sequence[Note]) -> list[int]:
        groups.append(len(notes))
        for note in notes:
            statement = "INSERT INTO outlet (name, key) VALUES (:n, :n)"
            session.connection().execute(text(statement), {"n": str(note.number)})
        return [note.number * 2 for note in notes]

    async def go() -> list[int]:
        record = GroupCommit(store, {Note: keep})
        record.start()
        answers = await asyncio.gather(*(record.write(Note(n)) for n in range(200)))
        await record.stop()
        return list(answers)

    assert asyncio.run(go()) == [n * 2 for n in range(200)]
    assert len(groups) < 20
    with store.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM outlet")).scalar() == 200


def test_what_was_answered_is_durable_and_a_fault_of_ours_is_told_at_once(store: Store) -> None:
    def fails(session: Session, notes: Sequence[Note]) -> list[None]:
        session.connection().execute(text("INSERT INTO no_such_table VALUES (1)"))
        return [None] * len(notes)

    with pytest.raises(DBAPIError):
        asyncio.run(written(store, fails))


def test_a_busy_store_is_waited_for_and_said_so(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distro.writer.BUSY_PATIENCE", 20)
    path = tmp_path / "busy.db"
    path.write_bytes(sqlite_template.read_bytes())
    store, other = Store(f"sqlite:///{path}"), Store(f"sqlite:///{path}")

    def keep(session: Session, notes: Sequence[Note]) -> list[None]:
        for note in notes:
            session.connection().execute(text("INSERT INTO outlet (name, key) VALUES (:n, :n)"), {"n": str(note.number)})
        return [None] * len(notes)

    async def go() -> list[str | None]:
        record = GroupCommit(store, {Note: keep})
        record.start()
        said: list[str | None] = []
        with other.write() as session:
            session.connection().execute(text("INSERT INTO outlet (name, key) VALUES ('first', 'first')"))
            writing = record.write(Note(1))
            async with asyncio.timeout(60):
                while record.blocked is None:  # noqa: ASYNC110  (nobody is told when it is)
                    await asyncio.sleep(0.01)
            assert not writing.done()
            said.append(record.blocked)
        await asyncio.wait_for(writing, 60)
        said.append(record.blocked)
        await record.stop()
        return said

    assert asyncio.run(go()) == ["database is locked", None]
    with store.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM outlet")).scalar() == 2


def test_a_row_that_another_bot_wrote_since_we_looked_is_seen_at_the_second_look(store: Store) -> None:
    looks = 0

    def keep(session: Session, notes: Sequence[Note]) -> list[str]:
        nonlocal looks
        looks += 1
        if looks == 1:
            for _ in range(2):  # the second stands for the other bot's
                session.connection().execute(text("INSERT INTO outlet (name, key) VALUES ('a', 'a')"))
        return ["seen"] * len(notes)

    async def go() -> str:
        record = GroupCommit(store, {Note: keep})
        record.start()
        answer: str = await record.write(Note(1))
        await record.stop()
        return answer

    assert asyncio.run(go()) == "seen"


def _inserts(wrong: int) -> Callable[[Session, Sequence[Note]], list[int]]:
    """Keeps notes, but for one, for which there is no table."""

    def keep(session: Session, notes: Sequence[Note]) -> list[int]:
        for note in notes:
            table = "no_such_table" if note.number == wrong else "outlet"
            statement = f"INSERT INTO {table} (name, key) VALUES (:n, :n)"
            session.connection().execute(text(statement), {"n": str(note.number)})
        return [note.number for note in notes]

    return keep


def test_nothing_becomes_durable_after_what_was_posted_and_could_not_be_written(store: Store) -> None:
    async def go() -> None:
        record = GroupCommit(store, {Note: _inserts(wrong=1)})
        record.start()
        record.post(Note(1))
        await asyncio.sleep(0)  # its group is on its way when the next one gathers
        later = record.write(Note(2))
        with pytest.raises(DBAPIError):
            await later
        with pytest.raises(DBAPIError):
            await record.write(Note(3))
        await record.stop(patience=0.5)

    asyncio.run(go())
    with store.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM outlet")).scalar() == 0


def test_who_waits_is_told_where_the_writer_itself_goes_wrong(store: Store) -> None:
    def fails(_notes: list[object]) -> None:
        raise OSError("no room for the log")

    async def go() -> None:
        record = GroupCommit(store, {Note: _inserts(wrong=0)}, fails)
        record.start()
        assert await record.write(Note(1)) == 1  # this one is durable
        with pytest.raises(OSError, match="no room"):
            await asyncio.wait_for(record.write(Note(2)), 5)
        await record.stop(patience=0.5)

    asyncio.run(go())


def _threads(store: Store, work: Callable[[GroupCommit], Awaitable[object]]) -> list[bool]:
    """Of each try to write a group: whether it was made in the event loop."""
    tries: list[bool] = []

    def keep(session: Session, notes: Sequence[Note]) -> list[None]:
        tries.append(threading.current_thread() is threading.main_thread())
        for note in notes:
            session.connection().execute(text("INSERT INTO outlet (name, key) VALUES (:n, :n)"), {"n": str(note.number)})
        return [None] * len(notes)

    async def go() -> None:
        record = GroupCommit(store, {Note: keep})
        record.start()
        await work(record)
        await record.stop()

    asyncio.run(go())
    return tries


def test_sqlite_is_written_to_in_the_loop_and_postgresql_by_a_thread(store: Store) -> None:
    assert _threads(store, lambda record: record.write(Note(1))) == [store.dialect == "sqlite"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_loop_does_not_wait_for_somebody_elses_lock(store: Store) -> None:
    longest: list[float] = []

    async def work(record: GroupCommit) -> None:
        for number in range(2):  # a machine that stands still does so once, a loop that waits both times
            ticks = [time.monotonic()]
            with store.write() as session:
                session.connection().execute(text(f"INSERT INTO outlet (name, key) VALUES ('other{number}', 'other{number}')"))
                waiting = record.write(Note(number))
                while len(ticks) < 20:
                    await asyncio.sleep(0.01)
                    ticks.append(time.monotonic())
                assert not waiting.done()
            await waiting
            longest.append(max(later - earlier for earlier, later in pairwise(ticks)))

    # it finds the lock held before a statement is made, so the loop leaves no trace here
    assert _threads(store, work) == [False] * 2
    assert min(longest) < 0.2


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("slow", "in_loop"),
    [
        ([True, True, False, False], [True, True, False, True]),
        ([True, False, True, False], [True, True, True, True]),  # each by itself: the machine, and not the disk
        ([True, True, False, True], [True, True, False, True]),
    ],
)
def test_after_two_slow_commits_running_a_thread_takes_over_for_a_while(
    store: Store, monkeypatch: pytest.MonkeyPatch, slow: list[bool], in_loop: list[bool]
) -> None:
    at = 0.0
    monkeypatch.setattr(inloop, "clock", SimpleNamespace(monotonic=lambda: at))
    real: Any = DefaultDialect.do_commit
    times = iter(slow)

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        nonlocal at
        at += inloop.SLOW * (1.1 if next(times) else 0.9)
        real(self, connection)

    monkeypatch.setattr(DefaultDialect, "do_commit", do_commit)

    async def work(record: GroupCommit) -> None:
        nonlocal at
        for number in range(2):
            await record.write(Note(number))
        at += inloop.SLOW_FOR - 0.1
        await record.write(Note(2))
        at += 0.1
        await record.write(Note(3))

    assert _threads(store, work) == in_loop


def test_what_nobody_waits_for_is_written_soon_and_with_what_somebody_does(store: Store) -> None:
    counts: list[int] = []

    async def go() -> None:
        record = GroupCommit(store, {Note: counting(counts)})
        record.start()
        for n in range(3):
            record.post(Note(n))
        await record.write(Note(3))
        record.post(Note(4))
        async with asyncio.timeout(60):
            while len(counts) < 2:  # noqa: ASYNC110  (nobody waits for it, so nobody is told)
                await asyncio.sleep(0.01)
        assert counts == [4, 1]
        record.post(Note(5))
        await record.stop()

    asyncio.run(go())
    assert counts == [4, 1, 1]


def test_what_an_error_rolled_back_is_not_called_written_though_it_was_caught(store: Store) -> None:
    def swallows(session: Session, notes: Sequence[Note]) -> list[None]:
        session.connection().execute(text("INSERT INTO outlet (name, key) VALUES ('a', 'a')"))
        session.add(Outlet(name="twice", key="a"))
        with suppress(DBAPIError):
            session.flush()
        return [None] * len(notes)

    with pytest.raises(RuntimeError, match="rolled back"):
        asyncio.run(written(store, swallows))


def test_a_group_waits_until_it_is_large_where_more_is_on_its_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groupcommit, "GATHER", 60.0)
    groups: list[int] = []

    async def go() -> None:
        record = GroupCommit(store, {Note: counting(groups)})
        record.start()
        record.expected = 10
        first = [record.write(Note(n)) for n in range(5)]
        await asyncio.sleep(0.05)
        assert not groups, "three fifths of ten are six"
        await asyncio.wait_for(asyncio.gather(*first, record.write(Note(6))), 10)
        assert groups == [6]
        record.write(Note(7))
        await asyncio.sleep(0.05)
        await asyncio.wait_for(record.stop(), 10)  # waits for no company
        assert groups == [6, 1]

    asyncio.run(go())


def test_a_group_waits_for_company_no_longer_than_a_moment(store: Store) -> None:
    async def go() -> None:
        record = GroupCommit(store, {Note: counting([])})
        record.start()
        record.expected = 1000
        await asyncio.wait_for(record.write(Note(1)), 10)
        await record.stop()

    asyncio.run(go())


@dataclass
class Naps:
    """Stands in for the sleeping of the loop: each nap is noted, and something happens meanwhile."""

    meanwhile: Callable[[], object]
    taken: int = 0

    def sleep(self, _seconds: float) -> None:
        self.taken += 1
        self.meanwhile()


def at_work(store: Store, groups: list[int], meanwhile: Callable[[], bool] | None = None) -> GroupCommit:
    """Started, with so much at work that the loop naps; three fifths of it are thirty."""
    record = GroupCommit(store, {Note: counting(groups)}, meanwhile=meanwhile)
    record.start()
    record.expected = 50
    return record


def test_who_waits_is_told_too_where_what_is_done_meanwhile_goes_wrong(store: Store) -> None:
    groups: list[int] = []

    def fails() -> bool:
        raise OSError("no time to sleep")

    async def go() -> None:
        record = at_work(store, groups, fails)
        waiting = [record.write(Note(n)) for n in range(2)]
        for one in (*waiting, record.write(Note(2))):
            with pytest.raises(OSError, match="no time"):
                await asyncio.wait_for(one, 10)
        await record.stop(patience=0.5)

    asyncio.run(go())
    assert groups == []


def test_where_much_is_at_work_the_loop_naps_until_the_group_is_large(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []

    async def go() -> None:
        record = at_work(store, groups)
        coming: list[asyncio.Future[Any]] = []
        naps = Naps(lambda: coming.extend(record.write(Note(n)) for n in range(10)))
        monkeypatch.setattr(groupcommit, "time", naps)
        await asyncio.wait_for(record.write(Note(1)), 10)
        assert (naps.taken, groups) == (3, [31]), "three fifths of fifty are thirty"
        naps.meanwhile = lambda: None
        await asyncio.wait_for(record.write(Note(2)), 10)
        assert (naps.taken, groups) == (3 + len(groupcommit.NAPS), [31, 1]), "and no longer than a moment"
        await asyncio.gather(*coming)
        await record.stop()

    asyncio.run(go())


def test_what_has_come_already_needs_no_nap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []

    async def go() -> None:
        record = at_work(store, groups)
        await asyncio.sleep(0)  # it waits for something to do
        naps = Naps(lambda: None)
        monkeypatch.setattr(groupcommit, "time", naps)
        first = record.write(Note(1))
        asyncio.get_running_loop().call_soon(lambda: [record.write(Note(n)) for n in range(29)])
        await asyncio.wait_for(first, 10)
        assert (naps.taken, groups) == (0, [30])
        await record.stop()

    asyncio.run(go())


def test_who_has_something_to_do_meanwhile_takes_no_nap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    to_do = [True, True]

    def meanwhile() -> bool:
        return bool(to_do and to_do.pop())

    async def go() -> None:
        record = at_work(store, groups, meanwhile)
        naps = Naps(lambda: None)
        monkeypatch.setattr(groupcommit, "time", naps)
        await asyncio.wait_for(record.write(Note(1)), 10)
        assert (to_do, naps.taken, groups) == ([], len(groupcommit.NAPS) - 2, [1])
        await record.stop()

    asyncio.run(go())


def test_a_stop_ends_the_naps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []

    async def go() -> None:
        record = at_work(store, groups)
        stopping: list[asyncio.Task[None]] = []
        naps = Naps(lambda: stopping.append(asyncio.create_task(record.stop())))
        monkeypatch.setattr(groupcommit, "time", naps)
        await asyncio.wait_for(record.write(Note(1)), 10)
        await asyncio.wait_for(asyncio.gather(*stopping), 10)
        assert (naps.taken, groups) == (1, [1])

    asyncio.run(go())


@pytest.mark.asyncio(loop_factories=("asyncio", "uvloop"))
async def test_what_is_heard_during_a_nap_goes_into_the_group(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    record = at_work(store, groups)
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=ours)

    async def answer() -> None:
        await reader.readexactly(1)
        await record.write(Note(2))

    listening = asyncio.create_task(answer())
    monkeypatch.setattr(groupcommit, "NAPS", (0.0,))
    monkeypatch.setattr(groupcommit, "time", Naps(lambda: theirs.send(b"x")))
    await asyncio.wait_for(record.write(Note(1)), 10)
    await asyncio.wait_for(listening, 10)
    assert groups == [2]
    await record.stop()
    writer.close()
    theirs.close()


def test_a_line_by_itself_waits_for_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groupcommit, "GATHER", 60.0)

    async def go() -> None:
        record = GroupCommit(store, {Note: counting([])})
        record.start()
        record.expected = 2  # the job on the line, and the one that was announced behind it
        await asyncio.wait_for(record.write(Note(1)), 10)
        record.expected = 4
        waiting = record.write(Note(2))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        record.post(Note(3))
        record.post(Note(4))
        await asyncio.wait_for(waiting, 10)
        await record.stop()

    asyncio.run(go())
