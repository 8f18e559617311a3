"""Whom a wave may be for, and why somebody gets no copy: the values that `audience` and `holders` answer with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement

from distro.editorial.notice import NoticeContent
from distro.editorial.plan import NamedRule


@dataclass(frozen=True)
class Original:
    """The copy that a notice speaks of. `id_left`, `id_domain`: the sides of its Message-ID, the right one "" where its letter
    cannot be read any more; `sent_at`: the Date that it bears."""

    id_left: str
    id_domain: str
    sent_at: datetime


class LeftOut(StrEnum):
    """Why somebody who matches gets no copy from this wave."""

    EXCLUDED = "excluded"
    SUPPRESSED = "suppressed"
    NO_AGREEMENT = "no embargo agreement"
    HAS_IT = "has a copy of this version already"
    ADVANCE = "gets the advance copy"
    ENDED = "was tried before and refused, or expired"
    HAS_NOTICE = "has this notice already"
    OTHER_LANGUAGE = "has it in another language only"
    CORRECTED = "gets the correction or update"
    GONE = "is no contact any more"
    ERASED = "was erased"
    DAMAGED = "holds a copy whose record was altered"


@dataclass(frozen=True)
class Brief:
    """What is asked of contacts for one wave; the same for every page.

    holders      the waves whose readers get it; empty where segments say who does
    notice       what it says, for a notice
    agreed_only  it goes only to people with an agreement to hold until the lift
    """

    wave_id: int | None
    release_id: int
    slug: str
    version_id: int
    version: str
    purpose: str
    ordinal: int
    languages: tuple[str, ...]
    segments: tuple[NamedRule, ...]
    conditions: tuple[ColumnElement[bool], ...]
    excluded: ColumnElement[bool]
    in_advance: ColumnElement[bool]
    corrected: ColumnElement[bool]
    holders: tuple[int, ...] = ()
    notice: NoticeContent | None = None
    agreed_only: bool = False


@dataclass(frozen=True)
class Candidate:
    """A contact who matches. `left_out` is None for one who gets a copy.

    original  of a notice to holders: the copy that they hold
    through   where paging stands after them, if it is not at their own number
    """

    contact_id: int
    name: str
    address: str
    canonical: str
    address_hash: bytes
    domain: str
    outlet: str
    language: str
    fallback: bool
    matched: tuple[str, ...]
    left_out: LeftOut | None
    original: Original | None = None
    through: int = 0

    @property
    def place(self) -> int:
        return self.through or self.contact_id


@dataclass
class Survey:
    """The sum over a wave's candidates. `languages` counts copies by language ("en", "es", "en+es")."""

    count: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    fallbacks: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, candidate: Candidate) -> None:
        if candidate.left_out is not None:
            self.left_out[candidate.left_out.value] += 1
            return
        self.count += 1
        self.languages[candidate.language] += 1
        self.fallbacks += candidate.fallback
