"""Titles of a list that stands month by month: "March 24: Cranes Arrive" under "March 2015". Gives each its year, and takes the
months' own headings away. Reads no other dates (dating)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from distro.editorial.importing.page import Block, Shape
from distro.reading.dates import DateFound, find_dates


def with_years(blocks: Sequence[Block], language: str) -> tuple[Block, ...]:
    """The blocks; where no heading of a month has a day under it, as they were."""
    tag = language.partition("-")[0].lower() or "en"
    kept: list[Block] = []
    month: DateFound | None = None
    told = 0
    for block in blocks:
        found = next(iter(find_dates(block.text, tag)), None) if block.shape is Shape.HEADING else None
        if found and found.year and not found.day and len(block.text.split()) <= 3:
            month = found
            continue
        if found and month and found.day and not found.year and found.month == month.month and found.span.start == 0:
            kept.append(_dated(block, found.span.end, f"{' de' if tag == 'es' else ','} {month.year}"))
            told += 1
        else:
            kept.append(block)
    return tuple(kept) if told else tuple(blocks)


def _dated(block: Block, at: int, year: str) -> Block:
    day = block.text[:at]
    return replace(block, text=day + year + block.text[at:], rich=block.rich.replace(day, day + year, 1))
