"""What a press secretary sees while a wave goes: one screen for `wave show`, one board for `distro run`, of the same sentences.

Pure: frozen values in, lines out. Nothing here asks the store, the clock or the terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from distro.cli.saying import clock_hour, lasting, number, plural

if TYPE_CHECKING:
    from distro.dispatch.progress import Doubt, WaveSight
    from distro.dispatch.workers import Heard, LaneTold, RelayTold, Snapshot

Kind = Literal["title", "alarm", "warning", "plain", "faint", "good"]

COUNTED = (
    "accepted", "pending", "claimed", "in_flight", "deferred", "uncertain", "held", "refused", "expired", "cancelled",
    "suppressed",
)  # fmt: skip
"""States in the order in which they are told."""

MOST_LANES, MOST_DOUBTS, MOST_WAVES = 3, 3, 4
GOING = ("sending", "preparing", "armed")


@dataclass(frozen=True)
class Line:
    """One line of a screen. What does not fit is wrapped, `hang` columns in."""

    text: str
    kind: Kind = "plain"
    hang: int = 0


@dataclass(frozen=True)
class Place:
    """How hours are said, and how wide the screen is."""

    zone: str
    width: int = 80
    hour: str = ""
    """The wave's hour in full words."""


def screen(sight: WaveSight, bots: Sequence[Heard], rate: float, now: datetime, place: Place) -> list[Line]:
    """`wave show`. `rate`: copies a second, by all bots."""
    alive = [bot.said for bot in bots if bot.living]
    going = sight.state in GOING
    blocked = bool(alive) and all(bot.blocked is not None for bot in alive)
    rate = 0.0 if blocked else rate  # what was smoothed is not so any more
    lanes = lanes_of(alive)
    slowed = max([len(lanes), *(bot.slowed for bot in alive)])
    return [
        *(_blocked(alive, now) if going else ()),
        *(_bots_missing(sight, bots, now) if going else ()),
        Line(f"Wave {sight.id} · {sight.release} · {sight.purpose} · {sight.state}", "title"),
        *([Line(place.hour, "faint", 2)] if place.hour else []),
        *([Line(sight.reason, "warning", 2)] if sight.reason else []),
        *_progress(sight, rate, now, place, slowed=bool(lanes) and not blocked),
        *_doubts(sight, now, place),
        *(_lanes(lanes, slowed, now, place) if going else ()),
        *(_relays([relay for bot in alive for relay in bot.relays], now) if going else ()),
        *_bots(bots, now),
    ]


def board(sights: Sequence[WaveSight], rates: Mapping[int, float], said: Snapshot, now: datetime, place: Place) -> list[Line]:
    """`distro run`: every wave under way, and what keeps this bot from going faster. `rates`: copies a second for each wave,
    by whatever bot."""
    blocked = said.blocked is not None
    lines = list(_blocked([said], now))
    shown = sights[:MOST_WAVES]
    for sight in shown:
        lines.append(Line(f"Wave {sight.id} · {sight.release} · {sight.purpose} · {sight.state}", "title"))
        if sight.state not in ("sending", "done") and sight.reason:
            lines.append(Line(sight.reason, "warning", 2))
        brief = len(sights) > MOST_WAVES // 2
        rate = 0.0 if blocked else rates.get(sight.id, 0.0)
        lines += _progress(sight, rate, now, place, slowed=bool(said.lanes) and not blocked, brief=brief)
        if sight.in_doubt:
            look = f"{plural(sight.in_doubt, 'delivery is', 'deliveries are')} in doubt or held: distro wave show {sight.id}"
            lines.append(Line(look, "warning", 2))
    if len(sights) > len(shown):
        lines.append(Line(f"and {plural(len(sights) - len(shown), 'more wave', 'more waves')}: distro wave list", "faint"))
    if not sights:
        lines.append(Line("Nothing is being sent. distro wave list shows what is planned.", "faint"))
    return [*lines, *_lanes(said.lanes, said.slowed, now, place), *_relays(said.relays, now)]


