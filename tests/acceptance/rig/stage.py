"""One office on the stage: its commands, its bots, its clock, the scripted server before it, and what was done to it.

Everything is done as a person would do it: commands and processes. Only at the end are tables read, for the evidence.
"""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from distro.archive.ledger import Entry
from distro.archive.vault import Keys, Vault
from distro.db import Store
from distro.dispatch import history
from distro.dkimkey import KeyType, make_key
from distro.errors import Failed, Refused
from tests.acceptance.process import Office, children_of
from tests.acceptance.rig.check import Evidence
from tests.acceptance.rig.clockwork import Clockwork
from tests.acceptance.rig.facts import LINES, Facts, Life
from tests.acceptance.rig.relay import ROOT, Relay
from tests.auditing import audited_store

BOT = (sys.executable, "-m", "tests.acceptance.rig.broken_run", "run")
COMMANDS = (sys.executable, "-m", "tests.acceptance.rig.commands")
KEY = "dkim.key"
TERMINAL = {"done", "cancelled", "expired"}


@dataclass
class Bot:
    """A process of `distro run`; what it says goes to `said`."""

    process: subprocess.Popen[bytes]
    started: float
    said: Path
    lines: int

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    @property
    def beside(self) -> list[int]:
        """The processes beside it: the clerk, which is forked first, and the makers."""
        return children_of(self.process.pid)

    @property
    def makers(self) -> list[int]:
        return self.beside[1:]


