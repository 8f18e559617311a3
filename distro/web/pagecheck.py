"""Tries an office's own pages: each is filled in and looked at as `distro template check` looks at mails. Serves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from jinja2 import TemplateError

from distro.config import Office
from distro.mail.standards.opened import Fault
from distro.mail.standards.outside import LOADS
from distro.mail.standards.trying import Found
from distro.web.pages import NAMES, PLACE, House, fill, speaking


def try_pages(office: Office, folder: Path | None) -> Iterator[Found]:
    for name in NAMES:
        for fault in _faults(name, office, folder):
            yield Found(fault, template=f"{PLACE}/{name}.html")


def _faults(name: str, office: Office, folder: Path | None) -> Iterator[Fault]:
    spoken = speaking(House(office, folder), ())
    try:
        style, html = fill(name, office, folder, spoken)
    except TemplateError as wrong:
        why = f"The page cannot be made: {type(wrong).__name__}: {wrong}."
        yield Fault("template", True, why, "Readers are shown ours until it is put right.")
        return
    page = BeautifulSoup(html, "html.parser")
    if len(page.find_all("h1")) != 1:
        yield Fault("shape", True, f"The page has {len(page.find_all('h1'))} h1; a page has one.", "Use the `page` macro.")
    if page.find(["script", "iframe", "img", "link"]) or page.find(src=True) or LOADS.search(style):
        yield Fault("outside", True, "The page loads something; its policy forbids that to the browser.", "Take it out.")
    for _ in spoken:
        if page.find(lang=_.language) is None:
            yield Fault("shape", True, f"Nothing on the page is marked as {_.language}.", "Write lang on each section.")
    if name == "ask" and page.select_one("form[method=post] button[type=submit]") is None:
        yield Fault("missing", True, "The page has no button that posts.", "Keep the form: opening a page changes nothing.")
