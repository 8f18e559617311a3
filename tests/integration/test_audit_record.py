"""Whatever is altered in the record behind the software's back is found by its audit, and named; what is honest never is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from distro.archive.audit import Elsewhere, RecordFound, audit_record
from distro.archive.checkpoint import Checkpoint, sign
from distro.archive.growths import Tree
from distro.archive.ledger import Entry, Fact, Sealable, leaf_of, record_all
from distro.archive.merkle import leaf_hash
from distro.archive.sealing import Run, Signer, StoredCheckpoint, newest, seal
from distro.archive.tiles import StoredTile
from distro.db import Store
from distro.errors import Refused
from tests.auditing import tamper

AT = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=UTC)
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), "press.example.org/ledger")
OTHER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)), "press.example.org/ledger")


def write(store: Store, count: int, at: datetime = AT) -> None:
    with store.write() as session:
        record_all(session, [Fact(at, "Rosa", "thing.noted", f"thing:{n}", {"n": n}) for n in range(count)])


def audit(store: Store, against: str = "") -> RecordFound:
    return audit_record(store, SIGNER, against=Elsewhere("old.txt", against) if against else None)


def found(store: Store, against: str = "") -> list[str]:
    return [one.what for one in audit(store, against).findings]


def note(store: Store) -> str:
    with store.read() as session:
        last = newest(session)
        assert last is not None
        return last.note


@pytest.fixture
def sealed(store: Store) -> Store:
    """Entries 1 to 700 under four heads."""
    fill(store)
    return store


def fill(store: Store) -> None:
    for count in (300, 5, 1, 394):
        write(store, count)
        seal(store, SIGNER, AT)


def test_an_honest_record_is_whole(store: Store) -> None:
    assert audit(store) == RecordFound(0, 0, 0, 0, [])
    fill(store)
    assert audit(store) == RecordFound(700, 700, 0, 4, [])
    write(store, 3)
    assert audit(store) == RecordFound(703, 700, 3, 4, [])


def test_a_large_one_is_whole_too(store: Store) -> None:
    """Over many tiles, and two levels above them."""
    for count in (70_000, 1, 300):
        write(store, count)
        while seal(store, SIGNER, AT):
            pass
    assert audit(store).findings == []
    tamper(store, "UPDATE entry SET actor = 'Ana' WHERE id = 66000")
    assert found(store) == ["Entry 66000 is not what was sealed (thing.noted of thing:65999)."]


def test_what_was_not_sealed_in_the_order_of_ids_is_no_fault(store: Store) -> None:
    if store.dialect == "sqlite":
        pytest.skip("SQLite has one writer: ids are committed in their order")
    with store.engine.connect() as late:
        late.execute(text("INSERT INTO entry (at_us, actor, kind, subject, payload) VALUES (1, 'a', 'note', 'x:1', '{}')"))
        for minutes in range(4):
            write(store, 3)
            seal(store, SIGNER, AT + timedelta(minutes=2 * minutes))
        late.commit()
    for minutes in range(4, 8):
        write(store, 1)
        seal(store, SIGNER, AT + timedelta(minutes=2 * minutes))
        with store.engine.connect() as never:  # leaves a hole in the ids
            never.execute(text("INSERT INTO entry (at_us, actor, kind, subject, payload) VALUES (1, 'a', 'b', 'c', '{}')"))
            never.rollback()
    assert audit(store) == RecordFound(17, 17, 0, 8, [])


ENTRY_ATTACKS = {
    "UPDATE entry SET payload = '{\"n\":0}' WHERE id = 305": "Entry 305 is not what was sealed (thing.noted of thing:4).",
    "UPDATE entry SET at_us = at_us + 1 WHERE id = 1": "Entry 1 is not what was sealed (thing.noted of thing:0).",
    "DELETE FROM entry WHERE id = 306": "Entry 306 was sealed and is not there any more.",
    "DELETE FROM entry WHERE id = 700": "Entry 700 was sealed and is not there any more.",
    "UPDATE entry SET id = -7 WHERE id = 7": "Entry 7 was sealed and is not there any more.",
    "INSERT INTO entry VALUES (0, 1, 'a', 'b', 'c', '{}')": "Entry 0 (b of c) was put in after all up to entry {}",
}


@pytest.mark.parametrize("attack", ENTRY_ATTACKS)
def test_an_entry_that_was_altered_is_named(sealed: Store, attack: str) -> None:
    settled = 700 if sealed.dialect == "sqlite" else 0
    tamper(sealed, attack)
    assert any(one.startswith(ENTRY_ATTACKS[attack].format(settled)) for one in found(sealed))


@pytest.mark.parametrize("column", ["payload", "actor"])
def test_octets_that_are_no_text_are_an_alteration_like_any_other(sealed: Store, column: str) -> None:
    if sealed.dialect == "postgresql":
        pytest.skip("PostgreSQL lets no such text in")
    tamper(
        sealed, f"UPDATE entry SET {column} = CAST(x'ff' AS TEXT) WHERE id = 33", "UPDATE entry SET kind = x'00' WHERE id = 34"
    )
    assert [one[:32] for one in found(sealed)] == ["Entry 33 is not what was sealed ", "Entry 34 is not what was sealed "]


def test_two_entries_that_were_swapped_are_both_named(sealed: Store) -> None:
    said = """payload = CASE id WHEN 199 THEN '{"n":193}' ELSE '{"n":198}' END"""
    about = "subject = CASE id WHEN 199 THEN 'thing:193' ELSE 'thing:198' END"
    tamper(sealed, f"UPDATE entry SET {said}, {about} WHERE id IN (199, 500)")
    assert [one.entry for one in audit(sealed).findings] == [199, 500]


def test_of_many_neighbours_the_first_and_the_last_are_named(sealed: Store) -> None:
    tamper(sealed, "DELETE FROM entry WHERE id BETWEEN 100 AND 299")
    assert found(sealed) == ["Entries 100 to 299 are not what was sealed, or not there any more."]


def test_a_later_alteration_is_found_behind_an_earlier_one(sealed: Store) -> None:
    tamper(sealed, "UPDATE entry SET kind = 'x' WHERE id IN (5, 301, 699)")
    assert [one.entry for one in audit(sealed).findings] == [5, 301, 699]


def tile(store: Store, level: int, number: int) -> bytes:
    with store.read() as session:
        return session.get_one(StoredTile, (level, number)).hashes


def put_tile(store: Store, level: int, number: int, hashes: bytes) -> None:
    tamper(store, f"UPDATE tile SET hashes = :hashes WHERE level = {level} AND number = {number}", hashes=hashes)


def test_a_tile_that_was_altered_is_told_from_an_entry_that_was(sealed: Store) -> None:
    kept = tile(sealed, 0, 1)
    put_tile(sealed, 0, 1, kept[:64] + bytes(32) + kept[96:])
    assert found(sealed) == ["Tile (0, 1) was altered, the entries under it were not."]


def test_a_tile_above_is_checked_too(sealed: Store) -> None:
    put_tile(sealed, 1, 0, tile(sealed, 1, 0)[::-1])
    assert found(sealed) == ["Tile (1, 0) was altered, the entries under it were not."]


def test_tiles_that_are_gone_or_too_many_are_told(sealed: Store) -> None:
    tamper(
        sealed,
        "DELETE FROM tile WHERE level = 0 AND number = 0",
        "UPDATE tile SET number = 9 WHERE level = 0 AND number = 1",
    )
    assert found(sealed) == [
        "Tile (0, 0) was altered, the entries under it were not.",
        "Tile (0, 1) was altered, the entries under it were not.",
        "Tile (0, 9) was altered: it holds more than was sealed.",
    ]


def test_where_the_hash_was_altered_along_the_heads_say_between_which(sealed: Store) -> None:
    """And the tiles above, which were not, let later heads be checked again."""
    tamper(sealed, "UPDATE entry SET actor = 'Ana' WHERE id = 10")
    put_tile(sealed, 0, 0, rehashed(sealed, 10))
    tamper(sealed, "UPDATE entry SET actor = 'Ana' WHERE id = 650")
    assert found(sealed) == [
        "Something among entries 1 to 300 was altered, and its hash in the tree with it: the head of 300 entries does not fit.",
        "Entry 650 is not what was sealed (thing.noted of thing:343).",
    ]


def test_one_entry_under_a_head_of_its_own_is_named_all_the_same(sealed: Store) -> None:
    tamper(sealed, "UPDATE entry SET actor = 'Ana' WHERE id = 306")
    put_tile(sealed, 0, 1, rehashed(sealed, 306))
    first = audit(sealed).findings[0]
    assert first.entry == 306
    assert first.what.startswith("Entry 306 was altered, and its hash in the tree with it: the head of 306 entries does not")


def rehashed(store: Store, entry: int) -> bytes:
    """The tile over an entry as it would have to be now."""
    number, place = divmod(entry - 1, 256)
    kept = bytearray(tile(store, 0, number))
    with store.read() as session:
        row = session.get_one(Entry, entry)
    leaf = leaf_hash(leaf_of(Sealable(entry, row.at_us, row.actor, row.kind, row.subject, row.payload)))
    kept[place * 32 : place * 32 + 32] = leaf
    return bytes(kept)


def test_a_record_that_was_sealed_anew_by_another_key_is_nobodys(store: Store) -> None:
    write(store, 10)
    seal(store, OTHER, AT)
    assert found(store) == ["None of the 1 heads is signed by this office's key; is it the right one?"]


def test_a_head_that_another_key_signed_is_named(sealed: Store) -> None:
    for _ in range(2):
        write(sealed, 1)
        seal(sealed, SIGNER, AT)
    with sealed.read() as session:
        was = session.get_one(StoredCheckpoint, 701).note
    theirs = sign(was.rpartition("\n\n")[0] + "\n", OTHER.origin, OTHER.key)
    tamper(sealed, "UPDATE checkpoint SET note = :theirs WHERE size = 701", theirs=theirs)
    told = "The head of 701 entries is signed, but not by this office's key as press.example.org/ledger, or it was changed."
    assert found(sealed) == [told]


RUN_ATTACKS = [
    "DELETE FROM sealed_run WHERE first_leaf = 300",
    "DELETE FROM sealed_run WHERE first_leaf = 306",
    "UPDATE sealed_run SET first_entry = 296 WHERE first_leaf = 300",
    "UPDATE sealed_run SET first_entry = 309 WHERE first_leaf = 306",
    "UPDATE sealed_run SET count = 4 WHERE first_leaf = 300",
    "UPDATE sealed_run SET count = 6 WHERE first_leaf = 300",
    "UPDATE sealed_run SET count = 1000000000 WHERE first_leaf = 300",
    "UPDATE sealed_run SET count = 1000000000 WHERE first_leaf = 306",
    "UPDATE sealed_run SET count = 0 WHERE first_leaf = 306",
    "UPDATE sealed_run SET first_leaf = 9000000000000000000 WHERE first_leaf = 306",
    "UPDATE sealed_run SET first_leaf = -300 WHERE first_leaf = 300",
    "INSERT INTO sealed_run VALUES (700, 9999, 3)",
    "UPDATE sealed_run SET first_entry = 10001 - first_entry",
]


@pytest.mark.parametrize("attack", RUN_ATTACKS)
def test_a_run_that_was_altered_is_told(sealed: Store, attack: str) -> None:
    tamper(sealed, attack)
    assert found(sealed)


HEAD_ATTACKS = {
    "DELETE FROM checkpoint WHERE size = 300": "The head of 300 entries was taken out: ",
    "DELETE FROM checkpoint WHERE size = 700": "700 entries were sealed, and the newest head counts 306: ",
    "DELETE FROM checkpoint": "700 entries were sealed, and no head is there: heads were taken out or altered.",
    "UPDATE checkpoint SET size = 800 WHERE size = 700": "The head that is kept for 800 entries was signed for 700.",
    "UPDATE checkpoint SET size = -5 WHERE size = 305": "The head that is kept for -5 entries was signed for 305.",
    "UPDATE checkpoint SET note = 'x' WHERE size = 305": "The head of 305 entries is no signed note any more.",
    "UPDATE checkpoint SET note = replace(note, '306', '307') WHERE size = 306": (
        "The head of 306 entries is signed, but not by this office's key as press.example.org/ledger, or it was changed."
    ),
    "UPDATE checkpoint SET highest = 302 WHERE size = 300": (
        "The head of 300 entries was altered: it names 302 as the highest entry, not 300."
    ),
    "UPDATE checkpoint SET settled = 302 WHERE size = 300": (
        "The head of 300 entries was altered: nothing was settled up to entry 302."
    ),
}


@pytest.mark.parametrize("attack", HEAD_ATTACKS)
def test_a_head_that_was_altered_is_named(sealed: Store, attack: str) -> None:
    tamper(sealed, attack)
    assert any(one.startswith(HEAD_ATTACKS[attack]) for one in found(sealed))


CUT = (
    "DELETE FROM entry WHERE id > 306",
    "DELETE FROM sealed_run WHERE first_leaf >= 306",
    "DELETE FROM checkpoint WHERE size > 306",
    "DELETE FROM tile WHERE level = 0 AND number > 1",
)


def test_a_tail_that_was_cut_off_is_found_by_a_checkpoint_kept_elsewhere(sealed: Store) -> None:
    older = note(sealed)
    assert found(sealed, older) == []
    tamper(sealed, *CUT)
    put_tile(sealed, 0, 1, tile(sealed, 0, 1)[: 50 * 32])
    cut = "The record was cut: the checkpoint in old.txt counts 700 entries, the record has 306."
    assert cut in found(sealed, older)
    if sealed.dialect == "sqlite":
        tamper(sealed, "UPDATE sqlite_sequence SET seq = 306 WHERE name = 'entry'")
    tamper(sealed, "DELETE FROM tile WHERE level = 1")
    put_tile_again(sealed)
    assert found(sealed) == []
    assert found(sealed, older) == [cut]


def put_tile_again(store: Store) -> None:
    """The one tile of level 1, as it was under the head of 306."""
    with store.write() as session:
        session.add(StoredTile(level=1, number=0, hashes=_node(tile(store, 0, 0))))


def _node(row: bytes) -> bytes:
    tree = Tree()
    tree.extend([row[at : at + 32] for at in range(0, len(row), 32)])
    return tree.root


def test_on_sqlite_a_tail_that_was_cut_off_shows_without_one(sealed: Store) -> None:
    if sealed.dialect == "postgresql":
        pytest.skip("PostgreSQL's sequences have holes in an honest record too")
    tamper(sealed, *CUT)
    assert "Entries up to 700 were written; the last that is there is 306." in found(sealed)


def test_an_older_checkpoint_finds_what_was_written_and_signed_anew(store: Store) -> None:
    write(store, 5)
    seal(store, SIGNER, AT)
    older = note(store)
    tamper(
        store,
        *("DELETE FROM sealed_run", "DELETE FROM checkpoint", "DELETE FROM tile"),
        "UPDATE entry SET actor = 'Ana' WHERE id = 2",
    )
    seal(store, SIGNER, AT, thorough=True)
    write(store, 1)
    seal(store, SIGNER, AT)
    assert found(store) == []
    assert found(store, older) == ["The record was rewritten: its first 5 entries are not those that old.txt is of."]


def test_a_checkpoint_of_another_record_or_key_is_said_to_be_one(sealed: Store) -> None:
    older = note(sealed)
    theirs = sign(Checkpoint("city.example.org/ledger", 5, bytes(32)).text(), "city.example.org/ledger", OTHER.key)
    forged = sign(Checkpoint("press.example.org/ledger", 700, bytes(32)).text(), "press.example.org/ledger", OTHER.key)
    ours = "press.example.org/ledger"
    assert found(sealed, theirs) == [f"old.txt is a checkpoint of city.example.org/ledger, and this record is {ours}."]
    not_ours = f"old.txt is a checkpoint of {ours}, but it is not signed by this office's key, or it was changed."
    assert found(sealed, forged) == [not_ours]
    assert found(sealed, older.replace("700", "699")) == [not_ours]
    for text_ in ("", "no checkpoint", "a\nb\n\nc\n", older[:-1]):
        with pytest.raises(Refused, match="is no signed checkpoint"):
            audit_record(sealed, SIGNER, against=Elsewhere("old.txt", text_))


KEY = {"entry": "id", "checkpoint": "size"}
COLUMNS = {
    "entry": ("id", "at_us", "actor", "kind", "subject", "payload"),
    "checkpoint": ("size", "highest", "settled", "note"),
}
"""What else a head's row says, its hour and its horizon, is bookkeeping of sealing; it is signed by nobody."""


