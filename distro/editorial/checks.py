"""What stops a submission. Pure: the content and what the office has, in; sentences, out. Style is preflight's, later."""

from __future__ import annotations

from datetime import datetime

from distro.editorial.content import Kind, ReleaseContent
from distro.editorial.embargo import has_lifted

ADVISORY_PARTS = ("what", "when", "where", "who")


def stops(content: ReleaseContent, *, public_url: str, now: datetime) -> list[str]:
    """A sentence for each thing without which nothing may be submitted; empty where it may.

    public_url  the address under which files could be linked, "" where the office has none
    """
    return [
        *_primary(content),
        *_embargo(content, now),
        *_press_contact(content),
        *_advisory(content),
        *_files(content, public_url),
    ]


def _primary(content: ReleaseContent) -> list[str]:
    if content.primary in content.editions:
        return []
    return [f"There is no edition in the primary language; write {content.primary}.md and add the folder again."]


def _embargo(content: ReleaseContent, now: datetime) -> list[str]:
    if content.embargo is None or not has_lifted(content.embargo.utc, now):
        return []
    return [
        f"The embargo, {content.embargo.wall} {content.embargo.zone}".rstrip()
        + ", is past; set a later one, or take it out for immediate release."
    ]


def _press_contact(content: ReleaseContent) -> list[str]:
    if not content.contacts:
        return ["It names no press contact; write [[contact]] with a name, an email and a phone in release.toml."]
    first = content.contacts[0]
    if not first.email:
        return [f"The first press contact, {first.name}, gets the replies and has no email; write one in release.toml."]
    return []


def _advisory(content: ReleaseContent) -> list[str]:
    if content.kind is not Kind.ADVISORY:
        return []
    return [
        f"An advisory says what, when, where and who; {part!r} is missing in {language}.md."
        for language, edition in content.editions.items()
        for part in ADVISORY_PARTS
        if not getattr(edition, part)
    ]


def _files(content: ReleaseContent, public_url: str) -> list[str]:
    files = [resource for resource in content.resources if resource.file]
    missing = [f"The file {r.file} is not in the folder; put it there and add the folder again." for r in files if not r.sha256]
    if files and not public_url:
        names = ", ".join(r.file for r in files)
        return [*missing, f"A file needs a public address to be linked ({names}); set [web] public_url, or give a url instead."]
    return missing
