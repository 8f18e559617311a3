"""parity-swapped: two editions that stand in each other's place."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.parts import language_name
from distro.preflight.rule import Found, Rule
from distro.preflight.tongues import base, is_of
from distro.severity import Severity


def _look(case: Case) -> Found:
    for left, right in case.pairs:
        if base(left) != base(right) and is_of(case, left, right) and is_of(case, right, left):
            one, other = language_name(left), language_name(right)
            why = f"The {one} edition is written in {other}, and the {other} in {one}."
            yield about(left, "body"), why, f"Change them about: {left}.md and {right}.md."


RULE = Rule("parity-swapped", Severity.WARNS, "BCP 47", "two editions in each other's place", _look)
