"""DOCX and Markdown as pages: both become HTML first, so that structure has one reader; and which reader a
file needs."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

from distro.editorial.importing.html_blocks import blocks_of
from distro.editorial.importing.html_page import read_html
from distro.editorial.importing.page import Block, Evidence, Page, Shape
from distro.editorial.importing.text_page import decode, read_text
from distro.errors import Refused

SUFFIXES = frozenset((".html", ".htm", ".xhtml", ".php", ".asp", ".aspx", ".txt", ".text", ".md", ".markdown", ".docx", ".mht"))
"""Names of files that are read out of a folder."""

MOST_OCTETS = 30_000_000
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => h2:fresh"
_MOST_UNPACKED = 200_000_000


def read_page(path: Path, octets: bytes) -> Page:
    """The page in a file. Raises Refused where it is of no kind that is read."""
    if not octets.strip():
        raise Refused(f"{path} is empty; there is nothing to import.")
    if octets.startswith(b"PK\x03\x04"):
        return _docx(path, octets)
    if octets.startswith(
        (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"{\\rtf")
    ):
        raise Refused(
            f"{path} is a PDF, an old Word file, a picture or an archive; save it as HTML, text or DOCX and import that."
        )
    if path.suffix.lower() == ".docx":
        raise Refused(f"{path} is not a DOCX file; open it in a word processor and save it again.")
    if octets.count(b"\x00") > len(octets) // 4 and not octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(f"{path} is not text; save it as HTML, text, Markdown or DOCX.")
    if path.suffix.lower() in (".md", ".markdown"):
        return _markdown(decode(octets))
    if _is_html(path, octets):
        return read_html(octets)
    return read_text(octets)


def _is_html(path: Path, octets: bytes) -> bool:
    head = octets[:4000].lower().replace(b"\x00", b"")
    tags = re.search(rb"<!doctype\s+html|<html|<head\b|<body\b", head)
    if path.suffix.lower() in (".txt", ".text"):
        return tags is not None
    return tags is not None or re.search(rb"<(?:p|div|br|h[1-6]|table|article|span|a\s)\b[^>]*>", octets.lower()) is not None


def _docx(path: Path, octets: bytes) -> Page:
    import mammoth  # type: ignore[import-untyped]  # late: no other command reads DOCX

    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as package:
            if sum(one.file_size for one in package.infolist()) > _MOST_UNPACKED:
                raise Refused(f"{path} unpacks to over {_MOST_UNPACKED // 1_000_000} MB; no release does.")
            if "word/document.xml" not in package.namelist():
                raise Refused(f"{path} is an archive and not a DOCX file; unpack it and import the folder.")
        html = str(
            mammoth.convert_to_html(
                io.BytesIO(octets), style_map=_STYLES, convert_image=mammoth.images.img_element(lambda _: {"src": ""})
            ).value
        )
    except Refused:
        raise
    except Exception as wrong:  # mammoth raises whatever its XML reader raises
        raise Refused(
            f"{path} cannot be read as DOCX ({type(wrong).__name__}); open it in a word processor and save it again."
        ) from wrong
    soup = BeautifulSoup(f"<body>{html}</body>", "lxml")
    return Page(tuple(_as_typed(blocks_of(soup.body or soup, "", []))))


def _as_typed(blocks: list[Block]) -> list[Block]:
    """A word processor's empty paragraphs part nothing; lines of one address do not part either."""
    return [block for block in blocks if block.text.strip() or block.shape is not Shape.PARAGRAPH]


def _markdown(text: str) -> Page:
    from markdown_it import MarkdownIt

    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    matter, body = _front_matter(text)
    html = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable("table").render(body)
    page = read_html(f"<html><body>{html}</body></html>".encode())
    return replace(page, evidence=_declared(matter)) if matter else page


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    found = re.match(r"\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n?(.*)", text, re.DOTALL)
    if not found:
        return {}, text
    try:
        node = yaml.compose(found[1], Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return {}, text
    if not isinstance(node, yaml.MappingNode):
        return {}, text
    values = {
        key.value.lower(): value.value
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }
    return values, found[2]


def _declared(matter: dict[str, str]) -> Evidence:
    def first(*names: str) -> str:
        return next((matter[name].strip() for name in names if matter.get(name, "").strip()), "")

    written = re.match(r"\d{4}-\d{2}-\d{2}", first("date", "fecha", "published", "pubdate"))
    headline = first("headline", "title", "titulo", "título", "titular")
    return Evidence(
        language=first("language", "lang", "idioma", "lingua"),
        site=first("organisation", "organization", "organizacion", "organización", "publisher", "site"),
        headlines=(headline,) if headline else (),
        dates=(written[0],) if written else (),
        subhead=first("subhead", "subtitle", "subtitulo", "subtítulo", "bajada"),
        author=first("contact", "contacto"),
        declared=bool(headline or written),
    )
