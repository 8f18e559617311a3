"""The files that drafts were read from: kept by their SHA-256 beside the files of releases, named in the record, and held
against it. Whether a file was imported already is asked here too."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from distro.archive.findings import Finding
from distro.archive.ledger import Entry, Fact, record, told_by
from distro.db import Store
from distro.editorial.release import Release

KIND = "original.kept"
_PREFIX = "original:"


@dataclass(frozen=True)
class Taken:
    """What was read from an original: the releases' ids, in the page's order."""

    entry: int
    releases: tuple[int, ...]


def record_original(session: Session, sha256: str, size: int, releases: Sequence[Release], *, actor: str, at: datetime) -> None:
    """Record in the caller's transaction which drafts were read from the file, each with the text that it then had."""
    read = [{"release": one.id, "version": one.draft_hash} for one in releases]
    facts = [Fact(at, actor, KIND, f"{_PREFIX}{sha256}", {"size": size, "read": read})]
    facts += [
        Fact(at, actor, "release.imported", f"release:{one.id}", {"original": sha256, "version": one.draft_hash})
        for one in releases
    ]
    record(session, *facts)


def taken_from(session: Session, sha256: str) -> Taken | None:
    """What was read from the file when it was imported last, or None where it never was."""
    entry = session.exec(
        select(Entry).where(Entry.subject == f"{_PREFIX}{sha256}", Entry.kind == KIND).order_by(col(Entry.id).desc())
    ).first()
    told = told_by(entry.payload) if entry else None
    if entry is None or told is None:
        return None
    read = told.get("read")
    ids = tuple(int(one["release"]) for one in read) if isinstance(read, list) else ()
    return Taken(entry.id or 0, ids)


def audit_originals(store: Store, data_dir: Path) -> list[Finding]:
    """Every original that is not there any more, or is not what was recorded; every draft whose original nobody recorded."""
    found: list[Finding] = []
    with store.snapshot() as session:
        kept = session.exec(select(Entry).where(Entry.kind == KIND).order_by(col(Entry.id))).all()
    for entry in kept:
        digest = entry.subject.removeprefix(_PREFIX)
        path = data_dir / "assets" / digest
        if not path.is_file():
            found.append(
                Finding(f"The original {digest[:12]}… of imported drafts is not in the data folder any more.", entry.id)
            )
        elif _digest(path) != digest:
            found.append(Finding(f"The original {digest[:12]}… of imported drafts was altered.", entry.id))
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
