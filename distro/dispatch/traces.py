"""Where an address or a name may stand outside the vault: found, taken out where that harms nothing, told where it would.

What is written once for ever (entries, versions) is never touched. Nothing here decides who is erased.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, String, func, or_
from sqlmodel import Session, SQLModel, col, select

from contacts.models import EmbargoAgreement, Journalist, Segment, Suppression
from contacts.once import table
from distro.dispatch.alerts import Alert
from distro.dispatch.slots import reference
from distro.editorial.plan import Wave, WaveState
from distro.errors import Refused

GONE = "[erased]"
"""What is left where an address stood in somebody's words."""

_NOBODY = "erased"
"""What a rule names instead of an address: no address, so it finds nobody."""

_WORDS: tuple[tuple[type[SQLModel], tuple[str, ...]], ...] = (
    (Journalist, ("notes", "basis", "source")),
    (Suppression, ("reason", "evidence", "lifted_reason")),
    (EmbargoAgreement, ("how",)),
    (Wave, ("reason",)),
    (Alert, ("subject", "body")),
)
"""What people and robots wrote about other things, in rows that may change."""

_OVER = (WaveState.DONE, WaveState.CANCELLED, WaveState.EXPIRED)


@dataclass(frozen=True)
class Traces:
    """What to look for. `names`: those of several words; a single one would be found in half of all texts."""

    addresses: tuple[str, ...]
    names: tuple[str, ...]
    copies: tuple[tuple[int, int], ...] = ()
    """(wave, delivery) of every copy of theirs."""

    @classmethod
    def of(cls, addresses: Iterable[str], names: Iterable[str], copies: Iterable[tuple[int, int]]) -> Traces:
        # the longest first: one may be the end of another
        known = sorted({address.lower() for address in addresses}, key=len, reverse=True)
        return cls(tuple(known), tuple(sorted({name for name in names if " " in name.strip()})), tuple(copies))

    @property
    def all(self) -> tuple[str, ...]:
        return self.addresses + self.names

    def within(self, text: str) -> str | None:
        """What of it stands in a text."""
        folded = text.lower()
        return next((one for one in self.all if one.lower() in folded), None)


def refuse_named(session: Session, traces: Traces) -> None:
    """Raise Refused where a rule that somebody may still use names an address: it is for a person to say what it is to be."""
    for segment in session.exec(select(Segment).where(_holds(Segment, ("rule",), traces.addresses))):
        raise Refused(
            f"The rule of the segment {segment.name!r} names the address; give it another with `distro segments save` first."
        )
    for wave in _waves_naming(session, traces):
        if wave.state not in _OVER:
            raise Refused(
                f"Wave {wave.id} was scheduled by a rule that names the address, and is not over; "
                f"`release reschedule` it with the segment's new rule, or `wave cancel {wave.id}`."
            )


def take_out(session: Session, traces: Traces) -> list[int]:
    """Take the addresses out of what other rows say, and out of the rules of waves that are over. Returns those waves: their
    rules are no more what was approved, letter by letter, and the record is to say why."""
    pattern = _pattern(traces.addresses)
    for model, names in _WORDS:
        for row in session.exec(select(model).where(_holds(model, names, traces.addresses))):
            for name in names:
                if (text := getattr(row, name)) is not None:
                    setattr(row, name, pattern.sub(GONE, text))
            session.add(row)
    changed = []
    for wave in _waves_naming(session, traces):
        wave.audience = pattern.sub(_NOBODY, wave.audience)
        session.add(wave)
        changed.append(wave.id or 0)
    session.flush()
    return changed


def _waves_naming(session: Session, traces: Traces) -> list[Wave]:
    query = select(Wave).where(_holds(Wave, ("audience",), traces.addresses)).order_by(col(Wave.id))
    return list(session.exec(query))


def _pattern(texts: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, texts)), re.IGNORECASE)


def _holds(model: type[SQLModel], names: Sequence[str], texts: Sequence[str]) -> ColumnElement[bool]:
    columns = table(model).c
    return or_(*(func.lower(columns[name]).contains(text.lower(), autoescape=True) for name in names for text in texts))


def left(session: Session, traces: Traces) -> Iterator[str]:
    """Where an address or a name still stands in the store, as table and key: for a person to look whether it is theirs."""
    for one in SQLModel.metadata.sorted_tables:
        texts = [column.name for column in one.columns if isinstance(getattr(column.type, "impl", column.type), String)]
        if not texts:
            continue
        keys = list(one.primary_key.columns)
        found = or_(*(func.lower(one.c[n]).contains(t.lower(), autoescape=True) for n in texts for t in traces.all))
        for row in session.connection().execute(one.select().with_only_columns(*keys).where(found).limit(20)):
            yield f"{one.name} {'/'.join(map(str, row))}"


def clean_folder(data_dir: Path, outbox: Path, traces: Traces) -> None:
    """The copies of theirs that an outbox kept are removed; in the running log, which should name nobody, names and addresses
    are overwritten where they stand, so that a bot goes on writing behind them."""
    for wave, delivery in traces.copies:
        for ending in ("eml", "json"):
            (outbox / f"{reference(wave, delivery)}.{ending}").unlink(missing_ok=True)
    for path in data_dir.glob("distro.log*"):
        _blacken(path, traces.all)


def _blacken(path: Path, texts: Sequence[str]) -> None:
    if not texts or path.stat().st_size == 0:
        return
    pattern = re.compile(b"|".join(re.escape(text.encode()) for text in texts), re.IGNORECASE)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as octets:
        for found in [match.span() for match in pattern.finditer(octets)]:
            octets[slice(*found)] = b"*" * (found[1] - found[0])
