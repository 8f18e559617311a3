"""The documents that an item offers: links to files, "English (PDF) / Spanish (PDF)", parts, archives, lines with "(available
here)". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from distro.editorial.importing.item import Document
from distro.editorial.importing.page import Block, Link, Shape
from distro.editorial.importing.tongues import language_of

_FILE_URL = re.compile(
    r"\.(?:pdf|docx?|zip|xlsx?|csv|pptx?|odt|rtf|epub|mp[34]|jpe?g|png"
    r"|tiff?)(?:[?#].*)?$",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"\(\s*(?:available|read|download|see|disponible|descargar|ver|leer)\b[^()]*\b(?:here|aqu[ií]|online)?\s*\)"
    r"|\b(?:\(PDF\)|\[PDF\]|\(ZIP\)|\(DOCX?\)|\(XLSX?\))",
    re.IGNORECASE,
)
_TONGUES = {
    "en": re.compile(r"(?i)\b(?:in\s+|en\s+)?(?:english|ingl[eé]s)\b"),
    "es": re.compile(r"(?i)\b(?:in\s+|en\s+)?(?:spanish|espa[nñ]ol|castellano)\b"),
    "fr": re.compile(r"(?i)\b(?:french|fran[cç]ais|franc[eé]s)\b"),
    "pt": re.compile(r"(?i)\b(?:portuguese|portugu[eê]s)\b"),
    "zh": re.compile(r"(?i)\b(?:chinese|chino)\b|中文"),
    "vi": re.compile(r"(?i)\b(?:vietnamese|vietnamita)\b|tiếng việt"),
    "ar": re.compile(r"(?i)\b(?:arabic|[aá]rabe)\b|العربية"),
    "ht": re.compile(r"(?i)\bhaitian(?:\s+creole)?\b|\bkrey[oò]l\b"),
    "ko": re.compile(r"(?i)\b(?:korean|coreano)\b|한국어"),
    "tl": re.compile(r"(?i)\b(?:tagalog)\b"),
}
_BARE = re.compile(
    r"(?i)^(?:here|aqu[ií]|pdf|download|descargar|read|leer|view|ver|link|enlace|(?:download|read|view|see"
    r"|get)(?: it| them)? (?:here|now)|(?:descargar|ver|leer) aqu[ií]|click here|haga clic aqu[ií]|read more"
    r"|\(?pdf\)?|document|documento|full text|texto completo|available here)$"
)
_FORMAT = re.compile(r"(?i)\s*[(\[]\s*(?:pdf|zip|docx?|xlsx?)[^)\]]*[)\]]|\s*[-–—,]\s*(?:pdf|zip)\s*$")
_PART = re.compile(r"(?i)^(?:part|parte|section|secci[oó]n|vol(?:ume|umen)?\.?)\s*[\dIVX]+")


def documents_in(body: Sequence[Block], listed: Sequence[Block], language: str) -> list[Document]:
    """`listed`: blocks under a heading such as "Resources", all of which are offered."""
    found = [*_of(listed, language, every=True), *_of(body, language, every=False)]
    return list(dict.fromkeys(found))


def _of(blocks: Sequence[Block], language: str, *, every: bool) -> Iterator[Document]:
    group = ""
    for block in blocks:
        if block.shape is Shape.HEADING or (block.shape is Shape.PARAGRAPH and block.strong and not block.links):
            group = block.text
        links = [link for link in block.links if every or _is_file(link)]
        for link in links:
            yield Document(_title(block, link, len(links), group), link.url, _language(block, link, language))
        if not links and block.shape in (Shape.PARAGRAPH, Shape.ITEM):
            yield from _unlinked(block, language, every=every)


def _is_file(link: Link) -> bool:
    return bool(_FILE_URL.search(link.url))


def _title(block: Block, link: Link, links: int, group: str) -> str:
    """What a reader would call it: the link's words; where they only say "here", "Spanish (PDF)" or
    "part 2", the line's too."""
    words = _FORMAT.sub("", link.text).strip(" .:–—-|/")
    bare = _BARE.match(words) or any(one.fullmatch(words) for one in _TONGUES.values()) or _PART.match(words)
    if not bare and words:
        return words
    line = next((text for text in block.lines if link.text in text), block.text)
    if _BARE.match(words) or not words:
        before = line.partition(link.text)[0].strip(" .:–—-|/([")
        around = before if before else _FORMAT.sub("", line.replace(link.text, " ")).strip(" .:–—-|/()[]")
        return " ".join((around or group or words or link.text).split())[:200]
    before = re.split(r"\s[/|]\s|(?<=\))\s", line)[0]
    lead = before.partition(link.text)[0] if link.text in before else before
    for other in block.links:
        lead = lead.replace(other.text, " ")
    lead = re.sub(r"(?:\s*[,;:/|])+\s*$", "", " ".join(lead.split())).strip(" .:–—-|/([")
    return f"{lead or group}: {words}".strip(" :") if lead or group else words


def _language(block: Block, link: Link, language: str) -> str:
    for text in (
        link.text,
        *(line.partition(link.text)[2][:24] for line in block.lines if link.text in line and len(block.links) > 1),
        block.text if len(block.links) == 1 else "",
    ):
        for tag, name in _TONGUES.items():
            if name.search(text):
                return tag
    named = re.search(r"[_-](en|eng|es|esp|spa|fr|pt)\.\w{3,4}$", link.url, re.IGNORECASE)
    if named:
        return {"eng": "en", "esp": "es", "spa": "es"}.get(named[1].lower(), named[1].lower())
    guess, sure = language_of(link.text)
    return guess if sure >= 0.85 else language


def _unlinked(block: Block, language: str, *, every: bool) -> Iterator[Document]:
    """A line of a page saved as text that offers a document whose address is lost."""
    for line in block.lines:
        named = list(re.finditer(r"https?://\S+", line))
        if named and _FILE_URL.search(named[0][0].rstrip(".,;)")) and (not every or len(named) > 1):
            yield from _each(line, named, block, language)
            continue
        if len(line.split()) > 30 or not (every or _OFFERED.search(line)) or re.search(r"[.!?]\s+\S", line):
            continue
        address = re.search(r"https?://\S+", line)
        url = address[0].rstrip(".,)") if address else ""
        marks = [tag for tag, name in _TONGUES.items() if name.search(line)]
        title = _OFFERED.sub("", line.replace(url, "")).strip(" .:–—-|/")
        if len(marks) > 1 and not url:
            head = re.split(r"\s*[:–—-]\s+|\s{2,}", title)[0]
            for tag in marks:
                found = _TONGUES[tag].search(line)
                yield Document(f"{head}: {found[0]}" if found and found[0] not in head else head, "", tag)
        elif title or url:
            yield Document(title or url, url, marks[0] if marks else language)


def _each(line: str, addresses: Sequence[re.Match[str]], block: Block, language: str) -> Iterator[Document]:
    """Each address of a line, with the words before it; in the language that they name, where there are several."""
    at = 0
    for one in addresses:
        words = (line[at : one.start()].strip() or (block.text[: block.text.find(one[0])] if not at else "")).strip(
            " .:–—-|/\n"
        )
        tongue = (
            next((tag for tag, name in _TONGUES.items() if name.search(words)), language) if len(addresses) > 1 else language
        )
        yield Document(" ".join(words.split()[-12:]) or one[0], one[0].rstrip(".,;)"), tongue)
        at = one.end()
