"""Tries an office's templates: every kind, language and purpose, each held to all the rules. Sends and stores nothing."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from distro.editorial.content import Kind
from distro.errors import Refused
from distro.mail.standards import catalogues
from distro.mail.standards.held import faults
from distro.mail.standards.opened import Fault, open_copy
from distro.mail.standards.samples import OCCASIONS, House, Occasion, sample
from distro.mail.templates import PACKAGED
from distro.mail.templates import PLACE as EMAIL
from distro.words import PLACE as LOCALE
from distro.words import languages

RIGHT_TO_LEFT = "ar"
"""A language that is tried though it has no catalogue: its text goes the other way, with the words of another around it."""


@dataclass(frozen=True)
class Found:
    """A fault, and in which mail. `template`, `kind`, `language` and `purpose` are "" where it is not about one."""

    fault: Fault
    template: str = ""
    kind: str = ""
    language: str = ""
    purpose: str = ""

    @property
    def sentence(self) -> str:
        where = [self.template, self.kind, f"in {self.language}" if self.language else "", self.purpose]
        return f"{', '.join(part for part in where if part)}: {self.fault.why} {self.fault.remedy}".removeprefix(": ")

    def to_json(self) -> dict[str, object]:
        return {
            "template": self.template,
            "kind": self.kind,
            "language": self.language,
            "purpose": self.purpose,
            "rule": self.fault.rule,
            "severity": "stops" if self.fault.stops else "warns",
            "why": self.fault.why,
            "remedy": self.fault.remedy,
        }


def mails(house: House) -> Iterator[tuple[Kind, str, Occasion]]:
    """What is tried: each kind on each occasion, in each language there are words for, stacked, and from right to left."""
    alone = sorted(languages(house.folder))
    for kind in Kind:
        for language in (*alone, stacked(house.office.languages), RIGHT_TO_LEFT, f"{alone[0]}+{RIGHT_TO_LEFT}"):
            for occasion in OCCASIONS:
                if kind is Kind.RELEASE or not occasion.bare:
                    yield kind, language, occasion


def stacked(office_languages: Sequence[str]) -> str:
    """The office's first two languages on top of each other; English beside its only one."""
    first, *others = office_languages
    return f"{first}+{next(one for one in (*others, 'en', 'es') if one != first)}"


def try_templates(house: House, went: Callable[[int, int], None] = lambda done, of: None) -> Iterator[Found]:
    """What is wrong, fault by fault; one that every occasion shows is told once. `went` is told how many mails are done."""
    yield from _files(house.folder)
    for language, fault in catalogues.of_folder(house.folder):
        yield Found(fault, template=f"{LOCALE}/{language}.po", language=language)
    told: set[tuple[str, str, Fault]] = set()
    all_of_them = list(mails(house))
    for done, (kind, language, occasion) in enumerate(all_of_them):
        went(done, len(all_of_them))
        for fault in _try(house, kind, language, occasion):
            if (kind.value, language, fault) not in told:
                told.add((kind.value, language, fault))
                purpose = f"{occasion.purpose} (test)" if occasion.test else occasion.purpose
                yield Found(
                    fault, f"{EMAIL}/{'notice' if occasion.bare else kind.value}.html.j2", kind.value, language, purpose
                )


def _try(house: House, kind: Kind, language: str, occasion: Occasion) -> list[Fault]:
    try:
        made = sample(kind, language, occasion, house)
    except Refused as refused:
        return [Fault("template", True, " ".join(refused.sentences), "No mail can be made until this is put right.")]
    except KeyError as missing:  # a place to fill that a catalogue has and nobody fills
        return [Fault("template", True, f"A message asks for {missing}, and there is no such value.", "See the catalogue.")]
    return faults(open_copy(made.octets), made.content, made.letter, made.shown)


def _files(folder: Path | None) -> Iterator[Found]:
    """Files that lie over nothing, most likely by a slip of the pen."""
    if folder is None:
        return
    known = {EMAIL: PACKAGED, "web": PACKAGED.parent / "web"}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place, *rest = path.relative_to(folder).parts
        name = "/".join(rest)
        if place not in {*known, LOCALE} or not rest:
            why = f"{path.relative_to(folder)} stands outside of email/, web/ and locale/, and is not looked at."
            yield Found(Fault("file", False, why, "Move it, or take it out."), template=str(path.relative_to(folder)))
        elif place in known and not (known[place] / name).exists():
            near = difflib.get_close_matches(name, [one.name for one in known[place].iterdir()], n=1, cutoff=0.85)
            if near:
                why = f"{place}/{name} lies over nothing; did you mean {near[0]}?"
                yield Found(Fault("file", False, why, "Rename it, or take it out."), template=f"{place}/{name}")
