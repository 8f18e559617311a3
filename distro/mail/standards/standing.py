"""What must stand in every mail, and in which order: what a journalist looks for, and what list mail owes its readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bs4 import Tag

from distro.editorial.content import ReleaseContent
from distro.mail.letter import Letter, Shown
from distro.mail.pieces import ContactView
from distro.mail.render import unsubscribe_link
from distro.mail.standards.opened import Fault, Opened
from distro.mail.view import Part, parts

END = "###"
_SPOKEN = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "th"]
_LINK_ONLY = "tap"
"""The class of paragraphs that hold nothing but a number, an address or a button that has its own lang."""


class Needed(NamedTuple):
    what: str
    text: str


def look(mail: Opened, content: ReleaseContent, letter: Letter, shown: Shown) -> Iterator[Fault]:
    view = parts(content, letter)
    yield from _said(mail, view, shown)
    yield from _in_order(mail, view)
    yield from _links(mail, view, letter, shown)
    yield from _shape(mail, view)


def _said(mail: Opened, view: tuple[Part, ...], shown: Shown) -> Iterator[Fault]:
    """Everything that the release and the law of the trade ask for stands in both parts."""
    seen, text = _one_line(_article(mail)), _one_line(mail.text)
    for needed in [one for part in view for one in _needed(part)] + [Needed("the reference number", shown.reference)]:
        for where, words in (("HTML", seen), ("text", text)):
            if _one_line(needed.text) not in words:
                yield _missing(f"The {where} part lacks {needed.what} ({_short(needed.text)}).", "Put it into the template.")
    for where, words in (("HTML", seen), ("text", text)):
        if words.count(END) < len(view):
            yield _missing(
                f"The {where} part has not its end mark ({END}) in each language.", "Put it behind the boilerplates."
            )


def _needed(part: Part) -> Iterator[Needed]:
    yield Needed("the embargo line" if part.embargo else "the release line", part.embargo or part.release_line)
    yield Needed("the date", part.date)
    yield Needed("the kind", part.kind)
    yield Needed("the issuers", part.issuers)
    yield Needed("the headline", part.headline)
    yield Needed("the subhead", part.subhead)
    yield Needed("the dateline", part.dateline)
    for label, lines in part.four:
        yield from (Needed("a part of the advisory", text) for text in (label, *lines))
    for event in part.events:
        yield from (Needed("what an event says", text) for text in (event.title.text, event.when, event.place.text))
        if event.contact is not None:
            yield from _of_contact(event.contact, "an event's contact")
    yield from (Needed("a resource", resource.title.text) for resource in part.resources)
    for contact in part.contacts:
        yield from _of_contact(contact, "a press contact")
    for boilerplate in part.boilerplates:
        yield from (Needed("a boilerplate", text) for text in (boilerplate.heading, *boilerplate.paragraphs))


def _of_contact(contact: ContactView, whose: str) -> Iterator[Needed]:
    yield Needed(f"{whose}'s name", contact.name)
    yield Needed(f"{whose}'s role", contact.role.text)
    yield Needed(f"{whose}'s phone", contact.phone)
    yield Needed(f"{whose}'s mail", contact.email)


def _in_order(mail: Opened, view: tuple[Part, ...]) -> Iterator[Fault]:
    """Embargo or release line, headline, contacts, end mark, foot: where a journalist looks for them."""
    seen, at, before = _one_line(_article(mail)), 0, ""
    top = view[0]
    contact = top.contacts[0].name if top.contacts else ""
    for what, text in (
        ("embargo or release line", top.embargo or top.release_line),
        ("headline", top.headline),
        ("press contact", contact),
        ("end mark", END),
        ("reason and unsubscribe link", top.words("Unsubscribe")),
    ):
        found = seen.find(_one_line(text), at)
        if found < 0 and _one_line(text) in seen:
            yield Fault(
                "order",
                True,
                f"The {what} stands before the {before}.",
                "Let them follow each other as in the packaged template.",
            )
        at, before = max(at, found), what


def _links(mail: Opened, view: tuple[Part, ...], letter: Letter, shown: Shown) -> Iterator[Fault]:
    there = {str(link["href"]) for link in mail.page.find_all("a", href=True)}
    leave = unsubscribe_link(letter, shown.token)
    if leave not in there or leave not in mail.text:
        yield _missing("The unsubscribe link is not in both parts of the mail.", "Link `unsubscribe` in the foot of both.")
    for contact in [one for part in view for one in part.contacts]:
        for kind, link in (("phone", contact.tel), ("mail", f"mailto:{contact.email}" if contact.email else "")):
            if link and link not in there:
                yield _missing(f"The {kind} of {contact.name} is no link.", "Link it, with tel: or mailto:.")
    for part in view[1:]:
        if f"#{part.language}" not in there or mail.page.find(id=part.language) is None:
            yield _missing(f"Nothing leads to the text in {part.language} further down.", "Keep the line below the date.")


def _shape(mail: Opened, view: tuple[Part, ...]) -> Iterator[Fault]:
    """What programs that read aloud, and those that cannot show much, go by."""
    page = mail.page
    titles = page.find_all("h1")
    if len(titles) != 1:
        yield Fault("shape", True, f"The mail has {len(titles)} h1; a mail has one, its headline.", "Use the `heading` macro.")
    article = page.select_one("[role=article]")
    if not isinstance(article, Tag) or not article.get("lang") or not article.get("dir") or not article.get("aria-label"):
        yield _missing("No element has role=article with lang, dir and aria-label around all that is read.", "Keep that <div>.")
    for part in view:
        if not isinstance(article, Tag) or article.find("div", lang=part.language, dir=part.direction) is None:
            yield _missing(f"The text in {part.language} stands in no <div> with its lang and dir.", "Keep that <div>.")
    silent = [
        tag for tag in page.find_all(_SPOKEN) if not tag.get("lang") and _LINK_ONLY not in tag.get_attribute_list("class")
    ]
    if silent:
        yield Fault(
            "shape",
            True,
            f"{len(silent)} paragraphs or headings say no lang (the first: {_short(silent[0].get_text(' '))}).",
            "Write lang on each: some programs drop it from what stands around.",
        )
    for table in page.find_all("table"):
        if table.get("role") != "presentation" and table.find("th") is None:
            yield Fault("shape", True, "A layout table has no role=presentation.", "Write it on each table that holds no data.")
            break
    if not all(page.select_one(f"meta[name={name}]") for name in ("color-scheme", "viewport")):
        yield _missing("The head lacks the meta fields color-scheme and viewport.", "Keep both, or telephones guess.")
    if not mail.html.lstrip().startswith("<!DOCTYPE html>"):
        yield Fault("shape", True, "The HTML does not start with <!DOCTYPE html>.", "Put it first, in capitals.")


def _missing(why: str, remedy: str) -> Fault:
    return Fault("missing", True, why, remedy)


def _article(mail: Opened) -> str:
    found = mail.page.select_one("[role=article]")
    return found.get_text(" ") if isinstance(found, Tag) else ""


def _one_line(text: str) -> str:
    """The words alone: how white space and punctuation fall beside tags is not what is asked."""
    return re.sub(r"[^\w#]+", " ", text).strip()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
