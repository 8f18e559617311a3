"""`distro run`: the bot, with a board of how it goes on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import context

if TYPE_CHECKING:
    from datetime import datetime

    from rich.text import Text

    from distro.dispatch.progress import WaveSight
    from distro.dispatch.telling import Rate
    from scheduler import Bot

REDRAW = 0.5
"""Seconds between two drawings, and the least between two looks at the store."""

SHARE = 0.05
"""The part of its time that the display may spend with counting: on big waves it counts less often."""


def hang(root: typer.Typer) -> None:
    """Hang the command on the tree."""
    root.command("run")(run)


def run(
    ctx: typer.Context,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Work off what is due now, and stop.")] = False,
) -> None:
    """The bot: launches what is due, sends it, records it. The same as `python scheduler.py`. SIGTERM ends it cleanly."""

    import scheduler

    c = context(ctx)
    scheduler.start_bot(c.config, until_idle=until_idle, watch=_show_progress if sys.stderr.isatty() else None)


async def _show_progress(bot: Bot) -> None:
    """The board on standard error, until cancelled; then once more, as it stands at the end."""
    import asyncio

    from rich.console import Console
    from rich.live import Live

    from distro import clock

    watch = Watch(bot, clock.now())
    console = Console(stderr=True, highlight=False)
    with Live(console=console, auto_refresh=False, redirect_stdout=False) as live:
        try:
            while True:
                await watch.look()
                live.update(watch.drawn(console.width), refresh=True)
                await asyncio.sleep(REDRAW)
        finally:
            watch.count()
            live.update(watch.drawn(console.width), refresh=True)


class Watch:
    """What the board remembers between two drawings: the last counts, and how fast they change."""

    def __init__(self, bot: Bot, began: datetime) -> None:
        self._bot, self._began = bot, began
        self._sights: list[WaveSight] = []
        self._rates: dict[int, Rate] = {}
        self._next = 0.0

    async def look(self) -> None:
        """Count again, in a thread, if it is time."""
        import asyncio

        from distro import clock

        before = clock.monotonic()
        if before < self._next:
            return
        await asyncio.to_thread(self.count)
        after = clock.monotonic()
        self._next = after + max(0.0, (after - before) / SHARE)

    def count(self) -> None:
        """Read how the waves stand. While the store does not answer, what was read last stays."""
        from sqlalchemy.exc import DBAPIError

        from distro import clock
        from distro.dispatch.progress import sights_of, under_way
        from distro.dispatch.telling import Rate

        now, mono = clock.now(), clock.monotonic()
        try:
            with self._bot.store.read() as session:
                found = sights_of(session, under_way(session, self._began), now)
        except DBAPIError:
            return
        before = {sight.id: sight.total - sight.due for sight in self._sights}
        for sight in found:
            gone = sight.total - sight.due
            rate = self._rates.setdefault(sight.id, Rate(mono))
            rate.went(mono, max(0, gone - before.get(sight.id, gone)))
        self._sights = found

    def drawn(self, width: int) -> Text:
        """The board as it stands."""
        from distro import clock
        from distro.cli.watching import coloured
        from distro.cli.wavescreen import Place, board

        mono = clock.monotonic()
        rates = {number: rate.at(mono) for number, rate in self._rates.items()}
        place = Place(self._bot.config.office.timezone, width)
        return coloured(board(self._sights, rates, self._bot.snapshot(), clock.now(), place), width)
