"""What the driver did and when: the other half of what the check needs. All instants are the real clock's, in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

LINES = 10
"""Connections of a bot, where nothing else is said."""


@dataclass(frozen=True)
class Life:
    """One process that ran, with at most so many lines. `clean`: it was told to end and did; else it was killed, or died of a
    fault."""

    started: float
    ended: float
    clean: bool
    lines: int = LINES


@dataclass
class Facts:
    """`audience`: for a release, the addresses that it was approved for. `recalled`, `stopped`: when the command that recalled
    a release, or suppressed an address, had come back. `touched`: addresses that were edited or stopped at any time, whose
    copies may or may not have left. `server_ends`: how often the server was killed."""

    lives: list[Life] = field(default_factory=list)
    audience: dict[str, set[str]] = field(default_factory=dict)
    recalled: dict[str, float] = field(default_factory=dict)
    stopped: dict[str, float] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    clock: list[tuple[float, float]] = field(default_factory=list)
    """(instant, seconds that the office's clock was ahead from then on)."""
    server_ends: int = 0
    presumed_dead: list[int] = field(default_factory=list)
    """For each bot that was paused past its lease, its lines."""

    @property
    def cut(self) -> int:
        """Lines of all the bots that were killed, or died, or were taken for dead."""
        return sum(life.lines for life in self.lives if not life.clean) + sum(self.presumed_dead)

    def alive_at(self, instant: float) -> float:
        """When the last of the processes that lived at this instant had ended; the instant itself where none did."""
        return max([life.ended for life in self.lives if life.started <= instant <= life.ended], default=instant)

    def ahead_at(self, instant: float, slack: float = 5.0) -> float:
        """The furthest that the office's clock was ahead in the last moments: what left before it was set back was in time."""
        before = [ahead for at, ahead in self.clock if at <= instant - slack][-1:]
        return max([*before, *(ahead for at, ahead in self.clock if instant - slack < at <= instant)], default=0.0)