def wrapped(lines: Sequence[Line], width: int) -> Iterator[tuple[str, Kind]]:
    """The lines as they fit."""
    for line in lines:
        own = " " * (len(line.text) - len(line.text.lstrip()))
        folded = textwrap.wrap(
            line.text.strip(), width, initial_indent=own, subsequent_indent=" " * line.hang, break_on_hyphens=False
        )
        yield from ((piece, line.kind) for piece in folded or [""])


def _blocked(bots: Sequence[Snapshot], now: datetime) -> Iterator[Line]:
    """First of all, for nothing leaves meanwhile."""
    for bot in bots:
        if bot.blocked is not None:
            since = f" for {lasting(now - bot.blocked_since)}" if bot.blocked_since else ""
            yield Line(f"NOTHING LEAVES{since}: no evidence can be written ({bot.blocked.rstrip('.')}).", "alarm", 2)


def _bots_missing(sight: WaveSight, bots: Sequence[Heard], now: datetime) -> Iterator[Line]:
    if any(bot.living for bot in bots):
        return
    if not bots:
        if sight.state == "sending" or sight.at <= now + timedelta(minutes=10):
            yield Line("No bot is running on this store, so nothing leaves; start one with: distro run", "alarm", 2)
        return
    last = bots[0].said
    yield Line(
        f"The bot has not been heard of for {lasting(now - last.at)} (process {last.pid} on {last.host}): it has died, or "
        "cannot write to the store. Its terminal and distro.log say more.",
        "alarm",
        2,
    )


def _progress(
    sight: WaveSight, rate: float, now: datetime, place: Place, *, slowed: bool, brief: bool = False
) -> Iterator[Line]:
    """The bar, the counts, rate and end. `brief`: two lines, where there are many waves."""
    if not sight.total:
        yield Line("No deliveries yet; the audience is frozen shortly before the hour.", "faint")
        return
    yield Line(_bar(sight, place.width), "good" if sight.left == 0 else "plain")
    if not brief:
        yield Line(_counts(sight), "plain", 2)
    if sight.state not in ("sending", "done") or sight.launched_at is None:
        return
    end = _end(sight, rate, now, place, slowed=slowed, brief=brief)
    mean = "" if brief else f", {number(sight.mean(now))}/s on average"
    if sight.left:
        yield Line(f"{number(rate)}/s now{mean}. {end}".rstrip(), "plain", 2)
    elif mean:
        yield Line(f"{mean[2:]}.", "plain", 2)


def _bar(sight: WaveSight, width: int) -> str:
    """In whole steps; never full while one is left."""
    part = sight.ended / sight.total
    percent = f"{int(100 * part)} %"
    said = f"{sight.ended:,} of {sight.total:,} · {percent}"
    cells = max(10, min(width - 32, 60))
    full = cells if sight.left == 0 else min(cells - 1, int(cells * part))
    return "█" * full + "░" * (cells - full) + "  " + said


def _counts(sight: WaveSight) -> str:
    known = [state for state in COUNTED if sight.counts.get(state)]
    others = sorted(set(sight.counts) - set(COUNTED))
    return ", ".join(f"{sight.counts[state]:,} {state.replace('_', ' ')}" for state in [*known, *others])


def _end(sight: WaveSight, rate: float, now: datetime, place: Place, *, slowed: bool, brief: bool) -> str:
    """When it will be done: what is due, what waits for a later try (not if `brief`), and that slowed domains take longer."""
    parts = []
    eta = sight.eta(rate, now)
    if eta is not None:
        but = ", slowed domains later" if slowed else ""
        parts.append(f"Done in about {lasting(eta - now)} ({clock_hour(eta, place.zone, now)}){but}")
    elif sight.due:
        parts.append(f"{sight.due:,} are due, and " + ("wait for their domains" if slowed else "none is leaving"))
    retry = sight.retry
    if retry is not None and not brief:
        until = clock_hour(retry.until, place.zone, now)
        at = clock_hour(retry.at, place.zone, now)
        wait = plural(retry.waiting, "waits", "wait")
        if retry.waiting == retry.count:
            parts.append(f"{wait} for the next try at {at}")
        else:
            parts.append(f"{wait} until {until}: the next {retry.count:,} at {at}")
    said = "; ".join(parts)
    return f"{said}." if said else ""


