"""What a reply means and what follows from it: one pure table, one pure schedule. Used for SMTP replies and for DSNs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from distro.dispatch.delivery import State, Verb, leads_to


class Class(StrEnum):
    """See mail.md, "Classifying a refusal"."""

    ACCEPTED = "accepted"
    HARD = "hard"
    SOFT = "soft"
    BLOCK = "block"
    POLICY = "policy"
    CONTENT = "content"
    ENCODING = "encoding"
    REFUSED = "refused"
    SILENT = "silent"


_HARD = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
_POLICY = {"5.7.26", "5.7.27", "5.7.30", "5.7.515"}
_BLOCK = {"4.7.0", "4.7.28"}
_CONTENT_WORDS = re.compile(r"content|spam|virus|malware|attachment|message (looks|has been rejected)|unsolicited", re.I)
_REPUTATION_WORDS = re.compile(
    r"reputation|blocked|block ?list|blacklist|denylist|\brbl\b|listed|rate.?limit|too many|poor", re.I
)

DELAYS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30))
THEN = timedelta(hours=2)


def classify(phase: str, code: int, enhanced: str, text: str = "") -> Class:
    """The class of a reply. `code` 0: silence. `enhanced`: RFC 3463's code or "". `text` decides only where codes do not."""
    if code == 0:
        return Class.SILENT
    if 200 <= code < 300:
        return Class.ACCEPTED
    if enhanced.endswith(".6.7"):
        return Class.ENCODING
    if enhanced in _HARD:
        return Class.HARD
    if enhanced in _POLICY:
        return Class.POLICY
    if enhanced in _BLOCK or enhanced.startswith("4.7."):
        return Class.BLOCK
    if enhanced == "5.3.4" or enhanced.startswith("5.6."):
        return Class.CONTENT
    if enhanced.startswith("5.7."):
        return Class.CONTENT if _CONTENT_WORDS.search(text) and not _REPUTATION_WORDS.search(text) else Class.BLOCK
    if code == 421 or 400 <= code < 500 or enhanced == "5.2.2":
        return Class.SOFT
    if code == 550 and not enhanced and phase == "rcpt":
        return Class.BLOCK if _REPUTATION_WORDS.search(text) else Class.HARD  # a block must never suppress anybody
    return Class.REFUSED


@dataclass(frozen=True)
class Verdict:
    """What becomes of the delivery. `due_at` is when it is tried next, None when it has ended."""

    verb: Verb
    due_at: datetime | None
    because: Class

    @property
    def state(self) -> State:
        return leads_to(self.verb)


def judge(
    because: Class,
    *,
    attempts: int,
    first_at: datetime,
    now: datetime,
    give_up: timedelta,
    content_sent: bool = False,
    hold: bool = False,
) -> Verdict:
    """What follows from a reply of this class.

    attempts      tries made, this one included
    first_at      when the delivery was first due; `give_up` after it, it expires
    content_sent  the content may have been taken before the silence: the delivery is uncertain
    hold          uncertain ones wait for a person instead of being sent again
    """
    if because is Class.ACCEPTED:
        return Verdict(Verb.ACCEPT, None, because)
    if because is Class.SILENT and content_sent and hold:
        return Verdict(Verb.HOLD, None, because)
    if because in (Class.SOFT, Class.BLOCK, Class.SILENT):
        due = now + delay(attempts)
        if due > first_at + give_up:
            return Verdict(Verb.EXPIRE, None, because)
        return Verdict(Verb.LOSE if because is Class.SILENT and content_sent else Verb.DEFER, due, because)
    return Verdict(Verb.REFUSE, None, because)


def delay(attempts: int) -> timedelta:
    """How long to wait after this many tries: 1, 5, 15, 30 minutes, then every 2 hours."""
    return DELAYS[attempts - 1] if 1 <= attempts <= len(DELAYS) else THEN
