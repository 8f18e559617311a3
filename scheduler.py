"""The bot: settings -> store -> adapters -> ticks -> signals. What it does and how often stands in JOBS; the work is elsewhere.

The database is the schedule. APScheduler only wakes us; every tick asks the store what is due now.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import configure_mappers

from distro import __version__, clock, heap
from distro.archive.ledger import Fact, record
from distro.archive.vault import Keys, Vault
from distro.config import Config, load
from distro.db import Store, hold_store, open_store
from distro.dispatch.groupcommit import said_by
from distro.dispatch.mailer import Mailer
from distro.dispatch.makers import Makers
from distro.dispatch.ticks import Ticks
from distro.dispatch.transports import transports_of
from distro.dispatch.workers import Snapshot, forget_dead, leave
from distro.errors import Failed, Refused
from distro.log import log, start
from distro.staff import ROBOT
from distro.web import checkpoints, files
from distro.web.app import create_app
from distro.web.serve import Serving, serve
from distro.web.unsubscribing import from_store


@dataclass(frozen=True)
class Job:
    """A tick and the seconds between two of it."""

    name: str
    every: float
    work: Callable[[Ticks], object]


JOBS = (
    Job("watch the clock", 1.0, Ticks.watch_clock),
    Job("prepare waves", 0.5, Ticks.prepare),
    Job("launch waves", 0.25, Ticks.launch),
    Job("finish waves", 0.5, Ticks.finish),
    Job("take back expired leases", 5.0, Ticks.recover),
    Job("send alerts", 1.0, Ticks.alerts),
    Job("seal the record", 1.0, Ticks.seal),
    Job("give the record's head outside", 1.0, Ticks.anchor),
    Job("say how it goes", 2.0, Ticks.report),
)

PATIENCE = 3
"""Tries in a row without reaching a relay, after which `--until-idle` gives up."""


Watch = Callable[["Bot"], Coroutine[Any, Any, None]]


async def run(config: Config, *, until_idle: bool = False, watch: Watch | None = None, makers: Makers | None = None) -> None:
    """Run the bot until SIGTERM or SIGINT, or until nothing is due. `watch` may look at it while it runs,
    and has standard error to itself, but for errors. Without `makers`, signed copies are made in this process too.

    Raises Refused where it must not start, Failed where it cannot go on.
    """
    with ExitStack() as stack:
        store = open_store(config.store_url, small_cache=True)
        stack.callback(store.close)
        stack.enter_context(hold_store(store))
        stack.callback(start(config.storage.data_dir, board=watch is not None))
        bot = Bot(config, store, makers)
        watching = asyncio.create_task(watch(bot)) if watch else None
        try:
            await bot.run(until_idle=until_idle)
        finally:
            if watching:
                watching.cancel()
                await _ended(watching)


async def _ended(watching: asyncio.Task[None]) -> None:
    """A display that failed is no reason to stop sending, but it is told."""
    try:
        await watching
    except asyncio.CancelledError:
        return
    except Exception as wrong:
        log().exception("display.failed", reason=str(wrong))


class Bot:
    """One process at work on one store."""

    def __init__(self, config: Config, store: Store, makers: Makers | None = None) -> None:
        self.config, self.store = config, store
        self.vault = Vault(Keys.load(config.storage.data_dir))
        self.clock = clock.ClockWatch.start()
        transports = transports_of(config)
        self.mailer = Mailer(store, self.vault, config, transports, self.clock, makers)
        self.ticks = Ticks(store, self.vault, config, self.mailer, self.clock, transports, makers)
        self.web_port: int | None = None
        self._stop = asyncio.Event()

    async def run(self, *, until_idle: bool) -> None:
        """Start everything, wait, stop everything in the opposite order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        self.ticks.check_clock_at_start()
        with self.store.read() as session:
            self.vault.check(session)
        self.mailer.recover(all_of_them=self.store.dialect == "sqlite")
        with self.store.write() as session:
            forget_dead(session, clock.now(), all_of_them=self.store.dialect == "sqlite")
        self._note("run.started", {"software": __version__, "settings": _fingerprint(self.config)})
        web = await self._serve()
        scheduler = self._schedule()
        mailer = asyncio.create_task(self.mailer.run(), name="mailer")
        mailer.add_done_callback(lambda _: self._stop.set())
        waiting = [asyncio.create_task(self._keep_awake(scheduler))]
        if until_idle:
            waiting.append(asyncio.create_task(self._stop_when_idle()))
        try:
            await self._stop.wait()
        finally:
            for task in waiting:
                task.cancel()
            self.ticks.stop()
            scheduler.shutdown(wait=False)
            self.mailer.stop()
            await asyncio.gather(mailer, return_exceptions=True)
            if web is not None:
                await web.stop()
        self._end(mailer, until_idle=until_idle)

    def stop(self) -> None:
        """Finish what is on the wire, give back the rest, and end."""
        self._stop.set()

    def snapshot(self) -> Snapshot:
        """For a display: how it goes with this bot, now. Called from the event loop."""
        return self.ticks.snapshot()

    def _end(self, mailer: asyncio.Task[None], *, until_idle: bool) -> None:
        wrong = mailer.exception()
        if wrong is not None:
            log().error("run.failed", reason=str(wrong))
            raise Failed(f"Sending stopped, because it could not be recorded or went wrong: {wrong}") from wrong
        try:
            self._note("run.stopped", {"accepted": self.mailer.tally.accepted})
            with self.store.write() as session:
                leave(session, self.mailer.worker)
            while self.ticks.seal_some():
                pass
        except DBAPIError as refused:
            raise Failed(
                f"All that was sent is recorded, but not that sending has ended: the store refuses ({said_by(refused)})."
            ) from refused
        if until_idle and self.mailer.relays.unreachable:
            raise Failed(self.mailer.relays.unreachable, "What is due stays due; run again when the relay answers.")

    def _schedule(self) -> AsyncIOScheduler:
        # a tick that is still at work when the next is due is no news
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = AsyncIOScheduler(timezone="UTC")
        for job in JOBS:
            scheduler.add_job(
                self._tick,
                "interval",
                args=[job],
                seconds=job.every,
                name=job.name,
                next_run_time=clock.now(),
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )
        scheduler.start()
        return scheduler

    async def _tick(self, job: Job) -> None:
        """One tick. What goes wrong in it is told, and tried again at the next: the store still says what is due."""
        try:
            if asyncio.iscoroutinefunction(job.work):
                await job.work(self.ticks)
            else:
                await asyncio.to_thread(job.work, self.ticks)
            self.mailer.nudge()
        except Exception as wrong:
            log().exception("tick.failed", job=job.name, reason=str(wrong))

    async def _keep_awake(self, scheduler: AsyncIOScheduler) -> None:
        """APScheduler sleeps until what it takes for the next run: an error in its wake-up, or a clock that was set back,
        would let it sleep for hours. So it is woken every second, and a run that is too far ahead is brought back."""
        while True:
            await asyncio.sleep(1.0)
            now = clock.now()
            for job in scheduler.get_jobs():
                if job.next_run_time - now > job.trigger.interval + clock.STEADY_WITHIN:
                    job.modify(next_run_time=now)
            scheduler.wakeup()

    async def _stop_when_idle(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            if self.mailer.relays.failures >= PATIENCE or await self.ticks.nothing_due():
                self.stop()

    async def _serve(self) -> Serving | None:
        """The public pages that mails point to; None where they are switched off."""
        address = self.config.web.address
        if address is None:
            return None
        assets = files.from_store(self.store, self.config.storage.data_dir, clock.now, lambda: self.clock.look() is None)
        unsubscribing = from_store(self.store, self.vault, clock.now)
        published = checkpoints.from_store(self.store, self.vault, self.config, clock.now)
        app = create_app(
            unsubscribing, self.config.office, folder=self.config.templates.folder, assets=assets, published=published
        )
        serving = await serve(address, app)
        self.web_port = serving.port
        return serving

    def _note(self, kind: str, payload: dict[str, object]) -> None:
        with self.store.write() as session:
            record(session, Fact(clock.now(), ROBOT, kind, f"run:{self.mailer.worker}", payload))
        log().info(kind, run=self.mailer.worker)


def _fingerprint(config: Config) -> str:
    """Names the settings of a run; secrets are no part of them."""
    return hashlib.sha256(config.model_dump_json().encode()).hexdigest()


def start_bot(config: Config, *, until_idle: bool = False, watch: Watch | None = None) -> None:
    """`run` in a process of its own: with a clerk beside it, makers where it signs, and on uvloop, where a message costs a
    third less than on asyncio's own loop. To be called while there are no threads yet. Raises what `run` raises."""
    import uvloop

    configure_mappers()  # once for all of them, who else would each do it with the first question
    heap.settle()
    makers = Makers.forked(config)
    try:
        uvloop.run(run(config, until_idle=until_idle, watch=watch, makers=makers))
    finally:
        makers.stop()


def main(arguments: list[str]) -> int:
    """`python scheduler.py [CONFIG.toml]`: the same as `distro run`."""
    try:
        config = load(Path(arguments[0]) if arguments else None)
        start_bot(config)
    except Refused as refused:
        print(*refused.sentences, sep="\n", file=sys.stderr)
        return 2
    except Failed as failed:
        print(*failed.sentences, sep="\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
