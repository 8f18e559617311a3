"""The embargo: the only place that decides whether release content may leave, and the only issuer of Permits.

Pure: it is handed what is known and the instant, and answers with a Permit or with the reason against it. Whatever puts
content on a wire or a page takes a Permit as an argument, so "no permit, no bytes" is a matter of types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import overload

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped

from distro.editorial.content import Instant
from distro.editorial.plan import CARRYING, Purpose, has_text

_SEAL = object()

UNKNOWN = Instant(utc=datetime.max.replace(tzinfo=UTC), wall="unknown")
"""Stands for an hour that cannot be read any more, or is not what was recorded. Nothing has lifted by then."""


@dataclass(frozen=True)
class Permit:
    """Leave to hand over content now. Made by the functions below and by nothing else.

    basis   "immediate" (no embargo), "lift" (its instant has come), "agreement:ID" (an advance copy to somebody who
            agreed, by the agreement's id; a correction or update to one who holds such a copy), "staff" (a test copy within
            the office), "notice" (no release content)
    at      the instant that was judged
    """

    basis: str
    at: datetime
    seal: object = None

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("only distro.editorial.embargo issues permits")


class Why(StrEnum):
    """Reasons against."""

    UNAPPROVED = "unapproved"
    CLOCK = "clock"
    EMBARGO = "embargo"
    NO_AGREEMENT = "no agreement"
    LIFTED = "lifted"
    NOT_STAFF = "not staff"


SENTENCES: dict[Why, str] = {
    Why.UNAPPROVED: "It is not approved as it stands.",
    Why.CLOCK: "The clock cannot be trusted, and the release is embargoed; a person must confirm.",
    Why.EMBARGO: "The embargo has not lifted.",
    Why.NO_AGREEMENT: "An advance copy goes only to a contact with a recorded embargo agreement.",
    Why.LIFTED: "The embargo has lifted; an advance copy marked as embargoed would be wrong now.",
    Why.NOT_STAFF: "A test copy of an embargoed release goes only to the office's own staff.",
}


@dataclass(frozen=True)
class Denied:
    why: Why

    @property
    def sentence(self) -> str:
        return SENTENCES[self.why]


def has_lifted(lift: datetime | None, now: datetime) -> bool:
    """Whether the embargo is over. It binds before the instant, not at it."""
    return lift is None or now >= lift


@overload
def before(at: datetime, lift: datetime) -> bool: ...
@overload
def before(at: Mapped[datetime | None], lift: datetime) -> ColumnElement[bool]: ...
def before(at: datetime | Mapped[datetime | None], lift: datetime) -> bool | ColumnElement[bool]:
    """Whether an instant lies in the time of the embargo; of a column of the store, the condition that asks it of each row."""
    return at < lift


@dataclass(frozen=True)
class Change:
    """A change of an embargo: to another hour, or to none but the approval's own ("at once").

    version   the number of the text that stood when it was proposed, `written` the hour that this text itself names
    hour      None while it is proposed, and to be at once
    approval  the number of the word that gave it force; None while it has none
    """

    number: int
    version: int
    written: datetime
    hour: Instant | None
    approval: int | None


def standing(written: Instant | None, version: int, changes: Sequence[Change], approval: int | None = None) -> Instant | None:
    """The hour of a text's embargo by people's word: what the text itself names, or what it was moved to since.

    approval  as it was by that word, and by none after it
    A text that was made after a change and names another hour than any that was moved says something new; then the later of
    both holds, for people were told of the one, and the text tells of the other.
    """
    given = [c for c in changes if c.approval is not None and (approval is None or c.approval <= approval)]
    if not given or (written is None and version <= given[-1].version):
        return written
    moved = given[-1].hour or UNKNOWN
    if version <= given[-1].version or (written is not None and written.utc in {c.written for c in given}):
        return moved
    return latest(written, moved)


def latest(*hours: Instant | None) -> Instant | None:
    """The latest of these; None where none of them is an embargo."""
    return max((hour for hour in hours if hour is not None), key=lambda hour: hour.utc, default=None)


def time_left(lift: datetime, now: datetime) -> timedelta:
    """Until the lift; nothing once it has come."""
    return timedelta(0) if has_lifted(lift, now) else lift - now


def ask(
    *,
    purpose: str,
    lift: datetime | None,
    approved: bool,
    agreement: int | None,
    clock_steady: bool,
    now: datetime,
    settling: bool = False,
) -> Permit | Denied:
    """May one person's copy leave now?

    lift          the instant of the embargo, None for immediate release
    purpose       one without text (a kill, news of the embargo, an offer) waits neither for the lift nor for the clock
    approved      a living approval binds exactly what is about to be sent
    agreement     id of this person's agreement (standing, or for this release), None without one
    clock_steady  the clock has not jumped since it was last trusted
    settling      these bytes were sent to this person before, with the outcome unknown or at their wish: after the lift the
                  same advance copy may go once more
    """
    if not approved:
        return Denied(Why.UNAPPROVED)
    if not has_text(purpose):
        return Permit("notice", now, _SEAL)
    if lift is None:
        return Permit("immediate", now, _SEAL)
    if not clock_steady:
        return Denied(Why.CLOCK)
    if purpose == Purpose.ADVANCE:
        if has_lifted(lift, now):
            return Permit("lift", now, _SEAL) if settling else Denied(Why.LIFTED)
        return Denied(Why.NO_AGREEMENT) if agreement is None else Permit(f"agreement:{agreement}", now, _SEAL)
    if has_lifted(lift, now):
        return Permit("lift", now, _SEAL)
    if purpose in CARRYING:
        return Denied(Why.EMBARGO)
    # a correction or an update: its readers hold a copy already, and whoever holds one before the lift agreed
    return Denied(Why.NO_AGREEMENT) if agreement is None else Permit(f"agreement:{agreement}", now, _SEAL)


def needs_agreement(purpose: str, lift: datetime | None, at: datetime) -> bool:
    """Whether a copy that leaves at that instant goes only to people who agreed."""
    return purpose == Purpose.ADVANCE or (has_text(purpose) and purpose not in CARRYING and not has_lifted(lift, at))


def marked_embargoed(purpose: str, lift: datetime | None, at: datetime) -> bool:
    """Whether a copy that is due at that instant says that it is under embargo."""
    return lift is not None and needs_agreement(purpose, lift, at)


def ask_for_test(*, lift: datetime | None, staff: bool, now: datetime) -> Permit | Denied:
    """May a copy marked TEST go to this address? `staff`: it is the address of somebody on the office's staff."""
    if staff:
        return Permit("staff", now, _SEAL)
    return Permit("immediate", now, _SEAL) if has_lifted(lift, now) else Denied(Why.NOT_STAFF)


def for_notice(now: datetime) -> Permit:
    """Leave for a notice of our own (an alert to staff), which carries nothing of any release."""
    return Permit("notice", now, _SEAL)
