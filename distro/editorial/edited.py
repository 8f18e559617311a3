"""When each edition of a release last changed in substance: derived from the entries of `release.add`, which name every edition
by a SHA-256 of its words. So there is no row that could say otherwise, and nothing more to keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from distro.archive.ledger import canonical
from distro.archive.said import entries_about
from distro.editorial.content import Edition, ReleaseContent


def editions_named(content: ReleaseContent) -> dict[str, str]:
    """By language, the name of the edition's words; blanks and line ends do not count."""
    return {language: _name(edition) for language, edition in sorted(content.editions.items())}


def edited(session: Session, release_id: int, content: ReleaseContent) -> Mapping[str, datetime] | None:
    """By language, when the edition as it stands in `content` came to be so. Without a language that older entries do not speak
    of; None where none does."""
    since: dict[str, tuple[str, datetime]] = {}
    for said in entries_about(session, "release", [release_id])[release_id]:
        named = said.told.get("editions") if said.kind == "release.add" else None
        if isinstance(named, dict):
            for language, name in named.items():
                if language not in since or since[language][0] != name:
                    since[language] = name, said.at
    now = editions_named(content)
    known = {language: since[language][1] for language in now if language in since and since[language][0] == now[language]}
    return known or None


def _name(edition: Edition) -> str:
    words = {part: " ".join(str(text).split()) for part, text in edition.model_dump(exclude_defaults=True).items()}
    return hashlib.sha256(canonical(words).encode()).hexdigest()
