"""A backup is the whole office at one instant; restored elsewhere it is equal row by row, and at a standstill."""

from __future__ import annotations

import json
import stat
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlmodel import col, select

from distro.archive import lasthead
from distro.archive.audit import audit_record
from distro.archive.checkpoint import open_note
from distro.archive.ledger import Entry, Fact, record, record_all
from distro.archive.sealing import Signer, newest, seal
from distro.archive.vault import KEY_FILE, Keys
from distro.backup.making import BACKED_UP, back_up
from distro.backup.standstill import LEAP
from distro.db import Store, hold_store
from distro.dispatch.goingon import go_on
from distro.dispatch.workers import Snapshot, report
from distro.editorial.restored import RESTORED
from distro.errors import Failed, Refused
from distro.migrations import NEWEST, alembic_config, migrate, revision_of
from distro.staff import Actor, Role
from tests.auditing import audited
from tests.backups import ADMIN, Elsewhere, make, rewritten, root_of, rows_of, seal_all, signer_of, silent, with_admin
from tests.office import WRITER, Office, content, now
from tests.prepared import Prepared
from tests.sink import Sink

ASSET = b"%PDF-1.7 the letter"


@pytest.fixture
def full(office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Sent, armed and sealed, with a file."""
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    with_admin(office)
    for n in range(12):
        office.contact(f"reader{n}@outlet{n % 3}.example.org", languages="en" if n % 2 else "es", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()
    office.send(content("later", text="Ñandú ☃"), at=(now() + timedelta(hours=3)).isoformat())
    shelf = office.folder / "assets"
    shelf.mkdir()
    (shelf / sha256(ASSET).hexdigest()).write_bytes(ASSET)
    (shelf / ".part-abc").write_bytes(b"half")
    seal_all(office)


@pytest.fixture
def elsewhere(elsewhere_url: str, tmp_path: Path) -> Elsewhere:
    return Elsewhere(elsewhere_url, tmp_path / "elsewhere")


@pytest.fixture
def backup(full: Office, tmp_path: Path) -> Path:
    make(full, tmp_path / "office.backup", with_key=True)
    return tmp_path / "office.backup"


def payload_of(store: Store, kind: str) -> dict[str, Any]:
    with store.read() as session:
        found: dict[str, Any] = json.loads(session.exec(select(Entry.payload).where(Entry.kind == kind)).one())
        return found


def test_every_row_comes_back(full: Office, elsewhere: Elsewhere, tmp_path: Path) -> None:
    before = rows_of(full.store)
    make(full, tmp_path / "b", with_key=True)
    elsewhere.restore(tmp_path / "b")
    store = Store(elsewhere.url)
    after = rows_of(store)
    store.close()
    assert {name for name, rows in before.items() if rows} >= {"entry", "delivery", "personal", "person_key", "tile", "version"}
    last = before["entry"][-1][0]
    assert isinstance(last, int)
    after["entry"] = [row for row in after["entry"] if isinstance(row[0], int) and row[0] <= last]
    after["alert"] = after["alert"][: len(before["alert"])]
    different = {name for name in before if before[name] != after[name]}
    assert different == {"wave"}  # whose unfinished ones are held
    assert before["wave"][0] == after["wave"][0]
    assert (elsewhere.folder / "assets" / sha256(ASSET).hexdigest()).read_bytes() == ASSET
    assert [file.name for file in (elsewhere.folder / "assets").iterdir()] == [sha256(ASSET).hexdigest()]
    assert (elsewhere.folder / KEY_FILE).read_bytes() == (full.folder / KEY_FILE).read_bytes()
    assert stat.S_IMODE((elsewhere.folder / KEY_FILE).stat().st_mode) == 0o600


def test_what_is_written_meanwhile_is_in_it_wholly_or_not_at_all(full: Office, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """At every sign of life somebody comes on the list, which are rows in two tables; none of them shows."""
    with full.write() as session:  # more than SQLite copies in one step
        record_all(session, [Fact(now(), "Olga", "note", f"thing:{n}", {"text": "x" * 1000}) for n in range(4000)])
    before = rows_of(full.store)
    came = 0

    def meanwhile(_what: str, _done: int, _total: int) -> None:
        nonlocal came
        came += 1
        full.contact(f"late{came}@outlet.example.org")

    back_up(full.store, full.folder, tmp_path / "b", actor=ADMIN, at=now(), told=meanwhile, with_key=True)
    assert came > 4
    elsewhere.restore(tmp_path / "b")
    store = Store(elsewhere.url)
    after = rows_of(store)
    store.close()
    assert after["journalist"] == before["journalist"]
    assert after["entry"][: len(before["entry"])] == before["entry"]
    assert len(after["entry"]) == len(before["entry"]) + 2, "that it was restored, and that a wave is held"


def test_the_record_says_what_was_taken_and_what_was_brought(full: Office, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = make(full, tmp_path / "b", with_key=True)
    size, root = root_of(full.store)
    elsewhere.restore(tmp_path / "b")
    store = Store(elsewhere.url)
    taken, brought = payload_of(full.store, BACKED_UP), payload_of(store, RESTORED)
    assert (taken["size"], taken["manifest"], taken["with_key"]) == (size, made.digest, True)
    assert "office" not in json.dumps(taken), "no path"
    same = ("backup", "manifest", "size", "root", "last_entry", "unsealed")
    assert {name: taken[name] for name in same} == {name: brought[name] for name in same}
    assert brought["waves"] == [2]
    with store.read() as session:
        head = newest(session)
        assert head is not None
        assert head.note.split("\n")[1:3] == [str(size), taken["root"]]
        open_note(head.note, [signer_of(full).verifier()])
    assert root_of(store) == (size, root)
    store.close()


def test_numbers_go_on_far_behind_those_that_the_old_machine_may_give_out(
    full: Office, elsewhere: Elsewhere, backup: Path
) -> None:
    elsewhere.restore(backup)
    office = elsewhere.office()
    most = max(e.id or 0 for e in full.entries("run.started"))
    (restored,) = office.entries(RESTORED)
    assert most + LEAP < (restored.id or 0) < most + 2 * LEAP
    office.contact("new@outlet.example.org", languages="en", tier="1")
    office.send(content("new"))
    office.prepare()
    assert (office.delivery("new@outlet.example.org").id or 0) > LEAP
    people = [row[0] for row in rows_of(office.store)["journalist"]]
    assert people == list(range(1, 14)), "what has few numbers goes on where it was"
    office.store.close()


def test_sealing_goes_on_from_the_head_that_was_brought(full: Office, elsewhere: Elsewhere, backup: Path) -> None:
    elsewhere.restore(backup)
    office = elsewhere.office()
    size, _ = root_of(office.store)
    seal_all(office)
    grown, root = root_of(office.store)
    assert grown > size
    with office.store.read() as session:
        head = newest(session)
        assert head is not None
        assert b64decode(head.note.split("\n")[2]) == root
    office.store.close()


def folder_signer(office: Office) -> Signer:
    """As the bot has it, with the head that was signed last."""
    return replace(signer_of(office), folder=office.folder)


def seal_on(office: Office) -> None:
    with office.write() as session:
        record(session, Fact(now(), "Olga", "note", "thing:1", {}))
    seal(office.store, folder_signer(office), now())


def test_the_head_that_was_signed_last_is_the_backups_from_then_on(full: Office, elsewhere: Elsewhere, backup: Path) -> None:
    elsewhere.restore(backup)
    office = elsewhere.office()
    with office.store.read() as session:
        head = newest(session)
    assert head is not None
    assert lasthead.read(office.folder) == head.note
    seal_on(office)
    assert audited(office) == []
    assert audit_record(office.store, folder_signer(office)).left == []
    assert "kept" not in payload_of(office.store, RESTORED)
    office.store.close()


def test_where_more_had_been_signed_the_entry_keeps_that_head(full: Office, elsewhere: Elsewhere, backup: Path) -> None:
    """The store is lost, the data folder is not; or another of the office's machines restored it."""
    size, _ = root_of(full.store)
    seal_on(full)
    signed = lasthead.read(full.folder)
    assert signed is not None
    elsewhere.folder.mkdir(parents=True, exist_ok=True)
    lasthead.keep(elsewhere.folder, signed)
    restored = elsewhere.restore(backup)
    assert restored.outgrown == int(signed.split("\n")[1]) > size
    office = elsewhere.office()
    assert payload_of(office.store, RESTORED)["kept"] == signed
    seal_on(office)
    assert audited(office) == []
    (left,) = audit_record(office.store, folder_signer(office)).left
    assert (left.actor, left.size, left.signed, left.reason) == (ADMIN, size, restored.outgrown, "restored from a backup")
    office.store.close()


def test_a_restore_that_is_refused_leaves_the_last_head(full: Office, elsewhere: Elsewhere, backup: Path) -> None:
    elsewhere.folder.mkdir(parents=True, exist_ok=True)
    lasthead.keep(elsewhere.folder, "another")
    with pytest.raises(Refused, match="an admin, on the staff as it was in the backup"):
        elsewhere.restore(backup, actor="Nobody")
    assert lasthead.read(elsewhere.folder) == "another"


def test_from_before_the_first_head_it_begins_anew(office: Office, elsewhere: Elsewhere, tmp_path: Path) -> None:
    make(with_admin(office), tmp_path / "b", with_key=True)
    seal_on(office)
    signed = lasthead.read(office.folder)
    elsewhere.folder.mkdir(parents=True, exist_ok=True)
    lasthead.keep(elsewhere.folder, signed or "")
    elsewhere.restore(tmp_path / "b")
    other = elsewhere.office()
    assert lasthead.read(other.folder) is None
    assert payload_of(other.store, RESTORED)["kept"] == signed
    seal_on(other)
    assert audited(other) == []
    other.store.close()


def test_another_machine_of_a_restored_office_needs_a_word_of_its_own(
    full: Office, elsewhere: Elsewhere, backup: Path, tmp_path: Path
) -> None:
    """Its folder knows what was signed. That the store says it was restored is no reason: anybody could write that there."""
    seal_on(full)
    second = replace(signer_of(full), folder=tmp_path)
    lasthead.keep(tmp_path, lasthead.read(full.folder) or "")
    elsewhere.restore(backup)
    office = elsewhere.office()
    with pytest.raises(Failed, match="the store was set back"):
        seal(office.store, second, now())
    admin = Actor(ADMIN, Role.ADMIN)
    go_on(office.store, second, actor=admin, reason="restored on the other machine", at=now())
    seal_on(office)
    assert audited(office) == []
    office.store.close()


# --- whom it is refused


def test_only_an_admin_takes_or_brings_it(full: Office, elsewhere: Elsewhere, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=f"{WRITER.name} is author and may not take a backup away"):
        back_up(full.store, full.folder, tmp_path / "c", actor=WRITER.name, at=now(), told=silent)
    with pytest.raises(Refused, match="is author and may not restore a backup"):
        elsewhere.restore(backup, actor=WRITER.name)
    with pytest.raises(Refused, match="an admin, on the staff as it was in the backup"):
        elsewhere.restore(backup, actor="Nobody")
    assert elsewhere.holds_nothing()
    assert not (tmp_path / "c").exists()


def test_a_backup_is_private_and_not_overwritten(full: Office, tmp_path: Path) -> None:
    path = tmp_path / "shelf" / "b"
    with pytest.raises(Refused, match="There is no folder"):
        make(full, path)
    path.parent.mkdir()
    make(full, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_bytes()
    with pytest.raises(Refused, match="is there already"):
        make(full, path)
    assert path.read_bytes() == kept
    make(full, path, force=True)
    assert path.read_bytes() != kept
    assert [file.name for file in path.parent.iterdir()] == ["b"]


def test_a_backup_that_fails_leaves_nothing(full: Office, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()

    def interrupted(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(full.store, full.folder, shelf / "b", actor=ADMIN, at=now(), told=interrupted)
    assert list(shelf.iterdir()) == []
    assert full.entries(BACKED_UP) == []


def test_a_store_that_holds_anything_is_not_replaced(full: Office, elsewhere: Elsewhere, backup: Path) -> None:
    before = rows_of(full.store)
    here = Elsewhere(full.store.url.render_as_string(hide_password=False), full.folder)
    full.store.close()
    with pytest.raises(Refused, match="is not empty"):
        here.restore(backup)
    assert rows_of(full.store) == before
    elsewhere.restore(backup)
    with pytest.raises(Refused, match="is not empty"):
        elsewhere.restore(backup)


@pytest.mark.parametrize("schema", ["0003", NEWEST])
def test_a_store_that_was_only_made_is_filled(full: Office, elsewhere: Elsewhere, backup: Path, schema: str) -> None:
    empty = Store(elsewhere.url)
    command.upgrade(alembic_config(empty), schema)
    empty.close()
    elsewhere.restore(backup)
    with empty.engine.connect() as connection:
        assert revision_of(connection) == NEWEST
    assert len(rows_of(empty)["delivery"]) == 12
    empty.close()


def test_a_bot_at_work_there_keeps_it_out(full: Office, elsewhere: Elsewhere, backup: Path) -> None:
    empty = Store(elsewhere.url)
    migrate(empty)
    with hold_store(empty):
        with empty.write() as session:
            report(session, Snapshot("w", "host", 4711, now(), now()))
        empty.close()
        with pytest.raises(Refused, match=r"bot .*process"):
            elsewhere.restore(backup)
    with empty.write() as session:
        session.connection().execute(text("DELETE FROM worker"))
    empty.close()
    elsewhere.restore(backup)


def test_whoever_has_the_sqlite_store_open_keeps_it_out(full: Office, elsewhere: Elsewhere, backup: Path) -> None:
    empty = Store(elsewhere.url)
    if empty.path is None:
        pytest.skip("PostgreSQL replaces no file")
    migrate(empty)
    with empty.read() as session:
        session.connection().execute(text("SELECT count(*) FROM staff"))
        with pytest.raises(Refused, match="cannot be had alone"):
            elsewhere.restore(backup)
    empty.close()
    empty.path.unlink()
    log = empty.path.with_name(empty.path.name + "-wal")
    log.write_bytes(b"frames")
    with pytest.raises(Refused, match="belongs to a store that is not beside it"):
        elsewhere.restore(backup)
    log.unlink()
    elsewhere.restore(backup)


# --- the key


def test_without_the_key_nothing_is_restored(full: Office, elsewhere: Elsewhere, tmp_path: Path) -> None:
    make(full, tmp_path / "keyless")
    assert (full.folder / KEY_FILE).read_bytes().strip() not in (tmp_path / "keyless").read_bytes()
    with pytest.raises(Refused, match="key is not in this backup"):
        elsewhere.restore(tmp_path / "keyless")
    elsewhere.folder.mkdir(exist_ok=True)
    Keys.make(elsewhere.folder)
    with pytest.raises(Refused, match="key is not the one of this backup"):
        elsewhere.restore(tmp_path / "keyless")
    assert elsewhere.holds_nothing()
    make(full, tmp_path / "keyed", with_key=True)
    with pytest.raises(Refused, match="another office's key"):
        elsewhere.restore(tmp_path / "keyed")
    (elsewhere.folder / KEY_FILE).write_bytes((full.folder / KEY_FILE).read_bytes())
    assert elsewhere.restore(tmp_path / "keyless").key == "there already"


def test_a_head_that_another_key_signed_is_told(office: Office, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """Nobody was ever written to, so there is no sealed name to try the key on."""
    with_admin(office)
    seal_all(office)
    make(office, tmp_path / "b")
    elsewhere.folder.mkdir(exist_ok=True)
    Keys.make(elsewhere.folder)
    with pytest.raises(Refused, match="None of the known keys signed"):
        elsewhere.restore(tmp_path / "b")
    assert elsewhere.holds_nothing()


# --- of which kind, of which age


def test_it_goes_to_the_kind_of_database_that_it_came_from(full: Office, backup: Path, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}" if full.store.path is None else "postgresql:///nowhere"
    with pytest.raises(Refused, match="a backup is restored to the kind of database that it came from"):
        Elsewhere(other, tmp_path / "other").restore(backup)
    assert not (tmp_path / "other.db").exists()


def test_a_newer_schema_is_refused(full: Office, elsewhere: Elsewhere, backup: Path, tmp_path: Path) -> None:
    def change(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["origin"] |= {"schema": "9999", "software": "7.0"}

    with pytest.raises(Refused, match=r"made by Distro 7\.0 with the schema 9999"):
        elsewhere.restore(rewritten(backup, tmp_path / "newer", change))

    def format_(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["format"] = 2

    with pytest.raises(Refused, match="has the format 2"):
        elsewhere.restore(rewritten(backup, tmp_path / "format", format_))
    assert elsewhere.holds_nothing()


@pytest.mark.altered
def test_an_older_schema_is_brought_up_to_date(office: Office, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """On PostgreSQL the office's own store is taken back to that step after the backup, and what a backup of it would have had
    is put in place of what this one has."""
    with_admin(office)
    make(office, tmp_path / "b", with_key=True)
    staff = rows_of(office.store)["staff"]

    def older(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["origin"]["schema"] = "0004"
        if "store.db" in parts:
            old = Store(f"sqlite:///{tmp_path / 'old.db'}")
            (tmp_path / "old.db").write_bytes(parts["store.db"])
            command.downgrade(alembic_config(old), "0004")
            with old.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            old.close()
            parts["store.db"] = (tmp_path / "old.db").read_bytes()
            return
        command.downgrade(alembic_config(office.store), "0004")
        with office.store.engine.connect() as connection:
            there = inspect(connection)
            kept = [t for t in manifest["tables"] if there.has_table(t["name"])]
            for gone in (t for t in manifest["tables"] if t not in kept):
                del parts[f"tables/{gone['name']}.copy"]
            for table in kept:
                columns = {column["name"] for column in there.get_columns(table["name"])}
                table["columns"] = [name for name in table["columns"] if name in columns]
                copy = f"COPY {table['name']} ({', '.join(table['columns'])}) TO STDOUT (FORMAT binary)"
                with connection.connection.driver_connection.cursor().copy(copy) as octets:  # type: ignore[union-attr]
                    parts[f"tables/{table['name']}.copy"] = b"".join(map(bytes, octets))
            manifest["tables"] = kept

    assert elsewhere.restore(rewritten(tmp_path / "b", tmp_path / "older", older)).migrated
    store = Store(elsewhere.url)
    with store.engine.connect() as connection:
        assert revision_of(connection) == NEWEST
    command.check(alembic_config(store))
    assert rows_of(store)["staff"] == staff
    with store.write() as session:
        record(session, Fact(now(), "Olga", "note", "thing:1", {}))
    seal_all(elsewhere.office())
    with store.read() as session:
        assert len(session.exec(select(Entry.id).order_by(col(Entry.id))).all()) == root_of(store)[0]
    store.close()
