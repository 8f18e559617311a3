"""A wave's row held against the entries about it: its text and hour, its state, who let it go. Writes nothing.

Steps have entries of their own; which hour a wave has, and how it was written, stands in the release's entry that gave it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from distro.archive.findings import Finding
from distro.archive.ledger import instant
from distro.archive.said import Said, number_of
from distro.editorial.approving import AGAIN, unlike_approved
from distro.editorial.plan import Wave, WaveState
from distro.editorial.release import Approval, Version

ERASED = "[erased]"
"""What an erasure leaves of an address in a wave's reason (dispatch.traces). The entry keeps the words as they were."""

_ADDRESS = re.compile(r"""[^\s@<>()\[\],;:"]+@[\w.-]*\w""")

_INSTANTS = (
    ("launched_at", "wave.launch", "launch"),
    ("prepared_at", "wave.prepare", "newest freezing"),
    ("finished_at", "wave.finish", "end"),
)
"""Columns that hold when a step was last taken."""


@dataclass(frozen=True)
class Hour:
    """The entry that gave a wave the hour that it has, and what it says of this wave."""

    said: Said
    wave: Mapping[str, Any]


def of_wave(session: Session, row: Wave, entries: Sequence[Said], hour: Hour | None) -> Iterator[Finding]:
    """How the row is not what the entries about the wave, oldest first, come to."""
    first = next((said for said in entries if said.kind == "wave.propose"), None)
    if first is None or (row.release_id, row.purpose) != (first.told.get("release"), first.told.get("purpose")):
        yield Finding(f"Wave {row.id} is not one that was proposed for release {row.release_id} as {row.purpose}.")
        return
    if (row.ordinal, row.parent_id) != (first.told.get("ordinal", 1), first.told.get("parent")):
        yield Finding(f"Wave {row.id} follows another wave, or is another in number, than was proposed.", first.entry)
    if row.notice != first.told.get("notice"):
        yield Finding(f"Wave {row.id} does not say the notice that was proposed.", first.entry)
    steps = [said for said in entries if "to" in said.told]
    armed = next((said for said in reversed(steps) if said.kind == "wave.arm" and _is_after(said, hour)), None)
    erased = next((said.told.get("audience") for said in reversed(entries) if said.kind == "wave.address_erased"), None)
    yield from _state(row, steps[-1] if steps else first)
    yield from _instants(row, steps)
    yield from _word(row, steps, hour)
    if hour is not None:
        yield from _hour(session, row, hour, armed, erased)
    yield from _approval(session, row, armed, erased)


def _is_after(said: Said, hour: Hour | None) -> bool:
    """With a new hour neither an approval nor a person's word counts any more."""
    return hour is None or said.entry > hour.said.entry


def _state(row: Wave, last: Said) -> Iterator[Finding]:
    state, reason = str(last.told.get("to", WaveState.PROPOSED.value)), str(last.told.get("reason", ""))
    if row.state != state:
        yield Finding(f"Wave {row.id} is called {row.state}; entry {last.entry} says {state}.", last.entry)
    kept = str(row.reason)
    if kept != reason and not (ERASED in kept and _without(kept) == _without(reason)):
        yield Finding(f"Wave {row.id} is {row.state} for another reason than entry {last.entry} gives.", last.entry)


def _without(text: str) -> str:
    """Without addresses, whether an erasure took them out or not."""
    return _ADDRESS.sub(ERASED, text)


def _instants(row: Wave, steps: Sequence[Said]) -> Iterator[Finding]:
    for column, kind, what in _INSTANTS:
        step = next((said for said in reversed(steps) if said.kind == kind), None)
        if getattr(row, column) != (step and step.at):
            yield Finding(f"Wave {row.id} does not have the instant of its {what}, as recorded.", number_of(step))


def _word(row: Wave, steps: Sequence[Said], hour: Hour | None) -> Iterator[Finding]:
    """Who said that it may leave late."""
    given = next((said for said in reversed(steps) if said.kind == "wave.resume" and _is_after(said, hour)), None)
    if (row.confirmed_by, row.confirmed_at) != ((None, None) if given is None else (given.actor, given.at)):
        who = "nobody" if given is None else f"{given.actor} in entry {given.entry}"
        yield Finding(f"Wave {row.id} was let go by {who}, and its row says otherwise.", number_of(given))


def _hour(session: Session, row: Wave, hour: Hour, armed: Said | None, erased: str | None) -> Iterator[Finding]:
    said, told = hour.said, hour.wave
    if (row.scheduled_by, row.scheduled_at) != (said.actor, said.at):
        yield Finding(f"Wave {row.id} does not have the hour, or the person, of entry {said.entry}.", said.entry)
    version = session.get(Version, row.version_id)
    if version is None or version.hash != said.told.get("version"):
        yield Finding(f"Wave {row.id} does not send the version of entry {said.entry}.", said.entry)
    asap = told.get("at") == "now"
    due = armed.told.get("at") if armed is not None else instant(said.at) if asap else told.get("at")
    if row.asap != asap or (due is not None and instant(row.at) != due):
        yield Finding(f"Wave {row.id} is not due at the hour that was chosen.", number_of(armed) or said.entry)
    written = {name: getattr(row, name) for name in ("wall", "zone", "tzdata")}
    if any(told.get(name, value) != value for name, value in written.items()):  # older entries do not say it
        yield Finding(f"The hour of wave {row.id} is written otherwise than in entry {said.entry}.", said.entry)
    if erased is None or _sha256(row.audience) != erased:
        yield from _audience(row, hour)


def _audience(row: Wave, hour: Hour) -> Iterator[Finding]:
    """By name: rules are bound by the approval."""
    entry = hour.said.entry
    try:
        named = [[one.name for one in some] for some in (row.rules.segments, row.rules.exclude)]
        holders = list(row.rules.holders)
    except (ValueError, KeyError, TypeError, AttributeError):
        named, holders = [], []
    if named != [hour.wave.get("segments"), hour.wave.get("exclude")]:
        yield Finding(f"Wave {row.id} does not go to the segments of entry {entry}, or not without the same.", entry)
    elif holders != hour.wave.get("holders", []):
        yield Finding(f"Wave {row.id} does not go to those who hold what entry {entry} says.", entry)


def _approval(session: Session, row: Wave, armed: Said | None, erased: str | None) -> Iterator[Finding]:
    if row.approval_id is None and armed is None and row.launched_at is None:
        return
    left = row.launched_at is not None
    approval = None if row.approval_id is None else session.get(Approval, row.approval_id)
    version = session.get(Version, row.version_id)
    if armed is None or approval is None or version is None or row.approval_id != armed.told.get("approval"):
        what = "left by another approval than it was armed by" if left else "does not name the approval that it was armed by"
        yield Finding(f"Wave {row.id} {what}.", number_of(armed))
        return
    try:
        changed = unlike_approved(session, approval, version, row, erased)
    except (ValueError, KeyError, TypeError):
        changed = "It cannot be read."
    if changed is not None:
        was = "left" if left else "was approved"
        yield Finding(f"Wave {row.id} is not as it {was}. {changed.removesuffix(AGAIN).rstrip()}", armed.entry)


def _sha256(text: str) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()
