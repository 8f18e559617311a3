"""Copies in one file that mail programs open: mbox (RFC 4155) with quoted From lines, in the form that is called mboxrd."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FROM = re.compile(rb"(?m)^(>*From )")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def message(copy: bytes, sender: str, at: datetime) -> bytes:
    """A copy as a message of an mbox. Its lines end in LF there: only the .eml has the octets that were sent."""
    utc = at.astimezone(UTC)
    when = f"{_DAYS[utc.weekday()]} {_MONTHS[utc.month - 1]} {utc.day:2} {utc:%H:%M:%S} {utc.year}"
    body = _FROM.sub(rb">\1", copy.replace(b"\r\n", b"\n"))
    return f"From {sender} {when}\n".encode() + body + (b"\n" if body.endswith(b"\n") else b"\n\n")
