"""The text part's reading of cleaned HTML: paragraphs in one line each, links numbered, lists and tables in plain signs.

Both parts of a mail are made from the same cleaned HTML, so that they cannot say different things.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

_SPACE = re.compile(r"[ \t\n]+")
_BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "table", "hr"))
_INDENT = "    "


@dataclass
class Links:
    """The links of one language's part, numbered in the order in which they come; one address has one number."""

    urls: list[str] = field(default_factory=list)

    def mark(self, url: str) -> str:
        """[1], and so on."""
        if url not in self.urls:
            self.urls.append(url)
        return f"[{self.urls.index(url) + 1}]"

    def after(self, words: str, url: str) -> str:
        """The words with the number behind them; alone where they are the address already."""
        bare = url.removeprefix("mailto:").removeprefix("tel:")
        return words if not url or words in (url, bare) else f"{words} {self.mark(url)}"


def as_text(html: str, links: Links) -> str:
    """A piece of cleaned HTML as text, blocks parted by blank lines."""
    return "\n\n".join(_blocks(BeautifulSoup(html, "html.parser"), links))


def _blocks(parent: Tag, links: Links) -> Iterator[str]:
    """The blocks inside `parent`; loose inline content between them is a block too."""
    loose: list[PageElement] = []
    for child in parent.children:
        if isinstance(child, Tag) and child.name in _BLOCKS:
            if text := _inline(loose, links):
                yield text
            loose = []
            yield _block(child, links)
        else:
            loose.append(child)
    if text := _inline(loose, links):
        yield text


def _block(tag: Tag, links: Links) -> str:
    match tag.name:
        case "ul" | "ol":
            return _items(tag, links)
        case "blockquote":
            return "\n\n".join(_indented(block, _INDENT, _INDENT) for block in _blocks(tag, links))
        case "pre":
            return _indented(tag.get_text().rstrip("\n"), _INDENT, _INDENT)
        case "table":
            rows = tag.find_all("tr")
            return "\n".join(" | ".join(_inline(cell.children, links) for cell in row.find_all(["th", "td"])) for row in rows)
        case "hr":
            return "* * *"
        case _:
            return _inline(tag.children, links)


def _items(tag: Tag, links: Links) -> str:
    number = int(str(tag.get("start", "1")))
    lines = []
    for item in tag.find_all("li", recursive=False):
        sign = "- " if tag.name == "ul" else f"{number}. "
        number += 1
        lines.append(_indented("\n".join(_blocks(item, links)), sign, " " * len(sign)))
    return "\n".join(lines)


def _inline(nodes: Iterator[PageElement] | list[PageElement], links: Links) -> str:
    """Words in one line, broken only where the writer broke it."""
    text = "".join(_piece(node, links) for node in nodes)
    return "\n".join(line.strip(" ") for line in text.strip(" \n").split("\n"))


def _piece(node: PageElement, links: Links) -> str:
    if isinstance(node, NavigableString):
        return _SPACE.sub(" ", str(node))
    if not isinstance(node, Tag):
        return ""
    if node.name == "br":
        return "\n"
    words = "".join(_piece(child, links) for child in node.children)
    return links.after(words, str(node.get("href", ""))) if node.name == "a" else words


def _indented(text: str, first: str, others: str) -> str:
    return "\n".join((first if at == 0 else others if line else "") + line for at, line in enumerate(text.split("\n")))
