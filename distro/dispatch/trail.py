"""What the entries about one delivery come to, and whether its row says the same. Pure.

The row is what may be altered: the entries are sealed. Some steps leave no entry of a delivery's own (a claim, a mark, what is
given back, a wave that is cancelled), so for most trails there are several states in which an honest row may stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from distro.archive.columns import microseconds
from distro.archive.findings import Finding
from distro.dispatch.attempts import OUTCOMES, base64
from distro.dispatch.classify import Class
from distro.dispatch.delivery import LIVE
from distro.dispatch.delivery import State as S
from distro.dispatch.settling import How

_OPEN = frozenset({S.PENDING, S.CLAIMED, S.IN_FLIGHT, S.DEFERRED, S.UNCERTAIN})
"""Between a claim and its outcome, or given back: see claims.release."""

_NEW = frozenset({S.PENDING, S.CLAIMED, S.IN_FLIGHT, S.CANCELLED})

_NO_DOUBT, _DOUBT = frozenset({False}), frozenset({True})


_REPLY_BEFORE = "reply"
"""In entries about attempts from before the third migration: the reply's own hash."""


class Row(NamedTuple):
    """A delivery as its row has it; instants in microseconds since 1970 UTC."""

    id: int
    wave_id: int
    contact_id: int
    once: bytes
    address_hash: bytes
    language: str
    fallback: bool
    segments: str
    state: str
    live: bool
    doubt: bool
    basis: str
    attempts: int
    skeleton_id: int | None
    sha256: bytes | None
    stamped_us: int | None
    accepted_us: int | None


class Said(NamedTuple):
    """An entry about a delivery."""

    entry: int
    at_us: int
    kind: str
    payload: str


@dataclass
class Trail:
    """What the row must say.

    attempts     made
    accepted     when the copy was first accepted, None for never, and the entry that says so
    states       in which it may stand
    doubts       what `doubt` may say
    stamped      the copies' SHA-256 as entries have it, base64 (hex before the third migration), each with an entry
    permit       that of the last attempt that had one, up to the first acceptance, and the entry that says so; None where no
                 attempt had one
    replied      the attempts to which a reply was sealed
    commitments  entry, attempt, and what the entry has instead of recipient and reply (attempts.seal_of)
    """

    attempts: int = 0
    accepted: int | None = None
    accepted_by: int | None = None
    states: frozenset[S] = _NEW
    doubts: frozenset[bool] = _NO_DOUBT
    stamped: dict[str, int] = field(default_factory=dict)
    waves: dict[int, int] = field(default_factory=dict)
    permit: str | None = None
    permit_by: int | None = None
    replied: set[int] = field(default_factory=set)
    commitments: list[tuple[int, int, str]] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)


def follow(entries: Iterable[Said]) -> Trail:
    """The trail that the entries about one delivery make, first to last."""
    trail = Trail()
    for said in entries:
        try:
            _step(trail, said, json.loads(said.payload))
        except (TypeError, ValueError, KeyError, AttributeError):  # altered, or not ours: the record's audit says which
            trail.unreadable.append(said.entry)
    return trail


def _step(trail: Trail, said: Said, told: dict[str, object]) -> None:
    what = said.kind.removeprefix("delivery.")
    if isinstance(wave := told.get("wave"), int):
        trail.waves[wave] = said.entry
    if what in OUTCOMES:
        number = int(str(told.get("attempt", 1)))
        if what != "late_reply":  # whoever took it over has counted, or nothing was to be counted
            trail.attempts = max(trail.attempts, number)
        if "sha256" in told:
            trail.stamped[str(told["sha256"])] = said.entry
        if "sealed" in told:
            trail.commitments.append((said.entry, number, str(told["sealed"])))
        if "sealed" in told or _REPLY_BEFORE in told:
            trail.replied.add(number)
        _permit(trail, said.entry, what, told)
        _doubt(trail, what, told)
    before = trail.accepted is not None
    swept = frozenset({S.ACCEPTED if before else S.CANCELLED})
    match what:
        case "accepted":
            _accept(trail, said.entry, said.at_us)
        case "deferred" | "resend":
            trail.states = _OPEN | swept
        case "uncertain":
            trail.states = _OPEN | swept | {S.HELD}
        case "held":
            trail.states = swept if before else swept | {S.HELD}
        case "refused" | "expired":
            trail.states = swept if before else frozenset({S(what)})
        case "resend_stopped":
            trail.states = swept
        case "cancelled" | "suppressed":
            trail.states = swept if before else frozenset({S(what)})
        case "settled":
            _settle(trail, said, told, swept)
        case _:
            pass


