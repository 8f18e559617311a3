"""From the Markdown that people write to the small, clean HTML that a mail may carry. User text is never a template.

Raw HTML shows as text, pictures as their description; only http, https, mailto and tel links stay, exactly as written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import nh3
from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

SCHEMES = {"http", "https", "mailto", "tel"}

_BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "table", "th", "td", "hr")
_TAGS = {*_BLOCKS, "a", "br", "code", "em", "strong", "thead", "tbody", "tr"}

_QUOTATION = re.compile('\\s*(?:“([^”]*)|«([^»]*)|»([^«»]*)|"([^"]*)|„([^“”]*))')
"""In Spanish the further paragraphs of a long quotation open with »."""
_QUOTE_WORDS = 8
"""A paragraph that opens with this many words within quotation marks is somebody speaking, not a term being named."""


_FITTING = 22
"""Letters side by side that a telephone shows; a table with longer words has them broken."""


@dataclass(frozen=True)
class Body:
    """Cleaned HTML. `lede` is what stands inside the first paragraph, "" where the text opens with something else."""

    lede: Markup
    rest: Markup


def read_body(markdown: str, language: str, first_heading: int) -> Body:
    """The body of an edition. Its headings start at `first_heading` (2 to 6); each block carries `language`."""
    soup = BeautifulSoup(_clean(markdown), "html.parser")
    _shift_headings(soup, first_heading)
    for tag in soup.find_all(_BLOCKS):
        tag["lang"] = language
    for paragraph in soup.find_all("p"):
        if paragraph.parent is soup and _is_speech(paragraph):
            paragraph["class"] = "said"
    for table in soup.find_all("table"):
        table["class"] = "data crammed" if _breadth(table) > _FITTING else "data"
    for quotation in soup.find_all("blockquote"):
        if ends := quotation.find_all("p", recursive=False):
            ends[-1]["class"] = "line"
    lede = ""
    first = next((tag for tag in soup.children if isinstance(tag, Tag)), None)
    if first is not None and first.name == "p":
        lede = first.decode_contents()
        first.extract()
    return Body(Markup(lede), Markup(str(soup).strip()))  # noqa: S704 (cleaned by nh3 just above)


def whole(body: Body, language: str) -> Markup:
    """A body in one piece, for texts that have no lede of their own (notes to editors)."""
    opening = Markup('<p lang="{}">{}</p>').format(language, body.lede) if body.lede else Markup("")
    return opening + body.rest


def plain(html: str) -> str:
    """The bare words of a piece of HTML in one line."""
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def _clean(markdown: str) -> str:
    html = _PARSER.render(markdown)
    return nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}, "ol": {"start"}}, url_schemes=SCHEMES, link_rel=None)


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture's description instead of the picture."""
        return self.renderInlineAsText(tokens[idx].children, options, env) if tokens[idx].children else ""


_PARSER = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def _shift_headings(soup: BeautifulSoup, first: int) -> None:
    """Move the headings so that the highest one used is `first`, the others keeping their distance."""
    headings = soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    if headings:
        shift = first - min(int(tag.name[1]) for tag in headings)
        for tag in headings:
            tag.name = f"h{min(6, int(tag.name[1]) + shift)}"
    for link in soup.find_all("a"):
        if str(link.get("href", "")).partition(":")[0].lower() not in SCHEMES:
            link.unwrap()


def _breadth(table: Tag) -> int:
    """The letters that its rows have side by side at least: the longest word of each column."""
    rows = [row.find_all(["th", "td"]) for row in table.find_all("tr")]
    longest = [[max((len(word) for word in cell.get_text().split()), default=0) for cell in row] for row in rows]
    return sum(max(row[at] for row in longest if at < len(row)) for at in range(max(map(len, longest), default=0)))


def _is_speech(paragraph: Tag) -> bool:
    match = _QUOTATION.match(paragraph.get_text())
    return match is not None and max(len((said or "").split()) for said in match.groups()) >= _QUOTE_WORDS
