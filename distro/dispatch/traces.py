"""Where an address or a name may stand outside the vault: found, taken out where that harms nothing, told where it would.

What is written once for ever (entries, versions) is never touched. Nothing here decides who is erased. Case is folded here and
not by the databases: SQLite folds that of ASCII only, and PostgreSQL's way hangs on its locale.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, String, or_
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel, col, select

from contacts.folding import fold
from contacts.models import EmbargoAgreement, Journalist, Segment, Suppression
from contacts.once import table
from distro.bulk import is_no_text
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

_Row = TypeVar("_Row", bound=SQLModel)
_OVER = (WaveState.DONE, WaveState.CANCELLED, WaveState.EXPIRED)
_PAGE = 1000
_TOLD = 20
"""Rows of one table that are told: more of them a person would not go through either."""


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
        """What of it stands in a text, whatever its case and however its accents are written."""
        folded = _folded(text)
        return next((one for sought, one in self._sought if sought in folded), None)

    @cached_property
    def _sought(self) -> tuple[tuple[str, str], ...]:
        return tuple((_folded(form), one) for one in self.all for form in _as_text_and_json(one))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds an address, in any case."""
        return _pattern(self.addresses)


@dataclass(frozen=True)
class Spots:
    """Rows that name an address and may change: `rows` in somebody's words, `waves` in their rule."""

    rows: tuple[SQLModel, ...]
    waves: tuple[Wave, ...]


def _folded(text: str) -> str:
    # ASCII has no accents, and most of what a store holds is nothing else
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _as_text_and_json(text: str) -> set[str]:
    """As it stands in a text, and as it stands in JSON, which escapes quotation marks."""
    return {text, json.dumps(text, ensure_ascii=False)[1:-1]}


def _pattern(texts: Sequence[str]) -> re.Pattern[str]:
    """Any of the texts, in any case, with accents as signs of their own or not."""
    forms = {unicodedata.normalize(how, form) for text in texts for form in _as_text_and_json(text) for how in ("NFC", "NFD")}
    return re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))), re.IGNORECASE)


def refuse_named(session: Session, traces: Traces) -> None:
    """Raise Refused where a rule that somebody may still use names an address: it is for a person to say what it is to be."""
    for segment in session.exec(select(Segment).order_by(col(Segment.id))):
        if traces.pattern.search(segment.rule):
            raise Refused(
                f"The rule of the segment {segment.name!r} names the address; give it another with `distro segments save` "
                "first."
            )
    for wave in _rows_naming(session, Wave, ("audience",), traces):
        if wave.state not in _OVER:
            raise Refused(
                f"Wave {wave.id} was scheduled by a rule that names the address, and is not over; "
                f"`release reschedule` it with the segment's new rule, or `wave cancel {wave.id}`."
            )


def spots(session: Session, traces: Traces) -> Spots:
    """What `take_out` would change."""
    rows = [row for model, names in _WORDS for row in _rows_naming(session, model, names, traces)]
    return Spots(tuple(rows), tuple(_rows_naming(session, Wave, ("audience",), traces)))


def take_out(session: Session, traces: Traces, found: Spots) -> list[int]:
    """Take the addresses out of what other rows say, and out of the rules of waves that are over. Returns those waves: their
    rules are no more what was approved, letter by letter, and the record is to say why."""
    names_of = dict(_WORDS)
    for row in found.rows:
        for name in names_of[type(row)]:
            if (text := getattr(row, name)) is not None:
                setattr(row, name, traces.pattern.sub(GONE, text))
        if isinstance(row, Journalist):
            row.source_key = fold(row.source)
        session.add(row)
    for wave in found.waves:
        wave.audience = traces.pattern.sub(_NOBODY, wave.audience)
        session.add(wave)
    session.flush()
    return [wave.id or 0 for wave in found.waves]


def _rows_naming(session: Session, model: type[_Row], names: Sequence[str], traces: Traces) -> list[_Row]:
    """Rows in which one of these columns names an address. The database chooses by the "@", which has no case."""
    columns = table(model).c
    with_one = or_(*(columns[name].contains("@") for name in names))
    asked = session.connection().execute(
        select(columns.id, *(columns[name] for name in names)).where(with_one), execution_options={"yield_per": _PAGE}
    )
    found = [number for number, *texts in asked if any(traces.pattern.search(text) for text in texts if text)]
    rows: list[_Row] = []
    for start in range(0, len(found), _PAGE):
        page = columns.id.in_(found[start : start + _PAGE])
        rows += session.exec(select(model).where(page).order_by(columns.id)).all()
    return rows


def left(session: Session, traces: Traces) -> Iterator[str]:
    """Where an address or a name still stands in the store, as table and key: for a person to look whether it is theirs."""
    import distro.tables  # noqa: F401  (late, since it imports us; or a table whose module nobody asked for would be missing)

    for one in SQLModel.metadata.sorted_tables:
        texts = [column for column in one.columns if isinstance(getattr(column.type, "impl", column.type), String)]
        if not texts:
            continue
        keys = list(one.primary_key.columns)
        asked = one.select().with_only_columns(*(key.label(f"key{n}") for n, key in enumerate(keys)), *texts)
        try:
            for row in islice(_saying(session, asked, len(keys), traces), _TOLD):
                yield f"{one.name} {'/'.join(map(str, row))}"
        except OperationalError as wrong:
            if not is_no_text(wrong):
                raise
            yield f"{one.name} (not all of it can be read)"


def _saying(session: Session, asked: Select[Any], keys: int, traces: Traces) -> Iterator[Sequence[object]]:
    """The keys of the rows that hold something of it."""
    for row in session.connection().execute(asked, execution_options={"yield_per": _PAGE}):
        if traces.within("\n".join(text for text in row[keys:] if isinstance(text, str))):
            yield row[:keys]


def clean_folder(data_dir: Path, outbox: Path, traces: Traces) -> None:
    """The copies of theirs that an outbox kept are removed, half-written ones too; in the running log, which should name
    nobody, names and addresses are overwritten where they stand, so that a bot goes on writing behind them."""
    for wave, delivery in traces.copies:
        for ending in ("eml", "json"):
            name = f"{reference(wave, delivery)}.{ending}"
            (outbox / name).unlink(missing_ok=True)
            (outbox / f".{name}.part").unlink(missing_ok=True)
    for path in data_dir.glob("distro.log*"):
        _blacken(path, traces.all)


def _blacken(path: Path, texts: Sequence[str]) -> None:
    if not texts:
        return
    pattern = _pattern(texts)
    with path.open("r+b") as file:
        start = 0
        while line := file.readline():
            # case is that of signs, not of octets; what is no UTF-8 becomes as many octets again
            said = line.decode("utf-8", "surrogateescape")
            for match in pattern.finditer(said):
                before, found = said[: match.start()], match[0]
                file.seek(start + len(before.encode("utf-8", "surrogateescape")))
                file.write(b"*" * len(found.encode("utf-8", "surrogateescape")))
            start += len(line)
            file.seek(start)
