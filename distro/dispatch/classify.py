"""What a reply or a DSN means: reads it, and looks it up in the table of `refusals`. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from distro.dispatch.refusals import READ, TABLE, US, Class

__all__ = ["US", "Class", "classify", "enhanced_in", "of_dsn"]


class _Compiled(NamedTuple):
    code: re.Pattern[str]
    enhanced: re.Pattern[str]
    phases: frozenset[str]
    text: re.Pattern[str] | None
    means: Class


def _enhanced_pattern(pattern: str) -> re.Pattern[str]:
    """The column `enhanced` as a regular expression. Beyond the second dot of a code, a dot stands for any digit: 5.7.7.."""
    if not pattern:
        return re.compile(".*", re.S)
    one = "|".join(_one_pattern(part) for part in _alternatives(pattern))
    return re.compile(one)


def _alternatives(pattern: str) -> list[str]:
    """Split at the bars outside of brackets."""
    parts, depth = [""], 0
    for character in pattern:
        depth += (character == "(") - (character == ")")
        if character == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _one_pattern(part: str) -> str:
    if part == "-":
        return ""
    first, second, last = part.split(".", 2)
    number = r"\d{1,3}"
    return r"\.".join(p.replace("x", number) if p == "x" else p.replace(".", r"\d") for p in (first, second, last))


_COMPILED = tuple(
    _Compiled(
        re.compile(rule.code),
        _enhanced_pattern(rule.enhanced),
        rule.phases,
        re.compile(rule.text, re.S) if rule.text else None,
        rule.means,
    )
    for rule in TABLE
)

_LINE_START = re.compile(r"\s*(?:[2-5]\d\d[ -])?\s*(?:([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?")
_ADDRESS = re.compile(r"<[^<>\s]{1,320}@[^<>\s]{1,255}>")
_NUMBER_SIGN = re.compile(r"#\s?([245]\.\d{1,3}\.\d{1,3})(?![\d.])")


_ENOUGH = 4000
"""Characters of a reply that are searched for words; RFC 5321 4.5.3.1.5 allows lines of 512, and nobody needs ten of them."""


def enhanced_in(text: str) -> str:
    """The enhanced status code (RFC 2034) of a verbatim reply, its lines joined by LF: at the start of the first line that
    has one, else after a number sign, as qmail and IronPort write it. "" where there is none."""
    for line in text.split("\n"):
        start = _LINE_START.match(line)
        if start is not None and start[1]:
            return start[1]
    found = _NUMBER_SIGN.search(text)
    return found[1] if found else ""


def classify(phase: str, code: int, enhanced: str, text: str = "") -> Class:
    """The class of a reply, or of a DSN (phase "dsn", see `of_dsn`).

    code      RFC 5321's, 0: the server said nothing. What is no 2xx, 4xx or 5xx is as good as silence (RFC 5321 4.2.1)
    enhanced  RFC 3463's, or "": then it is looked for in `text`
    text      verbatim, lines joined by LF
    A 2xx counts where the content was taken, at the final dot: anywhere else it promises nothing.
    """
    if 200 <= code < 300:
        return Class.ACCEPTED if phase in READ else Class.SILENT
    if not 400 <= code < 600:
        return Class.SILENT
    digits = str(code)
    status = enhanced or enhanced_in(text)
    said = _words(text[:_ENOUGH])
    for rule in _COMPILED:
        if (
            phase in rule.phases
            and rule.code.fullmatch(digits)
            and rule.enhanced.fullmatch(status)
            and (rule.text is None or rule.text.search(said))
        ):
            return rule.means
    return Class.SOFT if code < 500 else Class.REFUSED  # a phase that nobody knows of


def _words(text: str) -> str:
    """The text in one line and small letters, without addresses, whose words are nobody's reason, and without the codes at
    the start of each line: a provider breaks its sentences where it likes."""
    lines = (line[match.end() :] if (match := _LINE_START.match(line)) else line for line in text.split("\n"))
    return " ".join(_ADDRESS.sub("<>", " ".join(lines)).lower().split())


_SMTP_DIAGNOSTIC = re.compile(r"\s*smtp\s*;\s*(?:\S{0,3}\s)?\s*([2-5]\d\d)(?=[ -]|$)", re.I)
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?![\d.])")


def of_dsn(action: str, status: str, diagnostic: str = "") -> Class:
    """The class of one recipient's part of a DSN: Action, Status and Diagnostic-Code of RFC 3464 2.3.3, 2.3.4, 2.3.6.

    What the last server said itself ("smtp; 550 5.1.1 …") counts before the status that the reporting one made of it.
    """
    what = action.strip().lower()
    if what in ("delivered", "relayed", "expanded"):
        return Class.ACCEPTED
    found = _STATUS.match(status)
    given = found[1] if found else ""
    reply = _SMTP_DIAGNOSTIC.match(diagnostic)
    text = diagnostic[reply.start(1) :] if reply else diagnostic.partition(";")[2].strip()
    code = int(reply[1]) if reply else int(given[0]) * 100 + 50 if given else 0
    if what != "failed":  # delayed, or a word of a later time: they go on trying, so nothing has ended
        return Class.SOFT if code else Class.SILENT
    return classify("dsn", code, enhanced_in(text) or given, text) if code >= 400 else Class.SILENT
