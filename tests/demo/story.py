"""What the office does, in order: people and segments, three releases, two of them while the third waits for its hour.

Every step is a command that a press officer could have typed. Draws nothing and proves nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.demo.folders import ADVISORY, JOINT, STATEMENT, copy_folder
from tests.demo.office import ZONE, Broken, Office
from tests.demo.people import SEGMENTS, PressList

LIFT_AFTER = 8.0
"""Seconds between the approval of the joint release and its lift, on a machine that keeps its pace."""

PATIENCE = timedelta(seconds=60)
"""How long after the lift everything must have ended."""

ENDED = frozenset({"done", "cancelled", "expired", "held"})

Say = Callable[[str], None]


@dataclass(frozen=True)
class Planned:
    """A wave as `release schedule` promised it. `left_out`: why, and how many. `languages`: copies by language."""

    wave: int
    release: str
    purpose: str
    count: int
    languages: dict[str, int]
    fallbacks: int
    left_out: dict[str, int]
    segments: list[str]


def open_office(office: Office, people: PressList, say: Say) -> None:
    """Staff, contacts, promises, refusals, segments."""
    staff = ["staff", "add", office.approver, "--email", "ana@press.example.org", "--role", "admin"]
    office.run_several([["init"], staff])
    author = ("staff", "add", office.author, "--email", "rosa@press.example.org", "--role", "author")
    office.run(*author, by=office.approver)
    say(f"Two people: {office.author} writes, {office.approver} approves.")

    path = office.folder / "journalists.csv"
    people.write_csv(path)
    commands = [["contacts", "import", str(path), "--json"]]
    commands += [["contacts", "agree", a, *(("--release", r) if r else ())] for a, r in people.agreements.items()]
    commands += [["contacts", "suppress", address, "--reason", reason] for address, reason in people.suppressed.items()]
    commands += [["segments", "save", name, rule] for name, rule in SEGMENTS.items()]
    report = json.loads(office.run_several(commands, by=office.author)[0])
    if (report["added"], report["refused"]) != (len(people.journalists), []):
        raise Broken(f"The import took {report['added']} of {len(people.journalists)}: {report['refused'][:3]}")
    say(
        f"{report['added']} journalists in {len(SEGMENTS)} segments; {len(people.agreements)} have agreed to hold embargoes, "
        f"{len(people.suppressed)} want no mail."
    )


def send_all(office: Office, say: Say, plan: Callable[[list[Planned]], None]) -> datetime:
    """Bring the three releases to approval and return the instant of the lift. `plan` hears of waves before they can leave."""
    today = datetime.now(ZoneInfo(ZONE)).date()
    started = time.monotonic()
    for name, options in (
        (ADVISORY, ("--audience", "Labor,Health,City desk", "--exclude", "Out of town")),
        (STATEMENT, ("--audience", "Labor,City desk,Spanish-language press")),
    ):
        plan(_schedule(office, name, today, options))
    pace = (time.monotonic() - started) / 2

    # two steps stand between this line and the advance wave, and may take twice as long as those before: a slow machine gets a
    # later embargo, not a late wave
    ahead = timedelta(seconds=LIFT_AFTER + 4 * pace)
    lift = (datetime.now(UTC) + ahead).astimezone(ZoneInfo(ZONE)).replace(microsecond=0) + timedelta(seconds=1)
    audience = ("--audience", "Labor,Health,City desk,Spanish-language press", "--advance", "Front row")
    plan(_schedule(office, JOINT, today, audience, lift))
    say(f"{JOINT}: a joint release of two organisations, embargoed until {lift:%H:%M:%S %Z}.")
    for name, what in ((JOINT, "the advance copies may leave"), (ADVISORY, "it leaves"), (STATEMENT, "it leaves")):
        office.run("release", "approve", name, by=office.approver)
        say(f"{name} is approved: {what}.")
    return lift.astimezone(UTC)


def _schedule(office: Office, name: str, today: date, options: tuple[str, ...], lift: datetime | None = None) -> list[Planned]:
    folder = copy_folder(name, office.folder / "releases", today, lift=lift)
    steps = (("add", str(folder)), ("submit", name), ("schedule", name, *options, "--json"))
    report = json.loads(office.run_several([("release", *step) for step in steps], by=office.author)[-1])
    return [
        Planned(
            wave=wave["id"],
            release=name,
            purpose=wave["purpose"],
            count=wave["count"],
            languages=wave["languages"],
            fallbacks=wave["fallbacks"],
            left_out={one["reason"]: one["count"] for one in wave["left_out"]},
            segments=wave["segments"],
        )
        for wave in report["waves"]
    ]


def wait_for_the_end(office: Office, lift: datetime, *, all_came: Callable[[], bool]) -> dict[int, str]:
    """Wait until every wave has ended, or patience has, and return their states. Raises Broken where the bot ends first."""
    until = lift + PATIENCE
    while not all_came() and datetime.now(UTC) < until:
        office.check_bot()
        time.sleep(0.1)
    while True:
        states = {wave["id"]: wave["state"] for wave in office.json("wave", "list")}
        if ENDED.issuperset(states.values()) or datetime.now(UTC) > until:
            return states
        time.sleep(0.2)
