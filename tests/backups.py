"""For tests of backups: an office that has something of everything, its rows, and backups that were tampered with."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel, col, select

import distro.tables  # noqa: F401  (fills SQLModel.metadata)
from distro.archive.ledger import Entry, Sealable, leaf_of
from distro.archive.merkle import leaf_hash, node_hash
from distro.archive.sealing import Run, Signer, newest, seal
from distro.archive.vault import KEY_FILE, Keys
from distro.backup import signature
from distro.backup.making import Made, back_up
from distro.backup.manifest import SIGNATURE
from distro.backup.restoring import Restored, restore
from distro.config import Config, Relay, Storage, Tls, Web
from distro.db import Store
from distro.staff import Role, add_staff
from tests.office import Office, now

ADMIN = "Olga Example"


def silent(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def with_admin(office: Office) -> Office:
    with office.write() as session:
        add_staff(session, ADMIN, "olga@press.example.org", Role.ADMIN, actor=None, at=now())
    return office


def signer_of(office: Office) -> Signer:
    return Signer.of(office.vault.keys.ledger, office.config.office.mail_domain)


def seal_all(office: Office) -> None:
    while seal(office.store, signer_of(office), now()):
        pass


def make(office: Office, path: Path, **options: Any) -> Made:
    return back_up(office.store, office.folder, path, actor=ADMIN, at=now(), told=silent, **options)


@dataclass(frozen=True)
class Elsewhere:
    """Another machine: a place for a store, and a data folder."""

    url: str
    folder: Path
    port: int = 9

    @property
    def config(self) -> Config:
        return Config(
            storage=Storage(url=self.url, data_dir=self.folder),
            smtp=Relay(host="127.0.0.1", port=self.port, tls=Tls.NONE),
            web=Web(listen="off"),
        )

    def office(self) -> Office:
        """The restored office, for the short names of its verbs; without the people whom making one adds."""
        office = Office.__new__(Office)
        office.store, office.folder, office.port, office.settings = Store(self.url), self.folder, self.port, {}
        return office

    def restore(self, path: Path, *, actor: str = ADMIN, unsigned: bool = False) -> Restored:
        return restore(self.config, path, actor=actor, at=now(), told=silent, unsigned=unsigned)

    def holds_nothing(self) -> bool:
        """Whether there is no store, or none that anybody could take for one."""
        store = Store(self.url)
        try:
            if store.path is not None:
                return not store.path.exists()
            return all(not rows for rows in rows_of(store).values())
        finally:
            store.close()


def rows_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours that is there, by its key."""
    found = {}
    with store.read() as session:
        connection = session.connection()
        for table in SQLModel.metadata.sorted_tables:
            if connection.dialect.has_table(connection, table.name):
                keys = ", ".join(column.name for column in table.primary_key)
                columns = ", ".join(column.name for column in table.columns)
                rows = connection.exec_driver_sql(f"SELECT {columns} FROM {table.name} ORDER BY {keys}")
                found[table.name] = [tuple(row) for row in rows]
        words = "edition_words WHERE edition_words MATCH 'clinic'" if store.dialect == "sqlite" else "edition_words"
        if "searchable" in found:
            number = "rowid" if store.dialect == "sqlite" else "id"
            found["words"] = [tuple(row) for row in connection.exec_driver_sql(f"SELECT {number} FROM {words}")]
    return found


def root_of(store: Store) -> tuple[int, bytes]:
    """Size and root of the newest head, built anew from the entries by the definition of RFC 9162, 2.1.1."""
    with store.read() as session:
        head = newest(session)
        assert head is not None
        rows = {e.id: Sealable(e.id or 0, e.at_us, e.actor, e.kind, e.subject, e.payload) for e in session.exec(select(Entry))}
        runs = session.exec(select(Run).order_by(col(Run.first_leaf))).all()
    ids = [entry for run in runs for entry in range(run.first_entry, run.first_entry + run.count)]
    return head.size, _root([leaf_hash(leaf_of(rows[entry])) for entry in ids[: head.size]])


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(_root(leaves[:k]), _root(leaves[k:]))


Change = Callable[[dict[str, bytes], dict[str, Any]], None]
"""Changes the parts of a backup and its manifest in place."""


def rewritten(path: Path, target: Path, change: Change) -> Path:
    """The backup with other parts or another manifest, whose sizes and hashes are made to fit; signed anew, if its key is in
    it, else with the signature that it had."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    manifest, note = json.loads(parts.pop("manifest.json")), parts.pop(SIGNATURE, b"").decode()
    change(parts, manifest)
    manifest["parts"] = [{"name": n, "size": len(o), "sha256": sha256(o).hexdigest()} for n, o in parts.items()]
    with zipfile.ZipFile(target, "w") as file:
        for name, octets in parts.items():
            file.writestr(name, octets)
        octets = json.dumps(manifest).encode()
        if KEY_FILE in parts:
            keys = Keys(bytes.fromhex(parts[KEY_FILE].decode().strip()))
            note = signature.of(sha256(octets).hexdigest(), Signer.of(keys.ledger, "press.example.org"))
        file.writestr("manifest.json", octets)
        if note:
            file.writestr(SIGNATURE, note)
    return target
