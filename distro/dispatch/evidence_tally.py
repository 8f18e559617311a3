"""What the summary of an evidence bag needs of its deliveries, counted while they go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from distro.archive.columns import microseconds
from distro.archive.ledger import Sealable, told_by
from distro.dispatch.delivery import State
from distro.dispatch.evidence_copies import Shown
from distro.dispatch.evidence_scope import agreement_of
from distro.dispatch.opening import DAMAGED

TOLD = 1000
"""Deliveries that are told one by one."""

_IN_DOUBT = (State.UNCERTAIN, State.HELD)


@dataclass
class Tally:
    """`states` by wave and state; `missing` by why nobody is shown; `terms` that were agreed to, by delivery. `first` and
    `last` acceptance are those that entries tell."""

    states: Counter[tuple[int, str]] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    copies: int = 0
    first: datetime | None = None
    last: datetime | None = None
    told: list[Shown] = field(default_factory=list)
    terms: dict[int, str] = field(default_factory=dict)
    doubtful: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)

    def add(self, shown: Shown) -> None:
        d = shown.delivery
        self.states[d.wave_id, d.state] += 1
        self.missing[shown.missing] += 1
        self.copies += shown.copy is not None
        if shown.accepted_at is not None:
            self.first = min(self.first or shown.accepted_at, shown.accepted_at)
            self.last = max(self.last or shown.accepted_at, shown.accepted_at)
        if len(self.told) < TOLD:
            self.told.append(replace(shown, copy=None))  # copies are long, and the summary shows none
        if (d.doubt or d.state in _IN_DOUBT) and len(self.doubtful) < TOLD:
            self.doubtful.append(d.id or 0)
        if shown.missing == DAMAGED:
            self.damaged.append(d.id or 0)

    def agreed(self, promises: Sequence[Sealable], shown: Iterable[Shown]) -> None:
        """Take the terms of the promises on which these left, as they were then: the same agreement may be made anew, to other
        terms."""
        made: dict[tuple[str, str], list[Sealable]] = {}
        for entry in promises:
            made.setdefault((entry.subject, agreement_of(entry)), []).append(entry)
        for one in shown:
            by = one.accepted_at or one.delivery.stamped_at
            there = made.get((f"contact:{one.delivery.contact_id}", one.permit), [])
            then = [entry for entry in there if by is None or entry.at_us <= microseconds(by)]
            if then and len(self.terms) < TOLD:
                self.terms[one.delivery.id or 0] = str((told_by(then[-1].payload) or {}).get("terms", ""))

    @property
    def deliveries(self) -> int:
        return sum(self.states.values())
