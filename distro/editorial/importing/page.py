"""A saved page as every format comes to be: blocks of text in reading order, and what the page says of itself. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Shape(Enum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    """Of a list."""
    TABLE = "table"
    RULE = "rule"
    """A line across the page, or the mark that ends a release: ###, -30-."""
    BREAK = "break"
    """The page's own boundary between two articles."""


@dataclass(frozen=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True)
class Block:
    """`text`: plain, lines parted by line feeds. `rich`: the same as Markdown with its links. `strong`: all of it is bold.
    `ordinal`: the number of a list's item, 0 for a bullet. `quoted`: it stands in a block quotation."""

    shape: Shape
    text: str = ""
    rich: str = ""
    level: int = 0
    strong: bool = False
    links: tuple[Link, ...] = ()
    ordinal: int = 0
    quoted: bool = False

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.text.split("\n") if line.strip()]


@dataclass(frozen=True)
class Evidence:
    """What a page says of itself, outside its text. `dates`: ISO days from its metadata. `headlines`: titles that it gives to
    what it shows. `site`: whose page it is. `declared`: the date was written by the author of the file (front matter)."""

    language: str = ""
    title: str = ""
    site: str = ""
    url: str = ""
    headlines: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    subhead: str = ""
    author: str = ""
    declared: bool = False


@dataclass(frozen=True)
class Page:
    blocks: tuple[Block, ...]
    evidence: Evidence = field(default_factory=Evidence)
