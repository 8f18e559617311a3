"""What commands print: tables for people, one JSON value for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice

_PAGE = 500
"""Items of a list that are at hand before any of them is printed."""


def print_json(value: object) -> None:
    """One JSON value on standard output, and nothing else there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def print_json_array(items: Iterable[object]) -> None:
    """One JSON array, a page of items at a time, so that a long list needs no memory.

    What fails within the first page leaves nothing on standard output. What fails later leaves an array without its end, which
    no program takes for the whole list, and says so.
    """
    printed, coming = 0, iter(items)
    try:
        while page := [json.dumps(item, ensure_ascii=False, default=_plain) for item in islice(coming, _PAGE)]:
            sys.stdout.write(("," if printed else "[") + "\n  " + ",\n  ".join(page))
            printed += len(page)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt):
        if printed:
            sys.stdout.write("\n")
            print(f"The list broke off behind {printed:,} items: what was printed has no end, and is no JSON.", file=sys.stderr)
        raise
    sys.stdout.write("\n]\n" if printed else "[]\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", empty: str = "Nothing here yet."
) -> None:
    """A table for a person; one sentence where it would be empty."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = [tuple(_cell(cell) for cell in row) for row in rows]
    if not lines:
        print(empty)
        return
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return "" if value is None else str(value)
