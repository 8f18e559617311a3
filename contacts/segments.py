"""Segments: rules under a name. Who is in one is computed each time, never copied.

A count is of who matches the rule, people with a suppression included: whether somebody may be mailed is asked when sending.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from contacts import fields, lists, people, suppression
from contacts.errors import Refused
from contacts.folding import fold
from contacts.models import Journalist, Record, Segment
from contacts.rules import Rule, compile_rule


def save(session: Session, name: str, rule: str, *, by: str, at: datetime, record: Record) -> Segment:
    """Save a rule under a name, or give the segment of that name this rule.

    Raises Refused for a rule that cannot be read or names a list that does not exist. A list may go later; the rule then
    finds nobody on it. What is recorded is the rule's SHA-256, for a rule can name a person.
    """
    title = fields.title(name, "segment")
    text = rule.strip()
    _refuse_unknown_lists(session, compile_rule(text))
    segment = session.exec(select(Segment).where(Segment.key == fold(title))).first()
    if segment is None:
        segment = Segment(name=title, key=fold(title), rule=text, changed_at=at, changed_by=by)
    elif segment.rule == text:
        return segment
    segment.rule, segment.changed_at, segment.changed_by = text, at, by
    session.add(segment)
    session.flush()
    digest = hashlib.sha256(text.encode()).hexdigest()
    record("segment.saved", f"segment:{segment.id}", {"name": segment.name, "rule_sha256": digest})
    return segment


def _refuse_unknown_lists(session: Session, rule: Rule) -> None:
    for clause in rule.lists():
        if lists.find(session, clause.value) is None:
            there = ", ".join(lists.names(session)) or "none yet"
            raise Refused(
                f"The rule names the list {clause.value!r} at column {clause.value_column}, and there is no such list "
                f"(lists: {there}); `distro contacts import FILE.csv --list NAME` makes one."
            )


def find(session: Session, name: str) -> Segment:
    """The segment of this name, case and accents folded. Raises Refused, naming what there is."""
    segment = session.exec(select(Segment).where(Segment.key == fold(name))).first()
    if segment is None:
        there = ", ".join(one.name for one in every(session)) or "none yet"
        raise Refused(f"There is no segment {name!r} (segments: {there}); `distro segments save` makes one.")
    return segment


def every(session: Session) -> list[Segment]:
    """All segments, by name."""
    return list(session.exec(select(Segment).order_by(Segment.key)))


def count(session: Session, rule: str) -> int:
    """How many contacts match the rule."""
    return session.exec(select(func.count()).select_from(Journalist).where(compile_rule(rule).condition())).one()


def members(session: Session, rule: str, *, limit: int | None = None, after: int = 0) -> Iterator[dict[str, object]]:
    """The contacts that match the rule, as people.plain shows them, in the order of their ids."""
    return people.every(session, compile_rule(rule).condition(), limit=limit, after=after)


@dataclass(frozen=True)
class Explanation:
    """Why a person is in a segment or out: each clause as written, with its `not`, and whether it holds of them."""

    inside: bool
    clauses: tuple[tuple[str, bool], ...]
    suppressed: bool

    def as_json(self) -> dict[str, object]:
        clauses = [{"clause": clause, "holds": holds} for clause, holds in self.clauses]
        return {"in": self.inside, "clauses": clauses, "suppressed": self.suppressed}


def explain(session: Session, rule: str, person: Journalist) -> Explanation:
    """Ask the rule of one person, clause by clause, in the database that asks it of everybody."""
    compiled = compile_rule(rule)
    reasons = compiled.reasons()
    asked = [compiled.condition().label("inside"), *(c.label(f"c{n}") for n, (_, c) in enumerate(reasons))]
    row = session.connection().execute(select(*asked).where(col(Journalist.id) == person.id)).one()
    clauses = tuple((written, bool(row[n])) for n, (written, _) in enumerate(reasons, 1))
    return Explanation(
        bool(row[0]),
        clauses,
        suppression.live(session, person.canonical) is not None,
    )
