"""A saved web page, of whatever system, as blocks and evidence. Fetches nothing: what the file does not hold is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from distro.editorial.importing.dating import day_in
from distro.editorial.importing.html_blocks import blocks_of
from distro.editorial.importing.html_core import clear_around
from distro.editorial.importing.html_furniture import clear
from distro.editorial.importing.html_records import records_in
from distro.editorial.importing.page import Block, Evidence, Page, Shape
from distro.editorial.importing.protected import unprotect

_ARTICLES = ("NewsArticle", "Article", "BlogPosting", "PressRelease", "Report", "WebPage", "Event")
_DATE_NAMES = [
    "article:published_time",
    "dc.date",
    "dcterms.date",
    "dcterms.created",
    "dc.date.issued",
    "dcterms.issued",
    "datepublished",
    "date",
    "publishdate",
    "pubdate",
    "publish-date",
    "og:article:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "release_date",
    "fecha",
]
_MAIN_SHARE = 0.4


def read_html(octets: bytes) -> Page:
    """The page in a file of HTML, in whichever encoding it declares or seems to have."""
    soup = BeautifulSoup(octets, "lxml")
    if not soup.find(True):
        soup = BeautifulSoup(octets, "html.parser")
    return page_of(soup)


def page_of(soup: BeautifulSoup) -> Page:
    evidence = _evidence(soup)
    unprotect(soup)
    _times(soup)
    _apart(soup)
    clear(soup)
    main = _main(soup)
    records = [] if _one_article(main) else records_in(main)
    if not records:
        clear_around(main)
    blocks = blocks_of(main, evidence.url, records)
    return Page(tuple(_within_records(blocks) if records else blocks), evidence)


def _evidence(soup: BeautifulSoup) -> Evidence:
    metas = {
        str(meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower(): str(
            meta.get("content") or ""
        ).strip()
        for meta in soup.find_all("meta")
    }
    things = list(_linked_data(soup))
    articles = [one for one in things if str(one.get("@type")) in _ARTICLES or "headline" in one]
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    headlines = [metas.get("og:title", ""), *(str(one["headline"]) for one in articles if isinstance(one.get("headline"), str))]
    dates = [metas[name] for name in _DATE_NAMES if metas.get(name)]
    dates += [str(one["datePublished"]) for one in articles if isinstance(one.get("datePublished"), str)]
    canonical = soup.find("link", rel="canonical")
    base = soup.find("base", href=True)
    html = soup.find("html")
    url = str(base["href"]) if isinstance(base, Tag) else str(canonical.get("href")) if isinstance(canonical, Tag) else ""
    return Evidence(
        language=str(html.get("lang") or html.get("xml:lang") or "") if isinstance(html, Tag) else "",
        title=title,
        site=metas.get("og:site_name") or _publisher(articles),
        url=url or metas.get("og:url", ""),
        headlines=tuple(dict.fromkeys(one for one in headlines if one)),
        dates=tuple(dict.fromkeys(m[0] for one in dates if (m := re.match(r"\d{4}-\d{2}-\d{2}", one)))),
    )


def _linked_data(soup: BeautifulSoup) -> Iterator[dict[str, object]]:
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            value = json.loads(script.get_text())
        except (ValueError, RecursionError):
            continue
        listed = value if isinstance(value, list) else [value]
        for one in listed:
            if isinstance(one, dict):
                graph = one.get("@graph")
                yield from (part for part in graph if isinstance(part, dict)) if isinstance(graph, list) else (one,)


def _publisher(articles: list[dict[str, object]]) -> str:
    for one in articles:
        publisher = one.get("publisher") or one.get("sourceOrganization")
        if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
            return str(publisher["name"])
    return ""


def _times(soup: BeautifulSoup) -> None:
    """Where a page says only "3 days ago", the day that its <time> gives."""
    for tag in soup.find_all("time", datetime=True):
        written = re.match(r"\d{4}-\d{2}-\d{2}", str(tag["datetime"]))
        if written and day_in(tag.get_text(" ", strip=True), "") is None:
            tag.string = written[0]


def _apart(soup: BeautifulSoup) -> None:
    """Labels that only a style sheet parts ("Report" and "October 2, 2018" in spans that touch) are lines of their own."""
    for tag in soup.find_all("span", class_=True):
        after = tag.next_sibling
        if isinstance(after, Tag) and after.name in ("span", "time") and after.get("class") != tag.get("class"):
            ends, begins = tag.get_text()[-1:], after.get_text()[:1]
            if ends.isalnum() and (begins.isupper() or begins.isdigit()):
                tag.insert_after(Tag(name="br", can_be_empty_element=True))


def _main(soup: BeautifulSoup) -> Tag:
    """The element that holds the page's own text."""
    whole = soup.body or soup
    size = len(whole.get_text()) or 1
    for found in (
        soup.find("main"),
        soup.select_one("[role=main]"),
        soup.find(id=re.compile("^(?:content|main|main-content)$", re.I)),
    ):
        if isinstance(found, Tag) and len(found.get_text()) > _MAIN_SHARE * size:
            return found
    return whole


def _one_article(main: Tag) -> bool:
    """The page is one release whose parts only look like records: it has one <article> or one heading of the first rank, and
    that stands outside of whatever repeats."""
    articles = [one for one in main.find_all("article") if one.find_parent("article") is None]
    return len(articles) == 1 and len(articles[0].get_text()) > 0.8 * len(main.get_text())


def _within_records(blocks: list[Block]) -> list[Block]:
    """What stands between the breaks: outside of its records a list page holds nothing that is anybody's release."""
    kept: list[Block] = []
    inside = False
    for block in blocks:
        if block.shape is Shape.BREAK:
            inside = not inside
        if inside or block.shape is Shape.BREAK:
            kept.append(block)
    return kept
