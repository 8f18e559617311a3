"""Characters that a mail can show. What cannot be shown is left out, and every kind of line end becomes a line feed."""

from __future__ import annotations

import json
import re

from distro.editorial.content import ReleaseContent

_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
"""Characters that no HTML can hold (XML 1.0 2.2) or that only trouble terminals."""


def readable(content: ReleaseContent) -> ReleaseContent:
    """The content without characters that cannot be shown, its line ends as line feeds."""
    return ReleaseContent.model_validate(_readable(json.loads(content.model_dump_json())))


def showable(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return _UNSHOWABLE.sub("", text)


def _readable(value: object) -> object:
    if isinstance(value, str):
        return showable(value)
    if isinstance(value, list):
        return [_readable(one) for one in value]
    return {key: _readable(one) for key, one in value.items()} if isinstance(value, dict) else value
