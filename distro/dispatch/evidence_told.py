"""What the entries in an evidence bag come to: who wrote, submitted, scheduled and approved, and when waves left. Pure.

The summary is written from this and not from the store's rows, so that it says what the proofs prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from distro.archive.columns import from_microseconds
from distro.archive.damage import UNREADABLE
from distro.archive.ledger import Sealable, told_by


@dataclass(frozen=True)
class Deed:
    """Somebody did it then. `alone`: gave their word for what they wrote. `version`: the text's hash, where it is about one."""

    by: str
    at: datetime
    alone: bool = False
    version: str = ""


@dataclass
class TextTold:
    authors: tuple[str, ...]
    submitted: Deed


@dataclass
class WaveTold:
    """`at`: the hour that was chosen, None for "as soon as approved" while nobody has. `approval`: the number of the word by
    which it is armed. What no entry says is empty."""

    purpose: str = ""
    version: str = ""
    at: datetime | None = None
    scheduled: Deed | None = None
    approval: int | None = None
    launched: datetime | None = None
    ended: datetime | None = None


@dataclass
class Told:
    """`texts` by hash, in the order in which they were first submitted; `waves` and `approvals` by number."""

    authors: tuple[str, ...] = ()
    texts: dict[str, TextTold] = field(default_factory=dict)
    waves: dict[int, WaveTold] = field(default_factory=dict)
    approvals: dict[int, Deed] = field(default_factory=dict)

    def wave(self, number: int) -> WaveTold:
        return self.waves.get(number, WaveTold())

    def approved(self, number: int) -> Deed | None:
        """The word by which a wave is armed."""
        approval = self.wave(number).approval
        return None if approval is None else self.approvals.get(approval)

    def version(self, number: int) -> str:
        """The hash of the text that a wave carries; "" where no entry says."""
        approved = self.approved(number)
        return approved.version if approved is not None else self.wave(number).version


def follow(steps: Iterable[Sealable]) -> Told:
    """What the entries about a release and its waves come to, in the order of the record."""
    told = Told()
    for entry in steps:
        with suppress(*UNREADABLE):  # altered: the bag does not verify then, and the export says so
            _step(told, entry, told_by(entry.payload) or {})
    return told


def _step(told: Told, entry: Sealable, said: Mapping[str, Any]) -> None:
    about, _, what = entry.kind.partition(".")
    deed = Deed(entry.actor, from_microseconds(entry.at_us), bool(said.get("alone")), str(said.get("version", "")))
    if about == "release":
        _of_release(told, what, deed, said)
    elif about == "wave":
        number = int(entry.subject.partition(":")[2])
        _of_wave(told.waves.setdefault(number, WaveTold()), what, deed, said)


def _of_release(told: Told, what: str, deed: Deed, said: Mapping[str, Any]) -> None:
    if what == "add":
        told.authors = _with(told.authors, deed.by)
    elif what == "submit" and deed.version not in told.texts:
        told.texts[deed.version] = TextTold(told.authors, deed)
    elif what == "submit" and deed.by != told.texts[deed.version].submitted.by:
        told.authors = _with(told.authors, deed.by)
    elif what in ("schedule", "reschedule", "notice", "kill"):
        for one in said["waves"]:
            wave = told.waves.setdefault(int(one["id"]), WaveTold())
            wave.scheduled, wave.version, wave.approval = deed, deed.version, None
            wave.at = None if one["at"] == "now" else datetime.fromisoformat(one["at"])
    if "approval" in said:
        told.approvals[int(said["approval"])] = deed


def _of_wave(wave: WaveTold, what: str, deed: Deed, said: Mapping[str, Any]) -> None:
    if what == "propose":
        wave.purpose, wave.scheduled = str(said["purpose"]), deed
    elif what == "arm":
        wave.approval, wave.at = int(said["approval"]), datetime.fromisoformat(said["at"])
    elif what == "disarm":
        wave.approval = None
    elif what == "launch":
        wave.launched = wave.launched or deed.at
    elif what == "finish":
        wave.ended = deed.at
    elif what == "reopen":
        wave.ended = None


def _with(authors: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*authors, name]))
