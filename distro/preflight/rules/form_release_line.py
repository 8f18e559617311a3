"""form-release-line: each copy says once when it may be published, in its own line; the mail writes it, the text does not."""

from __future__ import annotations

import re

from distro.preflight.case import Case, place
from distro.preflight.rule import Found, Rule
from distro.reading.span import Span
from distro.severity import Severity

_IMMEDIATE = (
    r"(?:for|please)\s+(?:immediate|inmediate)\s+(?:release|publication)|for\s+release\s+(?:immediately|upon\s+receipt)"
    r"|(?:para\s+)?(?:su\s+)?(?:publicación|publicacion|difusión|difusion|divulgación|distribución)\s+inmediata"
    r"|pour\s+(?:diffusion|publication)\s+immédiate|para\s+(?:divulgação|publicação)\s+imediata"
)
_LATER = (
    r"embargoed\s+(?:until|for|to)|(?:under|strict)\s+embargo|hold\s+for\s+release|not\s+for\s+(?:release|publication)"
    r"|for\s+release\s+(?:on|at|after|until)|embargad[oa]\s+hasta|bajo\s+embargo|embargo\s+hasta|no\s+publicar\s+(?:antes|hasta)"
    r"|sous\s+embargo|sob\s+embargo"
)
_EITHER = re.compile(f"{_IMMEDIATE}|{_LATER}", re.IGNORECASE)
_LINE = re.compile(rf"(?im)^[ \t>*_#]*(?:[-–—/|•·]+[ \t]*)?(?:{_IMMEDIATE}|{_LATER})\b[^\n]*")
_SAYS = re.compile(
    r"(?i)\b(?:releas\w*|publi\w*|embarg\w*|difu\w*|divulg\w*|distrib\w*|diffus\w*|immedi\w*|inmedi\w*|hold|até|hasta|until)\b"
)
_OWN = "The mail prints its own line; take this one out."


def _look(case: Case) -> Found:
    for language, part, text in case.texts():
        if part == "release_line":
            yield from _own_line(case, language, text)
            continue
        for m in _LINE.finditer(text):
            start = m.start() + len(m[0]) - len(m[0].lstrip(" \t>*_#"))
            where = place(language, part, text, Span.of(text, start, start + len(m[0].strip(" \t>*_#"))))
            yield where, "A release line stands in the text, so the copy would have two.", _OWN


def _own_line(case: Case, language: str, text: str) -> Found:
    where = place(language, "release_line", text, Span.of(text, 0, len(text)))
    said = [m[0] for m in _EITHER.finditer(text)]
    if len(said) > 1:
        yield where, "There are two release lines in one.", "Leave the one that is meant."
    elif not said and not _SAYS.search(text):
        why = "The line that stands for the release line does not say when it may be published."
        yield where, why, "Leave release_line out, and the mail says it; or say it in these words."
    elif case.content.embargo is not None and re.search(_IMMEDIATE, text, re.IGNORECASE):
        why = "The release line says that it may be published at once, and the release has an embargo."
        yield where, why, "Leave release_line out; the mail says the one before the lift and the other behind it."
    elif re.search(_LATER, text, re.IGNORECASE):
        if case.content.embargo is None:
            yield where, "The release line speaks of an embargo, and the release has none.", "Write embargo in release.toml."
        else:
            why = "The copies that leave at the lift would still call themselves embargoed."
            yield where, why, "Leave release_line out; advance copies say the embargo by themselves."


RULE = Rule("form-release-line", Severity.WARNS, "AP style for press releases, release line", "none, or two", _look)
