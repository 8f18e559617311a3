"""What was written, as an evidence bag shows it: versions, notices, what approvals bound, editions as Markdown, kept files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath

from distro.archive.bag import Bag
from distro.archive.damage import UNREADABLE
from distro.dispatch.evidence_scope import Scope
from distro.editorial.content import Edition, ReleaseContent

_BLOCK = 1 << 16
_FRONT = ("headline", "subhead", "dateline", "what", "when", "where", "who", "notes_to_editors", "release_line")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")


def texts_of(scope: Scope) -> dict[str, ReleaseContent]:
    """The texts of the scope by their SHA-256. One that is not the text of its hash any more, or that cannot be read, is
    missing: it is not what was submitted."""
    found = {}
    for version in scope.versions:
        if _is_named(version.content, version.hash):
            with suppress(*UNREADABLE):
                found[version.hash] = version.release_content
    return found


def put_source(bag: Bag, scope: Scope, texts: Mapping[str, ReleaseContent], assets: Path) -> None:
    """Put these texts into the bag. `assets` is where files are kept by their SHA-256."""
    for version in (one for one in scope.versions if one.hash in texts):
        bag.put(f"data/versions/{version.hash}.json", version.content.encode())
        content = texts[version.hash]
        folder = f"data/source/{version.hash[:16]}"
        for language, edition in content.editions.items():
            bag.put(f"{folder}/{language}.md", markdown(edition).encode())
        for digest, ending in dict.fromkeys((r.sha256, _ending(r.file)) for r in content.resources if r.sha256):
            if _is_whole(assets / digest, digest):
                with bag.stream(f"{folder}/files/{digest}{ending}") as write:
                    for block in _blocks(assets / digest):
                        write(block)
    # two people's words for one kill bind the same
    bound = {one.binding: one.terms for one in scope.approvals if _is_named(one.terms, one.binding)}
    for binding, terms in bound.items():
        bag.put(f"data/approvals/{binding}.json", terms.encode())
    for notice in (one for one in scope.notices if _is_named(one.content, one.hash)):
        bag.put(f"data/notices/{notice.hash}.json", notice.content.encode())


def _is_named(text: str, digest: str) -> bool:
    """Whether this is still the text that has this SHA-256."""
    return sha256(text.encode()).hexdigest() == digest


def markdown(edition: Edition) -> str:
    """An edition as a release folder has it: Markdown under front matter."""
    import yaml

    front = {name: text for name in _FRONT if (text := getattr(edition, name))}
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{head if front else ''}---\n{edition.body}\n"


def _ending(file: str) -> str:
    ending = PurePosixPath(file).suffix
    return ending if _ENDING.fullmatch(ending) else ""


def _is_whole(path: Path, digest: str) -> bool:
    """Whether the file was kept, and is still what it was."""
    if not path.is_file():
        return False
    found = sha256()
    for block in _blocks(path):
        found.update(block)
    return found.hexdigest() == digest


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
