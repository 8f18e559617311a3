"""What a table or a list of definitions is for: a layout, an address, labels with their words. Makes no blocks."""

from __future__ import annotations

import re

from bs4 import Tag

from distro.editorial.importing.furniture import is_furniture

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
CALLED = re.compile(
    r"(?i)(?:name|contact|phone|tel(?:ephone)?\.?|cell|mobile|fax|e-?mail|website|date|time|location|venue|what|when"
    r"|where|who|why"
    r"|nombre|contacto|tel[eé]fono|celular|correo(?: electr[oó]nico)?|fecha|hora|lugar|qu[eé]|cu[aá]ndo|d[oó]nde|qui[eé]n)"
)
"""What the first of two cells says where they are a label and its words."""


def words_of(tag: Tag) -> str:
    return tag.get_text(" ", strip=True)


def is_address(cell: Tag) -> bool:
    """Several lines, with an address or a number among them: a cell of a layout, whatever stands beside it."""
    return cell.find("br") is not None and re.search(r"@[\w-]+\.|\d{3}[-. )]+\d{3,4}", cell.get_text(" ")) is not None


def is_layout(cell: Tag) -> bool:
    return bool(cell.find([*HEADINGS, "p", "div", "ul", "ol", "blockquote", "hr"])) or len(cell.get_text().split()) > 40


def is_label(cell: Tag) -> bool:
    text = cell.get_text(" ", strip=True)
    return 0 < len(text) <= 40 and (text.endswith(":") or cell.name == "th" or (text.isupper() and len(text) > 2))


def terms_in(listing: Tag) -> list[list[Tag]]:
    """The terms of a list of definitions with their words, where each has one."""
    parts = [one for one in listing.find_all(True, recursive=False) if words_of(one)]
    pairs = [parts[n : n + 2] for n in range(0, len(parts), 2)]
    fit = all(len(pair) == 2 and pair[0].name == "dt" and pair[1].name == "dd" for pair in pairs)
    short = all(len(words_of(pair[0])) <= 40 for pair in pairs) and all(
        not pair[1].find(["p", "ul", "div"]) for pair in pairs if fit
    )
    return pairs if fit and short and not any(is_furniture(words_of(pair[0])) for pair in pairs) else []
