"""What a rule is: a name, how bad it is unless the office says otherwise, where it comes from, and what it looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from distro.preflight.case import Case
from distro.preflight.finding import Finding, Place, Severity


@dataclass(frozen=True)
class Rule:
    """`name` is stable: settings, waivers and the record use it. `source` is the rule of the trade ("AP Stylebook, time
    element", "RFC 5322, 2.1.1"). `look` yields what it finds as (place, why, remedy)."""

    name: str
    severity: Severity
    source: str
    summary: str
    look: Callable[[Case], Iterable[tuple[Place, str, str]]]

    def findings(self, case: Case) -> list[Finding]:
        return [Finding(self.name, self.severity, place, why, remedy, self.source) for place, why, remedy in self.look(case)]
