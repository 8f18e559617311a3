"""Takes a web page's furniture out of its tree: navigation, share bars, comments, banners, by tag and by class. Keeps whatever
holds most of the text, however it is called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

_TAGS = [
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "form",
    "iframe",
    "object",
    "embed",
    "svg",
    "canvas",
    "video",
    "audio",
    "button",
    "input",
    "select",
    "textarea",
    "dialog",
    "head",
    "aside",
    "menu",
    "map",
    "img",
    "picture",
    "figure",
]
_NAMES = re.compile(
    r"(?:^|[-_])(?:share\w*|sharing|social\w*|sharedaddy|addtoany\w*|addthis\w*|comments?|comentarios?"
    r"|comment-?list|respond|reply"
    r"|disqus\w*|fb-?comments?|related\w*|relacionad[oa]s?|jp-relatedposts|breadcrumbs?|migas|cookie\w*|gdpr"
    r"|consent|paginat\w*|pager"
    r"|page-?nav\w*|post-?nav\w*|navigation|navbar|nav|menu\w*|submenu|sidebar\w*|wp-block-latest-posts|tagcloud|tags?"
    r"|tag-?links|post-?tags|etiquetas|categor(?:y|ies)-?links|cat-?links|newsletter\w*|subscri\w*|suscri\w*"
    r"|mailchimp|skip\w*"
    r"|screen-?reader\w*|visually-?hidden|sr-only|assistive\w*|popup\w*|modal\w*|advert\w*|ads?|banner\w*"
    r"|promo\w*|masthead|topbar|toolbar"
    r"|toggle\w*|logo|brand(?:ing)?|site-?(?:header|footer|info|branding|title)|global-?(?:header|footer)"
    r"|page-?footer|footer\w*"
    r"|copyright|colophon"
    r"|print\w*|imprimir|pdf-?link|email-?link|icons?|actions?|article-?tools|likes?|rating\w*|vote\w*|hits"
    r"|author-?(?:box|bio)"
    r"|next-?prev\w*|prev-?next\w*|pagenav|read-?more|readmore|leer-?mas|more-?link|search\w*|language-?switcher"
    r"|lang-?switch\w*"
    r"|back-?to-?top|donat\w*|cta|hidden|caption|featured-?image|edit-?link|login\w*)(?:$|[-_])",
    re.IGNORECASE,
)
_LOGO = re.compile(r"(?:^|[-_])(?:logo|brand(?:ing)?|site-?(?:title|name))(?:$|[-_])", re.IGNORECASE)
_WIDGET = re.compile(r"^(?:widgets?|textwidget)(?:$|[-_])", re.IGNORECASE)
CALLERS = re.compile(
    r"(?:media|press|news)\s+(?:contact|inquir|enquir|office)|contacto\s+(?:de\s+|para\s+)?(?:la\s+)?(?:prensa"
    r"|(?:los\s+)?medios)|contact\s+presse"
    r"|gabinete\s+de\s+(?:prensa|comunicaci)",
    re.IGNORECASE,
)
"""A box beside the text that names whom journalists call is no furniture."""
_LAYOUT = re.compile(
    r"(?:^|[-_])(?:has|with|no|without|layout|wrapper|container|content|main|body|page|single|entry-content)(?:$"
    r"|[-_])",
    re.I,
)
_MUCH = 0.4
"""An element with so much of the page's text is no furniture, whatever its class says."""


def clear(soup: BeautifulSoup) -> None:
    """Take the furniture out."""
    for tag in soup.find_all(_TAGS):
        if tag.name == "form" and len(tag.get_text()) > _MUCH * len(soup.get_text()):
            tag.unwrap()  # whole pages stand in one form with some systems
        elif (tag.name == "aside" and (_has_release(tag) or CALLERS.search(tag.get_text(" ")))) or (
            tag.name == "figure" and tag.find(["table", "blockquote", "p"])
        ):
            tag.unwrap()
        else:
            tag.decompose()
    all_ = len(soup.get_text()) or 1
    for tag in list(_suspects(soup)):
        if tag.decomposed or tag.parent is None:
            continue
        called = len(tag.get_text()) < 600 and CALLERS.search(tag.get_text(" ")) and tag.find("form") is None
        if len(tag.get_text()) <= _MUCH * all_ and not _has_release(tag) and not called:
            tag.decompose()


def _suspects(soup: BeautifulSoup) -> Iterator[Tag]:
    for tag in soup.find_all(True):
        if tag.name == "h1" and any(_LOGO.search(name) for name in names(tag)):
            yield tag
        if tag.name in ("html", "body", "main", "article", "h1", "time"):
            continue
        if tag.name in ("header", "footer"):
            if tag.find_parent(["article", "main"]) is None and not tag.find(["h1", "time"]):
                yield tag
            continue
        if (
            str(tag.get("hidden", None)) != "None"
            or str(tag.get("aria-hidden", "")) == "true"
            or re.search(r"display\s*:\s*none", str(tag.get("style", "")))
            or str(tag.get("role", "")) in ("navigation", "complementary", "search", "banner", "contentinfo")
            or any((_NAMES.search(name) or _WIDGET.search(name)) and not _LAYOUT.search(name) for name in names(tag))
        ):
            yield tag


def names(tag: Tag) -> list[str]:
    """Its classes and its id."""
    classes = tag.get("class") or ""
    listed = classes.split() if isinstance(classes, str) else [str(one) for one in classes]
    return [str(one) for one in [*listed, tag.get("id") or ""] if one]


def _has_release(tag: Tag) -> bool:
    """An element named oddly that holds a release: its own heading of the first rank and paragraphs under it."""
    return tag.find("h1") is not None and len(tag.find_all("p")) > 1
