"""What a batch of checked rows asks of the table of contacts: whom to add, whom to change, who is there. Decides no policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, select

from contacts import kept_notes
from contacts.fields import Value
from contacts.models import Journalist
from contacts.once import table

if TYPE_CHECKING:
    from contacts.importing import Good

_EMPTY: Mapping[str, Value] = {
    **{"name": "", "outlet_id": None, "beats": "", "beat_keys": ";", "region": "", "region_key": "", "languages": ""},
    **{"timezone": "", "phone": "", "tier": None, "source": "", "source_key": "", "basis": "", "notes": ""},
}


@dataclass
class Plan:
    """Rows to insert, rows to update, and the ids of everybody who is there already."""

    new: list[dict[str, object]] = field(default_factory=list)
    altered: list[dict[str, object]] = field(default_factory=list)
    known: list[int] = field(default_factory=list)

    @property
    def changed(self) -> list[int]:
        """Ids of those to update."""
        return [cast("int", row["this"]) for row in self.altered]


def plan(session: Session, batch: Sequence[Good], outlet_ids: Mapping[str, int], at: datetime) -> Plan:
    people = table(Journalist).c
    asked = select(*people).where(people.canonical.in_([one.canonical for one in batch]))
    stored = {str(row["canonical"]): row for row in session.connection().execute(asked).mappings()}
    made = Plan()
    for one in batch:
        before = stored.get(one.canonical)
        base: Mapping[str, Value] = cast("Mapping[str, Value]", before) if before is not None else _EMPTY
        row = {**{name: base[name] for name in _EMPTY}, **one.columns, "address": one.written}
        if one.outlet_key:
            row["outlet_id"] = outlet_ids[one.outlet_key]
        if one.notes or one.kept:
            row["notes"] = kept_notes.merge(str(base["notes"]), one.notes, one.kept)
        if before is None:
            made.new.append({**row, "canonical": one.canonical, "domain": one.domain, "created_at": at, "changed_at": at})
            continue
        made.known.append(before["id"])
        if any(before[name] != value for name, value in row.items()):
            made.altered.append({**row, "changed_at": at, "this": before["id"]})
    return made


def write(session: Session, made: Plan) -> None:
    """Insert and update. Row by row in one round trip: psycopg spends longer on one statement of 1,000 rows than the server."""
    people = table(Journalist)
    if made.altered:
        changed = [name for name in made.altered[0] if name != "this"]
        by_id = update(people).where(people.c.id == bindparam("this")).values({name: bindparam(name) for name in changed})
        session.connection().execute(by_id, made.altered)
    if made.new:
        session.connection().execute(insert(people), made.new)


def ids_of(session: Session, rows: Sequence[Mapping[str, object]]) -> list[int]:
    """The ids that rows got when they were inserted."""
    people = table(Journalist).c
    asked = select(people.id).where(people.canonical.in_([row["canonical"] for row in rows]))
    return list(session.connection().execute(asked).scalars())
