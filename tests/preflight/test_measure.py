"""The rules measured on the corpus: what they must find, how often they may cry wolf, and that docs/preflight.md says so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from distro.preflight.rules import RULES
from tests.preflight.corpus import PARTS
from tests.preflight.measure import Tally, measure, table

DOC = Path(__file__).parents[2] / "docs" / "preflight.md"
BEGINS, ENDS = "<!-- measured: from here on tests/preflight/test_measure.py writes -->\n", "<!-- until here -->\n"
RECALL, ALARMS = 0.95, 0.03

pytestmark = pytest.mark.slow


def test_the_rules_are_as_good_as_they_must_be_and_the_page_says_so() -> None:
    """One test, so that of several workers only one measures."""
    parts = {part: measure(part) for part in PARTS}
    whole = _together(parts.values())
    assert whole.seeded.total() >= 120
    assert whole.clean >= 60
    for part in (whole, *parts.values()):
        assert part.recall >= RECALL, part.missed
        assert part.alarm_share <= ALARMS, part.told
    made = "\n".join([*_words(parts), "", *table(whole, (rule.name for rule in RULES))]) + "\n"
    before, _, rest = DOC.read_text(encoding="utf-8").partition(BEGINS)
    there, _, after = rest.partition(ENDS)
    if os.environ.get("REWRITE_GOLDEN"):
        DOC.write_text(f"{before}{BEGINS}{made}{ENDS}{after}", encoding="utf-8")
        return
    assert there == made, "REWRITE_GOLDEN=1 pytest tests/preflight/test_measure.py writes it"


def _together(parts: Iterable[Tally]) -> Tally:
    whole = Tally()
    for part in parts:
        for counter in ("seeded", "found", "alarms", "hints"):
            getattr(whole, counter).update(getattr(part, counter))
        whole.clean, whole.disturbed = whole.clean + part.clean, whole.disturbed + part.disturbed
        whole.missed += part.missed
        whole.told += part.told
    return whole


def _words(parts: dict[Path, Tally]) -> Iterator[str]:
    for name, part in zip(("First half", "Second half", "Third part"), parts.values(), strict=True):
        faults = f"{part.found.total()} of {part.seeded.total()} seeded faults found ({part.recall:.1%})"
        clean = f"{part.disturbed} of {part.clean} clean texts with a finding that stops or warns ({part.alarm_share:.1%})"
        yield f"- {name}: {faults}; {clean}."


def test_the_page_lists_each_rule_with_its_default() -> None:
    text = DOC.read_text(encoding="utf-8")
    for rule in RULES:
        assert f"| `{rule.name}` | {rule.severity} | {rule.summary} | {rule.source} |" in text, rule.name
