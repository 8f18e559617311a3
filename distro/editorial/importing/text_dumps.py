"""What programs add where they make plain text of something: the header and signature of a mail, the page numbers, running
heads and hyphens of a PDF, the numbered links of a text browser. Takes it out of the text; reads no release."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from distro.editorial.importing.page import Evidence

_HEADER = re.compile(
    r"(?i)(?:from|to|cc|bcc|date|sent|subject|reply-to|message-id|mime-version|content-[\w-]+|x-[\w-]+|received|return-path"
    r"|list-[\w-]+|de|para|fecha|enviado(?: el)?|asunto|importance)\s*:.*"
)
_TELLING = re.compile(r"(?im)^(?:subject|asunto|message-id|mime-version|x-mailer)\s*:")
_LABEL = re.compile(
    r"(?i)^(?:(?:fwd?|re|rv)\s*:\s*)*(?:(?:press|news|media)\s+(?:release|advisory|alert|statement)"
    r"|comunicado(?: de prensa)?"
    r"|nota de prensa|convocatoria)\s*[:|–—-]\s*"
)
_PAGE_NUMBER = re.compile(
    r"(?i)[ \t]*(?:[-–—]\s*)?(?:page|p[aá]g(?:ina|\.)?)?\s*\d{1,3}(?:\s*(?:of|de|/)\s*\d{1,3})?\s*(?:[-–—])?[ \t]*"
)
_RUNNING = re.compile(r"(?i)\s{3,}(?:page|p[aá]g(?:ina|\.)?)\s*\d{1,3}(?:\s*(?:of|de|/)\s*\d{1,3})?\s*$")
_BROKEN = re.compile(r"(?<=[^\W\d_]{2})-\n[ \t]*(?=[a-zà-ÿ]{2})")
_REFERENCES = re.compile(
    r"\n[ \t]*(?:References|Referencias|Visible links)[ \t]*\n(?P<list>(?:\s*(?:\d{1,3}\.\s+\S+|(?:Visible"
    r"|Hidden) links:?)[ \t]*(?:\n|$))+)"
)
_MARK = re.compile(r"\[(\d{1,3})\](?=\S)")


@dataclass(frozen=True)
class Dump:
    """`targets`: where the links go that the text marks with [1]."""

    text: str
    evidence: Evidence = field(default_factory=Evidence)
    targets: dict[int, str] = field(default_factory=dict)


def cleared(text: str) -> Dump:
    text, evidence = _without_header(text)
    text = _without_signature(text) if evidence.headlines else text
    text = _without_pages(text)
    return _without_references(text, evidence)


def _without_header(text: str) -> tuple[str, Evidence]:
    head, _, rest = text.lstrip("\n").partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 3 or not _TELLING.search(head) or not _HEADER.fullmatch(lines[0]):
        return text, Evidence()
    if not all(_HEADER.fullmatch(line) or line[:1] in " \t" for line in lines):
        return text, Evidence()
    values = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    subject = _LABEL.sub("", values.get("subject") or values.get("asunto") or "")
    try:
        days: tuple[str, ...] = (parsedate_to_datetime(values.get("date", "")).date().isoformat(),)
    except (ValueError, TypeError):
        days = ()
    return rest, Evidence(headlines=(subject,) if subject else (), dates=days)


def _without_signature(text: str) -> str:
    return re.split(r"\n-- \n", text, maxsplit=1)[0] if text.count("\n-- \n") == 1 else text


def _without_pages(text: str) -> str:
    """Without numbers of pages and what is printed at the top of each, and with words that it broke whole."""
    lines = text.split("\n")
    numbers = [n for n, line in enumerate(lines) if line.strip() and _PAGE_NUMBER.fullmatch(line) and _alone(lines, n)]
    heads = [n for n, line in enumerate(lines) if _RUNNING.search(line)]
    if len(numbers) + len(heads) >= 2:
        drop = {*numbers, *heads}
        lines = [line for n, line in enumerate(lines) if n not in drop]
        text = "\n".join(lines)
    if len(_BROKEN.findall(text)) >= 2:
        text = _mended(text)
    return text


def _alone(lines: list[str], number: int) -> bool:
    above = lines[number - 1] if number else ""
    below = lines[number + 1] if number + 1 < len(lines) else ""
    return not above.strip() and not below.strip()


def _mended(text: str) -> str:
    """Words whole again; a hyphen that the text writes elsewhere too stays."""
    known = Counter(re.findall(r"[^\W\d_]+-[^\W\d_]+", text.lower()))

    def whole(match: re.Match[str]) -> str:
        left = re.search(r"[^\W\d_]+$", text[: match.start()])
        right = re.match(r"[^\W\d_]+", text[match.end() :])
        word = f"{left[0] if left else ''}-{right[0] if right else ''}".lower()
        return "-" if known[word] else ""

    return _BROKEN.sub(whole, text)


def _without_references(text: str, evidence: Evidence) -> Dump:
    found = _REFERENCES.search(text)
    if found is None:
        return Dump(text, evidence)
    text = re.sub(r"(?m)^[ \t]*\[(?:USEMAP|IMAGE|INLINE|LINK|EMBED)[^\]\n]*\]", "", text)
    found = _REFERENCES.search(text) or found
    targets = {int(n): url for n, url in re.findall(r"(\d{1,3})\.\s+(\S+)", found["list"])}
    return Dump(text[: found.start()] + "\n" + text[found.end() :], evidence, targets)


def linked(text: str, targets: dict[int, str]) -> tuple[str, list[tuple[str, str]]]:
    """A line without its marks, and what it links: the words behind a mark, up to the next one or the end of the phrase."""
    links: list[tuple[str, str]] = []
    for mark in _MARK.finditer(text):
        url = targets.get(int(mark[1]), "")
        words = re.split(r"\[\d{1,3}\]|[.;:)](?:\s|$)|\s[|*]\s|\n", text[mark.end() :])[0].strip(" ,;")
        words = re.sub(r"(?i)(?:,|\s)+(?:and|or|y|o)(?:\s+(?:the|a|el|la|los|las))?$", "", words)
        if url:
            links.append((words, url))
    return (_MARK.sub("", text), links) if links or _MARK.search(text) else (text, [])
