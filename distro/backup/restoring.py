"""Brings an office back from a backup: to a place where there is none, all or nothing, and at a standstill."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from distro import schema
from distro.archive import lasthead, sealing
from distro.archive.standing import grow_out_of, opened, read_ours
from distro.archive.tiles import reader
from distro.archive.unfinished import make_durable
from distro.archive.vault import KEY_FILE, Keys
from distro.backup import postgresql, sqlite
from distro.backup.container import Backup, reading
from distro.backup.emptiness import NO_LOSS, refuse_rows
from distro.backup.keys import check_key, key_of, signed_as
from distro.backup.manifest import Origin, Told
from distro.backup.standstill import HeldWave, come_to_rest, refuse_unheld
from distro.config import Config, Uncertain
from distro.db import Store, hold_store
from distro.dispatch.workers import living
from distro.errors import Failed, Refused
from distro.migrations import NEWEST, migrate, migrate_within, revision_of

_TOLD = 5
"""Differences of the schema that are named; there may be as many as there are tables."""


@dataclass(frozen=True)
class Restored:
    """What was brought.

    key       "from the backup" or "there already"
    migrated  the backup had an older schema
    signed    the name under which the key has signed it, "" where it is not signed
    proved    that signature is by a key that was here before: whoever made the backup had it
    damaged   names of files of releases that were not what they were already when the backup was made; they are not brought
    outgrown  entries under the head that was signed last here, where the backup does not grow out of it, else 0
    """

    origin: Origin
    url: str
    waves: tuple[HeldWave, ...]
    key: str
    migrated: bool
    signed: str
    proved: bool
    damaged: tuple[str, ...]
    outgrown: int


def restore(config: Config, path: Path, *, actor: str | None, at: datetime, told: Told, unsigned: bool = False) -> Restored:
    """Restore a backup to the store and the data folder that the settings name.

    actor     the name of an admin, on the staff as the backup has it
    unsigned  a person knows where it comes from, so that it may be without the office's signature
    Raises Refused: a store that is not empty, or has a bot at work; another database; a newer schema; a part that is not whole;
    a key that is missing, or is not the one; no signature, or another's; a store that is not as our steps make it; an actor who
    may not. Then nothing was changed but files that no store names.
    """
    folder = config.storage.data_dir
    with reading(path) as backup:
        origin = backup.manifest.origin
        _check_kind(backup, "sqlite" if config.store_url.startswith("sqlite") else "postgresql")
        had_key = (folder / KEY_FILE).exists()
        octets = key_of(backup, folder)
        signed = signed_as(backup, path, octets, unsigned)
        backup.verify(told)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store(config.store_url)
        try:
            with _filled(store, backup, at, told) as session:
                _refuse_another_schema(session)
                check_key(session, Keys(octets), backup)
                behind, outgrown = _left_behind(session, Keys(octets), folder)
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
                refuse_unheld(session)
                damaged = _place_assets(backup, folder, told)
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
        bool(signed) and had_key,
        damaged,
        outgrown,
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


@contextmanager
def _filled(store: Store, backup: Backup, at: datetime, told: Told) -> Iterator[Session]:
    """The backup's store at the newest schema, in a session that commits when the block ends well; until then nobody sees
    it."""
    if store.path is None:
        with _filled_postgresql(store, backup, at, told) as session:
            yield session
        return
    with hold_store(store), sqlite.alone_with(store), sqlite.staged(store, backup, told) as copy:
        try:
            _refuse_another_revision(copy, backup)
            if backup.manifest.origin.schema != NEWEST:
                migrate(copy)
        except (DBAPIError, sqlite3.DatabaseError) as wrong:
            raise _not_ours(str(getattr(wrong, "orig", wrong))) from wrong
        with copy.write() as session:
            yield session


def _refuse_another_revision(copy: Store, backup: Backup) -> None:
    with copy.engine.connect() as connection:
        steps = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        if list(steps) != [backup.manifest.origin.schema]:
            raise _not_ours("it is not at the step that the manifest names")


def _refuse_another_schema(session: Session) -> None:
    """Triggers and the like would be at work from here on, whoever made them: see distro.schema."""
    connection = session.connection()
    wrong = schema.differences(connection)
    if not wrong:
        return
    more = (f"There are {len(wrong) - _TOLD} more such things.",) if len(wrong) > _TOLD else ()
    if connection.dialect.name == "sqlite":
        whose = "So the store in this backup was altered. Nothing was restored; take another backup."
    else:
        whose = "So the store to restore to was altered. Nothing was restored; name an empty database."
    raise Refused(*wrong[:_TOLD], *more, whose)


def _not_ours(reason: str) -> Refused:
    said = reason.strip().partition("\n")[0]
    return Refused(f"The store in this backup is not one that Distro has made ({said}). Nothing was restored.")


@contextmanager
def _filled_postgresql(store: Store, backup: Backup, at: datetime, told: Told) -> Iterator[Session]:
    store.ask()
    revision = backup.manifest.origin.schema
    with store.engine.connect() as connection:
        _refuse_bots(connection, at)
        _refuse_unless_empty(connection, store)
        migrate_within(connection, store, revision)
        _refuse_other_tables(connection, backup)
        names = ", ".join(table.name for table in backup.manifest.tables)
        connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
        _refuse_unless_empty(connection, store)  # again, now that nobody else can put a row there
        try:
            postgresql.load(connection, backup, told)
        except psycopg.Error as wrong:
            reason = str(wrong).strip().partition("\n")[0]
            raise Failed(f"The database did not take the backup ({reason}). Nothing was restored.") from wrong
        if revision != NEWEST:
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


def _refuse_other_tables(connection: Connection, backup: Backup) -> None:
    """A name in the manifest is that of a table which the steps have just made, or of nothing that is filled."""
    made = set(inspect(connection).get_table_names()) - NO_LOSS
    other = sorted({table.name for table in backup.manifest.tables} - made)
    if other:
        raise _not_ours(f"it would have a table {other[0]}")


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


def _place_assets(backup: Backup, folder: Path, told: Told) -> tuple[str, ...]:
    """Put the files of releases to the data folder, each under the SHA-256 of its content. Returns the names of those that are
    not what their names say. Raises Refused for one that is there already and is not."""
    shelf = folder / "assets"
    damaged = []
    for part in backup.assets:
        shelf.mkdir(parents=True, exist_ok=True)
        place = folder / part.name
        if part.sha256 != place.name:
            damaged.append(place.name)
        elif place.exists():
            _refuse_another_content(place)
        else:
            unfinished = shelf / f".part-{place.name}"
            unfinished.unlink(missing_ok=True)
            backup.copy(part.name, unfinished, told)
            unfinished.replace(place)
    if backup.assets:
        make_durable(shelf)
    return tuple(damaged)


def _refuse_another_content(place: Path) -> None:
    with place.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != place.name:
            raise Refused(f"{place} is there already, and its content is not the one that its name says; move it away.")
