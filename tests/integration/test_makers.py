"""What a maker answers is what the bot would have made itself; and one that does not answer is given up."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import select

from distro.archive.copies import StoredSkeleton
from distro.dispatch import makers, wave
from distro.dispatch.claims import Claim, Claimed, claim
from distro.dispatch.job import Job
from distro.dispatch.maker import Made, answer, job_of, skeletons_of
from distro.dispatch.makers import Maker, Makers
from distro.dispatch.making import Making
from distro.dkimkey import KeyType, make_key
from distro.dkimterms import Dkim
from distro.mail.dkim import Signing
from tests.office import Office, now

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class StandIn:
    """A maker's two ends of the socket and a process of its number. What answers is a thread, if anything: a process with
    threads is not forked."""

    ours: socket.socket
    its: socket.socket
    process: subprocess.Popen[bytes]


@pytest.fixture
def maker() -> Iterator[StandIn]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    ours, its = socket.socketpair()
    with ours, its:
        yield StandIn(ours, its, process)
    process.kill()
    process.wait()


def claimed_by(office: Office, people: int = 5) -> list[Claimed]:
    return office.claimed(people, "en+es")


def asked(maker: StandIn, claimed: Sequence[Claimed]) -> Sequence[Made] | None:
    return _of(Makers([Maker(maker.process.pid, maker.ours)]), lambda several: several.make(claimed))


def asked_to_compile(clerk: StandIn, wave_id: int) -> bool:
    return _of(Makers(clerk=Maker(clerk.process.pid, clerk.ours)), lambda several: several.compile(wave_id))


def _of(several: Makers, question: Callable[[Makers], Awaitable[Answer]]) -> Answer:
    async def go() -> Answer:
        await several.start()
        try:
            return await question(several)
        finally:
            several.stop()

    return asyncio.run(go())


def answering(office: Office, its: socket.socket) -> threading.Thread:
    thread = threading.Thread(target=answer, args=(its, office.config))
    thread.start()
    return thread


def signed(office: Office, key: Path) -> None:
    make_key(key, KeyType.ED25519)
    office.settings["dkim"] = (Dkim(selector="s", key_file=str(key)),)


@pytest.mark.parametrize("with_dkim", [False, True])
def test_a_maker_makes_what_the_bot_would(
    office: Office,
    tmp_path: Path,
    maker: StandIn,
    with_dkim: bool,
) -> None:
    if with_dkim:
        signed(office, tmp_path / "s.key")
    claimed = claimed_by(office)
    thread = answering(office, maker.its)
    made = asked(maker, claimed)
    thread.join(10)
    assert not thread.is_alive(), "it did not end with its socket"
    assert made is not None

    making = Making(office.store, office.vault, office.config, Signing.of(office.config))
    letters = {skeleton: making.fetch(skeleton) for skeleton in skeletons_of(made)}
    theirs = [job_of(c, one, letters) for c, one in zip(claimed, made, strict=True)]
    at = {job.claimed.id: job.copy.stamped_us for job in theirs if job.copy is not None}
    again = [c._replace(stamped_us=at[c.id]) for c in claimed]
    for job, mine in zip(theirs, making.make_ready(again), strict=True):
        assert job.copy is not None
        assert mine.copy is not None
        assert bool(job.copy.kept) is with_dkim
        if job.copy.stamped_us // 1_000_000 == mine.copy.stamped_us // 1_000_000:  # else it says another second
            assert _without_instants(job) == _without_instants(mine)
            assert job.copy.octets() == mine.copy.octets()
        assert job.copy.size == len(b"".join(job.copy.octets()))


def _without_instants(job: Job) -> Job:
    assert job.copy is not None
    return replace(job, copy=replace(job.copy, stamped_us=0), claimed=job.claimed._replace(stamped_us=None))


@pytest.mark.altered
def test_what_a_maker_cannot_do_it_leaves_to_the_bot(office: Office, maker: StandIn) -> None:
    claimed = claimed_by(office)
    (office.config.storage.data_dir / "office.key").write_text("gone")
    thread = answering(office, maker.its)
    assert asked(maker, claimed) is None
    thread.join(10)
    assert not thread.is_alive()


def test_a_maker_that_does_not_answer_is_ended(
    office: Office,
    maker: StandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(makers, "PATIENCE", 0.05)
    assert asked(maker, claimed_by(office)) is None
    maker.process.wait(5)  # its status went to who ended it


def test_a_letter_that_is_missing_is_compiled_by_the_clerk_and_not_by_the_maker(
    office: Office, maker: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Makers write nothing."""
    wave_id = frozen_without_letters(office, monkeypatch)
    wave.launch_due(office.store, office.config, now(), clock_steady=True)
    with office.write() as session:
        claimed = claim(session, Claim("me", 100, now()))
    ours, its = socket.socketpair()
    threads = [answering(office, maker.its)]

    async def without_a_clerk(several: Makers) -> None:
        assert await several.make(claimed) is None
        assert languages_of(office) == []
        several._clerk = Maker(0, ours)
        await several._clerk.start()
        threads.append(answering(office, its))
        made = await several.make(claimed)
        assert made is not None
        assert len(made) == len(claimed) == 3
        assert languages_of(office) == ["en", "en+es", "es"]

    with ours, its:
        _of(Makers([Maker(maker.process.pid, maker.ours)]), without_a_clerk)
        for thread in threads:
            thread.join(10)
    assert wave_id == claimed[0].wave_id


