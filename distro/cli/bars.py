"""How far a command is that takes a while: bars on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from distro.archive.audit import Tell


class Bars(Protocol):
    def __call__(self, what: str, /, least: int = 0) -> Tell:
        """A bar for what is gone through, to be told how many are done and of how many; seen from `least` of them on."""


@contextmanager
def bars(*, counted: bool = False) -> Iterator[Bars]:
    """They are gone at the end; elsewhere there are none. `counted`: with how many are done of how many."""
    if not sys.stderr.isatty():
        yield lambda _what, least=0: lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) if counted else ()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:

        def bar(what: str, /, least: int = 0) -> Tell:
            task = shown.add_task(what, total=None, visible=not least)
            return lambda done, of: shown.update(task, completed=done, total=of, visible=of >= least)

        yield bar
