"""From a cleaned tree to blocks: paragraphs, headings, lists, rules, tables; links as Markdown; the page's records parted.

Old pages are read too: paragraphs made of <br><br>, headings made of <b> and <font>, tables that only lay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from bs4 import Tag
from bs4.element import Comment, NavigableString, PreformattedString

from distro.editorial.importing.html_tables import CALLED, HEADINGS, is_address, is_label, is_layout, terms_in, words_of
from distro.editorial.importing.page import Block, Link, Shape

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "footer",
        "form",
        "header",
        "hgroup",
        "html",
        "legend",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
_STRONG = frozenset(("b", "strong", "big"))
_SPECIAL = re.compile(r"([\\`*_\[\]])")


def blocks_of(root: Tag, base: str, records: list[Tag]) -> list[Block]:
    """The blocks under `root`; a BREAK before and behind each of `records`. `base`: the page's own address, for links."""
    return list(_Walk(base, {id(one) for one in records}).walk(root))


class _Walk:
    def __init__(self, base: str, records: set[int]) -> None:
        self._base, self._records = base, records
        self._plain: list[str] = []
        self._rich: list[str] = []
        self._links: list[Link] = []
        self._letters = self._bold = 0
        self._quoted = 0

    def walk(self, root: Tag) -> Iterator[Block]:
        yield from self._children(root, bold=False)
        yield from self._flush()

    def _children(self, tag: Tag, *, bold: bool) -> Iterator[Block]:
        for child in list(tag.children):
            if isinstance(child, Comment | PreformattedString) and not isinstance(child, Tag):
                continue
            if isinstance(child, NavigableString):
                self._text(str(child), bold=bold, kept=tag.name == "pre")
            elif isinstance(child, Tag):
                yield from self._tag(child, bold=bold)

    def _tag(self, tag: Tag, *, bold: bool) -> Iterator[Block]:
        name = tag.name
        if id(tag) in self._records:
            yield from self._flush()
            yield Block(Shape.BREAK)
            yield from self._children(tag, bold=False)
            yield from self._flush()
            yield Block(Shape.BREAK)
        elif name == "br":
            if self._plain and self._plain[-1] == "\n":
                yield from self._flush()
            else:
                yield from self._line_end(tag, bold=bold)
        elif name == "hr":
            yield from self._flush()
            yield Block(Shape.RULE)
        elif name in HEADINGS:
            yield from self._flush()
            yield from self._children(tag, bold=False)
            yield from self._flush(Shape.HEADING, level=int(name[1]))
        elif name == "li":
            yield from self._flush()
            yield from self._item(tag)
        elif name == "table":
            yield from self._flush()
            yield from self._table(tag)
        elif name == "dl" and (listed := terms_in(tag)):
            yield from self._flush()
            for pair in listed:
                yield from self._labelled(pair)
        elif name in _BLOCKS:
            yield from self._flush()
            self._quoted += name == "blockquote"
            yield from self._children(tag, bold=(bold and name not in ("td",)) or name == "th")
            yield from self._flush()
            self._quoted -= name == "blockquote"
        elif name == "a" and not tag.find([*_BLOCKS, *HEADINGS]):
            self._link(tag, bold=bold)
        else:
            yield from self._children(tag, bold=bold or name in _STRONG or _bold_style(tag))

    def _text(self, text: str, *, bold: bool, kept: bool) -> None:
        text = text.replace("\u200b", "").replace("\ufeff", "").replace("\u00ad", "")
        if kept:
            for number, line in enumerate(text.split("\n")):
                if number:
                    self._put("\n", "\n")
                self._put(line, escape(line))
        else:
            text = re.sub(r"[\s\u00a0]+", " ", text)
            if not (self._plain or text.strip()):
                return
            self._put(text, escape(text))
        letters = sum(c.isalnum() for c in text)
        self._letters += letters
        self._bold += letters if bold else 0

    def _put(self, plain: str, rich: str) -> None:
        self._plain.append(plain)
        self._rich.append(rich)

    def _line_end(self, tag: Tag, *, bold: bool) -> Iterator[Block]:
        """A line break; where boldness ends with the line, what was bold is a block of its own."""
        all_bold = self._letters > 3 and self._bold == self._letters
        if all_bold and not _bold_follows(tag, bold=bold):
            yield from self._flush()
        elif self._plain:
            self._put("\n", "\n")

    def _link(self, tag: Tag, *, bold: bool) -> None:
        text = re.sub(r"[\s\u00a0]+", " ", tag.get_text(" " if tag.find("br") else ""))
        target = str(tag.get("href") or "").strip()
        url = urljoin(self._base, target) if target and self._base and not target.startswith("#") else target
        strong = bold or bool(tag.find(list(_STRONG))) or (tag.parent is not None and tag.parent.name in _STRONG)
        if not text.strip():
            return
        if url.lower().startswith("mailto:"):
            address = url[7:].partition("?")[0]
            self._text(text, bold=strong, kept=False)
            if "@" not in text and "@" in address:  # a name that is a link: the address is seen only by a program
                self._plain.append(f" <{address}>")
                self._rich[-1] = f"[{self._rich[-1].strip()}](mailto:{_target(address)})"
            return
        if not re.match(r"(?:https?:|tel:|/|\.|[\w-]+[./])", url, re.IGNORECASE):
            self._text(text, bold=strong, kept=False)
            return
        lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        self._links.append(Link(text.strip(), url))
        self._text(lead, bold=strong, kept=False) if lead and self._plain else None
        inner = text.strip()
        self._put(inner, f"[{escape(inner)}]({_target(url)})" if url.startswith(("http://", "https://")) else escape(inner))
        letters = sum(c.isalnum() for c in inner)
        self._letters += letters
        self._bold += letters if strong else 0
        if trail:
            self._put(trail, trail)

    def _item(self, tag: Tag) -> Iterator[Block]:
        parent = tag.parent
        ordered = parent is not None and parent.name == "ol"
        ordinal = len(tag.find_previous_siblings("li")) + 1 if ordered else 0
        first = True
        for block in [*self._children(tag, bold=False), *self._flush()]:
            if first and block.shape is Shape.PARAGRAPH and not (ordered is False and parent is None):
                yield Block(Shape.ITEM, block.text, block.rich, 0, block.strong, block.links, ordinal)
            else:
                yield block
            first = False

    def _table(self, table: Tag) -> Iterator[Block]:
        rows = [[cell for cell in row.find_all(["td", "th"], recursive=False)] for row in table.find_all("tr")]
        nested = table.find("table") is not None
        cells = [cell for row in rows for cell in row]
        lays_out = (
            nested
            or any(is_address(cell) for cell in cells)
            or not cells
            or max(map(len, rows)) < 2
            or any(is_layout(cell) for cell in cells)
        )
        pairs = not nested and all(len(row) == 2 for row in rows if row)
        labels = pairs and all(is_label(row[0]) or CALLED.fullmatch(words_of(row[0])) for row in rows if row)
        if labels:
            for row in rows:
                if row:
                    yield from self._labelled(row)
        elif lays_out:
            yield from self._children(table, bold=False)
            yield from self._flush()
        else:
            yield _data_table(rows)

    def _labelled(self, row: list[Tag]) -> Iterator[Block]:
        """ "WHEN | Tuesday at ten" as a line of its own."""
        label = row[0].get_text(" ", strip=True).rstrip(":")
        self._text(f"{label}: ", bold=True, kept=False)
        found = [*self._children(row[1], bold=False), *self._flush()]
        if found and not found[0].text.startswith(label):
            yield Block(Shape.PARAGRAPH, f"{label}:")
        yield from found

    def _flush(self, shape: Shape = Shape.PARAGRAPH, level: int = 0) -> Iterator[Block]:
        plain, rich = _tidy("".join(self._plain)), _tidy("".join(self._rich))
        strong = self._letters > 0 and self._bold >= 0.95 * self._letters
        links = tuple(self._links)
        self._plain, self._rich, self._links = [], [], []
        self._letters = self._bold = 0
        if re.fullmatch(END_MARK, plain):
            yield Block(Shape.RULE, plain)
        elif plain:
            yield Block(shape, plain, rich, level, strong, links, quoted=self._quoted > 0)


