"""What people do while the bot sends: recall a release, edit, suppress or unsubscribe somebody. Begun beside a running bot,
waited for when it is dead; what the check may hold the office to counts from the moment at which the command came back."""

from __future__ import annotations

import random
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.acceptance.rig.stage import Stage

_TOKEN = re.compile(rb"bot\+u\.([a-z2-7]{26})@")


@dataclass
class Races:
    """`people`: who is in the audience of the next release."""

    stage: Stage
    dice: random.Random
    people: list[str]
    web: str
    moved: int = 0
    run: dict[str, int] = field(default_factory=dict)
    """How often each was done."""
    _under_way: list[tuple[subprocess.Popen[bytes], Callable[[bool], None]]] = field(default_factory=list)

    def begin(self) -> None:
        """One of them, chosen by the dice."""
        self.dice.choice((self._recall, self._edit, self._suppress, self._unsubscribe))()

    def finish(self) -> None:
        """Wait for what was begun and note what came of it."""
        for process, done in self._under_way:
            process.communicate(timeout=60)
            done(process.returncode == 0)
        self._under_way.clear()

    def _recall(self) -> None:
        facts = self.stage.facts
        live = [slug for slug in facts.audience if slug not in facts.recalled][-2:]
        if not live or self.dice.random() < 0.5:
            return
        slug = self.dice.choice(live)

        def done(well: bool) -> None:
            # one that died half-way may have committed its recall: said again, it is either done now or was done then
            if well or self._said_again(["--as", "Rosa", "release", "recall", slug], slug):
                facts.recalled[slug] = time.time()
                self._count("recall")

        self._under_way.append((self.stage.begin("release", "recall", slug), done))

    def _said_again(self, command: list[str], slug: str) -> bool:
        process = self.stage.begin(*command[2:])
        process.communicate(timeout=60)
        states = {w["state"] for w in self.stage.waves() if w["release"] == slug}
        return process.returncode == 0 or states == {"cancelled"}

    def _edit(self) -> None:
        if not self.people:
            return
        old = self._pick()
        self.moved += 1
        new = f"moved{self.moved}@elsewhere.example.net"
        self.stage.facts.touched |= {old, new}

        def done(well: bool) -> None:
            if well:
                self.people.append(new)
                self._count("edit")

        self._under_way.append((self.stage.begin("contacts", "edit", old, "--address", new), done))

    def _suppress(self) -> None:
        if not self.people:
            return
        address = self._pick()
        self.stage.facts.touched.add(address)

        def done(well: bool) -> None:
            if well:
                self.stage.facts.stopped[address] = time.time()
                self._count("suppress")

        self._under_way.append((self.stage.begin("contacts", "suppress", address, "--reason", "asked by phone"), done))

    def _unsubscribe(self) -> None:
        """RFC 8058's one click, while the bot answers; whoever clicks has a copy already."""
        copies = [c for c in self.stage.relay.copies()[-50:] if c.to in self.people]
        if not copies:
            return
        copy = self.dice.choice(copies)
        found = _TOKEN.search(copy.octets.replace(b"=\r\n", b"").replace(b"\r\n ", b""))
        if found is None:
            return
        request = urllib.request.Request(
            f"http://{self.web}/u/{found.group(1).decode()}", data=b"List-Unsubscribe=One-Click", method="POST"
        )
        self.people.remove(copy.to)
        self.stage.facts.touched.add(copy.to)  # the click may be committed though its answer is lost
        try:
            with urllib.request.urlopen(request, timeout=3) as answer:
                if answer.status == 200:
                    self.stage.facts.stopped[copy.to] = time.time()
                    self._count("unsubscribe")
        except (urllib.error.URLError, OSError):
            return

    def _pick(self) -> str:
        address = self.dice.choice(self.people)
        self.people.remove(address)
        return address

    def _count(self, what: str) -> None:
        self.run[what] = self.run.get(what, 0) + 1
