"""One wave x one recipient: the table, and the one table of what may happen to a delivery.

A Delivery holds ids and keyed hashes; who it is for, in words, is sealed in the archive's vault. Each attempt is an entry of
the ledger about it (dispatch.attempts).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache

from sqlalchemy import CheckConstraint, Index, case, false, text, true
from sqlmodel import Field, SQLModel, col

import distro.archive.copies
import distro.editorial.plan  # noqa: F401  (the tables that a delivery refers to; without them none can be written)
from distro.archive.columns import BIG_ID, Micros


class State(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    IN_FLIGHT = "in_flight"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    HELD = "held"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


class Verb(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    MARK = "mark"
    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    LOSE = "lose"
    HOLD = "hold"
    SUPPRESS = "suppress"
    CANCEL = "cancel"
    EXPIRE = "expire"
    RESEND = "resend"
    RETRY = "retry"
    VOUCH = "vouch"
    GIVE_UP = "give_up"


S, V = State, Verb
DELIVERY_TRANSITIONS: dict[tuple[State, Verb], State] = {
    (S.PENDING, V.CLAIM): S.CLAIMED,
    (S.DEFERRED, V.CLAIM): S.CLAIMED,
    (S.UNCERTAIN, V.CLAIM): S.CLAIMED,
    (S.CLAIMED, V.RELEASE): S.PENDING,  # never marked since the claim: back to where it stood, see dispatch.claims
    (S.IN_FLIGHT, V.RELEASE): S.PENDING,  # marked, but the answer was lost and nothing was written
    (S.CLAIMED, V.MARK): S.IN_FLIGHT,
    (S.CLAIMED, V.DEFER): S.DEFERRED,
    (S.CLAIMED, V.REFUSE): S.REFUSED,
    (S.CLAIMED, V.SUPPRESS): S.SUPPRESSED,
    (S.CLAIMED, V.CANCEL): S.CANCELLED,
    (S.CLAIMED, V.EXPIRE): S.EXPIRED,
    (S.CLAIMED, V.HOLD): S.HELD,
    (S.IN_FLIGHT, V.ACCEPT): S.ACCEPTED,
    (S.IN_FLIGHT, V.DEFER): S.DEFERRED,
    (S.IN_FLIGHT, V.REFUSE): S.REFUSED,
    (S.IN_FLIGHT, V.LOSE): S.UNCERTAIN,
    (S.IN_FLIGHT, V.HOLD): S.HELD,
    (S.IN_FLIGHT, V.EXPIRE): S.EXPIRED,
    # in doubt, until the bot that was taken for dead says that its copy was taken, see dispatch.outcomes
    (S.UNCERTAIN, V.ACCEPT): S.ACCEPTED,
    (S.CLAIMED, V.ACCEPT): S.ACCEPTED,
    (S.DEFERRED, V.ACCEPT): S.ACCEPTED,
    (S.HELD, V.ACCEPT): S.ACCEPTED,
    (S.PENDING, V.CANCEL): S.CANCELLED,
    (S.DEFERRED, V.CANCEL): S.CANCELLED,
    (S.UNCERTAIN, V.CANCEL): S.CANCELLED,
    (S.HELD, V.CANCEL): S.CANCELLED,
    (S.PENDING, V.SUPPRESS): S.SUPPRESSED,
    (S.DEFERRED, V.SUPPRESS): S.SUPPRESSED,
    (S.PENDING, V.EXPIRE): S.EXPIRED,
    (S.DEFERRED, V.EXPIRE): S.EXPIRED,
    (S.ACCEPTED, V.RESEND): S.PENDING,
    (S.REFUSED, V.RESEND): S.PENDING,
    (S.EXPIRED, V.RESEND): S.PENDING,
    (S.HELD, V.RESEND): S.PENDING,
    # a person settles what is in doubt, see dispatch.settling
    (S.UNCERTAIN, V.RETRY): S.UNCERTAIN,  # until a reply comes, that is what it is
    (S.HELD, V.RETRY): S.UNCERTAIN,
    (S.UNCERTAIN, V.VOUCH): S.ACCEPTED,
    (S.HELD, V.VOUCH): S.ACCEPTED,
    (S.UNCERTAIN, V.GIVE_UP): S.EXPIRED,  # not cancelled: its key stands on against a second copy
    (S.HELD, V.GIVE_UP): S.EXPIRED,
}


@cache
def leads_to(verb: Verb) -> State:
    """The state that a step leads to; every step has one, wherever it starts."""
    (state,) = {after for (_, step), after in DELIVERY_TRANSITIONS.items() if step is verb}
    return state


@cache
def starts_from(verb: Verb) -> list[str]:
    """The states from which a step may be taken, as the column holds them: what a bulk UPDATE is limited to."""
    return [before.value for before, step in DELIVERY_TRANSITIONS if step is verb]


HOLDING = (S.PENDING, S.CLAIMED, S.IN_FLIGHT, S.ACCEPTED, S.DEFERRED, S.UNCERTAIN, S.HELD)
"""States in which a person has the copy, may have it, or will get it by this delivery."""

LIVE = tuple(state for state in State if state not in (S.CANCELLED, S.SUPPRESSED))
"""States of a delivery that stands against a second copy of the same to the same person."""

UNFINISHED = (S.PENDING, S.CLAIMED, S.IN_FLIGHT, S.DEFERRED, S.UNCERTAIN)
"""States from which the mailer still has work; a wave with none of them is done."""

_LIVE = text("live")
_DUE = text("due_at IS NOT NULL")
_DOUBT = text("doubt")
_STOPPED = text("NOT live")


class Delivery(SQLModel, table=True):
    """One row, one state, for ever.

    once          keyed hash of release, version, purpose, ordinal and canonical address: the guard against a second copy,
                  and the left side of the Message-ID
    address_hash  keyed hash of the canonical address, to find again what an address received
    lane          keyed hash of its domain, for limits per recipient domain
    language      "en", "es", "en+es" (stacked, first on top); `fallback`: none of the person's own preferences existed
    segments      names of the wave's segments that matched, one a line, in the audience's order
    live          whether it stands against a second copy: False once cancelled or suppressed. A column of its own, so that the
                  unique indexes are not written anew at each change of state
    basis         what permitted it: see embargo.Permit.basis; set when it is marked in flight
    due_at        when it may be claimed next; None while it is claimed, in flight or ended
    worker, fence, lease_until
                  who holds the claim, the number of the claim (a stale holder's writes name an old number), until when
    attempts      attempts made
    doubt         an attempt ended in silence after the content was sent: it may have been delivered
    skeleton_id, sha256, stamped_at
                  the copy: set once, by the first stamping, never changed. What fills the skeleton is derived from this row
                  and the sealed recipient (dispatch.slots)
    accepted_at   when the next server took it
    """

    __table_args__ = (
        Index("delivery_once_in_wave", "wave_id", "contact_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("delivery_once", "once", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("delivery_due", "wave_id", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("delivery_state", "wave_id", "state", "accepted_at"),
        Index("delivery_address", "address_hash"),
        Index("delivery_doubt", "wave_id", sqlite_where=_DOUBT, postgresql_where=_DOUBT),
        Index("delivery_stopped", "contact_id", sqlite_where=_STOPPED, postgresql_where=_STOPPED),
        CheckConstraint("live = (state NOT IN ('cancelled', 'suppressed'))", name="delivery_live"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    wave_id: int = Field(foreign_key="wave.id")
    contact_id: int
    once: bytes
    address_hash: bytes
    lane: int
    language: str
    fallback: bool = False
    segments: str = ""
    state: str = State.PENDING.value
    live: bool = True
    basis: str = ""
    due_at: datetime | None = Field(default=None, sa_type=Micros)
    worker: str | None = None
    fence: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Micros)
    attempts: int = 0
    doubt: bool = False
    skeleton_id: int | None = Field(default=None, foreign_key="skeleton.id")
    sha256: bytes | None = None
    stamped_at: datetime | None = Field(default=None, sa_type=Micros)
    accepted_at: datetime | None = Field(default=None, sa_type=Micros)


def stopped_by(verb: Verb) -> dict[str, object]:
    """The columns of a delivery that is stopped, for an UPDATE. What was accepted stays so, though it was to go once more."""
    accepted = col(Delivery.accepted_at).isnot(None)
    return {
        "state": case((accepted, State.ACCEPTED.value), else_=leads_to(verb).value),
        "live": case((accepted, true()), else_=true() if leads_to(verb) in LIVE else false()),
        "due_at": None,
        "worker": None,
        "lease_until": None,
    }
