"""The text of an item as Markdown and as plain paragraphs. Changes no word: only what Markdown would
read as marks is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from distro.editorial.importing.html_blocks import escape
from distro.editorial.importing.page import Block, Shape

_MARKS = re.compile(r"^(\s*)([#>+*-]|\d{1,9}(?=[.)](?:\s|$))|={3,}|~{3,}|\|)(?=[\s#.)=~-]|$)", re.MULTILINE)


def markdown_of(blocks: Sequence[Block]) -> str:
    """Paragraphs parted by empty lines; headings start at ##, their distances kept."""
    levels = [block.level for block in blocks if block.shape is Shape.HEADING and block.level]
    shift = 2 - min(levels) if levels else 0
    text = ""
    before: Block | None = None
    for block in blocks:
        piece = _piece(block, shift)
        if not piece:
            continue
        listed = (
            before is not None and before.shape is block.shape is Shape.ITEM and bool(before.ordinal) == bool(block.ordinal)
        )
        text += ("" if before is None else "\n" if listed else "\n\n") + piece
        before = block
    return text.strip()


def paragraphs_of(blocks: Sequence[Block]) -> list[str]:
    return [" ".join(block.text.split("\n")) for block in blocks if block.text and block.shape is not Shape.RULE]


def _piece(block: Block, shift: int) -> str:
    if block.shape is Shape.RULE:
        return "" if not block.text else f"\\{block.text}"
    if block.shape is Shape.TABLE:
        return block.rich
    rich = block.rich or escape(block.text)
    if block.shape is Shape.HEADING:
        return f"{'#' * max(2, min(6, block.level + shift))} {' '.join(rich.split())}"
    if block.shape is Shape.ITEM:
        mark = f"{block.ordinal}. " if block.ordinal else "- "
        return mark + _safe(rich).replace("\n", "\n" + " " * len(mark))
    safe = _safe(rich).replace("\n", "  \n")
    return "\n".join(f"> {line}" for line in safe.split("\n")) if block.quoted else safe


def _safe(text: str) -> str:
    """No line of it becomes a heading, a list or a rule."""
    return _MARKS.sub(r"\1\\\2", text)
