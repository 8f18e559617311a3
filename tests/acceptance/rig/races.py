"""What people do while the bot sends: recall a release, edit, suppress or unsubscribe somebody. Begun beside a running bot,
waited for when it is dead; what the check may hold the office to counts from the moment at which the command came back."""

from __future__ import annotations

import random
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.acceptance.rig.stage import Stage

_TOKEN = re.compile(rb"bot\+u\.([a-z2-7]{26})@")


@dataclass
class _Begun:
    """A command under way. `then` is told whether it did well, and when it came back."""

    process: subprocess.Popen[bytes]
    then: Callable[[bool, float], None]
    ended: float = 0.0

    def __post_init__(self) -> None:
        self.waiting = threading.Thread(target=self._wait, daemon=True)
        self.waiting.start()

    def _wait(self) -> None:
        self.process.communicate()
        self.ended = time.time()


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
    _under_way: list[_Begun] = field(default_factory=list)

    def begin(self) -> None:
        """One of them, chosen by the dice."""
        self.dice.choice((self._recall, self._edit, self._suppress, self._unsubscribe))()

    @property
    def done(self) -> bool:
        """Whether what was begun has come back."""
        return all(one.ended for one in self._under_way)

    def finish(self) -> None:
        """Wait for what was begun and note what came of it, and when."""
        for one in self._under_way:
            one.waiting.join(60)
            one.then(one.process.returncode == 0, one.ended)
        self._under_way.clear()

    def _begin(self, then: Callable[[bool, float], None], *command: str) -> None:
        self._under_way.append(_Begun(self.stage.begin(*command), then))

    def _recall(self) -> None:
        facts = self.stage.facts
        live = [slug for slug in facts.audience if slug not in facts.recalled][-2:]
        if not live or self.dice.random() < 0.2:
            return
        slug = self.dice.choice(live)

        def then(well: bool, at: float) -> None:
            # one that died half-way may have committed its recall: said again, it is either done now or was done then
            if well or self._said_again(slug):
                facts.recalled[slug] = at if well else time.time()
                self._count("recall")

        self._begin(then, "release", "recall", slug)

    def _said_again(self, slug: str) -> bool:
        process = self.stage.begin("release", "recall", slug)
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

        def then(well: bool, _at: float) -> None:
            if well:
                self.people.append(new)
                self._count("edit")

        self._begin(then, "contacts", "edit", old, "--address", new)

    def _suppress(self) -> None:
        if not self.people:
            return
        address = self._pick()
        self.stage.facts.touched.add(address)

        def then(well: bool, at: float) -> None:
            if well:
                self.stage.facts.stopped[address] = at
                self._count("suppress")

        self._begin(then, "contacts", "suppress", address, "--reason", "asked by phone")

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
