"""What a rule says: how bad, where, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from distro.severity import Severity

__all__ = ["Finding", "Place", "Severity", "Waived"]


@dataclass(frozen=True)
class Place:
    """Where: `part` is a field of the edition or of the release ("headline", "body", "contacts", …); `language` is "" for what
    is in no edition. `line` and `column` count from 1: in the edition's own file (front matter counted) where a folder is
    checked, else within the part; 0 where there is no such thing. `words` are the very words that it is about."""

    language: str = ""
    part: str = ""
    line: int = 0
    column: int = 0
    words: str = ""
    file: str = ""


@dataclass(frozen=True)
class Waived:
    """Who said that it may stand, when, and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Finding:
    """`why` and `remedy` are whole sentences. One that is waived stops nothing, and is told all the same."""

    rule: str
    severity: Severity
    place: Place
    why: str
    remedy: str
    source: str
    waived: Waived | None = None
