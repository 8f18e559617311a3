"""The keys that sign copies: `dkim key` makes one, `dkim record` prints what is to be published in the DNS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import context
from distro.cli.printing import print_json

if TYPE_CHECKING:
    from distro.cli.context import Context
    from distro.dkimkey import PrivateKey

dkim = typer.Typer(name="dkim", help="The keys that sign copies, and their DNS records.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.add_typer(dkim)


@dkim.command("key")
def make(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes, mode 0600; never overwritten.")],
    selector: Annotated[str, typer.Option("--selector", metavar="NAME", help="Names the record, for example by its year.")],
    kind: Annotated[str, typer.Option("--type", metavar="rsa|ed25519", help="What every verifier knows is rsa.")] = "rsa",
    domain: Annotated[str | None, typer.Option("--domain", metavar="DOMAIN", help="Default: that of the settings.")] = None,
    as_json: Json = False,
) -> None:
    """Make a key, and print the DNS record to publish before the settings name the key."""
    from distro.dkimkey import KeyType, make_key
    from distro.errors import Refused

    if kind not in set(KeyType):
        raise Refused(f"There is no key type {kind!r}; use one of {', '.join(KeyType)}.")
    _check(selector, domain)
    key = make_key(file, KeyType(kind))
    whose = domain or _domain(context(ctx), selector)
    if not as_json:
        where = "" if whose else " under your domain"
        print(f"The key is in {file}. Publish this record{where}, then name the key in a [[dkim]]:")
    _show([_row(selector, whose, key)], as_json)


@dkim.command("record")
def record(ctx: typer.Context, as_json: Json = False) -> None:
    """The DNS records of the keys that the settings name."""
    from distro.dkimkey import read_key
    from distro.errors import Refused

    config = context(ctx).config
    if not config.dkim:
        raise Refused("The settings name no key; make one with `distro dkim key FILE --selector NAME`, and add a [[dkim]].")
    rows = [_row(one.selector, one.domain_for(config.office), read_key(Path(one.key_file))) for one in config.dkim]
    _show(rows, as_json)


def _check(selector: str, domain: str | None) -> None:
    from pydantic import TypeAdapter, ValidationError

    from distro.allowed import Domain
    from distro.errors import Refused

    for option, text in (("--selector", selector), ("--domain", domain)):
        try:
            TypeAdapter(Domain | None).validate_python(text)
        except ValidationError:
            raise Refused(f"{option} is {text!r}; write letters, digits and hyphens, with dots between.") from None


def _domain(work: Context, selector: str) -> str:
    """Whom a key of this selector signs for; "" while the settings are refused, as they are where they name a key that is
    still to be made."""
    from distro.errors import Refused

    try:
        config = work.config
    except Refused:
        return ""
    named = [one.domain_for(config.office) for one in config.dkim if one.selector == selector.lower()]
    return named[0] if named else config.office.from_address.rpartition("@")[2]


def _row(selector: str, domain: str, key: PrivateKey) -> tuple[str, str]:
    from distro.dkimkey import public_record, record_name

    return record_name(selector.lower(), domain), public_record(key)


def _show(rows: list[tuple[str, str]], as_json: bool) -> None:
    from distro.dkimkey import zone_line

    if as_json:
        print_json([{"name": name, "type": "TXT", "value": value} for name, value in rows])
    else:
        print("\n".join(zone_line(name if name.endswith("._domainkey") else f"{name}.", value) for name, value in rows))
