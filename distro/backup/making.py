"""Makes a backup while the office works: one state of the store, the files of releases, and the key only where it is asked
for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, func, select

from distro import __version__
from distro.archive import named, sealing
from distro.archive.ledger import Entry, Fact, record
from distro.archive.vault import KEY_FILE, Keys, Vault
from distro.backup import postgresql, sqlite
from distro.backup.container import Parts, writing
from distro.backup.manifest import ASSETS, KEY, Origin, Told
from distro.db import Store
from distro.editorial.restored import STORE
from distro.errors import Failed, Refused
from distro.migrations import NEWEST
from distro.staff import Right, find_actor

BACKED_UP = named.BACKED_UP
_ASSET = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Made:
    """`digest`: SHA-256 of the manifest. `damaged`: SHA-256 of files of releases that are not what they were when they were
    added; they are in it as they are, and are not brought back. `signed`: the name on its signature, "" without one."""

    path: Path
    size: int
    origin: Origin
    digest: str
    assets: int
    damaged: tuple[str, ...]
    with_key: bool
    signed: str


def back_up(
    store: Store,
    data_dir: Path,
    path: Path,
    *,
    actor: str | None,
    at: datetime,
    told: Told,
    with_key: bool = False,
    force: bool = False,
) -> Made:
    """Write the whole office to one file, and an entry that it was done.

    actor  the name of an admin
    at     now: what was committed before is in it
    Raises Refused: not allowed, a file of that name, one of the office's own files, no key where it is to go along.
    """
    _refuse_our_own(store, data_dir, path)
    with _one_state(store) as session:
        who = find_actor(session, actor)
        who.need(Right.KEEP, "take a backup away")
        if with_key and not (data_dir / KEY_FILE).is_file():
            raise Refused(f"The office's key {data_dir / KEY_FILE} is not there, so it cannot go along; leave --with-key away.")
        origin = _origin(session, store, at)
        signer = _signer(session, data_dir)
        with writing(path, told, force=force) as parts:
            if store.dialect == "sqlite":
                tables = sqlite.dump(session, parts, path, told)
            else:
                tables = postgresql.dump(session, parts, told)
            # after the store: a file is there before anything in the store names it
            damaged = _assets(data_dir, parts)
            if with_key:
                parts.copy(KEY, data_dir / KEY_FILE)
            digest = parts.finish(origin, tables, with_key=with_key, signer=signer)
        assets = sum(part.name.startswith(ASSETS) for part in parts.written)
    with store.write() as session:
        payload = told_of(origin, digest) | {"with_key": with_key}
        record(session, Fact(at, who.name, BACKED_UP, STORE, payload))
    return Made(path, path.stat().st_size, origin, digest, assets, damaged, with_key, "" if signer is None else signer.origin)


def _refuse_our_own(store: Store, data_dir: Path, path: Path) -> None:
    """Also where they are not there just now: a backup in the place of a log would be taken for one."""
    ours = [data_dir / KEY_FILE]
    if store.path is not None:
        ours += [store.path.with_name(store.path.name + end) for end in ("", "-wal", "-shm", "-journal", ".bot")]
    if path.resolve() in [one.resolve() for one in ours]:
        raise Refused(f"{path} is a file of the office itself; name another for the backup.")


def _signer(session: Session, data_dir: Path) -> sealing.Signer | None:
    """None where the office's key is not there, or is another's: that is no hour to go without a backup."""
    try:
        keys = Keys.load(data_dir)
        Vault(keys).check(session)
    except (Refused, Failed):
        return None
    head, signer = sealing.newest(session), sealing.Signer.of(keys.ledger, "backup")
    return signer if head is None else sealing.Signer(signer.key, sealing.origin_of(head))


def told_of(origin: Origin, digest: str) -> dict[str, object]:
    """What entries say of a backup: which one, and how far the record had come in it. No path, for that may name a person."""
    size, root = origin.head or (0, "")
    return {
        "backup": origin.at,
        "manifest": digest,
        "size": size,
        "root": root,
        "last_entry": origin.last_entry,
        "unsealed": origin.unsealed,
    }


@contextmanager
def _one_state(store: Store) -> Iterator[Session]:
    """A transaction that sees the store as it is at its first question, for as long as it lasts; it keeps nobody waiting."""
    if store.dialect == "sqlite":
        with store.read() as session:
            yield session
        return
    engine = store.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(engine, expire_on_commit=False) as session:
        yield session


def _origin(session: Session, store: Store, at: datetime) -> Origin:
    head = sealing.newest(session)
    return Origin(
        software=__version__,
        schema=NEWEST,
        database=store.dialect,
        at=at,
        checkpoint=None if head is None else head.note,
        last_entry=session.exec(select(func.max(Entry.id))).one() or 0,
        unsealed=sealing.waiting(session),
    )


def _assets(data_dir: Path, parts: Parts) -> tuple[str, ...]:
    """The files of releases. Returns the names of those whose content is not what their name says."""
    shelf = data_dir / "assets"
    for file in sorted(shelf.iterdir()) if shelf.is_dir() else ():
        if _ASSET.fullmatch(file.name) and file.is_file():
            parts.copy(f"{ASSETS}{file.name}", file)
    kept = [part for part in parts.written if part.name.startswith(ASSETS)]
    return tuple(part.sha256 for part in kept if part.name != f"{ASSETS}{part.sha256}")