@dataclass
class Stage:
    folder: Path
    office: Office
    relay: Relay
    clock: Clockwork
    facts: Facts
    follows: bool = False
    """Whether a process sees the clock move while it runs; costs it time at each look."""
    signs: bool = False
    """Whether the bots that are started from now on sign with DKIM."""
    lines: int = LINES
    """How many connections they open at most."""
    patience: float = 30.0
    """Seconds for which they wait for any reply; after so long a silence at the dot nobody knows, and that is a doubt."""
    releases_made: int = 0
    _entries: dict[int, bytes] = field(default_factory=dict)
    _bots: list[Bot] = field(default_factory=list)

    @classmethod
    def build(cls, folder: Path, url: str, *, connections: int = LINES, patience: float = 30.0, **settings: str) -> Stage:
        """A running server, and an office that nobody has entered yet. `url`: "" for SQLite. `patience`: short only where the
        server is to be silent, for a machine that stands still so long makes an honest doubt too."""
        folder.mkdir(parents=True, exist_ok=True)
        relay = Relay(folder / "server").start()
        office = Office.at(
            folder,
            relay.port,
            url=url or f"sqlite:///{folder / 'distro.db'}",
            DISTRO_SMTP__TIMEOUT=f"{patience:g}",
            **settings,
        )
        make_key(folder / KEY, KeyType.ED25519)
        clock = Clockwork(folder / "server" / "clock")
        stage = cls(folder, office, relay, clock, Facts(), lines=connections, patience=patience)
        stage.facts.clock = stage.clock.moves
        return stage

    def open(self, addresses: list[str]) -> None:
        """The office's people, and its list, on tier 1."""
        self.commands(
            ["init"],
            ["staff", "add", "Rosa", "--email", "rosa@press.example.org", "--role", "admin"],
            ["--as", "Rosa", "staff", "add", "Ana", "--email", "ana@press.example.org", "--role", "approver"],
            *self._contacts(addresses, 1),
        )

    # --- commands

    def environment(self, **more: str) -> dict[str, str]:
        found = dict(self.office.environment) | self.clock.environment(follows=self.follows)
        return found | {"PYTHONPATH": str(ROOT)} | more

    def commands(self, *commands: list[str]) -> list[str]:
        """Run them in this order; what each printed. They must all succeed."""
        done = subprocess.run(
            COMMANDS,
            input=json.dumps(commands).encode(),
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        answers = json.loads(done.stdout)
        last = answers[-1]
        assert last["status"] == 0, f"{commands[len(answers) - 1]} ended with {last['status']}: {last['err']}"
        return [answer["out"] for answer in answers]

    def json(self, *arguments: str) -> Any:
        return json.loads(self.commands([*arguments, "--json"])[0])

    def begin(self, *arguments: str, as_: str = "Rosa") -> subprocess.Popen[bytes]:
        """A command of its own that runs beside others; whoever began it waits for it."""
        command = [sys.executable, "-c", "from distro.cli import main; main()", "--as", as_, *arguments]
        return subprocess.Popen(
            command, env=self.environment(), cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    # --- what is sent

    def contacts(self, addresses: list[str], *, tier: int) -> None:
        self.commands(*self._contacts(addresses, tier))

    def _contacts(self, addresses: list[str], tier: int) -> list[list[str]]:
        rows = [f"{a},Reader {n},{'es' if n % 2 else 'en'},{tier}" for n, a in enumerate(addresses)]
        path = self.folder / f"tier{tier}.csv"
        path.write_text("\n".join(["email,name,languages,tier", *rows]) + "\n")
        rosa = ["--as", "Rosa"]
        return [
            [*rosa, "contacts", "import", str(path)],
            [*rosa, "segments", "save", f"Tier{tier}", f"tier:{tier}"],
        ]

    def release(self, people: set[str], *schedule: str, audience: str = "Tier1", embargo: str = "") -> tuple[str, list[int]]:
        """A bilingual release for this audience, from its folder to approved. `people`: who is to get it, for the check."""
        slug, commands = self._release(people, schedule, audience, embargo)
        *_, proposed, _ = self.commands(*commands)
        return slug, [wave["id"] for wave in json.loads(proposed)["waves"]]

    def releases(self, people: set[str], hours: list[str], *, audience: str) -> None:
        """One for each of these hours, all in one process: where there are a hundred."""
        made = [self._release(people, ("--at", hour), audience, "") for hour in hours]
        self.commands(*(command for _, commands in made for command in commands))

    def _release(self, people: set[str], schedule: tuple[str, ...], audience: str, embargo: str) -> tuple[str, list[list[str]]]:
        self.releases_made += 1
        slug = f"release-{self.releases_made}"
        folder = self.folder / slug
        folder.mkdir()
        (folder / "release.toml").write_text(
            f'kind = "release"\nslug = "{slug}"\ndate = 2026-12-01\n'
            + (f'embargo = "{embargo}"\n' if embargo else "")
            + '[[organisation]]\nname = "Example Workers\' Network"\n'
            '[[contact]]\nname = "Rosa Example"\nemail = "rosa@network.example.org"\nphone = "+1 202 555 0101"\n'
        )
        (folder / "en.md").write_text(f"---\nheadline: Clinic {slug} opens on Main Street\n---\nThe clinic opens.\n")
        (folder / "es.md").write_text(f"---\nheadline: Abre la clínica {slug}\n---\n.La clínica abre.\n..\n")
        self.facts.audience[slug] = set(people)
        rosa, ana = ["--as", "Rosa", "release"], ["--as", "Ana", "release"]
        return slug, [
            [*rosa, "add", str(folder)],
            [*rosa, "submit", slug],
            [*rosa, "schedule", slug, "--audience", audience, *schedule, "--json"],
            [*ana, "approve", slug],
        ]

    # --- bots

    def start(self, *arguments: str, faults: list[dict[str, Any]] | None = None, **more: str) -> Bot:
        """The real `distro run`, with faults of its own where there are some (see broken_run)."""
        said = self.folder / "run.log"
        if self.signs:
            more = {"DISTRO_DKIM__0__SELECTOR": "rig", "DISTRO_DKIM__0__KEY_FILE": str(self.folder / KEY)} | more
        more = {"DISTRO_LIMITS__CONNECTIONS": str(self.lines)} | more
        more = {"RIG_FAULTS": json.dumps(faults or []), "RIG_DOT_TIMEOUT": f"{self.patience:g}"} | more
        environment = self.environment(**more)
        started = time.time()
        with said.open("ab") as log:
            process = subprocess.Popen([*BOT, *arguments], env=environment, cwd=self.folder, stdout=log, stderr=log)
        bot = Bot(process, started, said, self.lines)
        self._bots = [one for one in self._bots if one.running] + [bot]
        return bot

    def struck(self, what: str) -> int:
        """How often a fault of a bot's own came (see broken_run)."""
        return (self.folder / "run.log").read_text().count(f"rig: {what} struck")

    def kill(self, bot: Bot) -> None:
        bot.process.send_signal(signal.SIGKILL)
        bot.process.wait()
        self.buried(bot, clean=False)

    def end(self, bot: Bot, seconds: float = 15.0) -> int:
        """SIGTERM. Returns the exit status; one that does not end in time is killed, and that is an error."""
        bot.process.send_signal(signal.SIGTERM)
        try:
            status = bot.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill(bot)
            raise AssertionError(f"the bot did not end within {seconds} s of SIGTERM") from None
        self.buried(bot, clean=status == 0)
        return status

    def buried(self, bot: Bot, *, clean: bool) -> None:
        self.facts.lives.append(Life(bot.started, time.time(), clean, bot.lines))

    def wait_until(self, what: Callable[[], bool], seconds: float = 20.0) -> bool:
        """Whether it came to pass in time."""
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def until_idle(self, seconds: float = 120.0) -> int:
        """Work off what is due now. Returns the exit status."""
        bot = self.start("--until-idle")
        try:
            status = bot.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill(bot)
            raise AssertionError(f"`run --until-idle` did not end within {seconds} s") from None
        self.buried(bot, clean=status == 0)
        return status

    # --- the end

    def waves(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("wave", "list")
        return found

    def settle(self, rounds: int = 12) -> None:
        """Let everything come to its end: what is held is resumed, and the clock moved on between two runs, as retries go
        after minutes and hours."""
        for _ in range(rounds):
            waves = self.waves()
            if all(wave["state"] in TERMINAL for wave in waves):
                return
            stopped = [str(w["id"]) for w in waves if w["state"] in ("held", "paused")]
            if stopped:
                self.commands(*(["--as", "Rosa", "wave", "resume", wave] for wave in stopped))
            self.until_idle()
            self.clock.forward(7_260)

    def watch_the_record(self) -> list[str]:
        """Compare the record with what it was at the last look, and remember it. What changed, in words."""
        store = Store(self.office.settings["DISTRO_STORAGE__URL"])
        try:
            with store.read() as session:
                rows = session.connection().execute(text("SELECT id, at_us, actor, kind, subject, payload FROM entry"))
                now = {row[0]: hashlib.sha256(repr(tuple(row)).encode()).digest() for row in rows}
        finally:
            store.close()
        changed = [f"entry {i}" for i, digest in self._entries.items() if now.get(i) != digest]
        self._entries |= now
        return changed

    def evidence(self, *, may_hold: bool = False) -> Evidence:
        """All that the check reads."""
        changed = self.watch_the_record()
        archive, waves = map(json.loads, self.commands(["archive", "list", "--json"], ["wave", "list", "--json"]))
        store = Store(self.office.settings["DISTRO_STORAGE__URL"])
        rebuilt: dict[int, str] = {}
        frozen: Counter[int] = Counter()
        try:
            with store.read() as session:
                folder = Path(self.office.settings["DISTRO_STORAGE__DATA_DIR"])
                vault = Vault(Keys.load(folder))
                for delivery in archive:
                    if delivery["sha256"]:
                        rebuilt[delivery["delivery"]] = _sha256(session, vault, delivery["delivery"])
                found = [one.what for one in audited_store(store, vault, "press.example.org", folder=folder)]
                kinds = Counter(session.exec(select(Entry.kind)).all())
                for entry in session.exec(select(Entry).where(col(Entry.kind) == "wave.frozen")):
                    frozen[int(entry.subject.removeprefix("wave:"))] += json.loads(entry.payload)["count"]
        finally:
            store.close()
        return Evidence(archive, waves, self.relay.copies(), rebuilt, dict(frozen), kinds, changed, found, self.facts, may_hold)

    def accepted_by_bot(self) -> list[int]:
        """How many copies each bot that was told to end had had accepted, as it said in the record, first to last."""
        store = Store(self.office.settings["DISTRO_STORAGE__URL"])
        try:
            with store.read() as session:
                said = session.exec(select(Entry.payload).where(col(Entry.kind) == "run.stopped").order_by(col(Entry.id)))
                return [json.loads(payload)["accepted"] for payload in said]
        finally:
            store.close()

    def close(self) -> None:
        """End what still runs, which after a failure may be a bot too."""
        for bot in self._bots:
            if bot.running:
                bot.process.kill()
                bot.process.wait()
        self.relay.stop()


def _sha256(session: Any, vault: Vault, delivery: int) -> str:
    try:
        return hashlib.sha256(history.copy_of(session, vault, delivery)).hexdigest()
    except (Refused, Failed) as wrong:
        return str(wrong)
