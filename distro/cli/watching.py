"""`distro wave show` and `distro wave settle`: how a wave stands, and a person's word on what is in doubt."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.acting import NotSentElsewhere, say
from distro.cli.context import LARGEST, context
from distro.cli.printing import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.text import Text

    from distro.cli.wavescreen import Line
    from distro.config import Office
    from distro.dispatch.progress import WaveSight
    from distro.dispatch.settling import How
    from distro.dispatch.workers import Heard

PLAIN_WIDTH = 120
"""Columns where the output is no terminal."""

STYLES = {"title": "bold", "alarm": "bold white on red", "warning": "yellow", "plain": "", "faint": "dim", "good": "green"}


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree of waves."""
    app.command()(show)
    app.command()(settle)


def show(
    ctx: typer.Context,
    wave: Annotated[int, typer.Argument(metavar="WAVE", max=LARGEST, help="The wave's number.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """One wave in one screen: how far it is, what slows it, what waits for you and how to settle it."""
    from distro.cli.wavescreen import Place, screen
    from distro.dispatch.doubts import reason_of
    from distro.dispatch.progress import sight_of
    from distro.dispatch.workers import heard, rate_of
    from distro.editorial.killing import unconfirmed
    from distro.editorial.plan import Wave
    from distro.errors import Refused

    c = context(ctx)
    with c.store.read() as session:
        found = session.get(Wave, wave)  # without a lock: it must not stand in the way of what it looks at
        if found is None:
            raise Refused(f"There is no wave {wave}; `distro wave list` shows them.")
        sight = sight_of(session, found, c.now)
        bots = heard(session, c.now)
        alone = unconfirmed(session, [found])
    rate = rate_of(wave, [bot.said for bot in bots if bot.living])
    if as_json:
        rules = found.rules
        planned: dict[str, object] = {
            "scheduled_by": found.scheduled_by,
            "approval": found.approval_id,
            "hour_as_chosen": found.wall or None,
            "audience": [s.name for s in rules.segments],
            "exclude": [s.name for s in rules.exclude],
            "prepared_at": found.prepared_at,
            "launched_at": found.launched_at,
            "finished_at": found.finished_at,
            "confirmed_by": found.confirmed_by,
        }
        if found.notice is not None:
            planned |= {"notice": found.notice, "ordinal": found.ordinal, "follows": found.parent_id}
            planned |= {"holders": list(rules.holders), "unconfirmed": wave in alone}
        print_json(as_value(sight, bots, rate, c.now, reason_of(found, sight.counts)) | planned)
        return
    office = c.config.office
    place = Place(office.timezone, _width(), hour_in_words(found.at, office))
    put(screen(sight, bots, rate, c.now, place), place.width)


def as_value(sight: WaveSight, bots: Sequence[Heard], rate: float, now: datetime, reason: str) -> dict[str, object]:
    """The screen for a program."""
    from distro.cli.wavescreen import lanes_of, ways

    alive = [bot.said for bot in bots if bot.living]
    retry = sight.retry
    return {
        "id": sight.id,
        "release": sight.release,
        "purpose": sight.purpose,
        "at": sight.at,
        "state": sight.state,
        "reason": reason,
        "counts": dict(sight.counts),
        "rate": round(rate, 2),
        "mean_rate": round(sight.mean(now), 2),
        "eta": sight.eta(rate, now),
        "blocked": next((said.blocked for said in alive if said.blocked is not None), None),
        "lanes": [
            {"domain": lane.domain, "reason": lane.reason, "closed_until": lane.closed_until, "rate": lane.rate}
            for lane in lanes_of(alive)
        ],
        "relays": [
            {"name": relay.name, "away": relay.away, "since": relay.since, "next_try": relay.next_try, "worker": said.worker}
            for said in alive
            for relay in said.relays
        ],
        "next_retry": None
        if retry is None
        else {"at": retry.at, "count": retry.count, "until": retry.until, "waiting": retry.waiting},
        "uncertain": [
            {
                "delivery": doubt.delivery,
                "state": doubt.state,
                "since": doubt.since,
                "due_at": doubt.due_at,
                "commands": list(ways(doubt)),
            }
            for doubt in sight.doubts
        ],
        "workers": [
            {
                "worker": bot.said.worker,
                "host": bot.said.host,
                "pid": bot.said.pid,
                "started_at": bot.said.started_at,
                "seen_at": bot.said.at,
                "living": bot.living,
                "blocked": bot.said.blocked,
            }
            for bot in bots
        ],
    }


def settle(
    ctx: typer.Context,
    delivery: Annotated[
        int | None, typer.Argument(metavar="[DELIVERY]", max=LARGEST, help="Its number, as `wave show` names it.")
    ] = None,
    all_of: Annotated[
        int | None, typer.Option("--all", metavar="WAVE", max=LARGEST, help="Every one of this wave instead.")
    ] = None,
    resend: Annotated[bool, typer.Option("--resend", help="Send the identical bytes again.")] = False,
    accepted: Annotated[bool, typer.Option("--accepted", help="You know that it arrived; say how with --reason.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="WHEN", help="With --accepted: when it arrived.")] = None,
    give_up: Annotated[bool, typer.Option("--give-up", help="Leave it at that, unknown; say why with --reason.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="How you know, or why; it stands in the record.")] = "",
    not_sent_elsewhere: NotSentElsewhere = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """Say what becomes of a delivery that is uncertain or held: nobody knows whether its copy arrived, or it could not go."""
    from distro.dispatch import settling
    from distro.errors import Refused

    c = context(ctx)
    how = _how(resend=resend, accepted=accepted, give_up=give_up)
    if (delivery is None) == (all_of is None):
        raise Refused("Name one delivery, or a whole wave with --all WAVE.")
    with c.store.read() as session:
        actor = c.actor(session)
    word = settling.Word(how, actor, c.now, reason, c.when(at), not_sent_elsewhere)
    if all_of is not None:
        count = settling.settle_all(c.store, all_of, word)
        many = "1 delivery" if count == 1 else f"{count} deliveries"
        say({"wave": all_of, "settled": count, "as": how}, f"Of wave {all_of}, {many}: {_done(how)}.", as_json=as_json)
        return
    with c.store.write() as session:
        found = settling.settle(session, delivery or 0, word)
        told = {"delivery": found.id, "wave": found.wave_id, "state": found.state, "as": how}
    say(told, f"Delivery {delivery}: {_done(how)}.", as_json=as_json)


def _how(*, resend: bool, accepted: bool, give_up: bool) -> How:
    from distro.dispatch.settling import How
    from distro.errors import Refused

    chosen = [how for how, said in ((How.RESEND, resend), (How.ACCEPTED, accepted), (How.GIVE_UP, give_up)) if said]
    if len(chosen) != 1:
        raise Refused("Say one of --resend, --accepted and --give-up.")
    return chosen[0]


def _done(how: How) -> str:
    return {
        "resend": "due again; the bot sends the identical copy",
        "accepted": "recorded as accepted, on your word",
        "give_up": "given up; whether it arrived stays unknown",
    }[how.value]


def hour_in_words(at: datetime, office: Office) -> str:
    """Tuesday, December 1, 2026 at 9:00 AM, New York (EST, 14:00 UTC)"""
    from distro.hours import full_hour
    from distro.words import words

    return full_hour(at.replace(microsecond=0), office.timezone, words("en"), office.city)


def put(lines: Sequence[Line], width: int) -> None:
    """The screen on standard output: in colours on a terminal, else plain."""
    from rich.console import Console

    from distro.cli.wavescreen import wrapped

    if not sys.stdout.isatty():
        print(*(text for text, _ in wrapped(lines, width)), sep="\n")
        return
    Console(highlight=False, soft_wrap=True).print(coloured(lines, width))


def coloured(lines: Sequence[Line], width: int) -> Text:
    from rich.text import Text

    from distro.cli.wavescreen import wrapped

    return Text("\n").join(Text(text, STYLES[kind]) for text, kind in wrapped(lines, width))


def _width() -> int:
    import shutil

    return max(40, shutil.get_terminal_size().columns) if sys.stdout.isatty() else PLAIN_WIDTH
