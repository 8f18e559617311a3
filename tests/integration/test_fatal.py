"""When something goes wrong for good the bot ends and says so, whatever its lines are waiting for, and loses nothing by it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, text, update
from sqlmodel import col, select

from distro.archive.vault import KEY_FILE, Personal
from distro.config import Limits
from distro.dispatch.delivery import Delivery
from distro.errors import Failed
from tests.office import Office
from tests.sink import Sink

MANY, LINES = 40, 4


@pytest.fixture
def readers(office: Office) -> Office:
    for n in range(MANY):
        office.contact(f"reader{n}@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.settings["limits"] = Limits(connections=LINES)
    return office


def lose(office: Office, table: str) -> None:
    """Nobody finds this table any more, and no patience helps."""
    with office.write() as session:
        session.connection().execute(text(f"ALTER TABLE {table} RENAME TO lost"))


def damage(office: Office) -> None:
    """What is sealed of the newest delivery does not open any more."""
    drop = "DROP TRIGGER " + ("personal_no_update" if office.store.dialect == "sqlite" else "personal_append_only ON personal")
    with office.write() as session:
        session.connection().execute(text(drop))
        newest = session.exec(select(func.max(Personal.delivery_id))).one()
        session.connection().execute(update(Personal).where(col(Personal.delivery_id) == newest).values(box=bytes(60)))


@pytest.mark.altered
def test_the_bot_ends_though_its_lines_wait_for_replies(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.prepare()
    sink.delay = 0.3
    began = time.monotonic()

    def strike() -> int:
        sink.wait_for(2, 60)
        sink.delay = 3.0  # so that most of them wait still
        lose(readers, "suppression")
        return len(sink.received)

    with ThreadPoolExecutor(1) as beside:
        striking = beside.submit(strike)
        with pytest.raises(Failed, match="suppression"):
            readers.run_for(60)

    assert time.monotonic() - began < 60, "it did not end by itself"
    assert len(sink.received) <= striking.result() + LINES
    with readers.store.read() as session:
        states = dict(session.exec(select(Delivery.address_hash, Delivery.state)).all())
    taken = {readers.vault.keys.address_hash(received.to) for received in sink.received}
    unsure = {"uncertain", "in_flight"}  # of at most one on each line
    assert all(states[address] in unsure | {"accepted"} for address in taken)
    assert all(state in unsure | {"pending", "claimed"} for address, state in states.items() if address not in taken)
    assert sum(state in unsure for state in states.values()) <= LINES


@pytest.mark.altered
def test_a_damaged_box_holds_its_own_delivery_and_no_other(readers: Office, sink: Sink) -> None:
    (only,) = readers.send()
    readers.prepare()
    damage(readers)
    readers.run()
    with readers.store.read() as session:
        states = list(session.exec(select(Delivery.state).order_by(col(Delivery.id))).all())
    assert states == ["accepted"] * (MANY - 1) + ["held"]
    assert len(sink.received) == MANY - 1
    assert readers.wave(only).state == "done"
    readers.run()
    assert len(sink.received) == MANY - 1


@pytest.mark.altered
def test_with_another_offices_key_the_bot_does_not_start(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.prepare()
    (readers.config.storage.data_dir / KEY_FILE).write_text("ab" * 32)
    with pytest.raises(Failed, match=r"is office\.key the right one"):
        readers.run()
    assert sink.received == []
    with readers.store.read() as session:
        assert set(session.exec(select(Delivery.state))) == {"pending"}
