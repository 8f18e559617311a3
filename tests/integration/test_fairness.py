"""Several waves at once: each gets its turn, however much another has waiting, and a kill goes before them all."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update
from sqlmodel import col

from distro.config import Limits
from distro.dispatch.claims import Claim, Claimed, claim
from distro.dispatch.hand import Hand
from distro.dispatch.job import Job
from distro.dispatch.throttle import Throttle
from distro.dispatch.wave import launch_due
from distro.editorial.plan import Purpose, Wave
from tests.office import Office, content, now
from tests.sink import Sink

MANY, FEW = 150, 5


def crowd(office: Office) -> None:
    for n in range(MANY):
        office.contact(f"reader{n}@outlet{n % 9}.example.org", languages="en", tier="1")
    for n in range(FEW):
        office.contact(f"editor{n}@desk.example.com", languages="en", tier="2")
    office.segment("Readers", "tier<=1")
    office.segment("Editors", "tier>1")


def test_a_small_wave_does_not_wait_until_a_large_one_has_gone(office: Office, sink: Sink) -> None:
    crowd(office)
    office.settings["limits"] = Limits(connections=2)
    sink.delay = 0.02
    office.send(content("large"), audience="Readers")

    def meanwhile() -> None:
        sink.wait_for(20, 60)
        sink.delay = 1.0  # so that the large wave lasts, however long the small one takes to come
        office.send(content("small"), audience="Editors")
        until = time.monotonic() + 30
        while not any(of_small()) and time.monotonic() < until:
            time.sleep(0.01)
        sink.delay = 0.02

    def of_small() -> list[bool]:
        return [r.to.endswith("@desk.example.com") for r in list(sink.received)]

    with ThreadPoolExecutor(1) as beside:
        sending = beside.submit(meanwhile)
        office.run()
    sending.result()

    order = of_small()
    assert len(order) == MANY + FEW
    first, last = order.index(True), len(order) - 1 - order[::-1].index(True)
    assert last - first <= 4 * FEW, "the small wave took its turns too far apart"
    assert len(order) > last + 20, "the large wave had gone already"


@pytest.mark.altered
def test_a_kill_is_claimed_before_everything(office: Office) -> None:
    crowd(office)
    (large,) = office.send(content("large"), audience="Readers")
    (small,) = office.send(content("small"), audience="Editors")
    office.prepare()
    assert len(launch_due(office.store, office.config, now(), clock_steady=True)) == 2
    with office.write() as session:
        session.connection().execute(update(Wave).where(col(Wave.id) == small).values(purpose=Purpose.KILL.value))
    with office.write() as session:
        claimed = claim(session, Claim("me", 20, now()))
    assert [c.wave_id for c in claimed] == [small] * FEW + [large] * 20


def job(number: int, wave: int, *, urgent: bool = False) -> Job:
    claimed = Claimed(number, wave, number, 1, 7, b"", "en", "All", b"0" * 16, 0, None, None, None, False, None)
    return Job(claimed, None, b"", None, 0, urgent)


def test_waves_take_turns_in_the_hand_and_what_is_urgent_is_first() -> None:
    hand = Hand(Throttle.of(0.0, 0.0), asyncio.Event())
    hand.take_in([job(n, 1) for n in range(1, 6)])
    hand.take_in([job(n, 2) for n in range(11, 13)])
    hand.take_in([job(21, 3, urgent=True), job(22, 3, urgent=True)])
    picked = []
    while (found := hand.next_now()) is not None:
        picked.append(found.claimed.id)
    assert picked == [21, 22, 1, 11, 2, 12, 3, 4, 5]
    assert hand.empty


def test_what_could_not_be_carried_is_the_next_again() -> None:
    hand = Hand(Throttle.of(0.0, 0.0), asyncio.Event())
    hand.take_in([job(1, 1), job(2, 1)])
    first = hand.next_now()
    assert first is not None
    hand.put_back(first)
    again = hand.next_now()
    assert again is first


def test_no_more_is_in_hand_than_goes_soon_where_the_pace_is_limited() -> None:
    def depth(per_second: float, waves: int = 1) -> int:
        return Hand(Throttle.of(per_second, 0), asyncio.Event(), lines=10).depth_for(waves)

    assert depth(0) == 240
    assert depth(0, waves=4) == 120
    assert depth(1) == 30, "or Date would be minutes old when the last of them leaves"
    assert depth(1, waves=4) == 15
    assert depth(0.01) == 10, "one for each line"
    assert depth(1000) == 240
