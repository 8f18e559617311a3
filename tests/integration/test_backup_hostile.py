"""A backup that somebody altered on purpose, with the key or without it, brings nothing to life, nor to a wrong place."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from distro.archive.vault import KEY_FILE, Keys
from distro.backup.standstill import refuse_unheld
from distro.db import Store
from distro.editorial.restored import RESTORED
from distro.errors import Refused
from distro.migrations import alembic_config, migrate
from tests.backups import Elsewhere, make, rewritten, seal_all, with_admin
from tests.office import Office, content
from tests.prepared import Prepared
from tests.sink import Sink

ARM = (
    "CREATE TRIGGER arm AFTER UPDATE ON wave WHEN NEW.state = 'held' "
    "BEGIN UPDATE wave SET state = 'armed' WHERE id = NEW.id; END"
)
ARMING = (
    "CREATE FUNCTION arm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF NEW.state = 'held' THEN NEW.state = 'armed'; END IF; RETURN NEW; END $$; "
    "CREATE TRIGGER arm BEFORE UPDATE ON wave FOR EACH ROW EXECUTE FUNCTION arm()"
)
ASSET = b"%PDF-1.7 the letter"
NAME = sha256(ASSET).hexdigest()


@pytest.fixture
def full(office: Office, sink: Sink, prepared: Prepared) -> Office:
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    with_admin(office)
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send(content())
    (office.folder / "assets").mkdir()
    (office.folder / "assets" / NAME).write_bytes(ASSET)
    seal_all(office)


@pytest.fixture
def elsewhere(elsewhere_url: str, tmp_path: Path, sink: Sink) -> Elsewhere:
    return Elsewhere(elsewhere_url, tmp_path / "elsewhere", sink.port)


@pytest.fixture
def backup(full: Office, tmp_path: Path) -> Path:
    return make(full, tmp_path / "office.backup", with_key=True).path


@pytest.fixture
def keyless(full: Office, elsewhere: Elsewhere, tmp_path: Path) -> Path:
    """A backup without the key, which was put to the data folder there by hand."""
    elsewhere.folder.mkdir(exist_ok=True)
    (elsewhere.folder / KEY_FILE).write_bytes((full.folder / KEY_FILE).read_bytes())
    return make(full, tmp_path / "keyless.backup").path


def with_store(path: Path, target: Path, *statements: str, schema: str = "") -> Path:
    """The backup with another SQLite store in it. `schema`: the step to which it was taken back before."""

    def change(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        file = target.with_suffix(".db")
        file.write_bytes(parts["store.db"])
        if schema:
            store = Store(f"sqlite:///{file}")
            command.downgrade(alembic_config(store), schema)
            store.close()
            manifest["origin"]["schema"] = schema
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        parts["store.db"] = file.read_bytes()

    return rewritten(path, target, change)


def sqlite_only(office: Office) -> None:
    if office.store.dialect != "sqlite":
        pytest.skip("a backup of PostgreSQL has rows and nothing else")


# --- the schema


@pytest.mark.parametrize("schema", ["", "0008", "0003"])
def test_a_trigger_that_arms_again_what_is_held_is_refused(
    full: Office, backup: Path, elsewhere: Elsewhere, tmp_path: Path, sink: Sink, schema: str
) -> None:
    """Whoever has the key, as here, can sign anew."""
    sqlite_only(full)
    hostile = with_store(backup, tmp_path / "hostile", ARM, schema=schema)
    with pytest.raises(Refused, match="The store has the trigger arm, which Distro does not make") as refused:
        elsewhere.restore(hostile)
    assert "So the store in this backup was altered. Nothing was restored" in str(refused.value)
    assert elsewhere.holds_nothing()
    assert sink.received == []


def test_a_store_without_its_guards_is_refused(full: Office, backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    sqlite_only(full)
    for statement, sentence in (
        ("DROP TRIGGER entry_no_update", "The store's trigger entry_no_update is missing"),
        ("DROP INDEX delivery_once", "The store's index delivery_once is missing"),
        ("DROP TABLE worker", "The store's table worker is missing"),
    ):
        with pytest.raises(Refused, match=sentence):
            elsewhere.restore(with_store(backup, tmp_path / "bare", statement))
    assert elsewhere.holds_nothing()


def test_what_is_no_store_of_ours_is_a_sentence(full: Office, backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    sqlite_only(full)

    def garbage(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        parts["store.db"] = b"Dear all," * 1000

    def later(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["origin"]["schema"] = "0004"

    def older(name: str, statement: str) -> Path:
        return with_store(backup, tmp_path / name, statement, schema="0008")

    for hostile, reason in (
        (rewritten(backup, tmp_path / "garbage", garbage), "file is not a database"),
        (rewritten(backup, tmp_path / "later", later), "not at the step that the manifest names"),
        (older("bare", "DROP TRIGGER personal_no_delete"), "no such trigger: personal_no_delete"),
        (older("two", "INSERT INTO alembic_version VALUES ('0003')"), "not at the step that the manifest names"),
    ):
        with pytest.raises(Refused, match=f"is not one that Distro has made .*{reason}"):
            elsewhere.restore(hostile)
    assert elsewhere.holds_nothing()


def test_only_rows_come_to_postgresql_and_only_to_tables_of_ours(
    full: Office, backup: Path, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    if full.store.dialect != "postgresql":
        pytest.skip("SQLite's store is one part")
    for name in ("alembic_version", "pg_authid", "worker", "theirs"):

        def change(parts: dict[str, bytes], manifest: dict[str, Any], name: str = name) -> None:
            parts[f"tables/{name}.copy"] = b""
            manifest["tables"].append({"name": name, "columns": ["id"], "numbered": None})

        with pytest.raises(Refused, match=f"it would have a table {name}"):
            elsewhere.restore(rewritten(backup, tmp_path / "other", change))
    assert elsewhere.holds_nothing()


def test_a_database_that_waits_with_a_trigger_of_its_own_is_refused(full: Office, backup: Path, elsewhere: Elsewhere) -> None:
    if full.store.dialect != "postgresql":
        pytest.skip("SQLite's store is replaced as a whole")
    waiting = Store(elsewhere.url)
    migrate(waiting)
    with waiting.engine.connect() as connection:
        connection.exec_driver_sql(ARMING)
        connection.commit()
    waiting.close()
    with pytest.raises(Refused, match="The store has the trigger arm on wave, which Distro does not make") as refused:
        elsewhere.restore(backup)
    assert "So the store to restore to was altered" in str(refused.value)
    assert elsewhere.holds_nothing()


def test_after_the_standstill_no_wave_is_on_its_way(full: Office) -> None:
    with full.store.read() as session, pytest.raises(Refused, match="Wave 1 could not be held"):
        refuse_unheld(session)
    with full.write() as session:
        session.connection().execute(text("UPDATE wave SET state = 'held'"))
        refuse_unheld(session)
        session.rollback()


# --- the signature


def test_without_the_key_nobody_alters_it_unseen(
    full: Office, keyless: Path, elsewhere: Elsewhere, tmp_path: Path, sink: Sink
) -> None:
    """Rows alone, as the schema's check would let pass: every hash is made to fit, the signature cannot be."""

    def change(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        name = "store.db" if "store.db" in parts else "tables/staff.copy"
        assert b"olga@" in parts[name]
        parts[name] = parts[name].replace(b"olga@", b"evil@")

    with pytest.raises(Refused, match="is not on what is in it: the file was changed"):
        elsewhere.restore(rewritten(keyless, tmp_path / "forged", change))
    assert elsewhere.holds_nothing()
    restored = elsewhere.restore(keyless)
    assert (restored.proved, restored.signed) == (True, f"{full.config.office.mail_domain}/ledger/{fingerprint(full)}")


def fingerprint(office: Office) -> str:
    with office.store.read() as session:
        note: str = session.connection().execute(text("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")).scalar_one()
    return note.partition("\n")[0].rpartition("/")[2]


def without_signature(path: Path) -> Path:
    target = path.with_suffix(".unsigned")
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(target, "w") as out:
        for name in file.namelist():
            if name != "manifest.note":
                out.writestr(name, file.read(name))
    return target


def test_one_without_a_signature_needs_a_persons_word(keyless: Path, elsewhere: Elsewhere) -> None:
    bare = without_signature(keyless)
    with pytest.raises(Refused, match=r"is not signed by the office's key.* say --unsigned"):
        elsewhere.restore(bare)
    assert elsewhere.holds_nothing()
    restored = elsewhere.restore(bare, unsigned=True)
    assert (restored.signed, restored.proved) == ("", False)


def test_the_word_helps_no_signature_that_is_wrong(keyless: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    def change(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["origin"]["software"] = "0.0"

    with pytest.raises(Refused, match="the file was changed"):
        elsewhere.restore(rewritten(keyless, tmp_path / "forged", change), unsigned=True)


def test_a_head_of_the_record_is_no_signature_on_a_backup(full: Office, keyless: Path, elsewhere: Elsewhere) -> None:
    with full.store.read() as session:
        note = session.connection().execute(text("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")).scalar_one()
    bare = without_signature(keyless)
    with zipfile.ZipFile(bare, "a") as file:
        file.writestr("manifest.note", note)
    with pytest.raises(Refused, match="the file was changed"):
        elsewhere.restore(bare)


def test_a_key_that_comes_along_proves_nothing_by_itself(full: Office, backup: Path, elsewhere: Elsewhere) -> None:
    restored = elsewhere.restore(backup)
    assert (bool(restored.signed), restored.proved) == (True, False)


def test_a_backup_is_taken_though_the_key_is_lost_or_anothers(full: Office, tmp_path: Path) -> None:
    full.run()  # so that there is something that a key must open
    key = (full.folder / KEY_FILE).read_bytes()
    (full.folder / KEY_FILE).unlink()
    assert make(full, tmp_path / "lost").signed == ""
    Keys.make(full.folder)
    assert make(full, tmp_path / "anothers").signed == ""
    (full.folder / KEY_FILE).write_bytes(key)
    assert make(full, tmp_path / "ours").signed.endswith(fingerprint(full))
    seal_all(full)


# --- the container


def zipped(path: Path, target: Path, write: Callable[[zipfile.ZipFile, str, bytes], None]) -> Path:
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(target, "w") as out:
        for name in file.namelist():
            write(out, name, file.read(name))
    return target


def test_a_part_that_grows_when_it_is_read_is_refused(backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    def deflate(out: zipfile.ZipFile, name: str, octets: bytes) -> None:
        out.writestr(name, octets, zipfile.ZIP_DEFLATED if name.startswith("assets/") else zipfile.ZIP_STORED)

    with pytest.raises(Refused, match=f"The part assets/{NAME} of .* is not what was written"):
        elsewhere.restore(zipped(backup, tmp_path / "deflated", deflate))
    assert elsewhere.holds_nothing()


def test_parts_that_come_twice_or_that_nobody_named_are_refused(backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    def twice(out: zipfile.ZipFile, name: str, octets: bytes) -> None:
        out.writestr(name, octets)
        if name == "manifest.json":
            with pytest.warns(UserWarning, match="Duplicate name"):
                out.writestr(name, octets)

    def more(out: zipfile.ZipFile, name: str, octets: bytes) -> None:
        out.writestr(name, octets)
        if name == "manifest.json":
            out.writestr("\x1b[2J", b"x")

    with pytest.raises(Refused, match="has two parts of one name"):
        elsewhere.restore(zipped(backup, tmp_path / "twice", twice))
    with pytest.raises(Refused, match=r"The part \?\[2J of .* is not what was written"):
        elsewhere.restore(zipped(backup, tmp_path / "more", more))
    assert elsewhere.holds_nothing()


def test_a_manifest_that_contradicts_itself_is_refused(backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    def no_key(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        del parts[KEY_FILE]

    def long_key(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        parts[KEY_FILE] += b" " * 2000

    def steering(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["origin"] |= {"software": "\x1b[2J", "schema": "9999"}

    for change in (no_key, long_key, steering):
        with pytest.raises(Refused, match=r"The part manifest\.json is not what a backup has there"):
            elsewhere.restore(rewritten(backup, tmp_path / "odd", change))
    assert elsewhere.holds_nothing()


def test_parts_that_share_their_octets_are_refused(backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """The list at the end names the largest part often: each is stored, and all of them are more than the file has."""
    octets = backup.read_bytes()
    with zipfile.ZipFile(backup) as file:
        largest = max(file.infolist(), key=lambda info: info.file_size)
        start = file.start_dir
        file.infolist()
    target = tmp_path / "shared"
    target.write_bytes(octets)
    with zipfile.ZipFile(target, "a") as file:
        for n in range(5):
            info = zipfile.ZipInfo(f"assets/{n:064}")
            info.header_offset, info.file_size, info.compress_size = largest.header_offset, largest.file_size, largest.file_size
            info.CRC = largest.CRC
            file.filelist.append(info)
            file.NameToInfo[info.filename] = info
        file._didModify = True  # type: ignore[attr-defined]
    assert target.stat().st_size < start + largest.file_size + 10_000
    with pytest.raises(Refused, match=r"The part .* is not what was written"):
        elsewhere.restore(target)
    assert elsewhere.holds_nothing()


def test_a_file_of_a_release_stands_only_under_the_name_of_its_content(
    backup: Path, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """One that was damaged before the backup keeps no office from coming back; it stays in the backup."""

    def change(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        parts["assets/" + "0" * 64] = b"anything"

    restored = elsewhere.restore(rewritten(backup, tmp_path / "other", change))
    assert restored.damaged == ("0" * 64,)
    assert [file.name for file in (elsewhere.folder / "assets").iterdir()] == [NAME]


def test_a_file_that_is_there_already_is_looked_at(backup: Path, elsewhere: Elsewhere) -> None:
    shelf = elsewhere.folder / "assets"
    shelf.mkdir(parents=True)
    (shelf / NAME).write_bytes(b"anything")
    with pytest.raises(Refused, match="its content is not the one that its name says; move it away"):
        elsewhere.restore(backup)
    assert elsewhere.holds_nothing()
    assert (shelf / NAME).read_bytes() == b"anything"
    (shelf / NAME).write_bytes(ASSET)
    elsewhere.restore(backup)
    there = elsewhere.office()
    assert len(there.entries(RESTORED)) == 1
    there.store.close()


def test_a_backup_takes_no_place_of_the_offices_own(full: Office, tmp_path: Path) -> None:
    ours = [full.folder / KEY_FILE]
    if full.store.path is not None:
        ours += [full.store.path, full.store.path.with_name(full.store.path.name + "-wal")]
        (tmp_path / "link").symlink_to(full.store.path)
        ours.append(tmp_path / "link")
    for path in ours:
        with pytest.raises(Refused, match="is a file of the office itself"):
            make(full, path, force=True)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all,")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as file:
        file.writestr("a.jpg", b"x")
    for path in (letter, tmp_path / "photos.zip"):
        before = path.read_bytes()
        with pytest.raises(Refused, match="is there and is no backup, and --force replaces nothing but a backup"):
            make(full, path, force=True)
        assert path.read_bytes() == before
    make(full, tmp_path / "b")
    os.chmod(tmp_path / "b", 0o400)
    assert json.loads(zipfile.ZipFile(make(full, tmp_path / "b", force=True).path).read("manifest.json"))["format"] == 1
