"""A page saved as plain text: paragraphs parted by empty lines, lines that were wrapped joined again, lists and rules seen."""

from __future__ import annotations

import codecs
import itertools
import re
from dataclasses import replace

from bs4 import UnicodeDammit

from distro.editorial.importing.dating import date_line
from distro.editorial.importing.furniture import SECTION, is_furniture
from distro.editorial.importing.html_blocks import END_MARK
from distro.editorial.importing.labels import ABOUT, CONTACT, OTHER_PARTS, PARTS, RELEASE_LINE
from distro.editorial.importing.page import Block, Link, Page, Shape
from distro.editorial.importing.text_dumps import cleared, linked

_BULLET = re.compile(r"^\s*(?:[•·▪◦‣●○–*+-]|o(?=\s{2,}))\s+(?=\S)")
_NUMBER = re.compile(r"^\s*(\d{1,2})[.)]\s+(?=\S)")
_LABEL = re.compile(f"(?:{RELEASE_LINE.pattern})|(?:{CONTACT.pattern})", re.IGNORECASE)
_WRAPPED = 55
"""A line so long, with a next one, was broken by a program and not by a writer."""


def read_text(octets: bytes) -> Page:
    text = (
        decode(octets)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n\n")
        .replace("\f", "\n\n")
    )
    text = re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\u200b\u00ad]", "", text).expandtabs(4)
    dump = cleared(text)
    blocks = (block for chunk in re.split(r"\n[ \t\u00a0]*\n", dump.text) for block in _chunk(chunk))
    return Page(tuple(_linked(block, dump.targets) if dump.targets else block for block in blocks), dump.evidence)


def _linked(block: Block, targets: dict[int, str]) -> Block:
    plain, links = linked(block.text, targets)
    return replace(block, text=plain, rich=plain, links=tuple(Link(*one) for one in links))


def decode(octets: bytes) -> str:
    """UTF-8 where it is that; else as its marks and octets suggest (UTF-16, Windows-1252)."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if octets.startswith(mark):
            return octets.decode(name, errors="replace")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return UnicodeDammit(octets, ["windows-1252"]).unicode_markup or octets.decode("latin-1")


def _chunk(chunk: str) -> list[Block]:
    """The blocks of what stands between two empty lines."""
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in _columns(chunk.split("\n"))]
    if _is_pasted(lines):
        return [block for piece in _pieces(lines) for block in _chunk(piece)]
    if len(lines) > 1 and len(lines[0]) < 60 and date_line(lines[0], ""):  # a list's day over its title
        rest = [line for line in lines[1:] if line]
        title = len(rest) > 1 and len(rest[0]) < 100 and rest[0][-1] not in ".,;:" and not _LABEL.match(rest[0])
        pieces = [lines[0], *([rest[0]] if title else []), "\n".join(rest[1:] if title else rest)]
        return [block for piece in pieces for block in _chunk(piece)]
    found: list[Block] = []
    run: list[str] = []
    for line in filter(None, lines):
        if re.fullmatch(END_MARK, line):
            found += _paragraph(run)
            run = []
            found.append(Block(Shape.RULE, line))
        elif (bullet := _BULLET.match(line)) or (number := _NUMBER.match(line)):
            found += _paragraph(run)
            run = []
            mark = bullet or number
            assert mark is not None
            text = line[mark.end() :]
            found.append(Block(Shape.ITEM, text, text, ordinal=0 if bullet else int(mark[1])))
        elif found and found[-1].shape is Shape.ITEM and not run and chunk.split("\n")[lines.index(line)].startswith("  "):
            last = found.pop()
            text = f"{last.text} {line}"
            found.append(Block(Shape.ITEM, text, text, ordinal=last.ordinal))
        else:
            if run and run[-1][-1] in '.!?”"»' and CONTACT.match(line):
                found += _paragraph(run)
                run = []
            run.append(line)
    return found + _paragraph(run)


def _is_pasted(lines: list[str]) -> bool:
    """Copied off a screen: no empty lines, and each paragraph is one line, however long."""
    return len(lines) > 5 and sum(len(line) > 110 for line in lines) >= 2


def _pieces(lines: list[str]) -> list[str]:
    """Each sentence or longer a piece of its own; short lines that follow one another together, up to the next label."""
    found: list[list[str]] = []
    for line in filter(None, lines):
        alone = len(line) > 80 or (len(line.split()) >= 6 and line[-1] in '.!?”"»:')
        opens = _LABEL.match(line) or ABOUT.match(line) or SECTION.match(line) or is_furniture(line)
        if alone or opens or not found or len(found[-1][0]) > 80 or found[-1][0][-1] in ".!?":
            found.append([line])
        else:
            found[-1].append(line)
    return ["\n".join(piece) for piece in found]


def _columns(lines: list[str]) -> list[str]:
    """The lines; the right column below the left where a typist put "Contact:" beside the release line."""
    lines = [line for line in lines if line.strip()] or lines
    cells = [re.split(r"(?<=\S)\s{4,}(?=\S)", line.strip("\n")) for line in lines]
    if max(map(len, cells)) != 2 or not any(len(row) == 2 and any(_LABEL.match(cell.strip()) for cell in row) for row in cells):
        return lines
    begins = min(line.index(row[1]) for line, row in zip(lines, cells, strict=True) if len(row) == 2)
    right = [len(line) - len(line.lstrip()) > 0.8 * begins for line in lines]
    return [row[0] for row, far in zip(cells, right, strict=True) if not far] + [
        row[-1] for row, far in zip(cells, right, strict=True) if far or len(row) == 2
    ]


def _paragraph(lines: list[str]) -> list[Block]:
    if not lines:
        return []
    if (
        len(lines) > 1
        and max(map(len, lines)) <= 100
        and all(map(_is_broken, lines, lines[1:], [max(map(len, lines))] * len(lines)))
    ):
        lines = [" ".join(lines)]
    elif len(lines) > 2 and sum(len(line) >= _WRAPPED for line in lines) >= 0.75 * len(lines) and max(map(len, lines)) <= 100:
        lines = _rejoined(lines)
    text = "\n".join(lines)
    return [Block(Shape.PARAGRAPH, text, text)]


def _is_broken(line: str, following: str, width: int) -> bool:
    """The line was long, and the next word found no room on it."""
    fits = len(line) + 1 + len(following.split(maxsplit=1)[0]) <= width
    return len(line) >= _WRAPPED and not (fits and line[-1] in ".!?") and not _begins(following)


def _begins(line: str) -> bool:
    """A label or a date: whatever stands before it, a line of its own."""
    return any(one.match(line) for one in (*PARTS.values(), OTHER_PARTS, _LABEL)) or date_line(line, "") is not None


def _rejoined(lines: list[str]) -> list[str]:
    """Long lines take in what follows them; a short one ends its own."""
    found = [lines[0]]
    for before, line in itertools.pairwise(lines):
        if len(before) >= _WRAPPED and not before.endswith(":") and not _begins(line):
            found[-1] += f" {line}"
        else:
            found.append(line)
    return found
