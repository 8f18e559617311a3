"""`distro contacts import`: a CSV file in, counts and refusals out, a bar meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.acting import keeper, writer
from distro.cli.context import context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from contacts.importing import Progress, Report

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    list_name: Annotated[str, typer.Option("--list", metavar="NAME", help="Put everybody in the file on this list.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Add and change contacts from a CSV file, all good rows in one transaction; the others are told, by line."""
    from contacts import importing

    work = context(ctx)
    if not dry_run:
        with work.store.read() as session:
            writer(work, session, "import contacts")  # before minutes of reading, not after
    with _progress() as progress, importing.read(file, progress=progress) as reading:
        bring_in = partial(
            importing.bring_in,
            reading=reading,
            at=work.now,
            stand_in=work.keys.stand_in,
            list_name=list_name,
            progress=progress,
        )
        if dry_run:
            with work.store.read() as session:
                report = bring_in(session, record=_nowhere, dry_run=True)
        else:
            with work.store.write() as session:
                actor, record = writer(work, session, "import contacts")
                report = bring_in(session, record=record, keep=keeper(work, session, actor))
    if as_json:
        print_json(report.as_json())
    else:
        _print_report(report, list_name, dry_run=dry_run)


def _nowhere(kind: str, subject: str, payload: object) -> None:
    """The record of a dry run."""


def _progress() -> AbstractContextManager[Progress]:
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    @contextmanager
    def shown() -> Iterator[Progress]:
        console = Console(stderr=True)
        with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
            tasks: dict[str, TaskID] = {}

            def tell(what: str, done: int, of: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=of)
                bars.update(tasks[what], completed=done)

            yield tell

    return shown()


def _print_report(report: Report, list_name: str, *, dry_run: bool) -> None:
    counts = (
        f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged, {len(report.refused):,} refused"
    )
    print(f"{counts}{' (dry run: nothing was written)' if dry_run else ''}.")
    if list_name:
        print(f"{report.listed:,} newly on the list {list_name}.")
    if report.unknown_columns:
        print(f"Columns that are not known, kept in the notes: {', '.join(report.unknown_columns)}.")
    if report.refused:
        rows = [(one.row, one.field, one.value, one.reason) for one in report.refused]
        print_table(("line", "field", "value", "why it was refused"), rows)
