"""Asks every rule, at the severities that the office set and with what was waived, and says what that comes to for a step.

The only maker of `Checked`. Pure: whoever calls gathers the case (`cases`) and the waivers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from distro.editorial.checked import Checked, from_preflight
from distro.editorial.fields import near
from distro.editorial.release import Verb
from distro.editorial.waivers import Spot, Waiver, spot
from distro.errors import Refused
from distro.preflight.case import Case
from distro.preflight.finding import Finding, Waived
from distro.preflight.rule import Rule
from distro.preflight.rules import RULES
from distro.severity import MUST_STOP, NAMES, Preflight, Severity

_ORDER = {Severity.STOPS: 0, Severity.WARNS: 1, Severity.HINTS: 2}
NOT_AT_APPROVAL = ("time-embargo-past",)
"""An approval has its own word on hours: a release may go to more people after its embargo has lifted."""


def findings(
    case: Case, settings: Preflight, waivers: Iterable[Waiver] = (), *, rules: Sequence[Rule] = RULES
) -> list[Finding]:
    """What the rules find, the worst first, in the order of the rules and of the text."""
    given = list(waivers)
    found = [one for rule in rules for one in rule.findings(case, settings.severity.get(rule.name))]
    told = [_waived(one, given) for one in dict.fromkeys(found)]
    return sorted(told, key=lambda one: _ORDER[one.severity])


def stopping(found: Iterable[Finding]) -> list[Finding]:
    """Those that stop: of the worst severity, and not waived."""
    return [one for one in found if one.severity is Severity.STOPS and one.waived is None]


def checked(case: Case, found: Iterable[Finding], step: Verb, reach: Mapping[int, Mapping[str, int]] | None = None) -> Checked:
    """What was found, for the desk: without it neither submit nor approve goes on."""
    stops = stopping(found)
    if step is Verb.APPROVE:
        stops = [one for one in stops if one.rule not in NOT_AT_APPROVAL]
    return from_preflight(case.content.sha256(), step, case.now, tuple(map(sentence, stops)), reach or {})


def sentence(finding: Finding) -> str:
    """A finding as one refusal: what, where, what to do."""
    place = finding.place
    where = ", ".join(filter(None, (place.language and f"{place.language}.md", place.part)))
    prefix = f"{where}: " if where else ""
    return f"{prefix}{finding.why} {finding.remedy} ({finding.rule})"


def counts(found: Iterable[Finding]) -> dict[str, int]:
    """How many of each severity that are not waived."""
    told = [one.severity for one in found if one.waived is None]
    return {str(severity): told.count(severity) for severity in _ORDER}


def waivable(found: Iterable[Finding], rule: str, words: str | None) -> list[Spot]:
    """What a waiver of this rule would be about: all that it finds now, or of it what has these words. Raises Refused where it
    finds nothing, or what it finds must stop."""
    if rule not in NAMES:
        raise Refused(f"There is no rule {rule!r}{near(rule, NAMES)}")
    mine = [one for one in found if one.rule == rule]
    wanted = [one for one in mine if words is None or " ".join(words.split()) in " ".join(one.place.words.split())]
    if not wanted:
        raise Refused(
            f"{rule} finds nothing{' with these words' if mine else ''} in this release, so there is nothing to waive."
        )
    stops = next((one for one in wanted if one.severity is Severity.STOPS and rule in MUST_STOP), None)
    if stops is not None:
        raise Refused(f"{stops.why} {stops.remedy} That cannot be waived.")
    return [spot(one.place.language, one.place.part, one.place.words) for one in wanted]


def _waived(finding: Finding, waivers: list[Waiver]) -> Finding:
    if finding.severity is Severity.STOPS and finding.rule in MUST_STOP:
        return finding
    place = finding.place
    for waiver in reversed(waivers):
        if waiver.rule == finding.rule and waiver.covers(place.language, place.part, place.words):
            return replace(finding, waived=Waived(waiver.by, waiver.at, waiver.reason))
    return finding
