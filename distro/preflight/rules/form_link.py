"""form-link: a link leads somewhere for whoever gets it: a whole address, of a host that others can reach."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from distro.preflight.case import Case, about, place
from distro.preflight.finding import Place
from distro.preflight.rule import Found, Rule
from distro.reading.markup import links
from distro.severity import Severity

_SCHEMES = ("http", "https", "mailto", "tel")
_LOCAL = re.compile(r"(?i)(?:.*\.)?(?:localhost|local|localdomain|internal|intranet|lan|home|corp|test|invalid)|[^.]+")


def _look(case: Case) -> Found:
    for where, url in _all(case):
        if wrong := wrong_with(url):
            yield where, wrong, "Write the whole public address, https://…, or take the link out."


def _all(case: Case) -> Iterator[tuple[Place, str]]:
    for language, part, text in case.texts():
        for link in links(text):
            if not link.picture:
                yield place(language, part, text, link.span), link.url
    for organisation in case.content.organisations:
        if organisation.url:
            yield about("", "organisations", organisation.url), organisation.url
    for resource in case.content.resources:
        if resource.url:
            yield about("", "resources", resource.url), resource.url


def wrong_with(url: str) -> str:
    """A sentence, or "" for a link that others can follow (if it is there at all)."""
    if url in ("", "#", "http://", "https://", "mailto:", "tel:"):
        return "The link is empty."
    if url.lower().startswith("www."):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "The link cannot be read as an address."
    if parts.scheme.lower() == "file" or re.match(r"[A-Za-z]:\\", url):
        return "The link leads to a file on somebody's own computer."
    if not parts.scheme or parts.scheme.lower() not in _SCHEMES:
        if parts.scheme:
            return f"The link starts with {parts.scheme}:, and mail programs follow only web, mail and phone addresses."
        return "The link is relative: it leads nowhere from a mail."
    if parts.scheme.lower() in ("mailto", "tel"):
        return "" if re.search(r"\d{3}|@[\w-]+\.", parts.path) else "The link is empty."
    return f"The link leads to {host or 'no host'}, which nobody outside can reach." if _is_local(host) else ""


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return not host or _LOCAL.fullmatch(host) is not None


RULE = Rule(
    "form-link", Severity.WARNS, "RFC 3986, 4.2 (a relative reference needs a base)", "empty, relative, or local", _look
)
