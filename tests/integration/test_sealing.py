"""Entries are sealed in the order of their commits, once each, under a tree that anybody can build again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, text
from sqlmodel import col, select

from distro.archive import merkle, sealing
from distro.archive.checkpoint import Checkpoint, open_note
from distro.archive.ledger import Entry, Fact, Sealable, leaf_of, record_all
from distro.archive.sealing import Run, Signer, StoredCheckpoint, newest, seal, waiting
from distro.archive.tiles import StoredTile, reader
from distro.db import Store
from distro.dispatch.alerts import Alert
from distro.errors import Failed
from tests.office import Office

AT = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=UTC)
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), "press.example.org/ledger")


def write(store: Store, count: int, first: int = 1) -> None:
    with store.write() as session:
        record_all(
            session, [Fact(AT, "Rosa Ñ", "note", f"thing:{n}", {"n": n, "said": 'á"b'}) for n in range(first, first + count)]
        )


def sealed(store: Store, at: datetime = AT, most: int = sealing.MOST, *, thorough: bool = False) -> int:
    return seal(store, SIGNER, at, most, thorough=thorough)


def heads(store: Store) -> list[Checkpoint]:
    """All checkpoints, each opened with the key."""
    with store.read() as session:
        notes = session.exec(select(StoredCheckpoint.note).order_by(col(StoredCheckpoint.size))).all()
    return [Checkpoint.read(open_note(note, [SIGNER.verifier()])[0]) for note in notes]


def in_order(store: Store) -> list[int]:
    """Ids of the entries as they stand in the tree."""
    with store.read() as session:
        runs = session.exec(select(Run).order_by(col(Run.first_leaf))).all()
    ids: list[int] = []
    for run in runs:
        assert run.first_leaf == len(ids), "a hole or a double in the tree"
        ids += range(run.first_entry, run.first_entry + run.count)
    return ids


def root_of(store: Store, size: int) -> bytes:
    """Of the first so many leaves, straight from the entries by the definition of RFC 9162, 2.1.1."""
    with store.read() as session:
        rows = {e.id: Sealable(e.id or 0, e.at_us, e.actor, e.kind, e.subject, e.payload) for e in session.exec(select(Entry))}
    return _root([leaf_of(rows[entry]) for entry in in_order(store)[:size]])


def _root(data: list[bytes]) -> bytes:
    if len(data) <= 1:
        return sha256(b"\0" + data[0]).digest() if data else sha256().digest()
    k = 1 << (len(data) - 1).bit_length() - 1
    return sha256(b"\1" + _root(data[:k]) + _root(data[k:])).digest()


def test_a_leaf_is_canonical_json_of_all_that_an_entry_says() -> None:
    entry = Sealable(7, 1_795_532_400_000_001, 'Rosa "Ñ"', "release.submit", "release:1", '{"a":1,"b":"é"}')
    assert leaf_of(entry).decode() == (
        '{"actor":"Rosa \\"Ñ\\"","at":"2026-11-24T15:00:00.000001Z","entry":7,"kind":"release.submit",'
        '"payload":{"a":1,"b":"é"},"subject":"release:1"}'
    )


def test_what_was_committed_is_sealed_once(store: Store) -> None:
    assert sealed(store) == 0
    write(store, 300)
    with store.read() as session:
        assert waiting(session) == 300
    assert sealed(store) == 300
    assert sealed(store) == 0
    write(store, 5, first=301)
    assert sealed(store) == 5
    assert in_order(store) == list(range(1, 306))
    assert [head.size for head in heads(store)] == [300, 305]
    assert [head.root for head in heads(store)] == [root_of(store, 300), root_of(store, 305)]
    with store.read() as session:
        assert waiting(session) == 0


def test_much_is_sealed_in_parts(store: Store) -> None:
    write(store, 700)
    assert [sealed(store, most=300) for _ in range(4)] == [300, 300, 100, 0]
    assert in_order(store) == list(range(1, 701))
    assert heads(store)[-1].root == root_of(store, 700)


def test_each_entry_can_be_shown_to_be_under_the_newest_head_and_each_head_under_the_next(store: Store) -> None:
    for first in (1, 40, 300, 301):
        write(store, 20, first)
        sealed(store)
    *_, before, last = heads(store)
    with store.read() as session:
        read = reader(session)
        rows = session.exec(select(Entry).order_by(col(Entry.id))).all()
        for index in (0, 19, 20, 63, 79):
            e = rows[index]
            leaf = merkle.leaf_hash(leaf_of(Sealable(e.id or 0, e.at_us, e.actor, e.kind, e.subject, e.payload)))
            assert merkle.verify_inclusion(leaf, index, last.size, merkle.inclusion(index, last.size, read), last.root)
        proof = merkle.consistency(before.size, last.size, read)
        assert merkle.verify_consistency(before.size, last.size, proof, before.root, last.root)


def test_the_record_keeps_its_name(store: Store) -> None:
    write(store, 1)
    sealed(store)
    write(store, 1)
    seal(store, Signer(SIGNER.key, "another.example.org/ledger"), AT)
    with store.read() as session:
        last = newest(session)
        assert last is not None
        assert sealing.origin_of(last) == "press.example.org/ledger"


def test_heads_and_runs_are_append_only(store: Store) -> None:
    write(store, 1)
    sealed(store)
    for attack in ("UPDATE checkpoint SET size = 2", "DELETE FROM checkpoint", "DELETE FROM sealed_run"):
        with pytest.raises(Exception, match="append-only"), store.write() as session:
            session.connection().execute(text(attack))


def test_a_tree_that_lost_a_tile_is_not_grown(store: Store) -> None:
    write(store, 10)
    sealed(store)
    with store.write() as session:
        session.delete(session.get_one(StoredTile, (0, 0)))
    write(store, 1)
    with pytest.raises(Failed):
        sealed(store)
    assert len(heads(store)) == 1


class Late:
    """Somebody who has written an entry on PostgreSQL and has not committed it."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url)
        self.connection.execute(
            "INSERT INTO entry (at_us, actor, kind, subject, payload) VALUES (1, 'late', 'note', 'thing:0', '{}')"
        )

    def commits(self) -> None:
        self.connection.commit()
        self.connection.close()


