"""Notes that hold a person's words and, one a line as "[Column] value", what an import found in columns it does not know.

The marker keeps the two apart, so that importing a file again changes nothing and never eats the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_KEPT = re.compile(r"\[([^\[\]]+)\] (\S.*)")


def column_label(header: str) -> str:
    """A header as it can stand between brackets, on one line."""
    return " ".join(header.replace("[", "(").replace("]", ")").split())


def merge(stored: str, cell: str, kept: Mapping[str, str]) -> str:
    """The notes after an import: `cell` is the notes column ("" leaves the words), `kept` the unknown columns by label.

    Merging the same again gives the same text.
    """
    words, lines = split(stored)
    new_words, new_lines = split(cell)
    lines |= new_lines
    lines |= {label: " ".join(value.split()) for label, value in kept.items() if value.strip()}
    return "\n".join([*([new_words or words] if new_words or words else []), *(f"[{k}] {v}" for k, v in lines.items())])


def split(notes: str) -> tuple[str, dict[str, str]]:
    """A person's words, and the kept columns by label."""
    words: list[str] = []
    lines: dict[str, str] = {}
    for line in notes.split("\n"):
        if match := _KEPT.fullmatch(line.strip()):
            lines[match[1]] = match[2]
        else:
            words.append(line)
    return "\n".join(words).strip(), lines
