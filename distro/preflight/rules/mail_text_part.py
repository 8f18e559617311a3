"""mail-text-part: who reads the plain part reads the same."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, Tag

from distro.preflight.case import Case, about
from distro.preflight.looks import declared
from distro.preflight.rule import Found, Rule
from distro.severity import Severity

_WORD = re.compile(r"[^\W_]{2,}")
_BLOCKS = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "div"]


def _look(case: Case) -> Found:
    for language, mail in case.mails.items():
        for block in missing(mail.html, mail.text):
            why = "The plain part of the mail does not say this, and the HTML part does."
            yield about(language, "mail", block[:80]), why, "Let the text template show it too."


def missing(html: str, text: str) -> list[str]:
    """The blocks of the HTML of which over half the words are nowhere in the text."""
    soup = BeautifulSoup(html, "html.parser")
    for hidden in [tag for tag in soup.find_all(["style", "script", "title", "head"])]:
        hidden.decompose()
    for tag in soup.find_all(style=True):
        if isinstance(tag, Tag) and not tag.decomposed and declared(str(tag["style"])).get("display") == "none":
            tag.decompose()
    for comment in soup.find_all(string=lambda string: isinstance(string, Comment)):
        comment.extract()
    said = {word.lower() for word in _WORD.findall(text)}
    found = []
    for block in soup.find_all(_BLOCKS):
        words = _WORD.findall(block.get_text(" ")) if block.find(_BLOCKS) is None else []
        lost = [word for word in words if word.lower() not in said]
        if len(lost) * 2 > len(words):
            found.append(" ".join(block.get_text(" ").split()))
    return found


RULE = Rule("mail-text-part", Severity.WARNS, "RFC 2046, 5.1.4 (alternatives say the same)", "says less than the HTML", _look)
