"""Where a release links to, and where in it: web addresses of texts, organisations and resources."""

from __future__ import annotations

from collections.abc import Iterator

from distro.editorial.content import ReleaseContent
from distro.reading.markup import links

_TEXTS = ("body", "notes_to_editors", "subhead", "what", "when", "where", "who")


def targets(content: ReleaseContent) -> Iterator[tuple[tuple[str, str, str], str]]:
    """(language, part, words) and the address; what is no web address is left out."""
    for where, url in _all(content):
        full = f"https://{url}" if url.lower().startswith("www.") else url
        if full.lower().startswith(("http://", "https://")):
            yield where, full


def _all(content: ReleaseContent) -> Iterator[tuple[tuple[str, str, str], str]]:
    for language, edition in content.editions.items():
        for part in _TEXTS:
            for link in links(getattr(edition, part)):
                if not link.picture:
                    yield (language, part, link.url), link.url
    for organisation in content.organisations:
        yield ("", "organisations", organisation.url), organisation.url
    for resource in content.resources:
        yield ("", "resources", resource.url), resource.url
