"""What a rule is: a name, how bad it is unless the office says otherwise, where it comes from, and what it looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from distro.preflight.case import Case
from distro.preflight.finding import Finding, Place
from distro.severity import MUST_STOP, Severity

Found = Iterable[tuple[Place, str, str]]
"""Where, why, and what to do about it: the last two are whole sentences."""


def _nothing(case: Case) -> Found:
    return ()


UNREADABLE = (
    Place(),
    "The text has marks within marks, so deep that it cannot be read, and no mail can be made of it.",
    "Take the rows of asterisks, brackets or quote signs out.",
)
"""What is found of a text that no parser bears."""


@dataclass(frozen=True)
class Rule:
    """`name` is stable: settings, waivers and the record use it (distro.severity lists them). `source` is the rule of the trade
    ("AP Stylebook, time element", "RFC 5322, 2.1.1"). `look` yields what it finds as (place, why, remedy).

    beside  what a rule that must stop finds beside, which only warns: a press contact without a phone
    """

    name: str
    severity: Severity
    source: str
    summary: str
    look: Callable[[Case], Found]
    beside: Callable[[Case], Found] = _nothing

    def findings(self, case: Case, severity: Severity | None = None) -> list[Finding]:
        """All that it finds, at the severity that the office set (None: its own). What must stop stops all the same."""
        first = self.severity if severity is None or self.name in MUST_STOP else severity
        other = severity or Severity.WARNS
        try:
            return [
                *(self._finding(first, found) for found in (self.look(case) if first is not Severity.OFF else ())),
                *(self._finding(other, found) for found in (self.beside(case) if other is not Severity.OFF else ())),
            ]
        except RecursionError:  # marks within marks, thousands deep: no parser bears it, and no mail can be made of it
            return [self._finding(Severity.WARNS, UNREADABLE)]

    def _finding(self, severity: Severity, found: tuple[Place, str, str]) -> Finding:
        place, why, remedy = found
        return Finding(self.name, severity, place, why, remedy, self.source)
