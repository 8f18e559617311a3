"""From a view to the two parts of a mail: packaged Jinja templates, and premailer once for the letter.

Knows nothing of MIME. Given the values of one person it renders that person's mail; given slot marks, the letter's.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache

from premailer import Premailer

from distro import hours
from distro.editorial.content import ReleaseContent
from distro.editorial.plan import has_text
from distro.mail.embargo_view import ABOUT_EMBARGO, topic
from distro.mail.letter import Letter, Shown
from distro.mail.logo import Logo, logo_of
from distro.mail.notice_view import title
from distro.mail.pieces import one_line, zone_and_city
from distro.mail.templates import render_template
from distro.mail.text import Links, as_text
from distro.mail.view import Part, chrome, headline, parts

RULE = "-" * 72


@dataclass(frozen=True)
class Rendered:
    """Both parts with line feeds at their line ends; each ends with one. `logo`: what the HTML shows by its cid."""

    text: str
    html: str
    logo: Logo | None


def render(content: ReleaseContent, letter: Letter, shown: Shown) -> Rendered:
    """The letter as one person reads it."""
    view = parts(content, letter, shown.sent)
    logo = logo_of(letter)
    values: dict[str, object] = {
        "letter": letter,
        "subject": subject(content, letter),
        "parts": view,
        "shown": shown,
        "unsubscribe": unsubscribe_link(letter, shown.token),
        "look": letter.look,
        "logo": logo,
    }
    bare = letter.notice is not None and not has_text(letter.purpose)
    name = "notice" if bare else content.kind.value
    return Rendered(_text(name, letter, view, values), _html(name, letter, values), logo)


def subject(content: ReleaseContent, letter: Letter) -> str:
    """The headline as written, in the reader's language, behind what marks a notice, an advance or a test copy. Where nobody is
    to hear the headline, who sends it."""
    language = letter.languages[0]
    _ = chrome(content, letter, language)
    text = headline(content, letter, language)
    if letter.notice is not None:
        named = has_text(letter.purpose) or letter.threaded
        who = one_line(content.organisations[0].name)
        if letter.purpose in ABOUT_EMBARGO:
            text = f"{about} ({who})" if (about := topic(letter, language, _)) else who
        elif not named:
            text = who
        text = f"{title(letter.purpose, _)}: {text}"
    if letter.advance and content.embargo:
        zone, _city = zone_and_city(content.embargo, letter.office)
        text = f"{_('EMBARGO %(hour)s', hour=hours.short_hour(content.embargo.utc, zone, _))}: {text}"
    return f"{_('TEST')}: {text}" if letter.test else text


def unsubscribe_link(letter: Letter, token: str) -> str:
    """Where a reader leaves the lists: a page where the office has a public address, else a mail to the bot."""
    if letter.public_url:
        return f"{letter.public_url.rstrip('/')}/u/{token}"
    return f"mailto:{unsubscribe_address(letter, token)}?subject=unsubscribe"


def unsubscribe_address(letter: Letter, token: str) -> str:
    """bot+u.TOKEN@…"""
    local, _, domain = letter.office.bot_address.rpartition("@")
    return f"{local}+u.{token}@{domain}"


def _text(name: str, letter: Letter, view: tuple[Part, ...], values: dict[str, object]) -> str:
    beside = {"links_of": [Links() for _ in view], "as_text": as_text, "rule": RULE}
    text = render_template(letter.folder, f"{name}.txt.j2", values | beside)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _html(name: str, letter: Letter, values: dict[str, object]) -> str:
    return _inlined(render_template(letter.folder, f"{name}.html.j2", values))


@lru_cache(maxsize=8)
def _inlined(html: str) -> str:
    """With its styles in its elements. Remembered, for reading the sheet takes thirty milliseconds, and a release is looked
    over as it is submitted and again as it is approved."""
    inliner = Premailer(
        allow_network=False,
        keep_style_tags=True,
        strip_important=False,
        disable_validation=True,
        cssutils_logging_level=logging.CRITICAL,
        disable_basic_attributes=["width", "height"],
        align_floating_images=False,
        disable_link_rewrites=True,  # links stand exactly as they were written
    )
    return str(inliner.transform(html)).strip("\n") + "\n"
