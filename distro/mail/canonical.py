"""The relaxed canonical forms of DKIM (RFC 6376 3.4.2 and 3.4.4), said plainly. Signs nothing and knows no slots."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RUN = re.compile("[ \t]+")
_RUN_AT_END = re.compile("[ \t]+(?=\r\n)")


def relaxed_field(name: str, value: str) -> str:
    """One header field, without its CRLF: name in lower case, unfolded, runs of white space as one space, none at the ends."""
    return f"{name.lower()}:{relaxed_value(value)}"


def relaxed_value(value: str) -> str:
    if "\r\n" in value or "  " in value or "\t" in value:
        value = _RUN.sub(" ", value.replace("\r\n", ""))
    return value.strip(" ")


def relaxed_lines(text: str) -> str:
    """Part of a body: no white space at the ends of its lines, runs of it as one space.

    What follows the last CRLF counts as the start of a line, not as one that ends.
    """
    if "  " in text or "\t" in text or " \r" in text:
        text = _RUN.sub(" ", _RUN_AT_END.sub("", text))
    return text


def relaxed_header(header: bytes, names: Sequence[str]) -> bytes:
    """The fields of these names (lower case, each once in the header), each with its CRLF, in this order; said plainly too."""
    found = {}
    for field in re.split(rb"\r\n(?![ \t])", header):
        name, _, value = field.partition(b":")
        unfolded = value.replace(b"\r\n", b"")
        found[name.strip(b" \t").lower().decode()] = re.sub(rb"[ \t]+", b" ", unfolded).strip(b" ")
    return b"".join(name.encode() + b":" + found[name] + b"\r\n" for name in dict.fromkeys(names) if name in found)


def relaxed_body(body: bytes) -> bytes:
    """A whole body, line by line as the RFC says it: the plain way that what is signed is held against."""
    lines = []
    for line in body.split(b"\r\n"):
        lines.append(re.sub(rb"[ \t]+", b" ", line).rstrip(b" "))
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)
