"""The plan of sending: Waves, and the one table of what may be done with one. Only `advance_wave` assigns a state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, Session, SQLModel

from distro.archive.ledger import Fact, canonical, record
from distro.errors import Refused


class Purpose(StrEnum):
    """Why a wave is sent. The first two carry a version as such; the others are notices (distro.editorial.notice)."""

    ADVANCE = "advance"
    GENERAL = "general"
    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"
    EMBARGO_MOVED = "embargo-moved"
    EMBARGO_LIFTED = "embargo-lifted"
    OFFER = "offer"


CARRYING = (Purpose.ADVANCE.value, Purpose.GENERAL.value)
"""Purposes of waves that bring a version to people as such."""

WITH_TEXT = (*CARRYING, Purpose.UPDATE.value, Purpose.CORRECTION.value)
"""Purposes of waves whose copies hold a version's text. The other notices hold nothing of it."""


def is_notice(purpose: str) -> bool:
    return purpose not in CARRYING


def has_text(purpose: str) -> bool:
    return purpose in WITH_TEXT


def is_urgent(purpose: str) -> bool:
    """A kill is mandatory and goes before everything that is queued."""
    return purpose == Purpose.KILL


class WaveState(StrEnum):
    PROPOSED = "proposed"
    ARMED = "armed"
    PREPARING = "preparing"
    SENDING = "sending"
    DONE = "done"
    PAUSED = "paused"
    HELD = "held"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class WaveVerb(StrEnum):
    ARM = "arm"
    DISARM = "disarm"
    PREPARE = "prepare"
    LAUNCH = "launch"
    FINISH = "finish"
    PAUSE = "pause"
    RESUME = "resume"
    HOLD = "hold"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REOPEN = "reopen"


S, V = WaveState, WaveVerb
WAVE_TRANSITIONS: dict[tuple[WaveState, WaveVerb], WaveState] = {
    (S.PROPOSED, V.ARM): S.ARMED,
    (S.PROPOSED, V.CANCEL): S.CANCELLED,
    (S.ARMED, V.DISARM): S.PROPOSED,
    (S.PREPARING, V.DISARM): S.PROPOSED,
    (S.ARMED, V.PREPARE): S.PREPARING,
    (S.PREPARING, V.LAUNCH): S.SENDING,
    (S.SENDING, V.FINISH): S.DONE,
    (S.ARMED, V.PAUSE): S.PAUSED,
    (S.PREPARING, V.PAUSE): S.PAUSED,
    (S.SENDING, V.PAUSE): S.PAUSED,
    (S.ARMED, V.HOLD): S.HELD,
    (S.PREPARING, V.HOLD): S.HELD,
    (S.SENDING, V.HOLD): S.HELD,
    (S.PAUSED, V.HOLD): S.HELD,  # these two after a backup was restored, see distro.backup.standstill
    (S.HELD, V.HOLD): S.HELD,
    (S.HELD, V.DISARM): S.PROPOSED,
    (S.PAUSED, V.DISARM): S.PROPOSED,
    (S.ARMED, V.CANCEL): S.CANCELLED,
    (S.PREPARING, V.CANCEL): S.CANCELLED,
    (S.SENDING, V.CANCEL): S.CANCELLED,
    (S.PAUSED, V.CANCEL): S.CANCELLED,
    (S.HELD, V.CANCEL): S.CANCELLED,
    (S.PROPOSED, V.EXPIRE): S.EXPIRED,  # an advance wave whose lift is brought forward before it
    (S.SENDING, V.EXPIRE): S.EXPIRED,
    (S.ARMED, V.EXPIRE): S.EXPIRED,
    (S.PREPARING, V.EXPIRE): S.EXPIRED,
    (S.HELD, V.EXPIRE): S.EXPIRED,
    (S.PAUSED, V.EXPIRE): S.EXPIRED,
    (S.DONE, V.REOPEN): S.SENDING,
    (S.EXPIRED, V.REOPEN): S.SENDING,
    (S.PAUSED, V.RESUME): S.ARMED,  # back to where it stood: ARMED, or SENDING once launched; see advance_wave
    (S.HELD, V.RESUME): S.ARMED,
}


