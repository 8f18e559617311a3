"""mail-image-size: a picture says how large it is, so that a mail does not jump, and Outlook does not blow it up."""

from __future__ import annotations

from bs4 import Tag

from distro.mail.standards.opened import page_of
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        for source in sizeless(mail.html):
            why = "A picture of the mail does not say how large it is."
            yield about(language, "mail", source), why, "Give it width and height, in pixels, as attributes."


def sizeless(html: str) -> list[str]:
    """Where the pictures come from that lack a width or a height."""
    pictures = page_of(html).find_all("img")
    return [str(one.get("src", "")) for one in pictures if not (_is_size(one, "width") and _is_size(one, "height"))]


def _is_size(picture: Tag, name: str) -> bool:
    return str(picture.get(name, "")).isdecimal()


RULE = Rule(
    "mail-image-size", Severity.WARNS, "HTML, dimension attributes; Outlook ignores CSS there", "pictures without size", _look
)
