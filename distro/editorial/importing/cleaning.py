"""Takes a page's furniture out of its blocks, line by line, before they are parted into items; tells where a post ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from distro.editorial.importing.dating import date_line
from distro.editorial.importing.furniture import PUBLISHED_IN, SECTION, is_furniture
from distro.editorial.importing.labels import RELEASE_LINE
from distro.editorial.importing.outlines import is_prose
from distro.editorial.importing.page import Block, Shape
from distro.editorial.importing.protected import PLACEHOLDER

END = Block(Shape.BREAK, "end")
"""Stands where a page said that a post ends."""


def cleaned(blocks: Sequence[Block]) -> Iterator[Block]:
    """Without furniture; _END where a post ends. Behind a heading such as "Related posts" nothing counts
    until the next item."""
    passed_over = body = False
    for block in map(_with_whole_dates, map(_without_placeholders, blocks)):
        if block.shape is Shape.BREAK:
            passed_over = body = False
            yield block
            continue
        if block.shape is Shape.RULE:
            if not passed_over:
                yield block
            continue
        for part in _by_line(block):
            first = part.lines[0] if part.lines else ""
            if passed_over and RELEASE_LINE.match(first):
                passed_over = False
            if body and SECTION.match(first.strip()) and len(part.lines) == 1:
                passed_over = True
            if PUBLISHED_IN.match(first):
                if body:
                    yield END
                    body = passed_over = False
                continue
            if passed_over or _dropped(part, first, body=body):
                continue
            body = body or is_prose(part)
            yield part


def _without_placeholders(block: Block) -> Block:
    """ "This email address is being protected …" stands in an address's place, and is nobody's words."""
    if not PLACEHOLDER.search(block.text):
        return block
    return replace(
        block, text=PLACEHOLDER.sub("", block.text).rstrip(" ,;"), rich=PLACEHOLDER.sub("", block.rich).rstrip(" ,;")
    )


def _with_whole_dates(block: Block) -> Block:
    """ "Aug / 14 / 2018", each on a line of its own beside a title, is one date."""
    if not 2 <= len(block.lines) <= 4 or any(len(line.split()) > 2 for line in block.lines):
        return block
    whole = " ".join(block.lines)
    return replace(block, text=whole, rich=whole) if date_line(whole, "") else block


def _dropped(part: Block, first: str, *, body: bool) -> bool:
    if part.shape is Shape.TABLE:
        return False
    if len(part.lines) == 1 and is_furniture(first):
        return not (part.links and re.search(r"\.(?:pdf|docx?|zip|xlsx?)\b", part.links[0].url, re.IGNORECASE))
    return not body and part.shape is Shape.ITEM and bool(part.links) and part.links[0].text == part.text and part.words <= 4


def _by_line(block: Block) -> list[Block]:
    """The block; its lines apart where one of them is furniture."""
    lines = block.lines
    if block.shape is Shape.TABLE or len(lines) < 2 or not any(is_furniture(line) for line in lines):
        return [block]
    rich = [line.strip() for line in block.rich.split("\n") if line.strip()]
    if len(rich) != len(lines):
        rich = lines
    parts: list[Block] = []
    run: list[int] = []
    for number, line in enumerate(lines):
        if is_furniture(line):
            parts += _joined(block, lines, rich, run)
            run = []
            parts.append(replace(block, text=line, rich=rich[number], links=()))
        else:
            run.append(number)
    return parts + _joined(block, lines, rich, run)


def _joined(block: Block, lines: list[str], rich: list[str], run: list[int]) -> list[Block]:
    if not run:
        return []
    return [replace(block, text="\n".join(lines[n] for n in run), rich="\n".join(rich[n] for n in run))]
