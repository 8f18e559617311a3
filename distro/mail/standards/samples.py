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
from distro.editorial.notice import without_text
from distro.editorial.plan import Purpose, has_text, is_notice
from distro.hours import in_each
from distro.look import Look
from distro.mail.compile import compile_letter
from distro.mail.letter import Letter, Shown
from distro.mail.stamp import Addressee, shown, slots, stamp
from distro.mail.standards.noticed import notice_of

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

    @property
    def bare(self) -> bool:
        """It carries nothing of the text, so it is the same for every kind of release."""
        return not has_text(self.purpose)


OCCASIONS = (
    Occasion("general"),
    Occasion("advance", advance=True),
    Occasion("general", test=True),
    Occasion("correction"),
    Occasion("update"),
    Occasion("kill"),
    Occasion("offer"),
    Occasion("embargo-moved"),
    Occasion("embargo-lifted"),
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
    version, notice, reader = content.sha256(), None, READER
    if is_notice(occasion.purpose):
        notice = notice_of(content, Purpose(occasion.purpose), tuple(tags), LIFT)
        content = content if has_text(occasion.purpose) else without_text(content, notice)
        sent = in_each(tags, LIFT.utc, LIFT.zone, primary=content.primary, city=house.office.city, folder=house.folder)
        reader = reader._replace(sent=sent)
    letter = Letter(
        office=house.office,
        public_url=house.public_url,
        version=version,
        purpose=occasion.purpose,
        ordinal=1,
        language=language,
        advance=occasion.advance,
        test=occasion.test,
        notice=notice,
        threaded=notice is not None and occasion.purpose != Purpose.OFFER,
        look=house.look,
        folder=house.folder,
    )
    octets = stamp(compile_letter(content, letter), slots(reader, house.office))
    return Sample(content, letter, shown(reader, house.office), octets)
