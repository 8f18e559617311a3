"""SMTP replies out of octets as they come: whole ones, split ones, several at once, and those that make no sense.

Pure: octets in, replies out. Who asked for them, and how long to wait, is the wire's business.
"""

from __future__ import annotations

from typing import NamedTuple

LONGEST_LINE = 4096
"""Octets of one reply line. RFC 5321, 4.5.3.1.5 says 512; servers say more, but not this much."""
LONGEST_REPLY = 65536

_CODES = {b"%03d" % code: code for code in range(200, 600)}
_WHOLE = {b"%03d " % code: code for code in range(200, 600)}
_CONTINUED = (b" ", b"-")


class Said(NamedTuple):
    """One reply: its code, and its lines as they came, code, separator and all, joined by LF."""

    code: int
    octets: bytes

    @property
    def text(self) -> str:
        r"""The code, then what was said, lines joined by LF. Octets that are no UTF-8 are written \xE1 (lower case)."""
        said = self.octets.decode("utf-8", "backslashreplace")
        if "\n" in said:
            first, *others = said.split("\n")
            said = "\n".join([first, *(line[4:] for line in others)])
        return f"{self.code} {said[4:]}"


_HEARD: dict[bytes, Said] = {}
"""Replies of one line that were read before, by that line: most servers say the same to every MAIL, RCPT and DATA."""
_HEARD_MOST = 64
_HEARD_LONGEST = 128


class Replies:
    """A reader for one connection. `broken` says what was wrong once something was; nothing is read after that."""

    def __init__(self) -> None:
        self.broken = ""
        self._rest = b""
        self._lines: list[bytes] = []
        self._length = 0

    @property
    def between(self) -> bool:
        """Whether nothing is left of a reply that has begun."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Said]:
        """The replies that these octets complete."""
        found: list[Said] = []
        if self.broken:
            return found
        if self._rest:
            data = self._rest + data
        lines = data.split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if not self._lines and (said := _HEARD.get(line)) is not None:
                found.append(said)
                continue
            text = line[:-1] if line[-1:] == b"\r" else line
            code = _WHOLE.get(text[:4])
            if code is not None and not self._lines and len(text) <= LONGEST_LINE:  # one line, as nearly every reply is
                found.append(Said(code, text))
                if len(_HEARD) < _HEARD_MOST and len(line) <= _HEARD_LONGEST:
                    _HEARD[line] = found[-1]
                continue
            code, separator = _CODES.get(text[:3]), text[3:4]
            if code is None or len(text) > LONGEST_LINE or (separator and separator not in _CONTINUED):
                return self._give_up(found, text)
            if self._lines and self._lines[0][:3] != text[:3]:
                return self._give_up(found, text)
            if separator == b"-":
                self._lines.append(text)
                self._length += len(text)
                if self._length > LONGEST_REPLY:
                    return self._give_up(found, b"a reply without an end")
            elif self._lines:
                found.append(Said(code, b"\n".join([*self._lines, text])))
                self._lines, self._length = [], 0
            else:
                found.append(Said(code, text))
        if len(self._rest) > LONGEST_LINE:
            return self._give_up(found, self._rest)
        return found

    def _give_up(self, found: list[Said], line: bytes) -> list[Said]:
        """What this line belongs to cannot be told any more, nor can what comes after it."""
        shown = line[:100].decode("utf-8", "backslashreplace")
        self.broken = (
            f"a reply that is none: {''.join(c if c.isprintable() else ' ' for c in shown).strip() or 'an empty line'}"
        )
        return found
