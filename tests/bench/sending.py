"""How fast the whole bot sends, how fast copies are stamped and rebuilt, and what a delivery takes in the store."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import text
from sqlmodel import col, select

from distro import config
from distro.archive.copies import StoredSkeleton
from distro.archive.vault import Keys, Vault, salt
from distro.db import Store
from distro.dispatch import history
from distro.dispatch.claims import Claimed
from distro.dispatch.delivery import Delivery
from distro.dispatch.job import Job, Unmade, make_copies
from distro.dispatch.recipient import Recipient
from tests.acceptance.process import Office
from tests.bench.figures import Figure
from tests.bench.office import approve, store_of, timed
from tests.bench.relay import Relay

_numbers = count(1)


def sending(database: str, office: Office, relay: Relay, people: int, runs: int) -> list[Figure]:
    """Releases to the same people, one after the other, each by a bot of its own that stops when nothing is left."""
    rates, whole, sizes = [], [], []
    store = store_of(office)
    for _ in range(runs):
        before, taken = size(store), len(relay.accepted())
        approve(office, f"letter-{next(_numbers)}", "Few")
        whole.append(timed(office, "run", "--until-idle").seconds)
        accepted = relay.accepted()[taken:]
        assert len(accepted) == people, f"{len(accepted)} of {people} copies came"
        rates.append((people - 1) / (accepted[-1] - accepted[0]))
        sizes.append((size(store) - before) / people)
    said = f"a wave of {people:,}"
    found = [
        Figure("send_per_second", database, f"copies of {said} that the relay took, first to last", "/s", tuple(rates)),
        Figure("send_seconds", database, f"{said}, the bot's start, freezing and end included", "s", tuple(whole)),
        Figure(
            "delivery_bytes", database, "growth of the compacted store a delivery, all tables and indexes", "B", tuple(sizes)
        ),
        *copying(database, office, store, runs),
    ]
    store.close()
    return found


def size(store: Store) -> int:
    """Octets of the store, compacted."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if store.dialect == "postgresql":
            connection.execute(text("VACUUM FULL"))
            total = "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables"
            return int(connection.execute(text(total)).scalar_one())
    plain = store.engine.raw_connection()
    try:
        cursor = plain.cursor()
        cursor.execute("VACUUM")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        return int(pages * cursor.execute("PRAGMA page_size").fetchone()[0])
    finally:
        plain.close()


def copying(database: str, office: Office, store: Store, runs: int, copies: int = 1000) -> list[Figure]:
    vault = Vault(Keys.load(office.folder / "data"))
    with store.read() as session:
        letter = session.exec(select(StoredSkeleton).order_by(col(StoredSkeleton.id).desc()).limit(1)).one()
        ids = list(session.exec(select(Delivery.id).order_by(col(Delivery.id).desc()).limit(copies)))
    skeleton, now = letter.skeleton, datetime.now(UTC)
    claim = Claimed(1, 1, 1, 1, 1, b"", "en", "Few", b"0" * 16, 0, None, None, None, False, None)
    stamped, rebuilt = [], []
    for _ in range(runs):
        start = time.perf_counter()
        for n in range(copies):
            person = Recipient(f"Reportera Núñez {n}", f"reporter{n}@example.org", f"reporter{n}@example.org", "Daily", salt())
            made_of = Unmade(1, skeleton, None)
            job = Job(claim._replace(id=n + 1), person, person.octets, None, 0, False, unmade=made_of)
            make_copies([job], config.Office(), vault.keys, None, lambda: now)
        stamped.append(copies / (time.perf_counter() - start))
        with store.read() as session:
            start = time.perf_counter()
            for delivery in ids:
                history.copy_of(session, vault, delivery or 0)
            rebuilt.append(copies / (time.perf_counter() - start))
    assert job.copy is not None
    what = f"copies of {job.copy.size:,} octets"
    return [
        Figure("stamp_per_second", database, f"{what} stamped and hashed, on one core, without a store", "/s", tuple(stamped)),
        Figure("rebuild_per_second", database, f"{what} rebuilt from the store and proved, one by one", "/s", tuple(rebuilt)),
    ]
