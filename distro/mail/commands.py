"""The octets of a transaction: what a server offers, MAIL and RCPT with the options it knows, the content as it is written.

Pure. One envelope is asked about at most twice, so nothing is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from distro.mail.transport import Envelope

DATA = b"DATA\r\n"
RSET = b"RSET\r\n"
QUIT = b"QUIT\r\n"
DOT = b".\r\n"

_SECOND_COMMAND = re.compile(r"[\x00-\x1f\x7f<>]")
_NO_XTEXT = re.compile(r"[^!-~]|[+=]")
_LINE_WITH_DOT = re.compile(rb"\n\.")  # three times as fast as `b"\n." in copy`: the pattern's first octet is rare


class NoPath(ValueError):
    """An address that cannot stand in a command."""


@dataclass(frozen=True)
class Offers:
    """What a server said to EHLO (RFC 5321, 4.1.1.1). `size` 0: it names no limit. `keywords`: all of them, upper case."""

    keywords: frozenset[str] = frozenset()
    size: int = 0
    auth: frozenset[str] = frozenset()

    @cached_property
    def pipelining(self) -> bool:
        return "PIPELINING" in self.keywords

    @cached_property
    def smtputf8(self) -> bool:
        return "SMTPUTF8" in self.keywords

    @cached_property
    def takes_size(self) -> bool:
        return "SIZE" in self.keywords

    @cached_property
    def dsn(self) -> bool:
        return "DSN" in self.keywords


def offers_of(octets: bytes) -> Offers:
    """Read the reply to EHLO, lines joined by LF. A line that cannot be read offers nothing."""
    keywords, auth, size = set(), set(), 0
    for line in octets.decode("ascii", "replace").upper().split("\n")[1:]:
        keyword, *words = line[4:].split()[:50] or [""]
        if keyword.startswith("AUTH="):  # as servers wrote it before RFC 2554
            auth |= {keyword.removeprefix("AUTH="), *words}
            keyword = "AUTH"
        elif keyword == "AUTH":
            auth |= set(words)
        elif keyword == "SIZE" and words and words[0].isdecimal() and len(words[0]) <= 20:
            size = int(words[0])
        if keyword:
            keywords.add(keyword)
    return Offers(frozenset(keywords), size, frozenset(auth))


def paths(envelope: Envelope, size: int, offers: Offers, *, eight_bit: bool = False) -> tuple[bytes, bytes]:
    """MAIL FROM and RCPT TO. `size`: of the content in octets, 0 where it is not known. Raises NoPath where an address is
    no path."""
    sender, reader = envelope.mail_from, envelope.rcpt_to
    if _SECOND_COMMAND.search(sender + reader):
        # a control character or an angle bracket here would be a second command; address.parse refuses them
        raise NoPath("an envelope address with a control character or bracket")
    utf8 = envelope.needs_smtputf8
    options = f" SIZE={size}" if size and offers.takes_size else ""
    if utf8:
        options += " BODY=8BITMIME SMTPUTF8"
    elif eight_bit and "8BITMIME" in offers.keywords:
        options += " BODY=8BITMIME"
    more = ""
    if offers.dsn:  # RFC 3461; of a UTF-8 address RFC 6533, 3: utf-8-addr-xtext is plain UTF-8 here
        options += f" RET=HDRS ENVID={_xtext(envelope.envid)}"
        more = f" NOTIFY=FAILURE,DELAY ORCPT={f'utf-8;{reader}' if utf8 else f'rfc822;{_xtext(reader)}'}"
    return f"MAIL FROM:<{sender}>{options}\r\n".encode(), f"RCPT TO:<{reader}>{more}\r\n".encode()


def content(copy: bytes) -> bytes:
    """The copy as it is written before the final dot: ends in CRLF, and no line of it begins with a single dot
    (RFC 5321, 4.5.2). A copy of ours comes back as it is, uncopied."""
    if copy.startswith(b".") or _LINE_WITH_DOT.search(copy):
        copy = (b"." if copy.startswith(b".") else b"") + copy.replace(b"\n.", b"\n..")
    return copy if copy.endswith(b"\r\n") or not copy else copy + b"\r\n"


def _xtext(text: str) -> str:
    """RFC 3461, 4: printable ASCII but "+" and "="; the rest in hex."""
    if not _NO_XTEXT.search(text):
        return text
    return "".join(chr(o) if 33 <= o <= 126 and o not in b"+=" else f"+{o:02X}" for o in text.encode())
