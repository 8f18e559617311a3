"""Reads a release folder (release.toml, one Markdown file a language, assets) into the content that a draft holds.

Owns which files count and what a release is called; what stands in them is read by release_toml and edition. All that is
wrong is said at once. What only stops a `submit` (preflight) does not stop here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slugify import slugify

from distro.editorial.assets import measure
from distro.editorial.content import Edition, ReleaseContent, Resource
from distro.editorial.edition import read_edition
from distro.editorial.fields import language_tag
from distro.editorial.release_toml import NAME, Front, read_front
from distro.errors import Refused

LONGEST_SLUG = 120
MOST_OCTETS = 2_000_000
"""Of one file that is read as text: far more than any release, far less than what would hurt."""


@dataclass(frozen=True)
class ReleaseFolder:
    """A folder as it was read, once.

    slug_given  the slug stands in release.toml; else it was made from a headline and may be another release's by chance
    notes       sentences for the writer that stop nothing: files that were passed over, files that are not there yet
    """

    path: Path
    content: ReleaseContent
    slug_given: bool
    notes: tuple[str, ...]


def read_folder(path: Path, *, office_zone: str = "America/New_York", office_languages: Sequence[str] = ()) -> ReleaseContent:
    """The content of a release folder. Raises Refused with a sentence for each thing that is wrong."""
    return open_folder(path, office_zone=office_zone, office_languages=office_languages).content


def open_folder(path: Path, *, office_zone: str = "America/New_York", office_languages: Sequence[str] = ()) -> ReleaseFolder:
    """As read_folder, with what a command tells the writer beside it."""
    if not path.is_dir():
        raise Refused(f"There is no folder {path}; a release is a folder with {NAME} and one Markdown file a language.")
    problems: list[str] = []
    notes: list[str] = []
    octets = _read(path, NAME, problems)
    front = None if octets is None else read_front(octets, office_zone, problems)
    if front is None:
        raise Refused(*problems)
    editions = _editions(path, front, problems, notes)
    languages = _languages(front, editions, office_languages, problems)
    resources = tuple(_measured(path, resource, problems, notes) for resource in front.resources)
    slug = _slug(front, languages, editions, problems)
    if problems or front.kind is None or front.date is None:
        raise Refused(*problems)
    content = ReleaseContent(
        kind=front.kind,
        slug=slug,
        date=front.date,
        languages=languages,
        embargo=front.embargo,
        organisations=front.organisations,
        contacts=front.contacts,
        resources=resources,
        events=front.events,
        editions={language: editions[language] for language in languages if language in editions},
    )
    return ReleaseFolder(path, content, bool(front.slug), tuple(notes))


def _read(folder: Path, name: str, problems: list[str]) -> bytes | None:
    """The octets of a file that really is in the folder, or None and a problem."""
    path = folder / name
    if not path.is_file():
        problems.append(f"There is no file {name} in {folder}.")
    elif not path.resolve().is_relative_to(folder.resolve()):
        problems.append(f"{name} is a link that leads out of the release folder; put the file itself there.")
    elif path.stat().st_size > MOST_OCTETS:
        problems.append(f"{name} is over {MOST_OCTETS // 1_000_000} MB; text belongs in it, and files go into assets/.")
    else:
        return path.read_bytes()
    return None


def _editions(folder: Path, front: Front, problems: list[str], notes: list[str]) -> dict[str, Edition]:
    """The editions by language tag. A Markdown file whose name is no tag (README.md), or is not among the languages that
    release.toml lists, is passed over and told."""
    found: dict[str, str] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() == ".md"):
        tag = language_tag(path.stem)
        if tag is None:
            notes.append(f"{path.name} is not read: its name is not a language tag such as en, es or pt-BR.")
        elif front.languages and tag not in front.languages:
            notes.append(f"{path.name} is not read: {NAME} does not list {tag} under languages.")
        elif tag in found:
            problems.append(f"{found[tag]} and {path.name} are both the edition in {tag}; leave one.")
        else:
            found[tag] = path.name
    editions: dict[str, Edition] = {}
    for tag, name in found.items():
        own: list[str] = []
        octets = _read(folder, name, own)
        editions[tag] = Edition() if octets is None else read_edition(name, octets, front.kind, own)
        problems.extend(own)
    return editions


def _languages(
    front: Front, editions: dict[str, Edition], office_languages: Sequence[str], problems: list[str]
) -> tuple[str, ...]:
    """The editions' tags, the primary first: as listed, else the office's order and then the alphabet's.

    A listed edition that is missing would go out half-translated, so it is refused here; only the primary may come later,
    for without it `submit` refuses.
    """
    if not editions and not problems:
        problems.append("There is no edition; write one Markdown file a language, for example en.md and es.md.")
    if front.languages:
        for tag in front.languages[1:]:
            if tag not in editions:
                problems.append(f"{NAME} lists {tag} under languages, and there is no {tag}.md; write it, or take {tag} out.")
        return front.languages
    office = list(office_languages)
    return tuple(sorted(editions, key=lambda tag: (office.index(tag) if tag in office else len(office), tag)))


def _measured(folder: Path, resource: Resource, problems: list[str], notes: list[str]) -> Resource:
    try:
        measured = measure(folder, resource)
    except Refused as refused:
        problems.extend(f"{NAME}: {sentence}" for sentence in refused.sentences)
        return resource
    if measured.file and not measured.sha256:
        notes.append(f"The file {measured.file} is not there yet; `release submit` will ask for it.")
    return measured


def _slug(front: Front, languages: Sequence[str], editions: dict[str, Edition], problems: list[str]) -> str:
    """As given; else from the first headline in the order of languages; else the kind and the date."""
    if front.slug:
        proper = slugify(front.slug, max_length=LONGEST_SLUG, word_boundary=True)
        if front.slug != proper:
            hint = f"write {proper!r}" if proper else "write small letters, digits and hyphens"
            problems.append(f"{NAME}: slug is {front.slug!r}; {hint}.")
        return front.slug
    headlines = (editions[tag].headline for tag in languages if tag in editions)
    made = slugify(next((h for h in headlines if h), ""), max_length=LONGEST_SLUG, word_boundary=True)
    return made or f"{front.kind}-{front.date}"
