"""The words in which the scripted server is told what to do, and the dice that choose among them.

A cue is "PHASE VERB ARGUMENT". PHASE is the moment: greet, ehlo, starttls, auth, mail, rcpt, data, content (in the middle
of it) or dot (all of it came). VERB is what happens then:

    say TEXT     this reply; a 421 closes the line behind it. TEXT may have several lines
    raw TEXT     the same, in Latin-1: what is no ASCII is no UTF-8 either
    split TEXT   the same, an octet at a time
    slow S       the ordinary reply, S seconds late
    hole         no reply at all, and the line stays open until the client goes
    reset        the line is reset
    close        the line is closed

At the dot the mail is taken where the reply begins with 2 (`slow`: always), and not taken otherwise; "take-" before the verb
takes it whatever follows ("dot take-reset": the mail is taken, and the reply is lost).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

PHASES = ("greet", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "dot")
VERBS = ("say", "raw", "split", "slow", "hole", "reset", "close")
CONNECTION = ("greet", "ehlo", "starttls", "auth")
"""Phases that come once a connection; the others come once a copy."""


@dataclass(frozen=True)
class Cue:
    phase: str
    verb: str
    argument: str = ""
    take: bool = False

    @classmethod
    def parse(cls, text: str) -> Cue:
        """Raises ValueError for a word that there is not."""
        phase, verb, *rest = text.split(" ", 2)
        take = verb.startswith("take-")
        verb = verb.removeprefix("take-")
        if phase not in PHASES or verb not in VERBS:
            raise ValueError(f"{text!r} is no cue")
        return cls(phase, verb, rest[0] if rest else "", take)

    @property
    def takes(self) -> bool:
        """Whether the server has the mail after this cue at the dot."""
        said = self.verb in ("say", "raw", "split") and self.argument.startswith("2")
        return self.take or said or self.verb == "slow"


ORDINARY = {
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 Go on",
    "dot": "250 2.0.0 Ok",
}

REFUSALS = (
    "mail say 421 4.3.2 Going down",
    "mail say 451 4.3.0 Try again later",
    "mail say 452 4.3.1 No room now",
    "mail say 552 5.3.4 Too large for us",
    "rcpt say 421 4.3.2 Going down",
    "rcpt say 450 4.2.1 Mailbox busy",
    "rcpt say 451 4.3.0 Greylisted,\ncome again in a minute",
    "rcpt say 552 5.2.2 Mailbox full",
    "rcpt say 554 5.6.0 Not here",
    "data say 421 4.3.2 Going down",
    "data say 451 4.3.0 Not now",
    "data say 554 5.6.0 No valid recipients",
    "dot say 421 4.3.2 Going down",
    "dot say 450 4.2.0 Come again",
    "dot say 451 4.3.0 Queue file write error",
    "dot say 552 5.2.2 Mailbox full",
    "dot say 554 5.6.0 Content rejected",
)
"""Answers that are clear: no mail was taken."""

LINE_FAULTS = (
    "mail reset",
    "rcpt close",
    "data reset",
    "content reset",
    "content close",
    "mail slow 0.4",
    "rcpt split 250 2.1.5 Ok",
    "data split 354 Go on",
    "mail say 250 2.1.0 Ok,\nyou may\ngo on",
)

DOUBTS = (
    "dot reset",
    "dot close",
    "dot take-reset",
    "dot take-close",
    "dot take-hole",
    "dot slow 0.7",
    "dot take-raw what? \xe9\xe8",
    "dot take-say 2500 Ok",
    "dot take-say 250",
    "dot raw 250 2.0.0 Bien re\xe7u",
    "dot split 250 2.0.0 Ok",
    "dot say 250 2.0.0 Ok,\nqueued,\nthank you",
    "dot say garbage",
)
"""After these the client may not know whether the mail was taken, or gets an answer in an odd form."""

CONNECTIONS = (
    "greet hole",
    "greet slow 0.4",
    "greet say 421 4.3.2 Too busy",
    "greet say 554 No service here",
    "greet raw \xe9\xe8 who are you",
    "greet reset",
    "ehlo say 421 4.3.2 Too busy",
    "ehlo close",
)


@dataclass(frozen=True)
class Dice:
    """Chooses a cue by seed, address and how many times the address came: the order in which lines come changes nothing.
    `rates`: for a cue, how often it is chosen (0 to 1), for a copy or for a connection."""

    seed: int
    rates: Mapping[str, float]

    def for_mail(self, sender: str, nth: int) -> Cue | None:
        return self._throw(f"{self.seed}/{sender}/{nth}", ("mail",))

    def for_copy(self, address: str, nth: int) -> Cue | None:
        return self._throw(f"{self.seed}/{address}/{nth}", ("rcpt", "data", "content", "dot"))

    def for_connection(self, nth: int) -> Cue | None:
        return self._throw(f"{self.seed}/connection/{nth}", CONNECTION)

    def _throw(self, key: str, phases: tuple[str, ...]) -> Cue | None:
        thrown = random.Random(key).random()
        for text, rate in self.rates.items():
            cue = Cue.parse(text)
            if cue.phase not in phases:
                continue
            if thrown < rate:
                return cue
            thrown -= rate
        return None
