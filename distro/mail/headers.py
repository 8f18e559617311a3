"""The form of header fields: encoded words, display names, folding; and the proof that a built header says what was meant.

What may be in one is said by `headertext`; which fields a copy has is `compile`'s business. Encoding is ours and not
`email`'s, so that the bytes are the same under every Python and a subject can never write a second field.
"""

from __future__ import annotations

import re
from base64 import b64encode
from email import policy
from email.message import EmailMessage
from email.parser import Parser

from slugify import slugify

from distro.errors import Refused
from distro.headertext import check_header_text

__all__ = ["check_address", "check_header_text", "fold", "label", "list_id", "mailbox", "parse_headers", "unstructured"]

WIDTH = 78
"""Characters of a line that we aim at (RFC 5322 2.1.1); 998 octets are the limit."""

_WORD = 75
"""Characters of an encoded word at most (RFC 2047 2)."""

_LONG = 60
"""An unbroken run longer than this is encoded, for encoded words can be folded anywhere."""

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_Q_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")
_ADDRESS = re.compile(r'(?:"(?:[^"\\\x00-\x1f]|\\[ -~])*"|[^\s<>(),:;@"\[\]\\]+)@(?:[^\s<>(),:;@"\[\]\\]+|\[[0-9A-Za-z:.]+\])')


def tidy(text: str) -> str:
    """Runs of spaces as one, none at the ends: what folding and unfolding would leave anyhow."""
    return re.sub(" +", " ", text).strip(" ") if "  " in text else text.strip(" ")


def unstructured(text: str, column: int) -> str:
    """A Subject's value, folded, encoded where it is not plain ASCII. `column`: where on its line it starts."""
    text = tidy(text)
    if _is_plain(text) and all(len(run) <= _LONG for run in text.split(" ")):
        return fold(text, column)
    return _encoded(text, column)


def mailbox(name: str, address: str, column: int) -> str:
    """name <address> (RFC 5322 3.4), or the address alone. Only a local part outside ASCII stands in UTF-8 (RFC 6532)."""
    if not (name := tidy(name)):
        return address
    return _beside(name, f"<{address}>", column)


def list_id(name: str, domain: str, column: int) -> str:
    """Health desk <health-desk.press.example.org> (RFC 2919)"""
    return _beside(tidy(name), f"<{label(name)}.{domain}>", column)


def label(name: str, fallback: str = "list") -> str:
    """A name as a lower-case ASCII label of at most 63 characters, as in a domain."""
    return slugify(name, max_length=63, word_boundary=True) or fallback


def check_address(address: str, what: str) -> None:
    """Raise Refused unless it is one bare address that can stand in angle brackets."""
    check_header_text(address, what)
    if len(address.encode()) > 320 or not _ADDRESS.fullmatch(address):
        raise Refused(f"{what} is {address!r}, which is not one mail address; write it as name@example.org.")


def fold(value: str, column: int) -> str:
    """Break a value at its spaces so that lines stay within WIDTH where they can."""
    lines: list[str] = []
    line, room = "", WIDTH - column
    for run in value.split(" "):
        if line and len(line) + 1 + len(run) > room:
            lines.append(line)
            line, room = run, WIDTH - 1
        else:
            line = f"{line} {run}" if line else run
    return "\r\n ".join([*lines, line])


def parse_headers(text: str) -> EmailMessage:
    """What a reader's program makes of a header block, to be compared with what was meant."""
    return Parser(policy=policy.default).parsestr(text, headersonly=True)


def _is_plain(text: str) -> bool:
    """Only space and the visible signs of ASCII."""
    return text.isascii() and text.isprintable()


def _beside(phrase: str, bracketed: str, column: int) -> str:
    if len(phrase) > _LONG or not _is_plain(phrase):
        phrase = _encoded(phrase, column)
    elif not _ATOMS.fullmatch(phrase):
        phrase = '"' + re.sub(r'(["\\])', r"\\\1", phrase) + '"'
    width = len(phrase.rpartition("\n")[2]) + (0 if "\n" in phrase else column)
    return phrase + (" " if width + 1 + len(bracketed) <= WIDTH else "\r\n ") + bracketed


def _encoded(text: str, column: int) -> str:
    """Encoded words of whole characters, one to a line (RFC 2047), in Q or B, whichever is shorter."""
    octets = text.encode()
    in_q = _q(text)
    q_length, b_length = len(in_q), (len(octets) + 2) // 3 * 4
    use_q = q_length <= b_length
    if min(q_length, b_length) <= min(_WORD, WIDTH - column) - len("=?utf-8?q??="):  # as nearly every name does
        return f"=?utf-8?q?{in_q}?=" if use_q else f"=?utf-8?b?{b64encode(octets).decode()}?="
    words: list[str] = []
    start, size, room = 0, 0, min(_WORD, WIDTH - column) - len("=?utf-8?q??=")
    for at, character in enumerate(text):
        cost = len(_q(character)) if use_q else len(character.encode())
        if size and (size + cost > room if use_q else (size + cost + 2) // 3 * 4 > room):
            words.append(_word(text[start:at], use_q))
            start, size, room = at, 0, _WORD - len("=?utf-8?q??=")
        size += cost
    words.append(_word(text[start:], use_q))
    return "\r\n ".join(words)


def _word(text: str, use_q: bool) -> str:
    return f"=?utf-8?q?{_q(text)}?=" if use_q else f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


_Q = tuple("_" if octet == 32 else chr(octet) if octet in _Q_SAFE else f"={octet:02X}" for octet in range(256))
"""What each octet becomes in Q."""


def _q(text: str) -> str:
    return "".join(map(_Q.__getitem__, text.encode()))
