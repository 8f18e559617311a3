"""docs/benchmarks.md and its picture, written from what was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from distro import __version__
from tests.bench.chart import Bar, draw
from tests.bench.entrants import Entrant
from tests.bench.keeping import Kept, Memory
from tests.bench.racing import MANY, SLOW, Race
from tests.bench.report import processor
from tests.bench.verdicts import Verdict

LIBRARIES = ("sqlalchemy", "psycopg", "cryptography", "uvloop")


@dataclass
class Results:
    """Everything that one `make bench` found out, and under which conditions."""

    at: datetime
    rounds: int
    messages: int
    octets: int
    load_before: float
    fdatasync: list[float]
    uvloop: bool
    peers: dict[str, str]
    postgresql: dict[str, str]
    races: list[Race] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    load_after: float = 0.0
    minutes: float = 0.0


def write(path: Path, found: Results, judged: list[Verdict]) -> None:
    picture = path.with_suffix(".svg")
    main = found.races[0]
    picture.write_text(draw(f"Copies of {found.octets:,} octets a second", _caption(found), _bars(main)), encoding="utf-8")
    lines = [*_head(found, picture.name), *_promised(judged), *_race(main, "## Everybody on one sink")]
    for race in found.races[1:]:
        lines += _race(race, f"## {race.title[0].upper()}{race.title[1:]}")
    lines += [*_memory(found.memories), *_archive(found.kept), *_method(found)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _caption(found: Results) -> str:
    return (
        f"median of up to {found.rounds} rounds, the line from the lowest to the highest; {processor()}, {os.cpu_count()} cores"
    )


def _bars(race: Race) -> list[Bar]:
    found = []
    for one in race.entrants:
        if rates := race.rates(one.key):
            found.append(Bar(one.title, statistics.median(rates), min(rates), max(rates), one.ours))
    return found


def _head(found: Results, picture: str) -> Iterable[str]:
    yield "# Benchmarks"
    yield ""
    yield (
        "Written by `make bench`; do not edit. All participants send the same letter to one sink, in one run, in turn, round "
        "after round. What an office feels elsewhere (imports, freezing, starts) stands in "
        "[benchmarks-office.md](benchmarks-office.md)."
    )
    yield ""
    yield f"![Copies a second, a bar for each participant]({picture})"
    yield ""
    yield (
        f"- {found.at:%Y-%m-%d %H:%M} UTC; it took {found.minutes:.0f} minutes; {found.rounds} rounds of up to "
        f"{found.messages:,} messages of {found.octets:,} octets."
    )
    yield f"- Machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}."
    yield (
        f"- Disk: fdatasync of 4 KB takes {statistics.median(found.fdatasync):.3f} ms (median; "
        f"{min(found.fdatasync):.3f} to {max(found.fdatasync):.3f})."
    )
    yield f"- Load average before the first round: {found.load_before:.1f}; at the end: {found.load_after:.1f}."
    yield (
        f"- press-distro {__version__} on Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; "
        + ", ".join(f"{name} {number}" for name, number in _libraries())
        + f"; uvloop {'is used, by the Python peers too' if found.uvloop else 'is not used'}."
    )
    yield "- Peers: " + ", ".join(f"{name} {number}" for name, number in found.peers.items()) + "."
    if found.postgresql:
        yield "- PostgreSQL: " + ", ".join(f"{name} {value}" for name, value in found.postgresql.items()) + "."
    for trouble in found.troubles:
        yield f"- Not measured: {trouble}"
    yield ""


def _libraries() -> Iterable[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _promised(judged: list[Verdict]) -> Iterable[str]:
    yield "## What was promised"
    yield ""
    yield "Ratios are of one round each; the median of them is what counts."
    yield ""
    yield "| what | bar | median | range | |"
    yield "|---|---|---|---|---|"
    for one in judged:
        bar = f"{'at least' if one.at_least else 'at most'} {_number(one.bar)} {one.unit}"
        if one.median is None:
            yield f"| {one.sentence} | {bar} | | | {one.word} |"
        else:
            span = f"{_number(min(one.values))} to {_number(max(one.values))}" if len(one.values) > 1 else ""
            yield f"| {one.sentence} | {bar} | {_number(one.median)} {one.unit} | {span} | {one.word} |"
    yield ""


def _race(race: Race, heading: str) -> Iterable[str]:
    yield heading
    yield ""
    yield "| participant | settings | copies | copies/s | range | of smtp-source | CPU s per 1,000 | range | whole process |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in race.entrants:
        yield _line(race, one)
    yield ""


def _line(race: Race, one: Entrant) -> str:
    runs = race.done(one.key)
    if not runs:
        return f"| {one.title} | {one.settings} | | | not measured: {race.troubles.get(one.key, '')} | | | | |"
    rates, used = [run.rate for run in runs], [run.cpu_per_1000 for run in runs]
    whole = (
        f"{statistics.median(r.whole_seconds for r in runs):.1f} s, CPU {statistics.median(r.whole_cpu for r in runs):.1f} s"
    )
    of_limit = race.of_limit(one.key)
    cells = (
        one.title, one.settings, f"{runs[0].copies:,}", _number(statistics.median(rates)), _span(rates),
        "" if of_limit is None else f"{of_limit:.2f} x", _number(statistics.median(used)), _span(used), whole,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _memory(memories: list[Memory]) -> Iterable[str]:
    if not memories:
        return
    yield "## Memory"
    yield ""
    yield "One `distro run --until-idle` on SQLite freezes a wave and sends it to nowhere, 50 at a time."
    yield ""
    yield "| recipients | idle bot | most held | above idle | seconds, freezing included |"
    yield "|---|---|---|---|---|"
    for one in memories:
        yield f"| {one.people:,} | {one.idle:.0f} MB | {one.peak:.0f} MB | {one.above:.0f} MB | {one.seconds:.0f} |"
    yield ""


def _archive(kept: list[Kept]) -> Iterable[str]:
    if not kept:
        return
    yield "## The archive"
    yield ""
    yield (
        "Octets a delivery by which the compacted store grows with one more unsigned wave to the same people: all tables and "
        "all indexes, so that every copy can be rebuilt and proved."
    )
    yield ""
    for one in kept:
        tree = f"{one.tree:,.0f} of them the Merkle tree over the record"
        yield f"- {one.database}: {one.octets:,.0f} octets a delivery, {tree}, over {one.deliveries:,}."
    yield ""
    if any(one.parts for one in kept):
        names = sorted({name for one in kept for name in one.parts}, key=lambda n: -max(one.parts.get(n, 0) for one in kept))
        yield "| table or index | " + " | ".join(one.database for one in kept) + " |"
        yield "|---|" + "---|" * len(kept)
        for name in names:
            yield f"| {name} | " + " | ".join(f"{one.parts.get(name, 0):,.0f}" for one in kept) + " |"
        yield ""


def _method(found: Results) -> Iterable[str]:
    yield "## How it is measured"
    yield ""
    yield from (
        "- The sink is Postfix's smtp-sink in a process of its own. Its own counter, written into memory after each copy, is "
        "read every few milliseconds from outside.",
        "- A rate is copies over time, from the first that the sink took to the last. So everybody is measured over the same "
        "stretch, and starting, importing, freezing an audience and filling a first template are in nobody's rate; what the "
        "whole process took stands in the last column. A run counts only if exactly the copies came that were asked for.",
        "- CPU is the sender's own, user and system, of all its threads and children, over the same stretch, by the kernel's "
        "clock of those processes. What PostgreSQL's server uses is not in it, as what the sink uses is not.",
        "- Ours is the real `distro run --until-idle`: claims, marks, outcomes and the archive are written and durable "
        "(SQLite: WAL with synchronous=FULL). The people are put in by bulk statements; the wave is made by the commands, and "
        "frozen by the bot before the first copy leaves.",
        f"- A copy of ours has {found.octets:,} octets on average, over people who read English, Spanish, either or both. The "
        "peers send its English form, decoded and encoded again by their own libraries, and lengthened to the same octets, "
        "with the same fields in the header; those with templates fill in what is personal for each recipient.",
        "- Django would send 8bit; both are shown, and the promise is judged by the quoted-printable that all others send. "
        "nodemailer gets TCP_NODELAY, without which each of its copies waits 40 ms for a delayed acknowledgement.",
        "- The slower a participant, the fewer messages it is given; the order changes from round to round. "
        f"Of {MANY} rounds or more, those about whom nothing is promised take part in every second one; where a round takes "
        f"more than {SLOW:.0f} s, in one.",
        "- On few cores a fast sender shares them with the sink: smtp-source is the limit of this machine, not of a network.",
    )


def _span(values: list[float]) -> str:
    return f"{_number(min(values))} to {_number(max(values))}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
