"""The small pages that a journalist sees: the office's languages on one page, the reader's first. Words from the catalogues.

No script, no cookie, nothing from another host; the one style sheet is inline and named in the policy by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from distro.config import Office
from distro.errors import Refused
from distro.log import log
from distro.words import ENGLISH, Words, direction, languages, words

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "web"
PLACE = "web"
"""Where an office's own pages stand in its folder."""

NAMES = ("ask", "done", "test", "unknown", "trouble")


@dataclass(frozen=True)
class House:
    """Whose pages they are. `folder`: the office's own templates and words, None where it has none."""

    office: Office
    folder: Path | None = None


@lru_cache(maxsize=4)
def _environment(folder: Path | None) -> Environment:
    loaders = [FileSystemLoader(place) for place in ((folder / PLACE, TEMPLATES) if folder else (TEMPLATES,))]
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=400 if folder is None else 0,  # or a file that is put over one of ours would not be seen
    )


def _style(folder: Path | None) -> str:
    own = folder / PLACE / "page.css" if folder else None
    return (own if own and own.is_file() else TEMPLATES / "page.css").read_text(encoding="utf-8")


def safety_headers(style: str) -> dict[str, str]:
    """Sent with every page: nothing is stored, indexed, framed or loaded, and the token in the address goes nowhere."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }


def page(name: str, status: int, house: House, speaking: Sequence[Words]) -> HTMLResponse:
    """The page `name` (one of NAMES) in these languages, one below the other.

    Nobody is kept on a list by an office's own page that is wrong: then it is ours that is shown.
    """
    try:
        style, html = fill(name, house.office, house.folder, speaking)
    except Exception:
        if house.folder is None:
            raise
        log().exception("web.template_failed", page=name)
        style, html = fill(name, house.office, None, speaking)
    said = ", ".join(w.language for w in speaking)
    return HTMLResponse(html, status, headers=safety_headers(style) | {"Content-Language": said})


def fill(name: str, office: Office, folder: Path | None, speaking: Sequence[Words]) -> tuple[str, str]:
    """The style and the whole page. Raises what Jinja raises."""
    style = _style(folder)
    template = _environment(folder).get_template(f"{name}.html")
    return style, template.render(office=office, speaking=speaking, direction=direction, style=Markup(style))  # noqa: S704


def speaking(house: House, first: Sequence[str]) -> list[Words]:
    """The languages of a page: `first`, then the office's, then English; each once, if we have words for it."""
    spoken: dict[str, Words] = {}
    for tag in (*first, *house.office.languages, ENGLISH):
        chosen = _words(tag, house.folder)
        if chosen.language.partition("-")[0] == tag.partition("-")[0]:
            spoken.setdefault(chosen.language, chosen)
    return list(spoken.values())


def _words(tag: str, folder: Path | None) -> Words:
    try:
        return words(tag, folder=folder)
    except Refused:  # the office's catalogue is broken; ours is not
        log().exception("web.catalogue_failed", language=tag)
        return words(tag)


def preferred(request: Request, folder: Path | None) -> list[str]:
    """What the reader's browser asks for (RFC 9110, 12.5.4), best first; for pages where no copy tells the language."""
    asked: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag.partition("-")[0] in languages(folder) and quality > 0:
            asked.append((-quality, tag))
    return [tag for _, tag in sorted(asked, key=lambda pair: pair[0])]
