"""The lines that an item begins with, each with the block that it stands in. Values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from distro.editorial.importing.outlines import is_prose
from distro.editorial.importing.page import Block, Shape

_REPEATED = re.compile(r"^[\s*~=•|/-]*(\w.{3,40}?\w)(?:[\s*~=•|/!–—-]+\1)+[\s*~=•|/!-]*$")
"""MEDIA ALERT   MEDIA ALERT   MEDIA ALERT"""


@dataclass(frozen=True)
class Line:
    text: str
    block: Block
    number: int
    """Of its block."""
    place: int
    """Within its block."""


def lines_of(block: Block) -> list[str]:
    if block.shape is Shape.HEADING:
        return [" ".join(block.lines)]
    return [_REPEATED.sub(r"\1", re.sub(r"^[*~=]{2,}\s*(?=\w)|(?<=\w)\s*[*~=]{2,}$", "", line)) for line in block.lines] or [""]


def line_is_prose(line: Line) -> bool:
    return is_prose(line.block if line.block.shape is Shape.HEADING else replace(line.block, text=line.text))
