"""`distro hold`: legal holds. What they cover is neither erased nor removed nor disposed of until they are lifted. What is
known of a contact whom one names may change, and is kept as it was before."""

from __future__ import annotations

from typing import Annotated

import typer

from distro.cli.acting import say
from distro.cli.context import LARGEST, context
from distro.cli.printing import print_json, print_table

app = typer.Typer(help="Legal holds: what a case needs stays as it is.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the record, without an address in it.")]


def hang(root: typer.Typer) -> None:
    """Hang the commands on the tree."""
    root.add_typer(app, name="hold")


@app.command()
def add(
    ctx: typer.Context,
    reason: Reason,
    release: Annotated[str | None, typer.Option("--release", metavar="SLUG", help="Whatever was sent of it.")] = None,
    contact: Annotated[str | None, typer.Option("--contact", metavar="ADDRESS", help="Whoever has or had it.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN", help="Due, stamped or accepted from then on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="The same, before then.")] = None,
    as_json: Json = False,
) -> None:
    """Set a hold; what is given narrows it. Anybody on the staff may, an auditor too."""
    from distro.dispatch import holds

    work = context(ctx)
    scope = holds.Scope(contact, release, work.when(since), work.when(until))
    with work.store.write() as session:
        hold = holds.add(session, work.keys, scope, reason=reason, actor=work.actor(session), at=work.now)
        value = holds.as_json(session, hold)
    say(value, f"Legal hold {hold.id} is in force.", as_json=as_json)


@app.command("list")
def list_(
    ctx: typer.Context,
    lifted: Annotated[bool, typer.Option("--all", help="Those that were lifted too.")] = False,
    as_json: Json = False,
) -> None:
    """The holds in force."""
    from distro.dispatch import holds

    with context(ctx).store.read() as session:
        found = [holds.as_json(session, hold) for hold in holds.every(session, lifted=lifted)]
    if as_json:
        print_json(found)
        return
    columns = ("id", "release", "contact", "since", "until", "reason", "by", "at", "lifted_by")
    rows = [tuple(_plain(one, column) for column in columns) for one in found]
    print_table((*columns[:-1], "lifted by"), rows, empty="No legal hold is in force.")


def _plain(hold: dict[str, object], column: str) -> object:
    if column == "contact" and hold["contact"] is None and hold["by_address"]:
        return "(removed)"
    return hold[column]


@app.command()
def cards(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Of a contact.")],
    as_json: Json = False,
) -> None:
    """What was known of a contact before each change under a hold that named them, oldest first."""
    from contacts import people
    from distro.archive.vault import Vault
    from distro.dispatch.cards import cards_of
    from distro.staff import Right

    work = context(ctx)
    with work.store.read() as session:
        work.actor(session).need(Right.READ, "read what is kept under a legal hold")
        person = people.find(session, address)
        found = list(cards_of(session, Vault(work.keys), person.id or 0))
    if as_json:
        print_json([{"card": one.number, "until": one.at, "by": one.by, "known": one.known} for one in found])
        return
    rows = [
        (one.number, one.at, one.by, "\n".join(f"{field}: {value}" for field, value in (one.known or {}).items() if value))
        for one in found
    ]
    print_table(("card", "until", "changed by", "what was known"), rows, empty="Nothing was kept of this contact.")


@app.command()
def lift(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="HOLD", max=LARGEST, help="Its number, as `hold list` shows it.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """End a hold. An approver or admin does, and not who set it (unless [approval] people = 1)."""
    from distro.dispatch import holds

    work = context(ctx)
    with work.store.write() as session:
        actor, people = work.actor(session), work.config.approval.people
        hold = holds.lift(session, number, reason=reason, actor=actor, people=people, at=work.now)
        value = holds.as_json(session, hold)
    say(value, f"Legal hold {number} is lifted.", as_json=as_json)
