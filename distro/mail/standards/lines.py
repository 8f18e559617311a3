"""How the octets of a mail stand on their lines (RFC 5322, 2.1.1 and 2.3), and what its header must have."""

from __future__ import annotations

from collections.abc import Iterator

from distro.mail.standards.opened import Fault, Opened

LONGEST = 998
_NEEDED = ("from", "to", "subject", "date", "message-id", "reply-to", "list-id", "list-unsubscribe", "content-language")


def look(mail: Opened) -> Iterator[Fault]:
    if any(len(line) > LONGEST for line in mail.octets.split(b"\r\n")):
        yield Fault("lines", True, f"A line of the mail has over {LONGEST} octets.", "Break it; see the encoding of the part.")
    if mail.octets.replace(b"\r\n", b"").translate(None, b"\r\n") != mail.octets.replace(b"\r\n", b""):
        yield Fault("lines", True, "A line end of the mail is not CRLF.", "Write line ends as CRLF only.")
    for name in _NEEDED:
        if name not in mail.head:
            yield Fault("lines", True, f"The mail has no {name.title()} field.", "Put it into the header.")
