"""Invented releases, one of each kind and in several languages, and the occasions on which mails of them go out.

What is tried out is made of these: by `distro template check`, by the pictures in docs/ and by tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from distro.config import Office
from distro.editorial.content import Instant, Kind, ReleaseContent
from distro.editorial.folder import read_folder
from distro.look import Look
from distro.mail.compile import compile_letter
from distro.mail.letter import Letter, Shown
from distro.mail.stamp import Addressee, shown, slots, stamp

FOLDER = Path(__file__).resolve().parents[3] / "templates" / "sample"
LIFT = Instant(utc=datetime(2026, 12, 1, 14, tzinfo=UTC), wall="2026-12-01 09:00", zone="America/New_York")

READER = Addressee(
    name="Ada Reader",
    address="ada.reader@daily.example.com",
    list_name="City desk",
    message_id="sample",
    token="a" * 26,
    bounce_token="b" * 26,
    date=datetime(2026, 11, 24, 15, tzinfo=UTC),
    reference="1-1",
    original_message_id="original",
)


@dataclass(frozen=True)
class Occasion:
    """Why a mail goes out. `purpose` is the wave's; `advance` and `test` are marked as such."""

    purpose: str
    advance: bool = False
    test: bool = False
    threaded: bool = False


OCCASIONS = (
    Occasion("general"),
    Occasion("advance", advance=True),
    Occasion("general", test=True),
)
"""One line for each purpose that there is."""


@dataclass(frozen=True)
class House:
    """What an office's mails are made with."""

    office: Office
    look: Look
    folder: Path | None
    public_url: str = "https://press.example.org"


@dataclass(frozen=True)
class Sample:
    """One finished copy, and what it was made of."""

    content: ReleaseContent
    letter: Letter
    shown: Shown
    octets: bytes


@lru_cache(maxsize=16)
def content_of(kind: Kind) -> ReleaseContent:
    return read_folder(FOLDER / kind.value)


def sample(kind: Kind, language: str, occasion: Occasion, house: House) -> Sample:
    """A copy of this kind on this occasion, as this house makes it. A language that no sample is written in has the English
    text. Raises Refused where a template is wrong."""
    content = content_of(kind)
    tags = language.split("+")
    content = content.model_copy(
        update={
            "editions": {
                tag: content.editions.get(tag, content.editions[content.primary]) for tag in (*content.editions, *tags)
            },
            "embargo": LIFT if occasion.advance else None,
        }
    )
    letter = Letter(
        office=house.office,
        public_url=house.public_url,
        version=content.sha256(),
        purpose=occasion.purpose,
        ordinal=1,
        language=language,
        advance=occasion.advance,
        test=occasion.test,
        threaded=occasion.threaded,
        look=house.look,
        folder=house.folder,
    )
    octets = stamp(compile_letter(content, letter), slots(READER, house.office))
    return Sample(content, letter, shown(READER, house.office), octets)
