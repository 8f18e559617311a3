"""The small pages that a journalist sees: both languages on one page, the reader's first. Words from the catalogues.

No script, no cookie, nothing from another host; the one style sheet is inline and named in the policy by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from distro.config import Office
from distro.words import Words, languages, words

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "web"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@lru_cache(maxsize=1)
def _style() -> str:
    return (TEMPLATES / "page.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def safety_headers() -> dict[str, str]:
    """Sent with every page: nothing is stored, indexed, framed or loaded, and the token in the address goes nowhere."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }


def page(name: str, status: int, office: Office, speaking: Sequence[Words]) -> HTMLResponse:
    """The page `name` (ask, done, test, unknown, trouble) in these languages, one below the other."""
    html = _environment().get_template(f"{name}.html").render(office=office, speaking=speaking, style=Markup(_style()))  # noqa: S704
    said = ", ".join(w.language for w in speaking)
    return HTMLResponse(html, status, headers=safety_headers() | {"Content-Language": said})


def speaking(office: Office, first: Sequence[str]) -> list[Words]:
    """The languages of a page: `first`, then the office's, then English and Spanish; each once, if we have words for it."""
    spoken: dict[str, Words] = {}
    for tag in (*first, *office.languages, "en", "es"):
        chosen = words(tag)
        if chosen.language == tag.partition("-")[0]:
            spoken.setdefault(chosen.language, chosen)
    return list(spoken.values())


def preferred(request: Request) -> list[str]:
    """What the reader's browser asks for (RFC 9110, 12.5.4), best first; for pages where no copy tells the language."""
    asked: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag.partition("-")[0] in languages() and quality > 0:
            asked.append((-quality, tag))
    return [tag for _, tag in sorted(asked, key=lambda pair: pair[0])]