def test_a_maker_whose_socket_has_ended_is_not_asked_again(office: Office, maker: StandIn) -> None:
    maker.its.close()
    assert asked(maker, claimed_by(office)) is None


def test_without_makers_nobody_answers() -> None:
    several = Makers()
    assert not several
    assert asyncio.run(several.make([])) is None
    assert asyncio.run(several.compile(1)) is False


def test_a_maker_that_nobody_listens_to_yet_is_not_asked(maker: StandIn) -> None:
    several = Makers(clerk=Maker(maker.process.pid, maker.ours))
    assert asyncio.run(several.compile(1)) is False


def frozen_without_letters(office: Office, monkeypatch: pytest.MonkeyPatch) -> int:
    for n in range(3):
        office.contact(f"reader{n}@daily.example.com", languages=("en", "es", "en+es")[n], tier="1")
    office.segment("All", "tier<=9")
    (wave_id,) = office.send()
    with monkeypatch.context() as patch:
        patch.setattr(wave, "compile_letters", lambda *_: None)
        office.prepare()
    return wave_id


def languages_of(office: Office) -> list[str]:
    with office.store.read() as session:
        return sorted(session.exec(select(StoredSkeleton.language)).all())


def test_a_clerk_compiles_letters_ahead(office: Office, maker: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    wave_id = frozen_without_letters(office, monkeypatch)
    assert languages_of(office) == []
    thread = answering(office, maker.its)
    assert asked_to_compile(maker, wave_id) is True
    thread.join(10)
    assert languages_of(office) == ["en", "en+es", "es"]


def test_a_letter_that_makes_no_mail_is_left_to_the_bot(
    office: Office, maker: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave_id = frozen_without_letters(office, monkeypatch)
    monkeypatch.setattr("distro.mail.compile.compile_letter", lambda *_: 1 // 0)
    thread = answering(office, maker.its)
    assert asked_to_compile(maker, wave_id) is False
    thread.join(10)
    assert languages_of(office) == []


def test_a_lost_maker_is_killed_once(
    office: Office,
    maker: StandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its number may be somebody else's afterwards."""
    killed: list[int] = []
    monkeypatch.setattr("distro.dispatch.makers.os.kill", lambda pid, _signal: killed.append(pid))
    maker.its.close()
    assert asked(maker, claimed_by(office)) is None
    assert killed == [maker.process.pid]
