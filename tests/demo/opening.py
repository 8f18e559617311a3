"""What the demo leaves to be opened: pages for a browser beside the mails as they came, and where everything lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from email.parser import BytesParser
from email.policy import SMTPUTF8
from pathlib import Path

from tests.demo.office import Office
from tests.demo.server import Mail


def write_pages(office: Office, mails: Sequence[Mail]) -> list[tuple[str, str]]:
    """The HTML part of one received mail of each look, under open/, and what to tell of it: words and path or command."""
    pages = office.folder / "open"
    pages.mkdir()
    lines = []
    seen: dict[tuple[str, bool, tuple[str, ...]], Mail] = {}
    for mail in mails:
        seen.setdefault((mail.header.release, mail.header.early, tuple(sorted(mail.header.languages))), mail)
    for (release, early, _), mail in seen.items():
        kind = f"{release}{'.advance' if early else ''}.{'+'.join(mail.header.languages)}"
        page = pages / f"{kind}.html"
        page.write_text(_html(mail), encoding="utf-8")
        if len(mail.header.languages) > 1:
            lines.append((mail.header.subject, shown(page)))
    distro = shown(Path(sys.executable).with_name("distro"))
    settings = shown(office.config)
    return [
        *lines,
        ("pages, one of each look", shown(pages)),
        (f"all {len(mails)} mails as they came", shown(office.folder / "received")),
        ("the press list", shown(office.folder / "journalists.csv")),
        ("the archive", f"{distro} --config {settings} archive list"),
        ("one delivery, whole", f"{distro} --config {settings} archive show 1"),
    ]


def shown(path: Path) -> str:
    """The shorter of the path as it is and from here."""
    return min(str(path), os.path.relpath(path), key=len)


def _html(mail: Mail) -> str:
    body = BytesParser(policy=SMTPUTF8).parsebytes(mail.octets).get_body(("html",))
    return "" if body is None else str(body.get_content())
