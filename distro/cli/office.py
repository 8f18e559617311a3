"""Setting the office up and seeing that it is in order: `init`, `doctor`, and who is on the staff."""

from __future__ import annotations

from typing import Annotated

import typer

from distro.cli.context import context
from distro.cli.printing import print_json, print_table

staff = typer.Typer(name="staff", help="Who works here, and what each may do.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.command()(init)
    app.command()(doctor)
    app.add_typer(staff)


def init(ctx: typer.Context, as_json: Json = False) -> None:
    """Create the data folder, the office's key and the store, or bring the store up to date. Can be run again."""
    from distro.archive.vault import Vault
    from distro.dispatch.naming import make_findable
    from distro.editorial.indexing import reindex
    from distro.foundation import lay

    work = context(ctx)
    laid = lay(work.config)
    if laid.store == "migrated":  # what editions are found by may be more than it was
        reindex(work.store)
    make_findable(work.store, Vault(work.keys))
    if as_json:
        print_json({"data_dir": str(laid.data_dir), "key": laid.key, "store": laid.store, "url": laid.url})
        return
    print(f"Data folder  {laid.data_dir}")
    print(f"Office key   {laid.key}: keep a copy of {laid.key_file} apart from the store; without it nobody reads the archive.")
    print(f"Store        {laid.store}: {laid.url}")


def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    """See whether the office is in order: settings, store, key, clock, signing, relay. Exits with 1 if something is bad."""
    from distro.checkup import Verdict, bad, look, ok
    from distro.errors import Refused
    from distro.mail.relaycheck import look_at_relays
    from distro.signingcheck import look_at_signing

    work = context(ctx)
    try:
        config = work.config
    except Refused as refused:
        checks = [bad("settings", sentence, "Mend the settings.") for sentence in refused.sentences]
    else:
        checks = [ok("settings", "They can be read."), *look(config, work.now)]
        checks += [*look_at_signing(config), *look_at_relays(config)]
    if as_json:
        print_json([{"check": c.name, "state": c.verdict, "sentence": c.sentence, "remedy": c.remedy} for c in checks])
    else:
        rows = [(c.verdict, c.name, "\n".join(filter(None, (c.sentence, c.remedy and f"→ {c.remedy}")))) for c in checks]
        print_table(("state", "check", "finding"), rows)
    if any(c.verdict is Verdict.BAD for c in checks):
        raise typer.Exit(1)


@staff.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    email: Annotated[str, typer.Option("--email", metavar="ADDRESS")],
    role: Annotated[str, typer.Option("--role", metavar="author|approver|auditor|admin")],
    as_json: Json = False,
) -> None:
    """Add a person. Needs no actor until the office has an admin."""
    from contacts import address
    from distro.errors import Refused
    from distro.staff import Role, add_staff, has_admin, known_actor

    work = context(ctx)
    if role not in set(Role):
        raise Refused(f"There is no role {role!r}; use one of {', '.join(Role)}.")
    written = address.parse(email).written
    with work.store.write() as session:
        # DISTRO_ACTOR may be set already, to somebody who is only about to be added.
        named = work.actor_name and has_admin(session)
        actor = work.actor(session) if named else known_actor(session, work.actor_name)
        person = add_staff(session, name, written, Role(role), actor=actor, at=work.now)
        if as_json:
            print_json({"name": person.name, "email": person.email, "role": person.role})
        else:
            print(f"{person.name} is on the staff as {person.role}.")


@staff.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """Everybody on the staff."""
    from sqlmodel import col, select

    from distro.staff import Staff

    with context(ctx).store.read() as session:
        people = session.exec(select(Staff).order_by(col(Staff.key))).all()
    if as_json:
        print_json([{"name": p.name, "email": p.email, "role": p.role, "added_at": p.added_at} for p in people])
    else:
        rows = [(p.name, p.role, p.email, f"{p.added_at:%Y-%m-%d %H:%M} UTC") for p in people]
        print_table(("name", "role", "address", "added"), rows, empty="Nobody yet; `distro staff add` adds a person.")
