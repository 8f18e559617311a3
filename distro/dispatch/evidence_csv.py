"""The deliveries of an evidence bag as a table for people: CSV (RFC 4180) that no spreadsheet takes for formulas.

It is for reading. What was answered word by word, line ends and all, stands in deliveries.jsonl.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from distro.archive.ledger import instant
from distro.dispatch.evidence_copies import Shown
from distro.dispatch.evidence_told import Told

COLUMNS = (
    *("delivery", "wave", "purpose", "version", "name", "address", "outlet", "language", "fallback", "state"),
    *("accepted_at", "stamped_at", "permit", "segments", "attempts", "last_attempt_at", "last_outcome", "last_reply"),
    *("copy", "sha256", "message_id", "not_shown"),
)

MARK = "\ufeff"
"""The byte order mark by which a spreadsheet knows UTF-8."""

_FORMULA = re.compile(
    "[\\s'\"`\u2018-\u201f\u00ab\u00bb\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[-=+@\uff0d\uff1d\uff0b\uff20\u2212\ufe63\ufe66\ufe62\ufe6b]"
)
"""What a formula may begin with, as OWASP lists it (CSV Injection), in full width and small too; also behind quotes, spaces and
what nobody sees."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def heading() -> str:
    """The first line."""
    return MARK + line(COLUMNS)


def row(shown: Shown, told: Told) -> str:
    """The line of a delivery. What entries say is told by them; the rest is as the office's store has it."""
    d, who, last = shown.delivery, shown.recipient, shown.attempts[-1] if shown.attempts else None
    return line(
        (
            *(d.id, d.wave_id, told.wave(d.wave_id).purpose, told.version(d.wave_id)),
            *((who.name, who.address, who.outlet) if who else ("", "", "")),
            *(d.language, "yes" if d.fallback else "no", d.state),
            *(shown.accepted_at and instant(shown.accepted_at), d.stamped_at and instant(d.stamped_at)),
            *(shown.permit, d.segments.replace("\n", "; "), len(shown.attempts)),
            *((instant(last.at), last.outcome, last.reply if last.reply is not None else last.said) if last else ("", "", "")),
            *(shown.copy is not None and f"copies/{d.id}.eml", shown.sha256, shown.message_id, shown.missing),
        )
    )


def line(cells: Sequence[object]) -> str:
    """Cells as a line that ends in CRLF, each in quotes. None and False are empty cells."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(
        [plain("" if cell is None or cell is False else str(cell)) for cell in cells]
    )
    return out.getvalue()


def plain(text: str) -> str:
    """The text as a cell that is taken for text: control characters are spaces, and what could begin a formula, also behind
    spaces and quotes, has a single quote before it."""
    text = _CONTROL.sub(" ", text)
    return f"'{text}" if _FORMULA.match(text) else text
