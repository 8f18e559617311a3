"""Where a page's own text stands, and what of the page around it is worth reading: a heading, a date, whom to call, more prose.
Goes by the prose alone, whatever the classes are called. Takes no furniture out within the text (html_furniture, furniture)."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

from distro.editorial.importing.dating import day_in
from distro.editorial.importing.furniture import is_furniture
from distro.editorial.importing.html_furniture import CALLERS, names
from distro.editorial.importing.labels import ABOUT, RELEASE_LINE, TYPE_LINE

_SHARE = 0.8
"""The element that holds so much of the prose is descended into."""
_ALONE = 15
"""So many words that are no links, in sentences, are prose."""
_FILE = re.compile(r"\.(?:pdf|docx?|zip|xlsx?|pptx?|csv)(?:[?#]|$)", re.IGNORECASE)
_LEAVES = ("p", "li", "dd", "td", "div", "blockquote", "font", "center", "span", "section", "article")
_REACHED = re.compile(r"@[\w-]+\.|\b\d{3}[-. /)]+\d{3,4}[-. ]?\d{2,4}\b|\[at\]", re.IGNORECASE)
_ENDS = re.compile(r"(?:#\s*){3}|-\s*30\s*-|\b(?:source|fuente)\s*:?\s+\S", re.IGNORECASE)


def clear_around(main: Tag) -> None:
    """Take out of `main` what stands around its text and is nobody's release."""
    core = _core(main)
    if core is None:
        return
    title = main.find("h1") or next((one for one in main.find_all("div", limit=400) if _titled(one)), None)
    inner: Tag | None = None
    here: Tag | None = core
    while here is not None and here is not main.parent:
        if inner is not None:
            for before in list(inner.find_previous_siblings(True)):
                if not _heads(before) and not (title is not None and _below(before, title)):
                    before.decompose()
            _behind(list(inner.find_next_siblings(True)))
        inner, here = here, here.parent
        if inner is main:
            break
    _last_boxes(core)


def _titled(tag: Tag) -> bool:
    return (
        any("title" in name.lower() or "headline" in name.lower() for name in names(tag)) and len(tag.get_text().split()) >= 4
    )


def _below(tag: Tag, title: Tag) -> bool:
    """A line without links under the title."""
    words = len(tag.get_text().split())
    return 4 <= words <= 45 and tag.find("a") is None and any(one is title for one in tag.find_all_previous(title.name))


def _core(main: Tag) -> Tag | None:
    whole = _prose(main)
    if whole < 2 * _ALONE:
        return None
    here = main
    while True:
        inner = next(
            (c for c in here.find_all(True, recursive=False) if c.name not in ("p", "li") and _prose(c) >= _SHARE * whole), None
        )
        if inner is None or not inner.find(True):
            return here
        here = inner


def _prose(tag: Tag) -> int:
    """Its words in sentences, links not counted."""
    return sum(_own_prose(leaf) for leaf in [tag, *tag.find_all(_LEAVES)])


def _own_prose(leaf: Tag) -> int:
    if leaf.name not in _LEAVES:
        return 0
    own = "".join(_inline(leaf))
    return sum(
        len(piece.split())
        for piece in re.split(r"\n\s*\n", own)
        if len(piece.split()) >= _ALONE
        and re.search(r"[.!?:][”\"’»)]*(?:\s|$)", piece)
        and not is_furniture(" ".join(piece.split()))
    )


def _inline(leaf: Tag) -> list[str]:
    """Its text without that of elements that are leaves themselves, or links."""
    found: list[str] = []
    for child in leaf.children:
        if isinstance(child, Tag):
            if child.name == "br":
                found.append("\n\n")
            elif child.name == "a":
                found.append(" ")
            elif child.name not in _LEAVES and not child.find(_LEAVES):
                found.append(child.get_text())
            else:
                found.append("\n\n")
        else:
            found.append(str(child).replace("\n", " "))
    return found


def _heads(tag: Tag) -> bool:
    """Something that may stand over a text: a heading, a day, a label, somebody to call, a line of its own."""
    text = tag.get_text(" ", strip=True)
    if tag.name in (
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "hr",
        "time",
        "p",
        "dl",
        "table",
        "b",
        "strong",
        "em",
        "center",
        "blockquote",
        "br",
    ):
        return True
    if tag.find(["h1", "h2", "h3", "time"]) or _prose(tag) or CALLERS.search(text):
        return True
    words = len(text.split())
    linked = sum(len(a.get_text().split()) for a in tag.find_all("a"))
    if words > 45 or (linked and linked >= 0.5 * words) or len(tag.find_all("a")) > 2:
        return False
    named = " ".join(str(one) for one in (tag.get("class") or []))
    return bool(
        day_in(text, "") or RELEASE_LINE.match(text) or TYPE_LINE.match(text) or _REACHED.search(text)
        or re.search(r"title|headline|titular|subhead|dek|lead", named, re.IGNORECASE)
    )  # fmt: skip


def _behind(tags: list[Tag]) -> None:
    """Of what follows the text keep what belongs to a release, each heading with what it stands over."""
    keep = [_follows(tag) for tag in tags]
    for number, tag in enumerate(tags):
        if re.fullmatch(r"h[1-6]", tag.name or ""):
            keep[number] = (number + 1 < len(tags) and keep[number + 1] and tags[number + 1].name not in ("ul", "div")) or bool(
                ABOUT.match(tag.get_text(" ", strip=True))
            )
    for tag, kept in zip(tags, keep, strict=True):
        if not kept:
            tag.decompose()


def _follows(tag: Tag) -> bool:
    text = tag.get_text(" ", strip=True)
    if tag.name == "hr":
        return True
    if _prose(tag) and tag.name != "footer":
        return True
    if CALLERS.search(text) or any(_FILE.search(str(a.get("href") or "")) for a in tag.find_all("a", limit=40)):
        return True
    return tag.name in ("p", "center", "font", "i", "em", "address") and bool(_REACHED.search(text) or _ENDS.search(text))


def _last_boxes(core: Tag) -> None:
    """The same within the text's own element, for boxes behind its last paragraph: where its paragraphs are no boxes."""
    children = core.find_all(True, recursive=False)
    if not isinstance(core, BeautifulSoup | Tag) or sum(_own_prose(c) for c in children if c.name == "p") < 2 * _ALONE:
        return
    last = max((n for n, c in enumerate(children) if _own_prose(c) or (c.name != "div" and _prose(c))), default=len(children))
    for box in children[last + 1 :]:
        text = box.get_text(" ", strip=True)
        links = sum(len(a.get_text().split()) for a in box.find_all("a"))
        if box.name == "ul" and links < 0.5 * len(text.split()):
            continue
        if box.name in ("div", "section", "ul", "footer") and not (
            _follows(box) or _REACHED.search(text) or _ENDS.search(text) or (box.find(["p", "table"]) and not box.find("a"))
        ):
            box.decompose()