END_MARK = (
    r"(?i:(?:[#*•·=_~—–-]\s*){3,}|-\s*30\s*-|[—–]\s*30\s*[—–]|[-–—\s]*o+[O0]+o+[-–—\s]*"
    r"|\(?(?:end|ends|fin)\)?\.?|-+\s*(?:ends?|fin)\s*-+)"
)
"""A line that says: the release ends here."""


def escape(text: str) -> str:
    """Text as Markdown that shows it as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def _target(url: str) -> str:
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")


def _tidy(text: str) -> str:
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def _bold_style(tag: Tag) -> bool:
    return bool(re.search(r"font-weight\s*:\s*(?:bold|[6-9]00)", str(tag.get("style", ""))))


def _bold_follows(tag: Tag, *, bold: bool) -> bool:
    """What stands behind this line break is bold too."""
    following = tag.next_sibling
    while following is not None and (
        (isinstance(following, NavigableString) and not following.strip()) or getattr(following, "name", "") == "br"
    ):
        following = following.next_sibling
    if following is None:
        return bold
    return bold or (isinstance(following, Tag) and (following.name in _STRONG or _bold_style(following)))


def _data_table(rows: list[list[Tag]]) -> Block:
    lines = [[re.sub(r"\s+", " ", cell.get_text(" ", strip=True)).replace("|", "/") for cell in row] for row in rows if row]
    width = max(map(len, lines))
    links = tuple(
        Link(" ".join(a.get_text(" ").split()), str(a["href"]))
        for row in rows
        for cell in row
        for a in cell.find_all("a", href=True)
    )
    written = ["| " + " | ".join([*map(escape, line), *[""] * (width - len(line))]) + " |" for line in lines]
    written.insert(1, "|" + " --- |" * width)
    return Block(Shape.TABLE, "\n".join(" ".join(line) for line in lines), "\n".join(written), links=links)
