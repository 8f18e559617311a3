"""Links and mail addresses in a text, Markdown's among them; and the text without them, for who reads words only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from distro.reading.span import Span

_URL = re.compile(
    r"""(?:https?://|www\.)[^\s<>"“”«»]+|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:org|com|net|gov|edu|info|eu|es|mx|int|us|fr|pt|br|uk)"""
    r"""(?:/[^\s<>"“”«»]*)?(?![\w@-])""",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?:mailto:)?[\w.+%'-]*[\w+%-]@(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_MARKDOWN = re.compile(r"\]\(\s*<?(?P<target>[^)\s>]*)>?[^)]*\)")


@dataclass(frozen=True)
class LinkFound:
    """`target` as it is written; the span is the target's."""

    span: Span
    target: str


def find_links(text: str) -> list[LinkFound]:
    """Web addresses, bare and as the targets of Markdown links; a target of Markdown may be relative or empty."""
    found = [
        LinkFound(Span(m.start("target"), m.end("target"), m["target"]), m["target"])
        for m in _MARKDOWN.finditer(text)
        if not m["target"].startswith(("mailto:", "tel:"))
    ]
    inside = [one.span for one in found] + [mail.span for mail in find_mails(text)]
    for m in _URL.finditer(text):
        if not any(span.start < m.end() and m.start() < span.end for span in inside):
            words = _trimmed(m[0])
            found.append(LinkFound(Span.of(text, m.start(), m.start() + len(words)), words))
    return sorted(found, key=lambda one: one.span.start)


def find_mails(text: str) -> list[LinkFound]:
    """Mail addresses; `target` is without "mailto:"."""
    return [LinkFound(Span.of(text, m.start(), m.end()), m[0].removeprefix("mailto:")) for m in _MAIL.finditer(text)]


def blanked(text: str) -> str:
    """The text of the same length in which addresses of pages and mail are blanks: no number or name is looked for there."""
    out = list(text)
    for one in (*find_links(text), *find_mails(text)):
        out[one.span.start : one.span.end] = " " * (one.span.end - one.span.start)
    return "".join(out)


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence around it."""
    while url and (url[-1] in ".,;:!?'’*_…]" or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url