@pytest.fixture
def late(store: Store, store_url: str) -> Late:
    if store.dialect == "sqlite":
        pytest.skip("SQLite has one writer: no id is committed before a lower one")
    return Late(store_url)


def test_an_entry_that_is_committed_late_is_sealed_late(store: Store, late: Late) -> None:
    write(store, 3)  # ids 2 to 4
    assert sealed(store) == 3
    # however much time goes by: as long as the transaction is open nothing is settled
    for minutes in (2, 4, 6):
        write(store, 1)
        assert sealed(store, AT + timedelta(minutes=minutes)) == 1
    late.commits()
    write(store, 1)
    assert sealed(store, AT + timedelta(minutes=8)) == 2
    assert in_order(store) == [2, 3, 4, 5, 6, 7, 1, 8]
    assert heads(store)[-1].root == root_of(store, 8)


def test_what_is_committed_between_two_looks_is_not_missed(store: Store, late: Late) -> None:
    """It is there when the horizon says that nothing can come any more; and nobody has looked since it came."""
    write(store, 3)
    assert sealed(store) == 3
    late.commits()
    assert sealed(store, AT + timedelta(hours=1)) == 1
    write(store, 1)
    assert sealed(store, AT + timedelta(hours=2)) == 1
    assert in_order(store) == [2, 3, 4, 1, 5]


def test_what_is_settled_is_not_looked_at_again(store: Store, late: Late) -> None:
    late.commits()
    write(store, 3)
    for hours in range(4):
        write(store, 1)
        assert sealed(store, AT + timedelta(hours=hours))
    with store.read() as session:
        last = newest(session)
        assert last is not None
        assert last.settled > 0
        assert last.settled < last.highest


def test_what_was_missed_is_found_by_a_thorough_look(store: Store, late: Late) -> None:
    write(store, 3)
    sealed(store)
    with store.write() as session:  # as though the horizon had been wrong
        session.connection().execute(text("ALTER TABLE checkpoint DISABLE TRIGGER ALL"))
        session.connection().execute(text("UPDATE checkpoint SET settled = 4"))
    late.commits()
    assert sealed(store) == 0
    assert sealed(store, thorough=True) == 1
    assert in_order(store) == [2, 3, 4, 1]


def test_only_one_seals_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes while another is at work finds nothing to do; and what was prepared on an older head is not kept."""
    write(store, 3)
    batch = sealing._batch

    def while_another(*asked: Any) -> Any:
        mine = batch(*asked)
        monkeypatch.setattr(sealing, "_batch", batch)
        sealed_by_another.append(sealed(store))
        return mine

    sealed_by_another: list[int] = []
    monkeypatch.setattr(sealing, "_batch", while_another)
    here = sealed(store)
    assert sorted([here, *sealed_by_another]) == [0, 3]
    assert in_order(store) == [1, 2, 3]
    assert sealed(store) == 0


def test_a_bot_seals_what_it_did_to_the_last_entry(office: Office) -> None:
    office.contact("ada@daily.example.com", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()
    with office.store.read() as session:
        assert waiting(session) == 0
        last = newest(session)
        assert last is not None
        assert last.size == session.exec(select(func.count()).select_from(Entry)).one()


@pytest.mark.altered
def test_a_bot_that_cannot_seal_sends_all_the_same_and_says_so(office: Office) -> None:
    seal(office.store, Signer.of(office.vault.keys.ledger, office.config.office.mail_domain), AT)
    with office.write() as session:
        session.delete(session.get_one(StoredTile, (0, 0)))
    office.contact("ada@daily.example.com", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    with pytest.raises(Failed, match="Tile 0 of level 0"):
        office.run()
    assert office.delivery("ada@daily.example.com").state == "accepted"
    with office.store.read() as session:
        (told,) = session.exec(select(Alert)).all()
    assert told.subject == "The record cannot be sealed"
