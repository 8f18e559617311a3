"""`distro wave`: see what is planned and under way; pause, resume, cancel it; send one copy again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli import watching
from distro.cli.acting import NotSentElsewhere
from distro.cli.context import LARGEST, Context, context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from distro.dispatch.untold import Untold
    from distro.editorial.plan import Wave

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Number = Annotated[int, typer.Argument(metavar="WAVE", max=LARGEST, help="The wave's number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the record.")]

UNCONFIRMED = "No second person has confirmed this kill: distro --as NAME release confirm-kill SLUG"

app = typer.Typer(help="Waves: what is planned, held, under way.", no_args_is_help=True)


def hang(root: typer.Typer) -> None:
    """Hang the commands on the tree."""
    watching.hang(app)
    root.add_typer(app, name="wave")


@app.command("list")
def list_waves(
    ctx: typer.Context,
    release: Annotated[str | None, typer.Option("--release", help="Only this release's (its slug).")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, max=LARGEST)] = None,
    as_json: Json = False,
) -> None:
    """All waves; kills that nobody confirmed first, then what waits until holders are told, then the held ones, then those of
    which a delivery is held, then by their hour, the newest first."""
    from sqlmodel import col, select

    from distro.dispatch.delivery import Delivery, State
    from distro.dispatch.untold import all_waiting
    from distro.editorial.killing import all_unconfirmed
    from distro.editorial.plan import Wave, WaveState
    from distro.editorial.release import Release

    c = context(ctx)
    with c.store.read() as session:
        unconfirmed = all_unconfirmed(session)
        waiting = select(Delivery.id).where(Delivery.wave_id == Wave.id, Delivery.state == State.HELD.value).exists()
        untold = col(Wave.id).in_(list(all_waiting(session, c.now)))
        query = select(Wave).order_by(
            col(Wave.id).notin_(unconfirmed),
            ~untold,
            col(Wave.state) != WaveState.HELD.value,
            ~waiting,
            col(Wave.at).desc(),
            col(Wave.id).desc(),
        )
        if release is not None:
            query = query.join(Release, col(Release.id) == col(Wave.release_id)).where(Release.slug == release)
        if limit is not None:
            query = query.limit(limit)
        waves = _told(session, list(session.exec(query)), c.now)
    if as_json:
        print_json(waves)
        return
    columns = ("wave", "release", "purpose", "hour", "state", "deliveries", "reason")
    print_table(
        columns,
        ((w["id"], w["release"], w["purpose"], w["at"], w["state"], _counts(w["counts"]), w["reason"]) for w in waves),
        empty="No waves yet; `distro release schedule` proposes some.",
    )


@app.command()
def pause(ctx: typer.Context, wave: Number, reason: Reason = "", as_json: Json = False) -> None:
    """Stop a wave for now; what is on the wire ends."""
    from distro.dispatch import verbs

    c = context(ctx)
    with c.store.write() as session:
        verbs.pause(session, wave, actor=c.actor(session), at=c.now, reason=reason)
    _say(c, wave, as_json)


@app.command()
def resume(
    ctx: typer.Context,
    wave: Number,
    reason: Reason = "",
    not_sent_elsewhere: NotSentElsewhere = False,
    as_json: Json = False,
) -> None:
    """Let a paused or held wave go on: your word that it may leave now."""
    from distro.dispatch import verbs

    c = context(ctx)
    with c.store.write() as session:
        verbs.resume(session, wave, actor=c.actor(session), at=c.now, reason=reason, not_sent_elsewhere=not_sent_elsewhere)
    _say(c, wave, as_json)


@app.command()
def cancel(ctx: typer.Context, wave: Number, reason: Reason = "", as_json: Json = False) -> None:
    """End a wave for good; says what had left already."""
    from distro.dispatch import verbs

    c = context(ctx)
    with c.store.write() as session:
        actor = c.actor(session)
        verbs.cancel(session, wave, actor=actor, at=c.now, reason=reason)
    swept = verbs.cancel_deliveries(c.store, [wave], actor=actor.name, at=c.now, reason=reason or "the wave was cancelled")
    if as_json:
        _say(c, wave, as_json)
        return
    print(
        f"Wave {wave} is cancelled: {swept.cancelled} deliveries stopped, {swept.accepted} copies had been accepted, "
        f"{swept.on_the_wire} were on the wire."
    )


@app.command()
def resend(
    ctx: typer.Context,
    delivery: Annotated[
        int, typer.Argument(metavar="DELIVERY", max=LARGEST, help="The delivery's number, as `archive list` shows it.")
    ],
    reason: Reason = "",
    not_sent_elsewhere: NotSentElsewhere = False,
    as_json: Json = False,
) -> None:
    """Send one copy again on purpose: the identical bytes, as a new attempt; the archive tells."""
    from distro.dispatch import verbs

    c = context(ctx)
    with c.store.write() as session:
        actor = c.actor(session)
        found = verbs.resend(session, delivery, actor=actor, at=c.now, reason=reason, not_sent_elsewhere=not_sent_elsewhere)
        told = {"delivery": found.id, "wave": found.wave_id, "state": found.state}
    if as_json:
        print_json(told)
    else:
        print(f"Delivery {delivery} is due again; the bot sends the identical copy.")


def _say(c: Context, wave: int, as_json: bool) -> None:
    from distro.dispatch.verbs import find_wave

    with c.store.read() as session:
        told = _told(session, [find_wave(session, wave)], c.now)[0]
    if as_json:
        print_json(told)
    else:
        print(f"Wave {wave} is {told['state']}.")


def _told(session: Session, waves: list[Wave], now: datetime) -> list[dict[str, object]]:
    from distro.dispatch.counts import counts_of
    from distro.dispatch.doubts import reason_of
    from distro.dispatch.untold import waiting
    from distro.editorial.killing import unconfirmed
    from distro.editorial.release import Release

    alone = unconfirmed(session, waves)
    counts, waits = counts_of(session, [w.id or 0 for w in waves]), waiting(session, waves, now)
    return [
        {
            "id": w.id,
            "release": session.get_one(Release, w.release_id).slug,
            "purpose": w.purpose,
            "at": w.at,
            "state": w.state,
            "reason": UNCONFIRMED if w.id in alone else _reason(waits.get(w.id or 0), reason_of(w, counts[w.id or 0])),
            "counts": dict(counts[w.id or 0]),
        }
        for w in waves
    ]


def _reason(waits: Untold | None, reason: str) -> str:
    return reason if waits is None else waits.sentence


def _counts(counts: object) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items()) if isinstance(counts, dict) else ""
