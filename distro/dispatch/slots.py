"""What fills a letter for one person, derived from the delivery and its sealed recipient, and so not kept a second time.

Each slot has a form that never changes once it went out: the Message-ID, under which notices are threaded; the token, which
must still unsubscribe years later; the reference that somebody reads out on the telephone; the Date of RFC 5322. The
SHA-256 of every copy proves that what is derived again is what was sent.
"""

from __future__ import annotations

import json
from datetime import datetime

from distro.archive.vault import Keys
from distro.dispatch.recipient import Recipient, message_id
from distro.mail import tokens
from distro.mail.dkimfield import unpack
from distro.mail.stamp import SIGNATURE, to_and_date, under


def reference(wave: int, delivery: int) -> str:
    """The number printed at the foot, and the envelope's id."""
    return f"{wave}-{delivery}"


def slots_of(
    keys: Keys, recipient: Recipient, *, wave: int, delivery: int, once: bytes, stamped_at: datetime
) -> dict[str, str]:
    """Slot name to final, encoded text. Raises Refused for a name or address that cannot be in a header."""
    found = to_and_date(recipient.name, recipient.address, stamped_at)
    found["id"] = message_id(once)
    found["token"] = tokens.make(keys, "u", delivery)
    found["ref"] = reference(wave, delivery)
    if recipient.original:
        found |= under(recipient.original, recipient.sent)
    found[SIGNATURE] = ""  # unless there is one, see `kept_slots`
    return found


def kept_slots(kept: bytes | None) -> dict[str, str]:
    """What was sealed beside a delivery because it cannot be derived: its signatures. Before the third migration that was
    every slot, in an object."""
    if kept and kept.startswith(b"{"):
        found: dict[str, str] = json.loads(kept)
        return found
    return {SIGNATURE: unpack(kept) if kept else ""}
