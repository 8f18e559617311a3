"""The tables of contacts. Live personal data in the clear, deletable; what was sent to whom is the archive's, not ours.

A `…_key` column is the `fold` of its neighbour: rules compare keys, people read the neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

Record = Callable[[str, str, Mapping[str, object]], None]
"""Writes one fact where the caller keeps its record: kind ("contact.suppressed"), subject ("contact:12"), payload
without personal data in the clear. The caller binds actor, instant and transaction."""

StandIn = Callable[[str], str]
"""From a canonical address to what stands in its place once its person was erased: a hash under the office's key, which the
caller has and we do not. It begins with suppression.STANDS_IN, and is no address."""

Keep = Callable[[Sequence[int]], None]
"""Hears the ids of contacts who are about to be changed, while all that is known of them still is as it was: for whoever must
keep that (a legal hold may name them)."""


class Outlet(SQLModel, table=True):
    """A newspaper, station, wire or site. Two spellings with one key are one outlet."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    key: str = Field(unique=True)


class Journalist(SQLModel, table=True):
    """One person (or news desk) with one address.

    `address` is as written, with the domain in A-labels where the local part is ASCII; `canonical` is its identity
    (address.canonical). `languages` is "en", "es", "en;es" (either, first preferred) or "en+es" (wants the stacked
    copy). `beats` are labels joined by ";", `beat_keys` the same folded, with a ";" at both ends, so that "among them"
    is one substring test. An id is never given out twice, for the archive speaks of people by it.
    """

    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    name: str = ""
    address: str
    canonical: str = Field(unique=True)
    domain: str = Field(index=True)
    outlet_id: int | None = Field(default=None, foreign_key="outlet.id", index=True)
    beats: str = ""
    beat_keys: str = ";"
    region: str = ""
    region_key: str = ""
    languages: str = ""
    timezone: str = ""
    phone: str = ""
    tier: int | None = None
    source: str = ""
    source_key: str = ""
    basis: str = ""
    notes: str = ""
    created_at: datetime
    changed_at: datetime = Field(index=True)


class FormerAddress(SQLModel, table=True):
    """A mailbox (address.canonical) that a contact had until then: whoever forgets them finds it too. It goes with them."""

    __tablename__ = "former_address"

    journalist_id: int = Field(foreign_key="journalist.id", primary_key=True, ondelete="CASCADE")
    canonical: str = Field(primary_key=True, index=True)
    until: datetime


class ContactList(SQLModel, table=True):
    """A fixed list, by hand or from an import; a rule names it as `list:NAME`."""

    __tablename__ = "contact_list"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    key: str = Field(unique=True)


class ListMember(SQLModel, table=True):
    __tablename__ = "list_member"

    list_id: int = Field(foreign_key="contact_list.id", primary_key=True, ondelete="CASCADE")
    journalist_id: int = Field(foreign_key="journalist.id", primary_key=True, index=True, ondelete="CASCADE")
    added_at: datetime


class Segment(SQLModel, table=True):
    """A saved rule; who is in it is computed each time, never copied."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    key: str = Field(unique=True)
    rule: str
    changed_at: datetime
    changed_by: str


class Suppression(SQLModel, table=True):
    """An address that must not be mailed. Lifted only by a person, never by an import; the row stays as history.

    `canonical` is the address, or what stands in for it once its person was erased (see StandIn). An id is never given out
    twice, for the record speaks of suppressions by it.
    """

    __table_args__ = (
        Index(
            "one_live_suppression",
            "canonical",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    canonical: str = Field(index=True)
    reason: str
    evidence: str = ""
    by: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_reason: str | None = None


class EmbargoAgreement(SQLModel, table=True):
    """A contact's recorded promise to hold until the lift: standing (`release` is empty) or for one release's slug."""

    __tablename__ = "embargo_agreement"
    __table_args__ = (UniqueConstraint("journalist_id", "release"),)

    id: int | None = Field(default=None, primary_key=True)
    journalist_id: int = Field(foreign_key="journalist.id", index=True, ondelete="CASCADE")
    release: str = ""
    terms: str
    how: str = ""
    at: datetime
    by: str
