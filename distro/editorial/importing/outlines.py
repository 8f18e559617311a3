"""What a block may be by its outline alone: prose, a title, the line that opens a release. Reads no dates and no names."""

from __future__ import annotations

import re

from distro.editorial.importing.labels import RELEASE_LINE, TYPE_LINE
from distro.editorial.importing.page import Block, Shape


def is_prose(block: Block) -> bool:
    """A paragraph of somebody's text, and no title, label or line of an address."""
    if block.shape is not Shape.PARAGRAPH or (block.strong and block.words < 60):
        return False
    return block.words >= 30 or (block.words >= 14 and block.text.rstrip()[-1:] in '.!?”"»:)')


def is_title(block: Block) -> bool:
    """It could be a headline: a heading, a bold line, or one short line without a full stop."""
    if block.shape is Shape.HEADING:
        return True
    if block.shape is not Shape.PARAGRAPH or block.words > 45 or not block.lines:
        return False
    return block.strong or (len(block.lines) <= 3 and block.words >= 3 and block.text.rstrip()[-1] not in ".;:,")


def opens_release(block: Block) -> bool:
    """Its first line is a release line, or says what kind of text follows and nothing else."""
    first = block.lines[0] if block.lines else ""
    if block.shape not in (Shape.PARAGRAPH, Shape.HEADING) or len(first) > 160:
        return False
    if RELEASE_LINE.match(first):
        return True
    kind = TYPE_LINE.match(re.sub(r"(?:\s|n[ºo°]\.?|no\.|#)*[\d/-]+\s*$", "", first))
    if kind is None or block.words >= 25:
        return False
    return kind.end() >= len(first.rstrip(" :.-–—0123456789/#")) or first[: kind.end()].isupper()