@dataclass(frozen=True)
class NamedRule:
    name: str
    rule: str


@dataclass(frozen=True)
class Audience:
    """Whom a wave is for: what approval binds.

    segments, exclude  with their rules as they stood when the wave was proposed
    holders            numbers of waves: whoever got a copy from one of them, whatever segments they are in now. A notice has
                       these or segments, never both
    """

    segments: tuple[NamedRule, ...]
    exclude: tuple[NamedRule, ...] = ()
    holders: tuple[int, ...] = ()

    def to_json(self) -> str:
        pairs: dict[str, object] = {
            "segments": [[s.name, s.rule] for s in self.segments],
            "exclude": [[s.name, s.rule] for s in self.exclude],
        }
        return canonical(pairs | ({"holders": self.holders} if self.holders else {}))

    @classmethod
    def from_json(cls, text: str) -> Audience:
        pairs = json.loads(text)
        return cls(
            tuple(NamedRule(*p) for p in pairs["segments"]),
            tuple(NamedRule(*p) for p in pairs["exclude"]),
            tuple(pairs.get("holders", ())),
        )


class Wave(SQLModel, table=True):
    """One planned sending: a version, an audience, an instant, a purpose.

    `at` is when it is due (UTC); `asap` means "as soon as it is approved", and then approving sets `at`. `wall`, `zone`,
    `tzdata`: how the hour was written. `ordinal` numbers several notices of one purpose; `parent_id` is the wave that a
    notice follows, `notice` the hash of what that says (editorial.notice). `freezing`: a pass over the audience is under way,
    and `frozen_through` is the highest contact id it has seen. `confirmed_at`: a person said that a held wave may leave late.
    `first_delivery`, `last_delivery`: its deliveries have numbers from the one to the other. `findable`: its recipients can be
    found by name and outlet, see dispatch.naming.
    """

    __table_args__ = (Index("wave_state_at", "state", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    version_id: int = Field(foreign_key="version.id")
    purpose: str
    ordinal: int = 1
    parent_id: int | None = Field(default=None, foreign_key="wave.id")
    notice: str | None = None
    at: datetime
    asap: bool = False
    wall: str = ""
    zone: str = ""
    tzdata: str = ""
    audience: str
    state: str = WaveState.PROPOSED.value
    reason: str = ""
    scheduled_by: str
    scheduled_at: datetime
    approval_id: int | None = Field(default=None, foreign_key="approval.id")
    freezing: bool = False
    frozen_through: int = 0
    first_delivery: int | None = Field(default=None, sa_type=BigInteger)
    last_delivery: int | None = Field(default=None, sa_type=BigInteger)
    findable: bool = True
    prepared_at: datetime | None = None
    launched_at: datetime | None = None
    finished_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None

    @property
    def rules(self) -> Audience:
        return Audience.from_json(self.audience)


def advance_wave(
    session: Session,
    wave: Wave,
    verb: WaveVerb,
    *,
    actor: str,
    at: datetime,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Take the wave to the state that the table gives, and record it in the same transaction. Raises Refused.

    A wave that is over, or proposed again, has nobody left to freeze.
    """
    before = WaveState(wave.state)
    after = WAVE_TRANSITIONS.get((before, verb))
    if after is None:
        raise Refused(f"Wave {wave.id} is {before}, so it cannot take the step {verb.value!r}.")
    if verb is V.RESUME and wave.launched_at is not None:
        after = S.SENDING
    if verb in (V.CANCEL, V.EXPIRE, V.DISARM):
        wave.freezing = False
    wave.state, wave.reason = after.value, reason
    session.add(wave)
    session.flush()
    payload: dict[str, object] = {"release": wave.release_id, "purpose": wave.purpose, "from": before, "to": after}
    if reason:
        payload["reason"] = reason
    payload.update(details or {})
    record(session, Fact(at, actor, f"wave.{verb}", f"wave:{wave.id}", payload))
