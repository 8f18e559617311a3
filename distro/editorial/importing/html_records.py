"""The elements of a list page that each hold one item. Reads nothing out of them."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

from distro.editorial.importing.dating import day_in
from distro.editorial.importing.html_furniture import names


def records_in(soup: BeautifulSoup | Tag) -> list[Tag]:
    """The repeated elements, or those around headings of one rank, whichever are more; [] where nothing repeats."""
    repeated, headed = _repeated(soup), _headed(soup)
    found = headed if len(headed) > len(repeated) else repeated
    found = found or _tongues(soup)
    for one in found:
        link = _linked_title(one) if one.find(["h1", "h2", "h3", "h4", "h5"]) is None else None
        if link is not None:  # so that its own words are its headline, and no date before them
            link.wrap(Tag(name="h3"))
    return found


def _repeated(soup: BeautifulSoup | Tag) -> list[Tag]:
    """Two or more children of one parent, of one tag and class, each with a heading and a date."""
    best: list[Tag] = []
    for parent in soup.find_all(True):
        groups: dict[tuple[str, str], list[Tag]] = {}
        for child in parent.find_all(True, recursive=False):
            classes = child.get("class") or [""]
            name = re.sub(r"\d+", "", str(classes[0] if isinstance(classes, list) else classes))
            groups.setdefault((child.name, name), []).append(child)
        for (name, _), group in groups.items():
            if name in ("div", "section", "li", "article", "tr", "td", "dl") and len(group) > max(1, len(best)):
                fit = [one for one in group if _is_record(one)]
                if len(fit) > 1 and len(fit) >= 0.7 * len(group) and len(fit) > len(best):
                    best = fit
    return best


def _headed(soup: BeautifulSoup | Tag) -> list[Tag]:
    """Around each heading of one rank the largest element that holds no other one: the first item of a list is often shown
    larger than the rest, in an element of its own."""
    best: list[Tag] = []
    for rank in ("h1", "h2", "h3", "h4"):
        headings = soup.find_all(rank)
        if len(headings) < 2:
            continue
        found = [_around(heading, rank, soup) for heading in headings]
        fit = [one for one in found if one is not None and _is_record(one)]
        if len(fit) > max(1, len(best)) and len(fit) >= 0.7 * len(headings):
            best = fit
    return best


def _around(heading: Tag, rank: str, top: Tag) -> Tag | None:
    here: Tag | None = None
    parent = heading.parent
    while parent is not None and parent is not top and len(parent.find_all(rank)) == 1:
        here, parent = parent, parent.parent
    return here


def _tongues(soup: BeautifulSoup | Tag) -> list[Tag]:
    """The elements of a page in two languages that each say in which they are, and hold all of the text."""
    marked = [one for one in soup.find_all(["div", "section", "article", "td"], lang=True) if len(one.get_text().split()) >= 25]
    outer = [one for one in marked if not any(other in one.parents for other in marked)]
    tags = {str(one["lang"]).partition("-")[0].lower() for one in outer}
    whole = len(soup.get_text().split()) or 1
    return outer if len(outer) == len(tags) == 2 and sum(len(one.get_text().split()) for one in outer) > 0.7 * whole else []


def _linked_title(tag: Tag) -> Tag | None:
    """A link of four words or more near its beginning."""
    before = 0
    for piece in tag.descendants:
        if isinstance(piece, Tag):
            if piece.name == "a" and piece.get("href"):
                return piece if len(piece.get_text().split()) >= 3 and before <= 40 else None
        else:
            before += len(str(piece).strip())
    return None


def _is_record(tag: Tag) -> bool:
    """It has a heading (or a linked title) and a date near its beginning, and is more than that."""
    text = tag.get_text(" ", strip=True)
    listed = tag.name in ("li", "tr", "dl", "p", "div") and day_in(text[:60], "") is not None and _linked_title(tag) is not None
    if listed and len(text) >= 30:
        return True
    if len(text) < 60:
        return False
    titled = tag.find(["h1", "h2", "h3", "h4", "h5"]) or any(
        "title" in name.lower() or "headline" in name.lower() for one in tag.find_all(True) for name in names(one)
    )
    strong = tag.find(["strong", "b"])
    titled = titled or (strong is not None and text.startswith(strong.get_text(" ", strip=True)))
    return bool(titled) and day_in(text[:300], "") is not None
