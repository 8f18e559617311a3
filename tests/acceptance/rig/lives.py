"""The lives of a bot under torture: each is started, struck by one thing or another, and killed. All chosen by one dice.

What is random is what is done; when exactly a process dies depends on the machine too. So a seed gives the same schedule
again, not the same microsecond.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import psycopg

from tests.acceptance.rig import cues
from tests.acceptance.rig.facts import LINES
from tests.acceptance.rig.races import Races
from tests.acceptance.rig.server import Plan
from tests.acceptance.rig.stage import Bot, Stage
from tests.sink import free_port

PEOPLE = 300
"""On the list, where nothing else is said."""
HOLDERS = 20
"""How many have agreed to embargoes, and get advance copies."""
MANY_LINES = 40
"""Connections of every other life: so many that the bot naps while its marks gather, and makes copies meanwhile."""
LEASE = 16.0
"""Seconds after which, on PostgreSQL, what a dead bot held is free; the clock is moved so far between two lives."""
PATIENCE = 0.6
"""Seconds that a bot waits for a reply: the server is often silent, and a doubt too many is no breach here."""
RACE = 0.3
"""How often a life sees somebody's command race with the bot."""


@dataclass
class Torture:
    """`kills`: how many processes are to die. `told` is called after each life with the kills so far."""

    stage: Stage
    seed: str
    kills: int
    told: Callable[[int], None] = lambda _kills: None
    killed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Breaches that were seen on the way."""
    size: int = PEOPLE

    @classmethod
    def at(
        cls,
        folder: Path,
        url: str,
        *,
        seed: str,
        kills: int,
        told: Callable[[int], None] = lambda _kills: None,
        size: int = PEOPLE,
    ) -> Torture:
        """An office with a list of so many, and nothing sent yet."""
        web = f"127.0.0.1:{free_port()}"
        stage = Stage.build(folder, url, patience=PATIENCE, DISTRO_WEB__LISTEN=web)
        people = [f"reader{n}@outlet{n % 9}.example.org" for n in range(size)]
        stage.open(people)
        holders = [f"holder{n}@science.example.net" for n in range(HOLDERS)]
        stage.contacts(holders, tier=2)
        stage.commands(*(["--as", "Rosa", "contacts", "agree", holder] for holder in holders))
        torture = cls(stage, seed, kills, told, size=size)
        torture.races = Races(stage, random.Random(seed + "/races"), people, web)
        return torture

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.pens = random.Random(f"{self.seed}/signs")
        self.lines = random.Random(f"{self.seed}/lines")
        self.races = Races(self.stage, self.dice, [], "")

    @property
    def postgresql(self) -> bool:
        return self.stage.office.settings["DISTRO_STORAGE__URL"].startswith("postgresql")

    def run(self) -> None:
        """Lives until enough were killed; then everything comes to its end in peace."""
        life = 0
        while self.killed < self.kills:
            if life % 3 == 0:
                self._supply()
            self._mood()
            self.stage.signs = self.pens.random() < 0.5
            self.stage.lines = LINES if self.lines.random() < 0.5 else MANY_LINES
            name, act = self._choose(life)
            self.faults[name] += 1
            act()
            self._between()
            if life % 20 == 19:
                self.wrong += self.stage.watch_the_record()
            life += 1
            self.told(self.killed)
        self.stage.relay.tell(Plan())
        self.stage.settle()

    def _supply(self) -> None:
        """Never without work: a release more where less than one is left, some for a later hour."""
        open_ = [w for w in self.stage.waves() if w["state"] not in ("done", "cancelled", "expired")]
        waiting = ("pending", "deferred", "uncertain", "claimed", "in_flight")
        left = sum(sum(w["counts"].get(s, 0) for s in waiting) or (0 if w["counts"] else self.size) for w in open_)
        if left >= self.size // 2:
            return
        audience = set(self.races.people)
        later = self.dice.random()
        at = (self.stage.clock.now() + timedelta(seconds=self.dice.choice((20, 90)))).isoformat(timespec="seconds")
        if later < 0.2:
            self.stage.release(audience, "--at", at)
        elif later < 0.3:
            self.stage.release(audience, embargo=at)
        elif later < 0.5:
            holders = {f"holder{n}@science.example.net" for n in range(HOLDERS)}
            self.stage.release(audience | holders, "--advance", "Tier2", audience="Tier1,Tier2", embargo=at)
        self.stage.release(audience)

    def _mood(self) -> None:
        """What the server does to this life: a handful of faults, each seldom."""
        dice = self.dice
        rates = {cue: 0.02 for cue in dice.sample(cues.REFUSALS, 2)}
        rates |= {cue: 0.015 for cue in dice.sample(cues.LINE_FAULTS, 2)}
        rates |= {cue: 0.015 for cue in dice.sample(cues.DOUBTS, 3)}
        rates |= {cue: 0.1 for cue in dice.sample(cues.CONNECTIONS, 1)}
        extensions = [e for e in Plan().extensions if e != "PIPELINING" or dice.random() < 0.8]
        delay = dice.choice((0.0, 0.02, 0.05, 0.1))
        self.stage.relay.tell(Plan(dice.randrange(2**32), rates, extensions=tuple(extensions), delay=delay))

    def _between(self) -> None:
        """Nobody lives. Time goes on: what waits for a retry is due sooner or later."""
        self.races.finish()
        seconds = LEASE if self.postgresql else 0.0
        self.stage.clock.forward(seconds + self.dice.choice((0.0, 0.0, 1.0, 61.0, 61.0, 301.0, 901.0)))

    def _choose(self, life: int) -> tuple[str, Callable[[], None]]:
        if self.postgresql and life == 25:
            return "paused past its lease", self.paused_past_its_lease
        acts = [a for a in ACTS if a.on in ("", "postgresql" if self.postgresql else "sqlite")]
        act = self.dice.choices(acts, [a.weight for a in acts])[0]
        return act.name, lambda: act.do(self)

    # --- how a life ends

    def _soon(self, bot: Bot, *, race: bool = True) -> None:
        """Kill it: at an instant after its start, or after so many copies more."""
        if race and self.dice.random() < RACE:
            self._race(bot)
        elif self.dice.random() < 0.25:
            time.sleep(self.dice.uniform(0.0, 1.2))
        else:
            self._after_copies(bot, self.dice.randint(1, 60))
            time.sleep(self.dice.uniform(0.0, 0.03))
        self._kill(bot)

    def _race(self, bot: Bot) -> None:
        """Somebody does something while copies leave, slowly; mostly the bot lives until it is done."""
        self.stage.relay.tell(replace(self.stage.relay.plan, delay=0.15))
        self._after_copies(bot, 1)
        self.races.begin()
        if self.dice.random() < 0.8:
            self.stage.wait_until(lambda: self.races.done or not bot.running, 5.0)
            time.sleep(self.dice.uniform(0.0, 0.3))
        else:
            time.sleep(self.dice.uniform(0.0, 0.5))

    def _after_copies(self, bot: Bot, more: int) -> bool:
        """Wait for the first copy of this life, and then a little for the others. Whether there was one."""
        before = self.stage.relay.count()
        first = self.stage.wait_until(lambda: self.stage.relay.count() > before or not bot.running, 6.0)
        self.stage.wait_until(lambda: self.stage.relay.count() >= before + more or not bot.running, 2.0 if first else 0.0)
        return self.stage.relay.count() > before

    def _kill(self, bot: Bot) -> None:
        self.stage.kill(bot)
        self.killed += 1

    def _dies_by_itself(self, bot: Bot) -> None:
        """A named point: it kills itself there; it is killed where it does not come to it."""
        self.stage.wait_until(lambda: not bot.running, 6.0)
        self._kill(bot)

    # --- the acts

    def at_a_random_instant(self) -> None:
        self._soon(self.stage.start())

    def at_a_commit(self) -> None:
        what = self.dice.choice(("kill_before_commit", "kill_after_commit"))
        self._dies_by_itself(self.stage.start(faults=[{"what": what, "nth": self.dice.randint(1, 40)}]))

    def at_a_dot(self) -> None:
        fault = {"what": "kill_at_dot", "nth": self.dice.randint(1, 60), "before": self.dice.random() < 0.5}
        self._dies_by_itself(self.stage.start(faults=[fault]))

    def store_refuses(self) -> None:
        """The commit fails, some times in a row."""
        fault = {"what": "conflict", "nth": self.dice.randint(2, 30), "times": self.dice.randint(1, 3)}
        self._soon(self.stage.start(faults=[fault]))

    def disk_full(self) -> None:
        """For a while; sometimes it dies before there is room again."""
        sign = self.stage.folder / "disk-full"
        bot = self.stage.start(faults=[{"what": "disk_full", "file": str(sign)}])
        if self.dice.random() < 0.8:
            self._after_copies(bot, self.dice.randint(1, 30))
        sign.touch()
        time.sleep(self.dice.uniform(0.2, 1.5))
        if self.dice.random() < 0.7:
            sign.unlink()
        self._soon(bot)
        sign.unlink(missing_ok=True)

    def connection_lost(self) -> None:
        what = self.dice.choice(("lose_before_commit", "lose_after_commit"))
        fault = {"what": what, "nth": self.dice.randint(2, 30), "times": self.dice.randint(1, 2)}
        self._soon(self.stage.start(faults=[fault]))

    def connections_ended(self) -> None:
        """PostgreSQL ends every connection of the office, as at its restart."""
        bot = self.stage.start()
        self._after_copies(bot, self.dice.randint(1, 30))
        with psycopg.connect(self.stage.office.settings["DISTRO_STORAGE__URL"], autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        self._soon(bot)

    def store_locked(self) -> None:
        """Somebody else holds the store for a second or two."""
        bot = self.stage.start()
        self._after_copies(bot, self.dice.randint(1, 30))
        url, seconds = self.stage.office.settings["DISTRO_STORAGE__URL"], self.dice.uniform(0.3, 1.5)
        if self.postgresql:
            with psycopg.connect(url) as other:
                other.execute("LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE")
                time.sleep(seconds)
        else:
            other_ = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=5)
            other_.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other_.close()
        self._soon(bot)

    def log_cannot_be_written(self) -> None:
        """The running log stands on a full disk: a device of its own that says ENOSPC to every write."""
        path = Path(self.stage.office.settings["DISTRO_STORAGE__DATA_DIR"]) / "distro.log"
        path.unlink(missing_ok=True)
        try:
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 7))
        except PermissionError:
            self.faults["(log_cannot_be_written needs root)"] += 1
        try:
            self._soon(self.stage.start())
        finally:
            path.unlink(missing_ok=True)

    def clock_jumps(self) -> None:
        jump = self.dice.choice((3600.0, -3600.0))
        self.stage.follows = True
        bot = self.stage.start()
        self.stage.follows = False
        self._after_copies(bot, self.dice.randint(1, 20))
        self.stage.clock.forward(jump)
        time.sleep(self.dice.uniform(0.0, 1.5))
        self._soon(bot, race=False)
        if jump < 0:
            self.stage.clock.forward(-jump)

    def two_bots(self) -> None:
        """PostgreSQL: both work. One dies, and later the other."""
        bots = [self.stage.start(), self.stage.start()]
        self.dice.shuffle(bots)
        for bot in bots:
            self._soon(bot)

    def second_bot(self) -> None:
        """SQLite: the second is refused while the first lives."""
        bot = self.stage.start()
        if self._after_copies(bot, 1):
            refused = subprocess.run(
                [sys.executable, "-c", "from distro.cli import main; main()", "run", "--until-idle"],
                env=self.stage.environment(),
                cwd=self.stage.folder,
                capture_output=True,
                timeout=60,
                check=False,
            )
            if refused.returncode != 2:
                self.wrong.append(f"a second bot on one SQLite store ended with {refused.returncode}: {refused.stderr!r}")
        self._soon(bot)

    def paused_past_its_lease(self) -> None:
        """A bot sleeps longer than its lease, and another takes over; then it wakes."""
        self.stage.relay.tell(Plan(delay=0.05))
        first = self.stage.start()
        self._after_copies(first, 20)
        first.process.send_signal(19)  # SIGSTOP
        self.stage.facts.presumed_dead.append(first.lines)
        second = self.stage.start()
        time.sleep(LEASE + 5.5)
        first.process.send_signal(18)  # SIGCONT
        time.sleep(2.0)
        for bot in (first, second):
            self._soon(bot)

    def maker_dies(self) -> None:
        """The processes beside the bot are killed, or stand still for a while: its clerk, its makers, or both."""
        bot = self.stage.start()
        self._after_copies(bot, self.dice.randint(1, 10))
        deadly = self.dice.random() < 0.7
        beside = bot.beside
        for one in self.dice.sample(beside, self.dice.randint(1, len(beside))) if beside else ():
            with suppress(ProcessLookupError):  # it has ended by now
                os.kill(one, signal.SIGKILL if deadly else signal.SIGSTOP)
        self._soon(bot)

    def server_dies(self) -> None:
        bot = self.stage.start()
        self._after_copies(bot, self.dice.randint(1, 30))
        self.stage.relay.kill()
        self.stage.facts.server_ends += 1
        time.sleep(self.dice.uniform(0.0, 0.5))
        self.stage.relay.start()
        self._soon(bot)

    def server_refuses_connections(self) -> None:
        plan = self.stage.relay.plan
        self.stage.relay.tell(Plan(port_open=False))
        bot = self.stage.start()
        time.sleep(self.dice.uniform(0.5, 2.0))
        self.stage.relay.tell(plan)
        self._soon(bot)

    def no_tls(self) -> None:
        """TLS is required and not offered: nothing may leave in the clear."""
        before = self.stage.relay.count()
        bot = self.stage.start(DISTRO_SMTP__TLS="required")
        time.sleep(self.dice.uniform(0.8, 1.5))
        self._kill(bot)
        if self.stage.relay.count() != before:
            self.wrong.append("a copy left in the clear, though TLS was required")

    def told_to_end(self) -> None:
        bot = self.stage.start()
        self._after_copies(bot, self.dice.randint(1, 60))
        try:
            status = self.stage.end(bot, 10.0)
        except AssertionError as wrong:
            self.wrong.append(str(wrong))
            return
        if status not in (0, -15):  # -15: before it could listen for it
            self.wrong.append(f"told to end, the bot ended with {status}")


@dataclass(frozen=True)
class Act:
    """`weight`: how often, among the others. `on`: the database on which it can be, "" for both."""

    do: Callable[[Torture], None]
    weight: int
    on: str = ""

    @property
    def name(self) -> str:
        return self.do.__name__.replace("_", " ")


ACTS = (
    Act(Torture.at_a_random_instant, 30),
    Act(Torture.at_a_commit, 14),
    Act(Torture.at_a_dot, 12),
    Act(Torture.store_refuses, 6),
    Act(Torture.disk_full, 6),
    Act(Torture.connection_lost, 8, "postgresql"),
    Act(Torture.connections_ended, 4, "postgresql"),
    Act(Torture.store_locked, 4),
    Act(Torture.log_cannot_be_written, 3),
    Act(Torture.clock_jumps, 5),
    Act(Torture.two_bots, 6, "postgresql"),
    Act(Torture.second_bot, 3, "sqlite"),
    Act(Torture.maker_dies, 5),
    Act(Torture.server_dies, 4),
    Act(Torture.server_refuses_connections, 3),
    Act(Torture.no_tls, 2),
    Act(Torture.told_to_end, 6),
)
