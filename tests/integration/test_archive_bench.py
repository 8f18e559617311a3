"""The store that `make bench-archive` builds is one as a bot leaves it: every copy, every proof and every question holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlmodel import col, select

from distro.archive.vault import Keys, Vault
from distro.db import Store
from distro.dispatch import history
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.finding import Wanted
from distro.editorial.plan import Wave
from tests.bench.archive import sealing
from tests.bench.archivecommands import Ran, Verified, run_all
from tests.bench.archivequestions import Asked, ask_all
from tests.bench.archivereport import Measured, Sealed, report
from tests.bench.archivestore import Archive, Builder
from tests.bench.wording import Writer

DELIVERIES = 600


def built(folder: Path, url: str, *, signed: bool = False) -> Archive:
    return Builder(folder, url, DELIVERIES, lambda _: None, signed=signed).build()


def test_it_is_whole_and_answers_everything(store_url: str, tmp_path: Path) -> None:
    archive = built(tmp_path, store_url)
    keys = Keys.load(tmp_path)
    sealed = sealing(archive.store, keys)
    assert sealed.entries > DELIVERIES
    with archive.store.read() as session:
        deliveries = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        assert DELIVERIES <= len(deliveries) < DELIVERIES + 10
        waves = {wave.id: wave for wave in session.exec(select(Wave))}
        for d in deliveries:
            wave = waves[d.wave_id]
            assert (wave.first_delivery or 0) <= (d.id or 0) <= (wave.last_delivery or 0)
            assert (d.accepted_at is not None) == (d.state == State.ACCEPTED)
            if d.id is not None and d.id % 10 == 0 and d.skeleton_id is not None:
                copy = history.copy_of(session, Vault(keys), d.id)
                assert hashlib.sha256(copy).digest() == d.sha256
        told = list(history.deliveries(session, Vault(keys), Wanted(state="accepted")))
    assert all(record["attempts"] and record["recipient"] for record in told)
    seen: list[Asked] = []
    asked = ask_all(archive.store, keys, seen.append, times=3)
    archive.store.close()
    assert seen == asked
    answered = {one.name for one in asked if one.rows}
    assert {"list", "list --release", "list --segment", "list --outlet", "list --state accepted", "show", "eml"} <= answered
    assert {"search, a frequent word", "search, a prefix", "held-before-lift", "never-got", "approvals"} <= answered


@pytest.mark.parametrize("signed", [False, True])
def test_every_command_ends_and_finds_nothing_altered(store_url: str, tmp_path: Path, signed: bool) -> None:
    archive = built(tmp_path, store_url, signed=signed)
    sealing(archive.store, archive.keys)
    archive.store.close()
    ran, verified = run_all(tmp_path, store_url, archive.keys, lambda _: None)
    assert len(ran) == 10
    assert verified.findings == 0
    assert verified.copies > DELIVERIES * 0.9
    assert verified.bag_copies > 0


def test_a_bar_that_is_missed_is_told() -> None:
    slow, quick = Asked("slow", (1.0, 150.0, 2.0), (1.0,), 1), Asked("quick", tuple([1.0] * 99 + [900.0]), (1.0,), 1)
    assert (slow.p95, slow.kept, quick.p95, quick.kept) == (150.0, False, 1.0, True)
    from datetime import UTC, datetime

    measured = Measured(
        datetime(2026, 12, 1, tzinfo=UTC),
        "sqlite",
        10,
        1,
        20,
        1200.0,
        1100.0,
        {"entry": 240.0},
        Sealed(20, 1.0),
        [slow, quick],
        [Ran("archive list", 1.0, "100 on the page")],
        Verified(15, 1.0, 0, 2, 1.0, 1.0),
        1.0,
        (0, 0),
    )
    assert measured.missed == [
        "slow: p95 150 ms",
        "1200 octets a delivery",
        "15 copies verified a second",
        "20 entries sealed a second",
    ]
    assert "\n".join(report(measured)).count("**missed**") == 4


def test_words_are_the_same_for_the_same_seed() -> None:
    assert Writer(3).words("es", 50) == Writer(3).words("es", 50)
    assert Writer(3).words("es", 50) != Writer(4).words("es", 50)


def test_a_store_can_be_opened_again(tmp_path: Path) -> None:
    archive = built(tmp_path, f"sqlite:///{tmp_path / 'store.db'}")
    archive.store.close()
    again = Store(f"sqlite:///{tmp_path / 'store.db'}")
    assert len(ask_all(again, Keys.load(tmp_path), lambda _: None, times=1)) > 30
    again.close()
