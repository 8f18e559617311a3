"""`distro template check`: the office's templates, colours, logo and words, held to what ours keep to."""

from __future__ import annotations

from typing import Annotated

import typer

from distro.cli.bars import bars
from distro.cli.context import context
from distro.cli.printing import print_json


def hang(app: typer.Typer) -> None:
    """Hang `template` on the tree of commands."""
    tree = typer.Typer(help="The office's own templates, colours, logo and words.", no_args_is_help=True)
    tree.command("check")(check)
    app.add_typer(tree, name="template")


def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """Make a mail of every kind, language and purpose, and every page, and say what is wrong with them. Sends nothing.

    Exit status 2 where something is wrong that no mail should leave with.
    """
    from distro.mail.standards.samples import House
    from distro.mail.standards.trying import mails, try_templates
    from distro.web.pagecheck import try_pages

    config = context(ctx).config
    house = House(config.office, config.look, config.templates.folder, config.web.public_url)
    with bars() as bar:
        found = [*try_templates(house, bar("Mails")), *try_pages(config.office, config.templates.folder)]
    tried = len(list(mails(house)))
    stops = sum(one.fault.stops for one in found)
    if as_json:
        folder = str(house.folder) if house.folder else ""
        print_json({"folder": folder, "mails": tried, "findings": [one.to_json() for one in found]})
    else:
        for one in found:
            print(f"{'stops' if one.fault.stops else 'warns'}: {one.sentence}")
        print(f"{tried} mails were made: {stops} things stop, {len(found) - stops} warn.")
    if stops:
        raise typer.Exit(2)
