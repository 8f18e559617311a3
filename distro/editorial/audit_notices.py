"""What notices say, held against the entries about them. Writes nothing; which wave says which is `audit_waves`' to find."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from distro.archive.findings import Finding
from distro.archive.said import Said
from distro.editorial.notice import Notice, NoticeContent


def of_notices(rows: Sequence[Notice], told: Mapping[str, Said]) -> Iterator[Finding]:
    """A release's notices. `told`: by hash, the first entry that proposes it."""
    left = dict(told)
    for row in rows:
        proposed = left.pop(row.hash, None)
        name = f"The notice {str(row.hash)[:12]}… of release {row.release_id}"
        if proposed is None:
            yield Finding(f"{name} was never proposed, by the record.")
        elif hashlib.sha256(str(row.content).encode()).hexdigest() != row.hash:
            yield Finding(f"{name} is not what was proposed.", proposed.entry)
        elif _author(row) != proposed.actor:
            yield Finding(f"{name} names another person than wrote it, by entry {proposed.entry}.", proposed.entry)
    for name, proposed in left.items():
        yield Finding(f"The notice {name[:12]}… that entry {proposed.entry} is about is not there.", proposed.entry)


def _author(row: Notice) -> str | None:
    try:
        return NoticeContent.from_json(row.content).by
    except ValueError:
        return None
