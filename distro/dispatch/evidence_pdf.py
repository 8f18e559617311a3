"""Sets the summary of an evidence bag as a PDF for the archive and for screen readers (PDF/A-2a, PDF/UA-1). Owns no word of it.

The typesetter, typst, brings its fonts along; nothing of the machine is used, so that the same document gives the same octets.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from distro.errors import Failed

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "evidence" / "summary.typ"

_STANDARDS: tuple[Literal["a-2a"], Literal["ua-1"]] = ("a-2a", "ua-1")

_UNKNOWN = re.compile(
    "[^\n !-~\u00a0-\u00ac\u00ae-\u02ff\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u0477\u048c-\u04c4"
    "\u1e00-\u1eff\u2010-\u2015\u2018-\u201f\u2020-\u2022\u2026\u2030-\u2033\u2039\u203a\u20ac\u2116\u2122]"
)
"""What the fonts do not have: all but Latin, Greek and Cyrillic letters and common signs."""

_LONG = re.compile(r"\S{18,}")
_BREAK = re.compile(r"([@/=:_+.,;-]|[^@/=:_+.,;-]{12})(?=.)")
_BREAK_HERE = "\u200b"


@dataclass
class Document:
    """A document that grows block by block. `paper` is "a4" or "us-letter"."""

    title: str
    subtitle: str
    author: str
    language: str
    paper: str
    footer: str
    blocks: list[dict[str, object]] = field(default_factory=list)

    def heading(self, text: str, level: int = 2) -> None:
        self.blocks.append({"kind": "heading", "level": level, "text": text})

    def paragraph(self, text: str) -> None:
        self.blocks.append({"kind": "paragraph", "text": text})

    def items(self, texts: Sequence[str]) -> None:
        self.blocks.append({"kind": "list", "items": list(texts)})

    def facts(self, rows: Sequence[tuple[str, str]], code: Sequence[tuple[str, str]] = ()) -> None:
        """Names and what they stand for; those that stand for nothing are left out. `code`: the same, for hashes and keys."""
        told = [[*row, False] for row in rows if row[1]] + [[*row, True] for row in code if row[1]]
        self.blocks.append({"kind": "facts", "rows": told})

    def table(self, columns: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]]) -> None:
        """`widths` in millimetres; 0 for a share of what is left."""
        self.blocks.append({"kind": "table", "columns": list(columns), "widths": list(widths), "rows": [list(r) for r in rows]})


def set_pdf(document: Document, at: datetime) -> bytes:
    """The octets of the PDF, dated `at`. Raises Failed where the typesetter gives up."""
    import typst

    inputs = {"document": json.dumps(_fit(document.__dict__), ensure_ascii=False)}
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, ignore_system_fonts=True, sys_inputs=inputs)
    try:
        octets = compiler.compile(pdf_standards=list(_STANDARDS), timestamp=at.replace(microsecond=0))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as wrong:  # a panic of the typesetter is no Exception
        raise Failed(f"The summary could not be set: {str(wrong).strip()}.") from wrong
    assert isinstance(octets, bytes)
    return octets


def fit(text: str) -> str:
    """The text in signs that the fonts have: for any other its number, as [U+4E2D]. Long words may be broken."""
    known = _UNKNOWN.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", unicodedata.normalize("NFC", text))
    return _LONG.sub(lambda word: _BREAK.sub(f"\\1{_BREAK_HERE}", word[0]), known)


def _fit(value: object) -> object:
    if isinstance(value, str):
        return fit(value)
    if isinstance(value, list):
        return [_fit(one) for one in value]
    if isinstance(value, dict):
        return {key: _fit(one) for key, one in value.items()}
    return value