def _permit(trail: Trail, entry: int, what: str, told: dict[str, object]) -> None:
    """What comes late, from a bot that was taken for dead, is sealed with no reply, and another's mark may be newer."""
    late = what == "late_reply" or (what == "accepted" and not {"sealed", _REPLY_BEFORE} & told.keys())
    if trail.accepted is None and told.get("permit") and not late:
        trail.permit, trail.permit_by = str(told["permit"]), entry


def _doubt(trail: Trail, what: str, told: dict[str, object]) -> None:
    """Doubt comes and never goes. Of a last try that ended in silence, no entry says whether the content had left."""
    silent = told.get("class") == Class.SILENT and told.get("phase", "dot") == "dot"
    if what == "uncertain" or told.get("uncertain") or (what == "held" and silent):
        trail.doubts = _DOUBT
    elif what == "expired" and silent:
        trail.doubts |= _DOUBT


def _accept(trail: Trail, entry: int, at_us: int) -> None:
    if trail.accepted is None:
        trail.accepted, trail.accepted_by = at_us, entry
    trail.states = frozenset({S.ACCEPTED})


def _settle(trail: Trail, said: Said, told: dict[str, object], swept: frozenset[S]) -> None:
    if told["as"] == How.ACCEPTED:
        given = told.get("accepted_at")
        _accept(trail, said.entry, microseconds(datetime.fromisoformat(str(given))) if given else said.at_us)
    elif told["as"] == How.RESEND:
        trail.states = _OPEN | swept
    else:
        trail.states = frozenset({S(str(told["to"]))})


def disagreements(row: Row, trail: Trail) -> Iterator[Finding]:
    """How the row is not what its entries say."""
    for entry in trail.unreadable:
        yield Finding(f"Entry {entry} about delivery {row.id} cannot be read.", entry=entry, delivery=row.id)
    if trail.unreadable:
        return
    if row.state not in trail.states:
        expected = " or ".join(sorted(trail.states))
        if row.state == S.ACCEPTED:
            yield Finding(
                f"Delivery {row.id} is called accepted, and no entry says so; it must be {expected}.", delivery=row.id
            )
        else:
            yield Finding(f"Delivery {row.id} is called {row.state}; by its entries it is {expected}.", delivery=row.id)
    if row.accepted_us != trail.accepted:
        yield Finding(
            f"Delivery {row.id} does not have the instant of acceptance that its entries have.", trail.accepted_by, row.id
        )
    if row.attempts != trail.attempts:
        yield Finding(f"Delivery {row.id} counts {row.attempts} attempts, and its entries {trail.attempts}.", delivery=row.id)
    if row.doubt not in trail.doubts:
        said, other = ("in doubt", "not") if row.doubt else ("not in doubt", "in doubt")
        yield Finding(f"Delivery {row.id} is called {said}; by its entries it is {other}.", delivery=row.id)
    for sha256, entry in trail.stamped.items():
        if sha256 not in _written(row.sha256):
            yield Finding(f"Delivery {row.id} does not have the SHA-256 that entry {entry} has of its copy.", entry, row.id)
    for wave, entry in trail.waves.items():
        if wave != row.wave_id:
            yield Finding(f"Delivery {row.id} is in wave {row.wave_id}, and entry {entry} says {wave}.", entry, row.id)
    if trail.permit is not None and row.basis != trail.permit and (row.state != S.IN_FLIGHT or trail.accepted is not None):
        yield Finding(
            f"Delivery {row.id} left by the permit {row.basis!r}, and by its entries {trail.permit!r}.", trail.permit_by, row.id
        )
    yield from _by_itself(row)


def _by_itself(row: Row) -> Iterator[Finding]:
    """How the row is at odds with itself."""
    if row.live != (row.state in LIVE):
        stands = "stands" if row.live else "does not stand"
        yield Finding(f"Delivery {row.id} is {row.state}, and {stands} against a second copy.", delivery=row.id)
    copy = {"letter": row.skeleton_id, "SHA-256": row.sha256, "instant": row.stamped_us, "permit": row.basis or None}
    missing = [name for name, value in copy.items() if value is None]
    if 0 < len(missing) < len(copy):
        yield Finding(
            f"The copy of delivery {row.id} was marked once, and its row has no {' and no '.join(missing)}.", delivery=row.id
        )


def _written(sha256: bytes | None) -> tuple[str, ...]:
    """As entries write it, and as they wrote it before the third migration."""
    return () if not isinstance(sha256, bytes) else (base64(sha256), sha256.hex())
