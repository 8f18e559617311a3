"""`distro archive anchors`: which heads of the record are outside, since when and how; and a token for OpenSSL to verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import LARGEST, Context, context
from distro.cli.printing import print_json_array, print_table

if TYPE_CHECKING:
    from sqlmodel import Session


def hang(archive: typer.Typer) -> None:
    """Hang the command on `distro archive`."""
    archive.command("anchors")(anchors)


def anchors(
    ctx: typer.Context,
    token: Annotated[
        int | None,
        typer.Option("--token", metavar="SIZE", min=1, max=LARGEST, help="Write the time-stamp of the head of this size."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.tsr", help="Where; what it stamps goes beside it as .txt.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """What of the record was given outside, when and how."""
    from distro.errors import Refused

    c = context(ctx)
    if (token is None) != (out is None):
        raise Refused("--token and --out go together: distro archive anchors --token SIZE --out FILE.tsr")
    if token is not None and out is not None:
        _write_token(c, token, out)
        return
    with c.store.read() as session:
        found = list(_rows(session))
    if as_json:
        print_json_array(found)
        return
    columns = ("at", "how", "size", "root", "to", "token")
    print_table(
        columns, ([row[name] for name in columns] for row in found), empty="Nothing was given outside yet; see [anchors]."
    )


def _rows(session: Session) -> list[dict[str, object]]:
    """`to`: how many addresses it was mailed to. `token`: the SHA-256 of the authority's answer."""
    from hashlib import sha256

    from distro.archive.anchors import anchored, told_of
    from distro.archive.checkpoint import Checkpoint

    found = anchored(session)
    addresses = told_of(session, [anchor.size for anchor, _ in found])
    return [
        {
            "at": anchor.at,
            "how": anchor.how,
            "size": anchor.size,
            "root": Checkpoint.read(head.note.partition("\n\n")[0] + "\n").root.hex(),
            "to": addresses.get(anchor.size) if anchor.how == "mail" else None,
            "token": None if anchor.token is None else sha256(anchor.token).hexdigest(),
        }
        for anchor, head in found
    ]


def _write_token(c: Context, size: int, out: Path) -> None:
    """The authority's answer and what it stamps, as two new files. Raises Refused where there is none, or a file is there."""
    from distro.archive.anchors import token_of
    from distro.errors import Refused

    note_file = out.with_suffix(".txt")
    if out.suffix != ".tsr":
        raise Refused(f"--out is {out}; name a file that ends in .tsr.")
    with c.store.read() as session:
        found = token_of(session, size)
    if found is None:
        raise Refused(f"There is no time-stamp of a head of size {size}; `distro archive anchors` lists those that there are.")
    for path, octets in ((note_file, found.note.encode()), (out, found.token)):
        try:
            with path.open("xb") as file:
                file.write(octets)
        except FileExistsError:
            raise Refused(f"{path} is there already, and was left as it is; name another file.") from None
    print(f"Written: {out}, and {note_file}, whose octets it stamps. TSA-ROOT.pem is the authority's root, got from itself:")
    print(f"openssl ts -verify -data {note_file} -in {out} -CAfile TSA-ROOT.pem")
