"""`distro retention`: what is beyond its term, and how two people dispose of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.acting import say
from distro.cli.context import LARGEST, context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from sqlmodel import Session

    from distro.dispatch.disposals import Disposal

app = typer.Typer(help="Terms of retention: what is due, and its disposal by two people.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Number = Annotated[int, typer.Argument(metavar="DISPOSAL", max=LARGEST, help="Its number, as `retention list` shows it.")]


def hang(root: typer.Typer) -> None:
    """Hang the commands on the tree."""
    root.add_typer(app, name="retention")


@app.command()
def due(ctx: typer.Context, as_json: Json = False) -> None:
    """What is beyond its term, class by class, and how much of it a legal hold keeps."""
    from distro.dispatch import retention

    work = context(ctx)
    with work.store.read() as session:
        found = list(retention.due(session, work.keys, work.config.retention, work.now))
    if as_json:
        print_json([{"class": d.name, "years": d.years, "before": d.before, "due": d.due, "held": d.held} for d in found])
        return
    rows = [(d.name, d.what, f"{d.years:g} years" if d.before else "for ever", d.before, d.due, d.held) for d in found]
    print_table(("class", "what", "kept", "due before", "due", "held"), rows)


@app.command()
def dispose(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CLASS", help="As `retention due` shows it.")],
    before: Annotated[str | None, typer.Option("--before", metavar="WHEN", help="Only what ended before.")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the record.")] = "",
    as_json: Json = False,
) -> None:
    """Propose to destroy what is beyond its term. Nothing goes before another person confirms it."""
    from distro.dispatch import retention

    work = context(ctx)
    with work.store.write() as session:
        made = retention.propose(
            session,
            work.keys,
            work.config.retention,
            name,
            before=work.when(before),
            reason=reason,
            actor=work.actor(session),
            at=work.now,
        )
        value = _as_json(session, made)
    sentence = (
        f"Disposal {made.id}: {made.count:,} are due. Another person confirms: distro --as NAME retention confirm {made.id}"
    )
    say(value, sentence, as_json=as_json)


@app.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """Every disposal, proposed or done."""
    from distro.dispatch import retention

    with context(ctx).store.read() as session:
        found = [_as_json(session, one) for one in retention.every(session)]
    if as_json:
        print_json(found)
        return
    columns = ("id", "class", "before", "count", "proposed_by", "confirmed_by", "finished_at")
    print_table(columns, [tuple(one[column] for column in columns) for one in found], empty="No disposal was ever proposed.")


@app.command()
def confirm(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Give the second word: what was proposed is destroyed now, and a certificate stays."""
    from distro.archive import scrubbing
    from distro.dispatch import retention

    work = context(ctx)
    with work.store.read() as session:
        actor = work.actor(session)
    retention.confirm(work.store, work.keys, number, terms=work.config.retention, actor=actor, at=work.now)
    waits = scrubbing.finish(work.store, actor=actor.name, at=work.now)
    if waits:
        print(waits, "Run `distro --as NAME contacts erase --finish` later.", file=sys.stderr)
    with work.store.read() as session:
        value = _as_json(session, retention.find(session, number))
    say(
        value | {"scrubbed": not waits},
        f"{value['count']:,} were destroyed; `distro retention certificate {number}` prints the certificate.",
        as_json=as_json,
    )


@app.command()
def certificate(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """What was destroyed, by number and hash, on whose word; to be printed and kept."""
    from distro.archive.ledger import entries_about
    from distro.dispatch import retention
    from distro.dispatch.retained import CLASSES
    from distro.errors import Refused

    work = context(ctx)
    with work.store.read() as session:
        disposal, word = retention.as_recorded(session, number)
        if word.done is None:
            raise Refused(f"Disposal {number} is not done yet, so there is no certificate.")
        value = _as_json(session, disposal)
        left = word.done.told.get("left", 0)
        value |= {"due_when_proposed": disposal.count, "left": left}
        entries = [entry["entry"] for entry in entries_about(session, f"disposal:{number}")]
        value["entries"] = entries
    if as_json:
        print_json(value)
        return
    print(f"CERTIFICATE OF DISPOSAL {number}\n{work.config.office.name}\n")
    rows = [
        ("what", CLASSES[disposal.kind].what),
        ("that ended before", disposal.before),
        ("how many", value["count"]),
        ("due when proposed", disposal.count),
        ("not destroyed", f"{left}, under a legal hold or due only since" if left else "none that was due"),
        ("numbers", f"{value['first']} to {value['last']}"),
        ("SHA-256 over all", value["sha256"]),
        ("proposed", f"{disposal.proposed_by}, {disposal.proposed_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("confirmed", f"{disposal.confirmed_by}, {disposal.confirmed_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("finished", disposal.finished_at),
        ("reason", disposal.reason),
        ("entries of the record", ", ".join(map(str, entries))),
    ]
    print_table(("", ""), rows)


def _as_json(session: Session, disposal: Disposal) -> dict[str, object]:
    from distro.dispatch.disposals import sum_of

    told: dict[str, object] = {
        "id": disposal.id,
        "class": disposal.kind,
        "before": disposal.before,
        "count": disposal.count,
        "reason": disposal.reason,
        "proposed_by": disposal.proposed_by,
        "proposed_at": disposal.proposed_at,
        "confirmed_by": disposal.confirmed_by,
        "confirmed_at": disposal.confirmed_at,
        "finished_at": disposal.finished_at,
    }
    return told if disposal.finished_at is None else told | sum_of(session, disposal.id or 0)
