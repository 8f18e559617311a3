"""The release folders that the demo sends: copies of those beside this file, with today's date and an hour just ahead."""

from __future__ import annotations

import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

from babel.dates import format_date

RELEASES = Path(__file__).with_name("releases")

JOINT, ADVISORY, STATEMENT = "night-clinic", "heat-forum", "council-vote"

_DAYS = {"en": "EEEE, MMMM d, y", "es": "EEEE d 'de' MMMM 'de' y"}
_WEDNESDAY = 2


def copy_folder(name: str, into: Path, today: date, *, lift: datetime | None = None) -> Path:
    """A copy under `into`, dated `today`; `lift` (aware) takes the place of the embargo that is written there."""
    folder = Path(shutil.copytree(RELEASES / name, into / name))
    front = folder / "release.toml"
    text = re.sub(r"(?m)^date = .*$", f"date = {today}", front.read_text(encoding="utf-8"))
    if lift is not None:
        text = re.sub(r"(?m)^embargo = .*$", f'embargo = "{lift.isoformat()}"', text)
    front.write_text(text, encoding="utf-8")
    for language, pattern in _DAYS.items():
        edition = folder / f"{language}.md"
        day = format_date(_forum_day(today), pattern, locale=language)
        edition.write_text(edition.read_text(encoding="utf-8").replace("{day}", day), encoding="utf-8")
    return folder


def _forum_day(today: date) -> date:
    """The first Wednesday that is a week ahead or more."""
    return today + timedelta(days=7 + (_WEDNESDAY - today.weekday()) % 7)
