"""Commands over contacts one by one: add, edit, remove, list, show. The others of `distro contacts` are hung on from beside."""

from __future__ import annotations

from typing import Annotated

import typer

from distro.cli import consent, contacts_import, erasing
from distro.cli.acting import keeper, say, writer
from distro.cli.context import LARGEST, context
from distro.cli.printing import print_json, print_json_array, print_table

contacts = typer.Typer(name="contacts", help="Whom we may write to, and whom not.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
AddressArgument = Annotated[str, typer.Argument(metavar="ADDRESS")]
Text = Annotated[str | None, typer.Option(metavar="TEXT")]
Beats = Annotated[str | None, typer.Option(metavar="'A;B'", help="Several between semicolons.")]
Languages = Annotated[str | None, typer.Option(metavar="en|en;es|en+es", help="en;es: either. en+es: both in one copy.")]
Zone = Annotated[str | None, typer.Option(metavar="AREA/CITY")]


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    contacts.command("import")(contacts_import.import_)
    consent.hang(contacts)
    erasing.hang(contacts)
    app.add_typer(contacts)


@contacts.command("add")
def add(
    ctx: typer.Context,
    address: AddressArgument,
    name: Text = None,
    outlet: Text = None,
    beats: Beats = None,
    region: Text = None,
    languages: Languages = None,
    timezone: Zone = None,
    phone: Text = None,
    tier: Text = None,
    source: Text = None,
    basis: Text = None,
    notes: Text = None,
    as_json: Json = False,
) -> None:
    """Add one contact."""
    from contacts import people

    given = _given(name, outlet, beats, region, languages, timezone, phone, tier, source, basis, notes)
    work = context(ctx)
    with work.store.write() as session:
        _, record = writer(work, session, "add contacts")
        person = people.add(session, address, given, at=work.now, record=record, stand_in=work.keys.stand_in)
        card = people.card(session, person)
    say(card, f"{person.address} is a contact now.", as_json=as_json)
    if card["suppressed"] and not as_json:
        print("The address is suppressed, and stays so: nothing is sent to it.")


@contacts.command("edit")
def edit(
    ctx: typer.Context,
    address: AddressArgument,
    new_address: Annotated[str | None, typer.Option("--address", metavar="NEW", help="The same person moves here.")] = None,
    name: Text = None,
    outlet: Text = None,
    beats: Beats = None,
    region: Text = None,
    languages: Languages = None,
    timezone: Zone = None,
    phone: Text = None,
    tier: Text = None,
    source: Text = None,
    basis: Text = None,
    notes: Text = None,
    as_json: Json = False,
) -> None:
    """Change a contact; an empty text empties the field. With --address it stays the same person. Where a legal hold names
    them, what was known of them before is kept: `distro hold cards ADDRESS`."""
    from contacts import people
    from distro.errors import Refused

    given = _given(name, outlet, beats, region, languages, timezone, phone, tier, source, basis, notes)
    if not given and new_address is None:
        raise Refused("There is nothing to change; give the fields, such as --region Chicago, or --address NEW.")
    work = context(ctx)
    with work.store.write() as session:
        actor, record = writer(work, session, "edit contacts")
        done = people.edit(
            session,
            address,
            given,
            new_address=new_address,
            by=actor.name,
            at=work.now,
            record=record,
            stand_in=work.keys.stand_in,
            keep=keeper(work, session, actor),
        )
        card = people.card(session, done.person)
    say(card, f"Changed: {', '.join(done.changed)}." if done.changed else "Nothing was different.", as_json=as_json)
    if done.suppression_moved and not as_json:
        print(f"The suppression of the old address holds for {done.person.address} too; `distro contacts unsuppress` lifts it.")


@contacts.command("remove")
def remove(ctx: typer.Context, address: AddressArgument, as_json: Json = False) -> None:
    """Delete a contact from lists and contacts. A suppression of the address stays, and so does the archive: see `erase`."""
    from contacts import people
    from contacts.once import one_writer
    from distro.archive.names import known_as
    from distro.dispatch import holds

    work = context(ctx)
    with work.store.write() as session:
        _, record = writer(work, session, "remove contacts")
        one_writer(session)  # before holds are asked, as in whatever else asks them
        person = people.find(session, address)
        holds.refuse_held(session, [person.id or 0], [work.keys.address_hash(person.canonical)], "removed")
        if before := people.former(session, person.id or 0):  # else the address alone leads to all that is left of them
            known_as(session, [(work.keys.address_hash(one), person.id or 0) for one in (*before, person.canonical)])
        number = people.remove(session, address, record=record)
    say({"removed": number}, "Removed.", as_json=as_json)


def _given(*texts: str | None) -> dict[str, str]:
    """The fields that were given, in the order in which `add` and `edit` take them."""
    names = ("name", "outlet", "beats", "region", "languages", "timezone", "phone", "tier", "source", "basis", "notes")
    return {name: text for name, text in zip(names, texts, strict=True) if text is not None}


@contacts.command("list")
def list_(
    ctx: typer.Context,
    segment: Annotated[str | None, typer.Option("--segment", metavar="NAME", help="Only who matches its rule.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=LARGEST, metavar="N")] = None,
    after: Annotated[int, typer.Option("--after", max=LARGEST, metavar="ID", help="Only ids beyond this one, to page on.")] = 0,
    as_json: Json = False,
) -> None:
    """Everybody, or who is in a segment, in the order of their ids; the whole list without --limit."""
    from contacts import people

    with context(ctx).store.read() as session:
        matching = None
        if segment is not None:
            from contacts import segments as saved
            from contacts.rules import compile_rule

            matching = compile_rule(saved.find(session, segment).rule).condition()
        found = people.every(session, matching, limit=limit, after=after)
        if as_json:
            print_json_array(found)
            return
        columns = ("id", "address", "name", "outlet", "region", "languages", "tier")
        rows = [(*(one[c] for c in columns), "suppressed" if one["suppressed"] else "") for one in found]
    print_table((*columns, ""), rows, empty="No contacts; `distro contacts import FILE.csv` brings them in.")


@contacts.command("show")
def show(ctx: typer.Context, address: AddressArgument, as_json: Json = False) -> None:
    """Everything that is known of one contact."""
    from contacts import people

    with context(ctx).store.read() as session:
        card = people.card(session, people.find(session, address))
    if as_json:
        print_json(card)
        return
    card["suppression"] = card["suppression"] or "none"
    print_table(("field", "value"), [(field, _plain(value)) for field, value in card.items()])


def _plain(value: object) -> object:
    if isinstance(value, list):
        return "; ".join(str(_plain(one)) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(one)}" for key, one in value.items() if one)
    return value
