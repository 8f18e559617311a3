"""How good the rules are: what they find of the corpus's seeded faults, and what they say of its clean texts.

`python -m tests.preflight.measure` tells of the whole and lists what was missed; `faults.toml` behind it, of that part. The
table in docs/preflight.md is written by `REWRITE_GOLDEN=1 pytest tests/preflight/test_measure.py`.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from distro.config import Config
from distro.editorial.folder import open_folder
from distro.preflight import run
from distro.preflight.case import Case
from distro.preflight.finding import Finding, Place
from distro.preflight.rules import RULES
from distro.preflight.where import in_files
from distro.severity import Severity
from tests.preflight.corpus import CLOCK, HERE, PARTS, Fault, clean_folders, faults, make_faulty, part_of

PUBLIC_URL = "https://press.example.org"
PARITY = "parity-"


@dataclass
class Tally:
    """By rule: faults seeded and found; findings that stop or warn, and such as hint, on clean texts."""

    seeded: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    hints: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    disturbed: int = 0
    """Clean texts with an alarm, of all."""
    missed: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found.total() / max(1, self.seeded.total())

    @property
    def alarm_share(self) -> float:
        return self.disturbed / max(1, self.clean)


def measure(*parts: Path) -> Tally:
    """Of the parts of the corpus whose files of faults are named; of all where none is."""
    tally = Tally()
    for folder in clean_folders():
        if part_of(folder.name) in (parts or PARTS):
            _look_at_clean(folder, tally)
    for fault in faults(*parts):
        with tempfile.TemporaryDirectory() as place:
            folder = make_faulty(fault, Path(place) / "folder")
            right = any(answers(one, fault, folder) for one in findings(folder, fault.rule))
        tally.seeded[fault.rule] += 1
        if right:
            tally.found[fault.rule] += 1
        else:
            tally.missed.append(f"{fault.id} ({fault.rule}): {fault.words!r}")
    return tally


def findings(folder: Path, rule: str = "") -> list[Finding]:
    """What is said of a folder at the corpus's instant, by an office with a public address; by one rule where it is named."""
    content, config = open_folder(folder).content, Config()
    case = Case(content, config.office, PUBLIC_URL, CLOCK)
    rules = [one for one in RULES if rule in ("", one.name)]
    return in_files(run.findings(case, config.preflight, rules=rules), folder, content)


def answers(finding: Finding, fault: Fault, folder: Path) -> bool:
    """Whether this finding is the fault's: its rule, and its place: its words overlap the fault's, or its line is theirs. Of a
    pair, a place on either side is right."""
    place = finding.place
    if finding.rule != fault.rule:
        return False
    if finding.rule.startswith(PARITY) and place.language != fault.language:
        return True
    if fault.language and place.language not in ("", fault.language):
        return False
    return not fault.words or not place.line or bool(_lines(place) & _lines_of(fault, folder))


def _lines(place: Place) -> set[int]:
    """The lines on which the words of a finding stand."""
    return {place.line + more for more in range(place.words.count("\n") + 1)}


def _lines_of(fault: Fault, folder: Path) -> set[int]:
    """The lines on which the words of a fault stand, in any of the folder's files."""
    found: set[int] = set()
    for path in folder.iterdir():
        if path.is_file() and path.stem in (fault.language or path.stem, "release"):
            text, at = path.read_text(encoding="utf-8"), -1
            while (at := text.find(fault.words, at + 1)) >= 0:
                first = text.count("\n", 0, at) + 1
                found |= set(range(first, first + fault.words.count("\n") + 1))
    return found


def _look_at_clean(folder: Path, tally: Tally) -> None:
    found = findings(folder)
    alarms = [one for one in found if one.severity in (Severity.STOPS, Severity.WARNS)]
    tally.clean += 1
    tally.disturbed += bool(alarms)
    tally.alarms.update(one.rule for one in alarms)
    tally.hints.update(one.rule for one in found if one.severity is Severity.HINTS)
    tally.told += [f"{folder.name}: {one.rule} {one.place.file}:{one.place.line} {one.place.words!r}" for one in alarms]


def table(tally: Tally, rules: Iterable[str]) -> list[str]:
    """Markdown, a row for each rule."""
    lines = ["| rule | faults | found | recall | false alarms | hints on clean texts |", "|---|---:|---:|---:|---:|---:|"]
    lines += [_row(rule, tally.seeded[rule], tally.found[rule], tally.alarms[rule], tally.hints[rule]) for rule in rules]
    totals = [counter.total() for counter in (tally.seeded, tally.found, tally.alarms, tally.hints)]
    return [*lines, _row("**all**", *totals)]


def _row(rule: str, seeded: int, found: int, alarms: int, hints: int) -> str:
    of_faults = f"{seeded} | {found} | {found / seeded:.1%}" if seeded else "– | – | –"
    return f"| {rule} | {of_faults} | {alarms} | {hints} |"


def main(arguments: Sequence[str]) -> None:
    tally = measure(*(HERE / name for name in arguments))
    print("\n".join(table(tally, (rule.name for rule in RULES))))
    print(f"\n{tally.disturbed} of {tally.clean} clean texts with a finding that stops or warns ({tally.alarm_share:.1%}).")
    for line in (*tally.missed, *tally.told):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
