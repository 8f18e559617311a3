"""How the office's mails look: the sections [templates] and [look] of the settings. Colours that cannot be read are refused.

Owns names, defaults and limits of colours and logo. Where they stand in a mail is templates/email/style.css.j2's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from distro.contrast import ENOUGH, colour, ratio, shown
from distro.picture import read_picture
from distro.section import Section


def _colour(text: str) -> str:
    if not text.startswith("#") or colour(text) is None:
        raise ValueError
    return text.lower()


def _folder(path: Path | None) -> Path | None:
    if path is not None and not path.expanduser().is_dir():
        raise ValueError("there is no such folder; make it, or leave the setting empty")
    return path.expanduser() if path is not None else None


Colour = Annotated[str, AfterValidator(_colour), Field(description='a colour such as "#0b4a7a"')]

LETTERS = ("ink", "soft", "accent")
GROUNDS = ("sheet", "pale")
"""Each of these letters may stand on each of these grounds, in light and in dark colours."""


class Templates(Section):
    folder: Annotated[Path | None, AfterValidator(_folder), Field(description="the path of a folder, or nothing")] = None
    """Empty: none. Its email/, web/ and locale/ lie over ours, file by file; trusted as ours are (see docs/templates.md)."""

    @field_validator("folder", mode="before")
    @classmethod
    def _or_none(cls, path: object) -> object:
        return path or None


class Look(Section):
    """Named colours, and a logo. The fonts are those that the reader has."""

    ink: Colour = "#1b1f24"
    soft: Colour = "#4d5660"
    """Letters that stand back: date, kind, subhead, foot."""
    accent: Colour = "#0b4a7a"
    """Links, release line, headings of sections, the bars beside quotations and on top."""
    rule: Colour = "#d5dae0"
    """Lines between things; no letters."""
    ground: Colour = "#eef1f4"
    """Around the sheet; no letters."""
    sheet: Colour = "#ffffff"
    pale: Colour = "#f6f8fa"
    """The ground of contacts, events and the foot."""
    alarm: Colour = "#8c1d18"
    """The ground of the embargo line."""
    on_alarm: Colour = "#ffffff"
    dark_ink: Colour = "#e9ecef"
    dark_soft: Colour = "#b4bdc7"
    dark_accent: Colour = "#8fc1ee"
    dark_rule: Colour = "#3a434d"
    dark_ground: Colour = "#0f1215"
    dark_sheet: Colour = "#191d22"
    dark_pale: Colour = "#20262c"
    dark_alarm: Colour = "#7d1a16"
    dark_on_alarm: Colour = "#ffffff"
    logo: Annotated[str, Field(description="the path of a PNG or JPEG file, or nothing")] = ""
    """It travels in each mail, and its alt text is the office's name."""
    logo_ground: Colour = "#ffffff"
    """What the logo stands on, in light and in dark colours alike: a logo is drawn for one ground."""

    @field_validator("logo")
    @classmethod
    def _is_a_picture(cls, path: str) -> str:
        if path:
            read_picture(Path(path))
        return path

    @model_validator(mode="after")
    def _can_be_read(self) -> Look:
        for letters, ground in self._pairs():
            one, other = str(getattr(self, letters)), str(getattr(self, ground))
            inks, ground_colour = colour(one), colour(other)
            assert inks is not None
            assert ground_colour is not None
            if (found := ratio(inks, ground_colour)) < ENOUGH:
                raise ValueError(
                    f"{letters} ({one}) on {ground} ({other}) has a contrast of {shown(found)}, and letters need 4.5:1 "
                    "(WCAG 2.2, 1.4.3); choose colours that are further apart"
                )
        return self

    @staticmethod
    def _pairs() -> Iterator[tuple[str, str]]:
        for scheme in ("", "dark_"):
            yield from ((scheme + letters, scheme + ground) for letters in LETTERS for ground in GROUNDS)
            yield f"{scheme}on_alarm", f"{scheme}alarm"