def lanes_of(bots: Sequence[Snapshot]) -> list[LaneTold]:
    """One of each domain, though several bots are slowed by it: the one that waits longest."""
    worst: dict[str, LaneTold] = {}
    for lane in (lane for bot in bots for lane in bot.lanes):
        other = worst.get(lane.domain)
        if other is None or (lane.closed_until or lane.since) > (other.closed_until or other.since):
            worst[lane.domain] = lane
    return list(worst.values())


def _lanes(lanes: Sequence[LaneTold], slowed: int, now: datetime, place: Place) -> Iterator[Line]:
    if not lanes:
        return
    yield Line(plural(slowed, "domain takes our mail more slowly:", "domains take our mail more slowly:"), "warning")
    for lane in lanes[:MOST_LANES]:
        how = []
        if lane.closed_until is not None and lane.closed_until > now:
            how.append(f"closed for {lasting(lane.closed_until - now)}, until {clock_hour(lane.closed_until, place.zone, now)}")
        if lane.rate is not None:
            how.append(f"at most {number(lane.rate)}/s")
        yield Line(f"  {lane.domain}  {', '.join(how)} ({lane.reason})", "plain", 4)
    if slowed > MOST_LANES:
        yield Line(f"  and {slowed - MOST_LANES:,} more", "faint")


def _relays(relays: Sequence[RelayTold], now: datetime) -> Iterator[Line]:
    told = {relay.away: relay for relay in relays if relay.away is not None}
    for away, relay in told.items():
        what = away if away.startswith("The relay") else f"The relay {relay.name} is away: {away}"
        how = [f"for {lasting(now - relay.since)}"] if relay.since else []
        if relay.next_try is not None and relay.next_try > now:
            how.append(f"asked again in {lasting(relay.next_try - now)}")
        said = f" ({', '.join(how)})" if how else ""
        yield Line(f"{what.rstrip('.')}{said}.", "warning", 2)


def _doubts(sight: WaveSight, now: datetime, place: Place) -> Iterator[Line]:
    if not sight.in_doubt:
        return
    yield Line(f"{plural(sight.in_doubt, 'delivery is', 'deliveries are')} in doubt or held:", "warning")
    for doubt in sight.doubts[:MOST_DOUBTS]:
        yield Line(f"  {doubt.delivery}  {_doubt(doubt, now, place)}", "plain", 4)
    if sight.in_doubt > MOST_DOUBTS:
        more = f"and {sight.in_doubt - MOST_DOUBTS:,} more: distro archive list --wave {sight.id} --state held (or uncertain)"
        yield Line(f"  {more}", "faint", 4)
    first = sight.doubts[0] if sight.doubts else None
    if first is None:
        return
    for command in ways(first):
        yield Line(f"  {command}", "plain", 6)
    if sight.in_doubt > 1:
        yield Line(f"  distro --as NAME wave settle --all {sight.id} --resend", "plain", 6)


def _doubt(doubt: Doubt, now: datetime, place: Place) -> str:
    since = f" since {clock_hour(doubt.since, place.zone, now)}" if doubt.since else ""
    what = f"{doubt.state}{since}: " + ("it may have arrived" if doubt.sent else "its copy could not be made")
    if doubt.due_at is None:
        return f"{what}; it waits for you"
    when = "now" if doubt.due_at <= now else f"at {clock_hour(doubt.due_at, place.zone, now)}"
    return f"{what}; resent {when}"


def ways(doubt: Doubt) -> tuple[str, ...]:
    """The commands that settle it, as they are typed."""
    from distro.dispatch.doubts import ways_to_settle

    return ways_to_settle(doubt.delivery, sent=doubt.sent)


def _bots(bots: Sequence[Heard], now: datetime) -> Iterator[Line]:
    for bot in bots[:3]:
        said = bot.said
        who = f"Bot: process {said.pid} on {said.host}"
        if bot.living:
            yield Line(f"{who}, running for {lasting(now - said.started_at)}.", "faint", 2)
        else:
            yield Line(f"{who}, last seen {lasting(now - said.at)} ago.", "faint", 2)
