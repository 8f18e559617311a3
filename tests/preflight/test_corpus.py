"""The corpus is what its README says: clean texts that open, faults that fit once, days and addresses that are in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.dates import get_day_names, get_month_names

from distro.editorial.folder import open_folder
from tests.preflight.corpus import CLEAN, CLOCK, FIRST, HERE, SECOND, THIRD, Fault, clean_folders, faults, make_faulty, part_of

RULES = re.findall(
    r"\S+",
    """
    parity-numbers parity-amounts parity-percentages parity-dates parity-hours parity-names parity-quotes parity-links
    parity-phones parity-addresses parity-paragraphs parity-language parity-swapped
    time-weekday time-release-line time-zone-season time-midnight-noon time-no-zone time-embargo-past time-holiday
    time-local-hour time-event-before
    form-release-line form-press-contact form-headline form-headline-length form-dateline form-boilerplate form-quote-open
    form-quote-speaker form-advisory form-link-text form-dangling form-link form-resource form-eaten form-doubled form-acronym
    form-alt mail-subject mail-spam
    """,
)

LONGEST_HEADLINE = 78
OPENS_WITH_NOTES = {"form-resource"}
"""Faults of these rules leave a file out, which opening tells and does not refuse."""

WEEKDAYS = {tag: [get_day_names("wide", locale=tag)[number].lower() for number in range(7)] for tag in ("en", "es")}
MONTHS = {tag: [get_month_names("wide", locale=tag)[number].lower() for number in range(1, 13)] for tag in ("en", "es")}
WRITTEN = {
    "en": re.compile(r"(?i)\b(?P<weekday>[a-z]+day),? (?P<month>[A-Z][a-z]+) (?P<day>\d{1,2})\b(?:,? (?P<year>20\d\d))?"),
    "es": re.compile(r"(?i)\b(?P<weekday>\w+),? (?P<day>\d{1,2}) de (?P<month>[a-z]+)\b(?: de (?P<year>20\d\d))?"),
}
HOST = re.compile(r"(?:https?://|@)([\w.-]*\w)")
OURS = re.compile(r"(?:^|\.)example\.(?:org|com|net)$")
PHONE = re.compile(r"\+\d[\d ()-]{7,}\d|\(\d{3}\) ?[\d-]{7,}|\b\d{2,4}[ -]555[ -]\d[\d ]{1,5}\d\b")
INVENTED = re.compile(r"555 ?-?01 ?\d\d|5550 01\d\d|555 01\d$|5555 01\d\d")

PARTS = {"first": FIRST, "second": SECOND, "third": THIRD}


@pytest.mark.parametrize("folder", clean_folders(), ids=lambda folder: folder.name)
def test_a_clean_text_opens_whole_and_is_bilingual(folder: Path) -> None:
    opened = open_folder(folder)
    assert opened.notes == ()
    content = opened.content
    assert set(content.editions) == {"en", "es"}
    assert content.date >= CLOCK.date()
    assert all(len(edition.headline) <= LONGEST_HEADLINE for edition in content.editions.values())
    assert all(edition.dateline for edition in content.editions.values())
    assert all(person.email and person.phone for person in content.contacts)
    assert {tag for person in content.contacts for tag in person.languages} >= {"en", "es"}
    for organisation in content.organisations:
        assert all(organisation.boilerplate.get(language) for language in ("en", "es"))


@pytest.mark.parametrize("folder", clean_folders(), ids=lambda folder: folder.name)
def test_every_weekday_of_a_clean_text_is_that_dates(folder: Path) -> None:
    printed = open_folder(folder).content.date
    for language in ("en", "es"):
        for written, weekday, day in dated(text(folder, language), language, printed):
            assert WEEKDAYS[language][day.weekday()] == weekday, f"{language}.md: {written}, which is {day:%A} in {day.year}"


def test_weekdays_are_looked_for_in_earnest() -> None:
    found = Counter(
        language
        for folder in clean_folders()
        for language in ("en", "es")
        for _ in dated(text(folder, language), language, date(2027, 1, 1))
    )
    assert min(found["en"], found["es"]) > 25


@pytest.mark.parametrize("folder", clean_folders(), ids=lambda folder: folder.name)
def test_addresses_and_phones_are_invented(folder: Path) -> None:
    whole = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.*")))
    assert [host for host in HOST.findall(whole) if not OURS.search(host)] == []
    assert [phone for phone in PHONE.findall(whole) if not INVENTED.search(phone)] == []


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.id)
def test_a_fault_is_made_by_edits_that_fit_once_and_leaves_a_folder_that_opens(fault: Fault, tmp_path: Path) -> None:
    folder = make_faulty(fault, tmp_path / "faulty")
    opened = open_folder(folder)
    assert opened.notes == () or fault.rule in OPENS_WITH_NOTES
    assert opened.content != open_folder(CLEAN / fault.base).content
    assert {fault.rule, *fault.also} <= set(RULES)
    assert fault.rule not in fault.also
    assert fault.language in ("", "en", "es")
    where = text(folder, fault.language) if fault.language else ""
    anywhere = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.*")))
    assert fault.words in (where or anywhere)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_the_parts_share_no_text(part: Path) -> None:
    assert all(part_of(fault.base) == part for fault in faults(part))


def test_there_is_enough_of_it() -> None:
    ids = Counter(fault.id for fault in faults())
    assert [name for name, count in ids.items() if count > 1] == []
    assert len(clean_folders()) >= 60
    assert all(len(faults(half)) >= 80 for half in (FIRST, SECOND))
    assert len(faults(THIRD)) >= 30
    by_rule = Counter(fault.rule for fault in faults())
    assert {rule: by_rule[rule] for rule in RULES if by_rule[rule] < 3} == {}


def test_the_readme_names_each_clean_text() -> None:
    named = re.findall(r"(?m)^\| ([\w-]+) \| [\w-]+ \| .* \| [A-Z]{2} \|$", (HERE / "README.md").read_text(encoding="utf-8"))
    assert sorted(named) == [folder.name for folder in clean_folders()]


def test_the_readme_counts_right() -> None:
    assert table() in (HERE / "README.md").read_text(encoding="utf-8"), f"write in README.md:\n{table()}"


def text(folder: Path, language: str) -> str:
    return (folder / f"{language}.md").read_text(encoding="utf-8")


def dated(words: str, language: str, printed: date) -> Iterator[tuple[str, str, date]]:
    """Each weekday that stands with a day of the month; without a year, the one nearest to the date printed."""
    for found in WRITTEN[language].finditer(words):
        weekday, month = found["weekday"].lower(), found["month"].lower()
        if weekday in WEEKDAYS[language] and month in MONTHS[language]:
            years = [int(found["year"])] if found["year"] else range(printed.year - 1, printed.year + 2)
            days = [date(year, MONTHS[language].index(month) + 1, int(found["day"])) for year in years]
            yield found.group(), weekday, min(days, key=lambda day: abs((day - printed).days))


def table() -> str:
    """The faults by rule and by the language in which they stand, as the README prints them."""
    rows = [
        "| rule | en | es | pair or neither | first half | second half | third part |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for rule in RULES:
        of_rule = [fault for fault in faults() if fault.rule == rule]
        by_language = Counter(fault.language for fault in of_rule)
        by_part = [sum(fault.rule == rule for fault in faults(part)) for part in PARTS.values()]
        by_tag = [by_language[tag] for tag in ("en", "es", "")]
        rows.append(f"| {rule} | {' | '.join(map(str, [*by_tag, *by_part]))} |")
    everywhere = Counter(fault.language for fault in faults())
    sums = [everywhere["en"], everywhere["es"], everywhere[""], *(len(faults(part)) for part in PARTS.values())]
    return "\n".join([*rows, f"| **all** | {' | '.join(map(str, sums))} |"])
