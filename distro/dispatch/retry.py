"""What follows from a reply: the next try and its instant, or the end. Pure. What a reply means is said by `classify`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from distro.dispatch.classify import US, Class, classify
from distro.dispatch.delivery import State, Verb, leads_to

__all__ = ["RELAY", "TO_MX", "Class", "Schedule", "Verdict", "classify", "comes_again", "delay", "judge"]


@dataclass(frozen=True)
class Schedule:
    """How long to wait after the first tries, and after every later one."""

    first: tuple[timedelta, ...]
    then: timedelta

    def after(self, attempts: int) -> timedelta:
        return self.first[attempts - 1] if 1 <= attempts <= len(self.first) else self.then


RELAY = Schedule(tuple(timedelta(minutes=m) for m in (1, 5, 15, 30)), timedelta(hours=2))
"""Through one's own relay, which is asked often because it keeps the long queue itself."""
TO_MX = Schedule((timedelta(minutes=30),), timedelta(hours=2))
"""Directly to a recipient's server (RFC 5321 4.5.4.1: the first retry after 30 minutes at least)."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of the delivery. `due_at` is when it is tried next, None when it has ended."""

    verb: Verb
    due_at: datetime | None
    because: Class

    @property
    def state(self) -> State:
        return leads_to(self.verb)


def comes_again(phase: str, code: int) -> bool:
    """Whether a refusal of us leaves the delivery open: it is transient by its code (4xx), or came before the recipient was
    named, so that it says nothing about this delivery."""
    return 400 <= code < 500 or phase in US


def judge(
    because: Class,
    *,
    attempts: int,
    first_at: datetime,
    now: datetime,
    give_up: timedelta,
    content_sent: bool = False,
    hold: bool = False,
    comes_again: bool = False,
    expires_at: datetime | None = None,
    schedule: Schedule = RELAY,
) -> Verdict:
    """What follows from a reply of this class.

    attempts      tries made, this one included
    first_at      when the delivery was first due; `give_up` after it, it expires
    content_sent  the content may have been taken before the silence: the delivery is uncertain
    hold          uncertain ones wait for a person instead of being sent again
    comes_again   see the function of that name: POLICY and REFUSED then leave the delivery open, for when we have mended it
    expires_at    the release's own end, where it comes before that: nothing is tried from then on
    """
    if because is Class.ACCEPTED:
        return Verdict(Verb.ACCEPT, None, because)
    if because is Class.SILENT and content_sent and hold:
        return Verdict(Verb.HOLD, None, because)
    open_still = comes_again and because in (Class.POLICY, Class.REFUSED)
    if open_still or because in (Class.SOFT, Class.BLOCK, Class.SILENT):
        due = now + schedule.after(attempts)
        if due > first_at + give_up or (expires_at is not None and due >= expires_at):
            return Verdict(Verb.EXPIRE, None, because)
        return Verdict(Verb.LOSE if because is Class.SILENT and content_sent else Verb.DEFER, due, because)
    return Verdict(Verb.REFUSE, None, because)


def delay(attempts: int, schedule: Schedule = RELAY) -> timedelta:
    """How long to wait after this many tries: through a relay 1, 5, 15, 30 minutes, then every 2 hours."""
    return schedule.after(attempts)
