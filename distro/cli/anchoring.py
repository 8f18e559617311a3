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
    """What of the record was given outside, when and how. Exit status 1 where a head of it was altered since."""
    from distro.errors import Failed, Refused

    c = context(ctx)
    if (token is None) != (out is None):
        raise Refused("--token and --out go together: distro archive anchors --token SIZE --out FILE.tsr")
    if token is not None and out is not None:
        _write_token(c, token, out)
        return
    with c.store.read() as session:
        found = _rows(session)
    if as_json:
        print_json_array(found)
    else:
        columns = ("at", "how", "size", "root", "to", "token")
        rows = ([row[name] for name in columns] for row in found)
        print_table(columns, rows, empty="Nothing was given outside yet; see [anchors].")
    spoilt = sorted({str(row["size"]) for row in found if row["root"] is None}, key=int)
    if spoilt:
        raise Failed(
            f"The head that was given outside is not there any more, or no head: of {', '.join(spoilt)} entries. "
            "`distro archive verify` says what was altered."
        )


def _rows(session: Session) -> list[dict[str, object]]:
    """`to`: how many addresses it was mailed to. `token`: the SHA-256 of the authority's answer. `root`: None where the note of
    the head is gone, or none any more."""
    from hashlib import sha256

    from distro.archive.anchors import anchored, told_of

    found = anchored(session)
    addresses = told_of(session, [anchor.size for anchor, _ in found])
    return [
        {
            "at": anchor.at,
            "how": anchor.how,
            "size": anchor.size,
            "root": _root_in(note, anchor.size),
            "to": addresses.get(anchor.size) if anchor.how == "mail" else None,
            "token": None if anchor.token is None else sha256(anchor.token).hexdigest(),
        }
        for anchor, note in found
    ]


def _root_in(note: str | None, size: int) -> str | None:
    from distro.archive.checkpoint import Checkpoint
    from distro.errors import Refused

    try:
        head = Checkpoint.read((note or "").partition("\n\n")[0] + "\n")
    except Refused:
        return None
    return head.root.hex() if head.size == size else None


def _write_token(c: Context, size: int, out: Path) -> None:
    """The authority's answer and what it stamps, as two new files or none. Raises Refused where there is none, or a file is
    there."""
    from distro.archive.anchors import How, anchored
    from distro.cli.newfile import write_new
    from distro.errors import Failed, Refused

    note_file = out.with_suffix(".txt")
    if out.suffix != ".tsr":
        raise Refused(f"--out is {out}; name a file that ends in .tsr.")
    with c.store.read() as session:
        found = [(note, one.token) for one, note in anchored(session) if (one.size, one.how) == (size, How.TSA.value)]
    if not found:
        raise Refused(f"There is no time-stamp of a head of size {size}; `distro archive anchors` lists those that there are.")
    note, token = found[0]
    if note is None or token is None or _root_in(note, size) is None:
        raise Failed(
            f"The head of {size} entries is not what was stamped any more; `distro archive verify` says what was altered."
        )
    write_new([(note_file, note.encode()), (out, token)])
    print(f"Written: {out}, and {note_file}, whose octets it stamps. TSA-ROOT.pem is the authority's root, got from itself:")
    print(f"openssl ts -verify -data {note_file} -in {out} -CAfile TSA-ROOT.pem")
