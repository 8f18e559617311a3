"""A finished copy, opened as a mail program opens it, and what a rule says of it. Judges nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from functools import cached_property, lru_cache

from bs4 import BeautifulSoup


@dataclass(frozen=True)
class Fault:
    """`rule`: a stable name. `stops`: no such mail should leave; else a person should look. `why` and `remedy` are whole
    sentences; `words` are those of the mail that it is about, where it is about some."""

    rule: str
    stops: bool
    why: str
    remedy: str
    words: str = ""


@lru_cache(maxsize=4)
def page_of(html: str) -> BeautifulSoup:
    """HTML as a tree; not to be changed. Remembered, for many rules look at the same mail."""
    return BeautifulSoup(html, "html.parser")


@dataclass(frozen=True)
class Opened:
    """`octets` as they go out, before dot-stuffing. `html` and `text` are the two parts, decoded."""

    octets: bytes
    html: str
    text: str

    @property
    def page(self) -> BeautifulSoup:
        """The HTML part as a tree; not to be changed."""
        return page_of(self.html)

    @cached_property
    def head(self) -> dict[str, str]:
        """Header fields by lower-case name, unfolded."""
        return {name.lower(): str(value) for name, value in BytesParser(policy=policy.default).parsebytes(self.octets).items()}


def open_copy(octets: bytes) -> Opened:
    """Both parts read out of the bytes; a part that is not there is ""."""
    message = BytesParser(policy=policy.default).parsebytes(octets)
    parts = {}
    for kind in ("html", "plain"):
        body = message.get_body(preferencelist=(kind,))
        parts[kind] = str(body.get_content()).replace("\r\n", "\n") if body is not None else ""
    return Opened(octets, parts["html"], parts["plain"])
