"""Commands over segments: save a rule, count it, and say why somebody is in it or out."""

from __future__ import annotations

from typing import Annotated

import typer

from distro.cli.context import context
from distro.cli.printing import print_json, print_table

segments = typer.Typer(name="segments", help="Saved rules over contacts.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Name = Annotated[str, typer.Argument(metavar="NAME")]


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.add_typer(segments)


@segments.command("save")
def save(
    ctx: typer.Context,
    name: Name,
    rule: Annotated[str, typer.Argument(metavar="RULE", help='beat:immigration and (region:"Los Angeles*" or language:es)')],
    as_json: Json = False,
) -> None:
    """Save a rule under a name, or give the segment of that name a new one."""
    from contacts import segments as saved
    from distro.cli.acting import writer

    work = context(ctx)
    with work.store.write() as session:
        actor, record = writer(work, session, "save segments")
        segment = saved.save(session, name, rule, by=actor.name, at=work.now, record=record)
        count = saved.count(session, segment.rule)
    if as_json:
        print_json({"name": segment.name, "rule": segment.rule, "count": count})
    else:
        print(f"{segment.name}: {segment.rule}\n{count:,} contacts match.")


@segments.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """Every segment, with its rule and how many contacts match now."""
    from contacts import segments as saved

    with context(ctx).store.read() as session:
        rows = [(one.name, one.rule, saved.count(session, one.rule)) for one in saved.every(session)]
    if as_json:
        print_json([{"name": name, "rule": rule, "count": count} for name, rule, count in rows])
    else:
        print_table(("name", "rule", "contacts"), rows, empty="No segments yet; `distro segments save NAME 'RULE'` makes one.")


@segments.command("show")
def show(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """One segment: its rule, and how many contacts match now, suppressed ones included."""
    from contacts import segments as saved

    with context(ctx).store.read() as session:
        segment = saved.find(session, name)
        count = saved.count(session, segment.rule)
    if as_json:
        print_json({"name": segment.name, "rule": segment.rule, "count": count})
        return
    print(f"{segment.name}: {segment.rule}")
    print(f"{count:,} contacts match. Saved by {segment.changed_by}, {segment.changed_at:%Y-%m-%d %H:%M} UTC.")


@segments.command("explain")
def explain(
    ctx: typer.Context, name: Name, address: Annotated[str, typer.Argument(metavar="ADDRESS")], as_json: Json = False
) -> None:
    """Why a person is in the segment or out of it, clause by clause."""
    from contacts import people
    from contacts import segments as saved

    with context(ctx).store.read() as session:
        segment = saved.find(session, name)
        person = people.find(session, address)
        why = saved.explain(session, segment.rule, person)
    if as_json:
        print_json(why.as_json())
        return
    print(f"{person.address} is {'in' if why.inside else 'not in'} {segment.name}: {segment.rule}")
    print_table(("holds", "clause"), [("yes" if holds else "no", clause) for clause, holds in why.clauses])
    if why.suppressed:
        print("The address is suppressed, so nothing is sent to it whatever the segment.")
