"""The floor above looks a release over; what it found comes down as a Checked, without which nothing is submitted or approved.

Only `distro.preflight.run` makes one (a test reads the source for others), so no way to a submission passes without the rules.
Owns what a Checked binds; what the rules are is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from distro.editorial.release import Release, Verb
from distro.errors import Refused

_SEAL = object()


@dataclass(frozen=True)
class Checked:
    """What was found in one text, for one step, at one instant.

    version  the SHA-256 of the text that was looked at
    step     submit or approve
    against  a sentence for each thing that stops the step
    reach    by wave, how many get a copy in each language, for the record of an approval; empty where nobody counted
    """

    version: str
    step: Verb
    at: datetime
    against: tuple[str, ...]
    reach: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    seal: object = None

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("only distro.preflight.run says that a release was checked")


def from_preflight(
    version: str, step: Verb, at: datetime, against: tuple[str, ...], reach: Mapping[int, Mapping[str, int]]
) -> Checked:
    """For distro.preflight.run alone."""
    return Checked(version, step, at, against, reach, _SEAL)


def hold_against(checked: Checked, release: Release, version: str, step: Verb, at: datetime) -> None:
    """Raises Refused with all that stands against the step, or where another text, step or instant was looked at."""
    if (checked.version, checked.step, checked.at) != (version, step, at):
        raise Refused(f"The text of {release.slug!r} was changed while it was being checked; give the command again.")
    if checked.against:
        raise Refused(*checked.against)
