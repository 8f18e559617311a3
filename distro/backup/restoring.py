"""Brings an office back from a backup: to a place where there is none, all or nothing, and at a standstill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from distro.archive import lasthead, sealing
from distro.archive.checkpoint import open_note
from distro.archive.standing import grow_out_of, opened, read_ours
from distro.archive.tiles import reader
from distro.archive.vault import KEY_FILE, Keys, Vault
from distro.backup import postgresql, sqlite
from distro.backup.container import Backup, make_durable, reading
from distro.backup.emptiness import refuse_rows
from distro.backup.manifest import KEY, Origin, Told
from distro.backup.standstill import HeldWave, come_to_rest
from distro.config import Config, Uncertain
from distro.db import Store, hold_store
from distro.dispatch.workers import living
from distro.errors import Failed, Refused
from distro.migrations import NEWEST, migrate, migrate_within, revision_of


@dataclass(frozen=True)
class Restored:
    """`key` is "from the backup" or "there already"; `migrated`: the backup had an older schema; `signed`: entries under the
    head that was signed last here, where the backup does not grow out of it, else 0."""

    origin: Origin
    url: str
    waves: tuple[HeldWave, ...]
    key: str
    migrated: bool
    signed: int


def restore(config: Config, path: Path, *, actor: str | None, at: datetime, told: Told) -> Restored:
    """Restore a backup to the store and the data folder that the settings name.

    actor  the name of an admin, on the staff as the backup has it
    Raises Refused: a store that is not empty, or has a bot at work; another database; a newer schema; a part that is not whole;
    a key that is missing, or is not the one; an actor who may not. Then nothing was changed but files that no store names.
    """
    folder = config.storage.data_dir
    with reading(path) as backup:
        origin = backup.manifest.origin
        _check_kind(backup, "sqlite" if config.store_url.startswith("sqlite") else "postgresql")
        octets = _key_of(backup, folder)
        backup.verify(told)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store(config.store_url)
        try:
            with _filled(store, backup, at, told) as session:
                _check_key(session, Keys(octets), backup)
                behind, signed = _left_behind(session, Keys(octets), folder)
                held = come_to_rest(
                    session,
                    backup.manifest,
                    backup.digest,
                    actor=actor,
                    at=at,
                    hold_uncertain=config.sending.uncertain is Uncertain.HOLD,
                    kept=behind,
                )
                session.flush()
                _place_assets(backup, folder, told)
                Keys.make(folder, octets)
            _keep_head(folder, origin.checkpoint)
        finally:
            store.close()
    return Restored(
        origin,
        store.url.render_as_string(hide_password=True),
        tuple(held),
        "from the backup" if backup.manifest.with_key else "there already",
        origin.schema != NEWEST,
        signed,
    )


def _check_kind(backup: Backup, dialect: str) -> None:
    origin = backup.manifest.origin
    if origin.schema > NEWEST:
        raise Refused(
            f"The backup was made by Distro {origin.software} with the schema {origin.schema}, and this version "
            f"knows those up to {NEWEST}; restore it with that version or a newer one."
        )
    if origin.database != dialect:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Refused(
            f"The backup was made of a store on {names.get(origin.database, origin.database)}, and [storage] url names one on "
            f"{names[dialect]}; a backup is restored to the kind of database that it came from."
        )


def _key_of(backup: Backup, folder: Path) -> bytes:
    """The 32 octets of the office's key, from the backup or the data folder. Raises Refused where it is in neither, or is
    another."""
    file = folder / KEY_FILE
    if not backup.manifest.with_key:
        if not file.is_file():
            raise Refused(
                f"The office's key is not in this backup, and {file} is not there; put the key there from where you keep it. "
                "Do not make a new one: it would not open what the backup holds."
            )
        return _read_key(file.read_bytes(), str(file))
    octets = _read_key(b"".join(backup.chunks(KEY)), "in the backup")
    if file.exists() and _read_key(file.read_bytes(), str(file)) != octets:
        raise Refused(f"{file} is another office's key than the one in the backup; move it away, or name another data folder.")
    return octets


def _read_key(written: bytes, where: str) -> bytes:
    try:
        octets = bytes.fromhex(written.decode().strip())
    except ValueError:
        octets = b""
    if len(octets) != 32:
        raise Refused(f"The office's key {where} cannot be read as 64 hex digits; put the right one there.")
    return octets


@contextmanager
def _filled(store: Store, backup: Backup, at: datetime, told: Told) -> Iterator[Session]:
    """The backup's store at the newest schema, in a session that commits when the block ends well; until then nobody sees
    it."""
    if store.path is None:
        with _filled_postgresql(store, backup, at, told) as session:
            yield session
        return
    with hold_store(store), sqlite.alone_with(store), sqlite.staged(store, backup, told) as copy:
        if backup.manifest.origin.schema != NEWEST:
            migrate(copy)
        with copy.write() as session:
            yield session


@contextmanager
def _filled_postgresql(store: Store, backup: Backup, at: datetime, told: Told) -> Iterator[Session]:
    store.ask()
    schema = backup.manifest.origin.schema
    with store.engine.connect() as connection:
        _refuse_bots(connection, at)
        _refuse_unless_empty(connection, store)
        migrate_within(connection, store, schema)
        names = ", ".join(table.name for table in backup.manifest.tables)
        connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
        _refuse_unless_empty(connection, store)  # again, now that nobody else can put a row there
        try:
            postgresql.load(connection, backup, told)
        except psycopg.Error as wrong:
            reason = str(wrong).strip().partition("\n")[0]
            raise Failed(f"The database did not take the backup ({reason}). Nothing was restored.") from wrong
        if schema != NEWEST:
            migrate_within(connection, store, NEWEST)
        with Session(connection, expire_on_commit=False) as session:
            yield session
        connection.execute(text("ANALYZE"))
        connection.commit()


def _refuse_bots(connection: Connection, at: datetime) -> None:
    """On PostgreSQL no lock tells of them, but each renews its row. It would have written more, but this is why."""
    if revision_of(connection) != NEWEST:
        return
    with Session(connection) as session:
        for bot in living(session, at):
            raise Refused(
                f"A bot (process {bot.pid} on {bot.host}) works on the store; stop it, and restore to an empty store."
            )


def _refuse_unless_empty(connection: Connection, store: Store) -> None:
    refuse_rows(
        store.url.render_as_string(hide_password=True),
        inspect(connection).get_table_names(),
        lambda query: connection.exec_driver_sql(query).first() is not None,
    )


def _check_key(session: Session, keys: Keys, backup: Backup) -> None:
    """Raise Refused unless the key opens what is sealed, and has signed the head of the record that the backup names."""
    head, said = sealing.newest(session), backup.manifest.origin.checkpoint
    try:
        Vault(keys).check(session)
        if head is not None:
            signer = sealing.Signer.of(keys.ledger, "").verifier(sealing.origin_of(head))
            open_note(head.note, [signer])
    except Failed as wrong:
        raise Refused(f"The office's key is not the one of this backup. {wrong}") from wrong
    if (None if head is None else head.note) != said:
        raise Refused(
            "The head of the record in this backup is not the one that it names; it was changed. Nothing was restored."
        )


def _left_behind(session: Session, keys: Keys, folder: Path) -> tuple[str, int]:
    """The head that was signed last here and its size, where the backup does not grow out of it: what comes is then not what
    was. Else "" and 0."""
    note, signer = lasthead.read(folder), sealing.Signer.of(keys.ledger, "")
    kept, last = read_ours(signer, note), sealing.newest(session)
    if note is None or kept is None:
        return "", 0
    try:
        grow_out_of(signer, None if last is None else opened(signer, last), note, reader(session))
    except Failed:
        return note, kept.size
    return "", 0


def _keep_head(folder: Path, note: str | None) -> None:
    """From here on the backup's head is the one that was signed last here."""
    if note is None:
        lasthead.forget(folder)
    else:
        lasthead.keep(folder, note)


def _place_assets(backup: Backup, folder: Path, told: Told) -> None:
    """Put the files of releases to the data folder. One that is there already stays: its name is its SHA-256."""
    shelf = folder / "assets"
    for part in backup.assets:
        shelf.mkdir(parents=True, exist_ok=True)
        place = folder / part.name
        if place.exists():
            continue
        unfinished = shelf / f".part-{place.name}"
        unfinished.unlink(missing_ok=True)
        backup.copy(part.name, unfinished, told)
        unfinished.replace(place)
    if backup.assets:
        make_durable(shelf)
