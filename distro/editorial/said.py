"""Entries of the record as the audit of the desk reads them. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from distro.archive.columns import from_microseconds
from distro.bulk import rows_in


@dataclass(frozen=True)
class Said:
    """One entry. `told`: its payload."""

    entry: int
    at: datetime
    actor: str
    kind: str
    told: Mapping[str, Any]


def entries_about(session: Session, about: str, ids: Iterable[int]) -> dict[int, list[Said]]:
    """The entries about each of them, oldest first. `about`: "release", "wave"."""
    found: dict[int, list[Said]] = {number: [] for number in ids}
    subjects = [f"{about}:{number}" for number in found]
    for entry, at, actor, kind, subject, payload in sorted(
        rows_in(session, "SELECT id, at_us, actor, kind, subject, payload FROM entry WHERE subject", subjects)
    ):
        try:
            told = json.loads(payload)
            said = Said(entry, from_microseconds(at), actor, kind, told if isinstance(told, dict) else {})
        except (ValueError, TypeError, OverflowError):
            continue  # altered: the record's audit names it
        found[int(subject.partition(":")[2])].append(said)
    return found


def number_of(said: Said | None) -> int | None:
    """The entry's, for a finding."""
    return None if said is None else said.entry
