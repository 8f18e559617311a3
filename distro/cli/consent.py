"""Commands over what people have said to us: mail me nothing, mail me again, I hold until the lift."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from distro.cli.acting import keeper, say, writer
from distro.cli.context import context

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
AddressArgument = Annotated[str, typer.Argument(metavar="ADDRESS")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT")]


def hang(contacts: typer.Typer) -> None:
    """Hang the commands on `distro contacts`."""
    contacts.command()(suppress)
    contacts.command()(unsuppress)
    contacts.command()(agree)


def suppress(
    ctx: typer.Context,
    address: AddressArgument,
    reason: Reason,
    evidence: Annotated[str, typer.Option("--evidence", metavar="TEXT")] = "",
    as_json: Json = False,
) -> None:
    """Mail nothing to this address from now on, be it a contact's or not."""
    from contacts import suppression
    from contacts.address import parse

    work, mailbox = context(ctx), parse(address)
    with work.store.write() as session:
        actor, record = writer(work, session, "suppress addresses")
        new = suppression.suppress(
            session,
            mailbox.canonical,
            reason=reason,
            evidence=evidence,
            by=actor.name,
            at=work.now,
            record=record,
            stand_in=work.keys.stand_in,
        )
    said = f"{mailbox.written} is suppressed." if new else f"{mailbox.written} was suppressed already; nothing changed."
    say({"address": mailbox.written, "suppressed": True, "new": new}, said, as_json=as_json)


def unsuppress(ctx: typer.Context, address: AddressArgument, reason: Reason, as_json: Json = False) -> None:
    """Let this address be mailed again."""
    from contacts import suppression
    from contacts.address import parse

    work, mailbox = context(ctx), parse(address)
    with work.store.write() as session:
        actor, record = writer(work, session, "lift suppressions")
        suppression.lift(
            session,
            mailbox.canonical,
            reason=reason,
            by=actor.name,
            at=work.now,
            record=record,
            stand_in=work.keys.stand_in,
        )
    say({"address": mailbox.written, "suppressed": False}, f"{mailbox.written} may be mailed again.", as_json=as_json)


def agree(
    ctx: typer.Context,
    address: AddressArgument,
    release: Annotated[str, typer.Option("--release", metavar="SLUG", help="Only for this release; else standing.")] = "",
    terms: Annotated[str, typer.Option("--terms", metavar="TEXT", help="Which terms were agreed to.")] = "standard",
    how: Annotated[str, typer.Option("--how", metavar="TEXT", help="How the promise was made, such as by phone.")] = "",
    as_json: Json = False,
) -> None:
    """Record that a contact has agreed to hold embargoed releases until the lift."""
    from sqlmodel import select

    from contacts import agreements, people
    from distro.editorial.release import Release

    work = context(ctx)
    with work.store.write() as session:
        actor, record = writer(work, session, "record agreements")
        person = people.find(session, address)
        if release and session.exec(select(Release.id).where(Release.slug == release.strip())).first() is None:
            print(f"There is no release {release.strip()} yet; the agreement waits for it.", file=sys.stderr)
        made = agreements.agree(
            session,
            person,
            release=release.strip(),
            terms=terms,
            how=how,
            by=actor.name,
            at=work.now,
            record=record,
            keep=keeper(work, session, actor),
        )
    scope = f"for {made.release}" if made.release else "standing"
    value = {"address": person.address, "release": made.release, "terms": made.terms, "how": made.how, "at": made.at}
    say(value, f"{person.address} has agreed ({scope}, terms {made.terms}), {made.at:%Y-%m-%d %H:%M} UTC.", as_json=as_json)