@st.composite
def alterations(draw: st.DrawFn) -> tuple[str, int, str, object]:
    """Table, row, column and the new value; no column: the row is deleted."""
    table = draw(st.sampled_from(["entry", "checkpoint"]))
    row = draw(st.integers(1, 700) if table == "entry" else st.sampled_from([300, 305, 306, 700]))
    column = draw(st.sampled_from(["", *COLUMNS[table]]))
    if column in ("id", "size", "highest", "settled", "at_us"):
        return table, row, column, draw(st.integers(-(2**62), 2**62).filter(lambda n: not 0 <= n <= 700))
    return table, row, column, draw(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(alterations())
def test_every_alteration_of_an_entry_or_a_head_is_found_and_named(
    sealed: Store, altered: tuple[str, int, str, object]
) -> None:
    table, row, column, value = altered
    key, columns = KEY[table], ", ".join(ALL[table])
    with sealed.engine.connect() as connection:
        before = connection.execute(text(f"SELECT {columns} FROM {table} WHERE {key} = {row}")).one()
    assume(not column or value != before[ALL[table].index(column)])  # what stays as it was is not altered
    if column:
        tamper(sealed, f"UPDATE {table} SET {column} = :value WHERE {key} = {row}", value=value)
    else:
        tamper(sealed, f"DELETE FROM {table} WHERE {key} = {row}")
    told = audit(sealed).findings
    where = f"{key} = {value}" if column == key else f"{key} = {row}"
    tamper(
        sealed,
        f"DELETE FROM {table} WHERE {where}",
        f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in ALL[table])})",
        **dict(zip(ALL[table], before, strict=True)),
    )
    if table == "entry":
        assert row in [one.entry for one in told]
    else:
        named = {f"head of {row} entries", f"head that is kept for {value} entries", "700 entries were sealed, and the newest"}
        assert any(name in one.what for one in told for name in named)


ALL = {
    "entry": ("id", "at_us", "actor", "kind", "subject", "payload"),
    "checkpoint": ("size", "at", "highest", "horizon", "settled", "note"),
}


def test_what_the_hypothesis_puts_back_is_what_was_there(sealed: Store) -> None:
    assert found(sealed) == []
    with sealed.read() as session:
        assert [head.size for head in session.exec(select(StoredCheckpoint))] == [300, 305, 306, 700]
        assert [run.count for run in session.exec(select(Run))] == [300, 5, 1, 394]
