"""`distro run`: the bot, with its progress on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import context

if TYPE_CHECKING:
    from scheduler import Bot


def hang(root: typer.Typer) -> None:
    """Hang the command on the tree."""
    root.command("run")(run)


def run(
    ctx: typer.Context,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Work off what is due now, and stop.")] = False,
) -> None:
    """The bot: launches what is due, sends it, records it. The same as `python scheduler.py`. SIGTERM ends it cleanly."""
    import asyncio

    import scheduler

    c = context(ctx)
    asyncio.run(scheduler.run(c.config, until_idle=until_idle, watch=_show_progress if sys.stderr.isatty() else None))


async def _show_progress(bot: Bot) -> None:
    """A bar for each wave that is sending, on standard error, until cancelled."""
    import asyncio

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=False) as progress:
        bars: dict[int, TaskID] = {}
        while True:
            for wave, slug, purpose, done, total in await asyncio.to_thread(bot.waves_under_way):
                if wave not in bars:
                    bars[wave] = progress.add_task(f"{slug} · {purpose}", total=total)
                progress.update(bars[wave], completed=done, total=total)
            await asyncio.sleep(0.3)
