"""What the demo shows: a line for each step, bars while the waves go, then the tables. Draws; decides nothing.

On anything but a terminal there are plain lines and no control codes.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tests.demo.office import ZONE
from tests.demo.record import Moment
from tests.demo.server import Header
from tests.demo.story import Planned


class Screen:
    """Where the demo speaks."""

    def __init__(self) -> None:
        terminal = sys.stdout.isatty()
        self.console = Console(force_terminal=None if terminal else False, width=None if terminal else 132, highlight=False)

    def title(self, text: str) -> None:
        self.console.print()
        self.console.print(Text(text, style="bold"))

    def say(self, text: str) -> None:
        self.console.print(Text.assemble((f"{datetime.now(ZoneInfo(ZONE)):%H:%M:%S}  ", "dim"), text))

    @contextmanager
    def bars(self) -> Iterator[Bars]:
        """A bar for each wave, filled by what the server receives."""
        columns = (TextColumn("          {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            yield Bars(progress)

    def timeline(self, moments: Sequence[Moment]) -> None:
        table = _table("office time", "UTC", "release", "what happened", "who")
        for m in moments:
            local = m.at.astimezone(ZoneInfo(ZONE))
            cells = (f"{local:%H:%M:%S.%f}"[:-4] + f" {local:%Z}", f"{m.at.astimezone(UTC):%H:%M:%S.%f}"[:-4])
            table.add_row(*map(Text, (*cells, m.release, m.what, m.who)), style="" if m.who else "bold yellow")
        self.title("What happened when")
        self.console.print(table)

    def waves(self, planned: Sequence[Planned], came: Mapping[int, Mapping[str, int]]) -> None:
        """`came`: copies received, by wave and language."""
        table = _table("wave", "to", "received", "by language", "left out, and why")
        for wave in planned:
            languages = dict(sorted(came.get(wave.wave, {}).items()))
            table.add_row(
                Text(f"{wave.release}\n{wave.purpose}"),
                Text("\n".join(wave.segments)),
                Text(f"{sum(languages.values())} of {wave.count}"),
                Text(_counted(languages) + f"\n{wave.fallbacks} fallback"),
                Text(_counted(wave.left_out) or "nobody"),
            )
        self.title("What each wave did")
        self.console.print(table)

    def files(self, lines: Sequence[tuple[str, str]]) -> None:
        """What there is to open: words, and below them a path or a command, in one line so that it can be copied."""
        self.title("Look for yourself")
        for what, where in lines:
            self.console.print(Text(what))
            self.console.print(Text(f"    {where}", style="cyan"), soft_wrap=True)


class Bars:
    """One for each planned wave. `receive` may be called from the server's thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._missing: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def plan(self, waves: Sequence[Planned]) -> None:
        for wave in waves:
            key = (wave.release, wave.purpose)
            with self._lock:
                self._tasks[key] = self._progress.add_task(f"{wave.release} · {wave.purpose}".ljust(24), total=wave.count)
                self._missing[key] = wave.count

    def receive(self, octets: bytes) -> None:
        header = Header.read(octets)
        key = (header.release, "advance" if header.early else "general")
        with self._lock:
            self._missing[key] -= 1
            if key in self._tasks:
                self._progress.advance(self._tasks[key])

    def all_came(self) -> bool:
        with self._lock:
            return bool(self._tasks) and not any(n > 0 for n in self._missing.values())


def _counted(counts: Mapping[str, int]) -> str:
    return "\n".join(f"{n} {what}" for what, n in counts.items())


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "wave")
    return table
