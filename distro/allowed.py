"""What a setting may be: a port, an address, a zone, … Each type says in its description what a person should write.

A check that raises ValueError without words leaves the sentence to that description (see settings). Owns no setting.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from distro.headertext import ENCODED_WORD, UNFIT

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z", re.IGNORECASE)
_LOCAL_PART = re.compile(r"(?=.{1,64}\Z)[a-z0-9!#$%&'*/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*/=?^_`{|}~-]+)*\Z", re.IGNORECASE)
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*\Z", re.IGNORECASE)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def _line(text: str) -> str:
    """Text that may stand in a header."""
    if UNFIT.search(text) or ENCODED_WORD in text:
        raise ValueError("write it in one line, without control characters and without '=?'")
    return text.strip()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("write a zone of the IANA database, such as America/New_York") from None
    return name


def _matches(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.match(text):
        raise ValueError
    return text


def _domain(text: str) -> str:
    return _matches(_DOMAIN, text).lower()


def _address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    return f"{_matches(_LOCAL_PART, local)}@{_domain(domain)}"


def _tag(text: str) -> str:
    return _matches(_TAG, text)


def _listen(text: str) -> str:
    if text != "off":
        split_listen(text)
    return text


def _public_url(text: str) -> str:
    if text:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError
    return text.rstrip("/")


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError
    return value


def _switch(value: object) -> object:
    """TOML's own true and false, and the words for them from the environment; no yes, on or 1."""
    said = {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value
    if not isinstance(said, bool):
        raise ValueError
    return said


def _authority(text: str) -> str:
    if text:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment or "@" in parts.netloc:
            raise ValueError
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError
        try:
            _ = parts.port
        except ValueError:  # out of range: its own words are no remedy
            raise ValueError from None
    return text


def split_listen(text: str) -> tuple[str, int]:
    """The host and port of "host:port"; an IPv6 host stands in brackets. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535 or (":" in host and not host.startswith("[")):
        raise ValueError
    return host.strip("[]"), int(port)


Line = Annotated[str, AfterValidator(_line), Field(description="a text of one line")]
Domain = Annotated[str, AfterValidator(_domain), Field(description="a domain such as press.example.org (A-labels)")]
Address = Annotated[str, AfterValidator(_address), Field(description="one address such as press@press.example.org")]
Port = Annotated[int, BeforeValidator(_number), Field(ge=1, le=65535, description="a port from 1 to 65535")]
Amount = Annotated[float, BeforeValidator(_number), Field(ge=0, description="a number, 0 or more")]
Span = Annotated[float, BeforeValidator(_number), Field(gt=0, description="a number above 0")]
Hours = Annotated[
    float, BeforeValidator(_number), Field(gt=0, le=8760, description="a number of hours above 0, up to 8760 (a year)")
]
Switch = Annotated[bool, BeforeValidator(_switch), Field(description="true or false")]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser()), Field(description="the path of a folder")]


Tag = Annotated[str, AfterValidator(_tag)]
Zone = Annotated[str, AfterValidator(_zone), Field(description="an IANA zone")]
Host = Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9._:-]+$", description="a host's name or IP address")]
HostName = Annotated[str, AfterValidator(lambda name: name and _domain(name)), Field(description="a host's full name")]
Count = Annotated[int, BeforeValidator(_number), Field(ge=1, le=1000, description="a whole number from 1 to 1000")]
Processes = Annotated[int, BeforeValidator(_number), Field(ge=0, le=64, description="a whole number from 0 to 64")]
Whole = Annotated[int, BeforeValidator(_number), Field(ge=0, le=1_000_000, description="a whole number from 0 to 1000000")]
People = Annotated[int, BeforeValidator(_number), Field(ge=1, le=2, description="1 or 2")]
PublicUrl = Annotated[
    str,
    AfterValidator(_public_url),
    Field(description="the http(s) address under which the world sees us, without query, such as https://press.example.org"),
]
AuthorityUrl = Annotated[
    str,
    AfterValidator(_authority),
    Field(
        description="the http(s) address that takes time-stamp requests, without a password, such as https://tsa.example.org/"
    ),
]
Listen = Annotated[str, AfterValidator(_listen), Field(description="host:port (port 0 for any free one), [IPv6]:port, or off")]


def secret_in(path: Path) -> str:
    """The first line of a secret's file. Raises ValueError."""
    try:
        secret = path.expanduser().read_text().split("\n", 1)[0].strip("\r")
    except FileNotFoundError:
        raise ValueError("there is no such file; write the password into it (mode 0600)") from None
    except (OSError, UnicodeDecodeError):
        raise ValueError("that file cannot be read; it must be a text file that this user may read") from None
    if not secret:
        raise ValueError("that file is empty; write the password into its first line")
    return secret
