"""The real process, killed and restarted: nobody is lost, nobody gets two different copies, nothing leaves early."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.process import Office
from tests.sink import Sink

PEOPLE = 120


@pytest.fixture
def office(store_url: str, tmp_path: Path, sink: Sink) -> Office:
    office = Office.at(tmp_path, sink.port, url=store_url)
    office.people()
    return office


def test_killed_at_random_instants_it_loses_nobody_and_doubles_only_what_it_flags(office: Office, sink: Sink) -> None:
    office.contacts([f"reader{n}@outlet{n % 7}.example.org,Reader {n},{'es' if n % 2 else 'en'},1" for n in range(PEOPLE)])
    sink.delay = 0.03
    office.release()
    dice = random.Random(20261201)
    for _ in range(4):
        bot = office.start("run")
        before = len(sink.received)
        until = time.monotonic() + 15
        while len(sink.received) < before + dice.randint(3, 15) and time.monotonic() < until:
            time.sleep(0.005)
        bot.send_signal(signal.SIGKILL)
        bot.wait()
    office.run("run", "--until-idle")

    records = {r["recipient"]["address"]: r for r in office.json("archive", "list")}
    assert len(records) == PEOPLE
    assert {r["state"] for r in records.values()} == {"accepted"}
    counts = Counter(r.to for r in sink.received)
    assert set(counts) == set(records)
    for address, count in counts.items():
        copies = {r.octets for r in sink.to(address)}
        assert len(copies) == 1, f"{address} got different copies"
        if count > 1:
            # a kill between the mark and the content leaves a doubt too, though nothing was sent
            assert count <= 1 + sum(a["outcome"] == "uncertain" for a in records[address]["attempts"])
            assert records[address]["attempts"][-1]["uncertain"]
    assert sum(counts.values()) <= PEOPLE + 4 * 10  # one in doubt for each open connection, at each kill


def test_killed_before_the_lift_it_lets_nothing_out_early_and_goes_on_at_the_lift(office: Office, sink: Sink) -> None:
    office.contacts(["holder@science.example.org,Holder,en,1", "reader@outlet.example.org,Reader,es,2"])
    office.run("segments", "save", "Holders", "tier<=1", as_="Rosa")
    office.run("contacts", "agree", "holder@science.example.org", as_="Rosa")
    office.release("--advance", "Holders", embargo=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    for _ in range(2):
        bot = office.start("run")
        sink.wait_for(1, 60)
        office.wait_for_wave("advance", "done")
        bot.send_signal(signal.SIGKILL)
        bot.wait()
    assert [r.to for r in sink.received] == ["holder@science.example.org"]

    lift = datetime.now(UTC) + timedelta(seconds=20)  # only now, or it might come before the advance copy on a slow machine
    office.several(
        ["--as", "Rosa", "embargo", "move", "clinic", lift.isoformat(), "--reason", "the hearing is today"],
        ["--as", "Ana", "release", "approve", "clinic"],
    )
    bot = office.start("run")
    sink.wait_for(3, 80)
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(60) == 0
    advance, notice, general = sink.received
    assert (advance.to, notice.to, general.to) == (*["holder@science.example.org"] * 2, "reader@outlet.example.org")
    assert notice.subject.startswith("EMBARGO MOVED")
    assert general.at >= lift
    waves = {w["purpose"]: w["state"] for w in office.json("wave", "list")}
    assert waves["advance"] == "done"


def test_told_to_end_it_finishes_what_is_on_the_wire_and_gives_back_the_rest(office: Office, sink: Sink) -> None:
    office.contacts([f"reader{n}@outlet.example.org,Reader {n},en,1" for n in range(PEOPLE)])
    sink.delay = 0.1
    office.release()
    bot = office.start("run")
    sink.wait_for(15, 60)
    sink.delay = 1  # or all might have gone before the signal is heard
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(60) == 0

    (wave,) = office.json("wave", "list")
    counts = wave["counts"]
    assert counts["accepted"] == len(sink.received) < PEOPLE
    assert counts == {"accepted": len(sink.received), "pending": PEOPLE - len(sink.received)}


def test_two_bots_on_one_sqlite_store_are_refused(office: Office) -> None:
    if office.settings["DISTRO_STORAGE__URL"].startswith("postgresql"):
        pytest.skip("several bots may share one PostgreSQL")
    first = office.start("run")
    try:
        lock = Path(office.settings["DISTRO_STORAGE__URL"].removeprefix("sqlite:///") + ".bot")
        until = time.monotonic() + 60
        while not (lock.exists() and lock.read_text()):
            assert time.monotonic() < until, "the first bot does not hold the store"
            time.sleep(0.05)
        refused = office.run("run", "--until-idle", status=2)
        assert f"process {first.pid}" in refused.stderr.decode()
    finally:
        first.send_signal(signal.SIGTERM)
        assert first.wait(60) == 0
