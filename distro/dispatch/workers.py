"""Which bots are at work on the store, and what each last said of itself, for `distro wave show` in another process.

One mutable row a bot, renewed every few seconds and removed at its clean end. It is operational, no part of the record: so
it may name the domains of lanes that are slowed, in clear, and those go with the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

HEARD_WITHIN = timedelta(seconds=10)
"""A bot that was not heard of for longer counts as gone, or as unable to write."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""How long the row of a bot that died is kept where several may work on one store."""


@dataclass(frozen=True)
class WaveTold:
    """What one bot does for one wave. `rate`: copies a second that came to an end of their try, smoothed. `tally`: how many
    tries ended in which state since the bot started."""

    wave: int
    rate: float
    tally: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LaneTold:
    """A recipient domain that is sent to more slowly than it could be. `reason` is made of codes and our own words, never of
    the server's: those may hold an address. `rate`: messages a second that go at most, None without a limit of its own."""

    domain: str
    reason: str
    since: datetime
    closed_until: datetime | None = None
    rate: float | None = None


@dataclass(frozen=True)
class RelayTold:
    """A mail server that takes our copies. `away` is a sentence while it does not. `next_try`: when it is asked again."""

    name: str
    away: str | None = None
    since: datetime | None = None
    next_try: datetime | None = None
    lines: int = 0


@dataclass(frozen=True)
class Snapshot:
    """What a bot says of itself at one instant. `lanes`: the first of `slowed`. `blocked`: why no evidence can be written;
    nothing leaves meanwhile."""

    worker: str
    host: str
    pid: int
    started_at: datetime
    at: datetime
    waves: tuple[WaveTold, ...] = ()
    lanes: tuple[LaneTold, ...] = ()
    slowed: int = 0
    relays: tuple[RelayTold, ...] = ()
    blocked: str | None = None
    blocked_since: datetime | None = None


class Worker(SQLModel, table=True):
    """One bot. `status` is its last Snapshot as JSON."""

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    status: str


@dataclass(frozen=True)
class Heard:
    """A bot as the store knows it. Not `living`: `said` is old, and only tells who it was."""

    said: Snapshot
    living: bool


def report(session: Session, said: Snapshot) -> None:
    """Renew the bot's row, or write its first one."""
    row = session.get(Worker, said.worker) or Worker(
        id=said.worker, host=said.host, pid=said.pid, started_at=said.started_at, seen_at=said.at, status=""
    )
    row.seen_at, row.status = said.at, _json().dump_json(said).decode()
    session.add(row)
    session.flush()


def forget_dead(session: Session, now: datetime, *, all_of_them: bool) -> None:
    """At a start: drop the rows of bots that are gone. `all_of_them`: every row is of one, for we hold the store alone."""
    gone = delete(Worker)
    if not all_of_them:
        gone = gone.where(col(Worker.seen_at) < now - FORGOTTEN_AFTER)
    session.connection().execute(gone)


def leave(session: Session, worker: str) -> None:
    """A clean end: the row goes, and what it told of domains with it."""
    session.connection().execute(delete(Worker).where(col(Worker.id) == worker))


def heard(session: Session, now: datetime) -> list[Heard]:
    """Every bot that has a row, the living first, then the one heard of last."""
    rows = session.exec(select(Worker).order_by(col(Worker.seen_at).desc(), col(Worker.id))).all()
    found = [Heard(_json().validate_json(row.status), now - row.seen_at <= HEARD_WITHIN) for row in rows]
    return sorted(found, key=lambda h: not h.living)


def living(session: Session, now: datetime) -> list[Snapshot]:
    """What the bots said that were heard of within the last ten seconds."""
    return [h.said for h in heard(session, now) if h.living]


def rate_of(wave: int, bots: Sequence[Snapshot]) -> float:
    """Copies a second that these bots together bring to an end for the wave."""
    return sum((told.rate for bot in bots for told in bot.waves if told.wave == wave), 0.0)


@cache
def _json() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)
