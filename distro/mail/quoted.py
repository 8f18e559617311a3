"""Quoted-printable (RFC 2045 6.7), written so that pieces can be joined: each slot stands on lines of its own."""

from __future__ import annotations

import re

SOFT_BREAK = "=\r\n"

_WIDTH = 75
"""Characters on a line before the "=" of a soft break; with it 76, the most that RFC 2045 allows."""

_CODES = [chr(octet) if 32 <= octet <= 126 and octet != ord("=") else f"={octet:02X}" for octet in range(256)]
_AS_IT_IS = re.compile(r"(?!From )[A-Za-z0-9](?:[A-Za-z0-9 ,:;+()/'&-]{0,72}[A-Za-z0-9])?")


def quoted(text: str) -> str:
    """The text in UTF-8 as quoted-printable, line feeds as CRLF; may follow a line end or SOFT_BREAK and precede either.

    A "." that starts a line is written =2E, so that a mailer that forgets to stuff it does no harm, and "From " =46rom.
    """
    if _AS_IT_IS.fullmatch(text):
        return text
    return "\r\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    codes = [_CODES[octet] for octet in line.encode()]
    if codes and codes[-1] == " ":
        codes[-1] = "=20"
    lines: list[str] = []
    start, width = 0, 0
    for at, code in enumerate(codes):
        if width + len(code) > _WIDTH:
            lines.append(_guard("".join(codes[start:at])))
            start, width = at, 0
        width += len(code) + 2 * (at == start and code in ".F")
    lines.append(_guard("".join(codes[start:])))
    return SOFT_BREAK.join(lines)


def _guard(line: str) -> str:
    if line.startswith("."):
        return "=2E" + line[1:]
    return "=46" + line[1:] if line.startswith("From ") else line
