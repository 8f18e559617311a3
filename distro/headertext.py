"""What may stand in a mail header. Pure, and below editorial and mail, so that bad text is refused where it comes in.

Python's `email` decodes an encoded word found in a subject and can be made to write a second header by it; hence the
refusal of `=?`, not only of control characters.
"""

from __future__ import annotations

import re

from distro.errors import Refused

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""C0, DEL, C1 (NEL among them), the line and paragraph separators, and halves of a surrogate pair."""

ENCODED_WORD = "=?"
"""How an RFC 2047 encoded word starts."""


def check_header_text(text: str, what: str) -> None:
    """Raise Refused unless `text` may become (part of) a header; `what` names it, as in "The headline in en.md"."""
    found = UNFIT.search(text)
    if found:
        where = f"(U+{ord(found[0]):04X}) at position {found.start() + 1}"
        raise Refused(f"{what} has a control character or line break {where}; take it out.")
    if ENCODED_WORD in text:
        raise Refused(f'{what} has "=?", which mail programs take for the start of encoded text; write it another way.')
