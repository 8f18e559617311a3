"""`distro archive evidence`: all that the record has of a release, a wave or a delivery, to take away and verify elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.acting import say
from distro.cli.bars import bars
from distro.cli.context import context

if TYPE_CHECKING:
    from distro.dispatch.evidence import Exported

SHOWN = 20
"""Findings that a person is shown."""

MANY = 500
"""Steps from which on a terminal shows how far it is."""


def hang(app: typer.Typer) -> None:
    """Hang the command on `distro archive`."""
    app.command()(evidence)


def evidence(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="RELEASE|wave:N|delivery:N", help="A release's slug, a wave, or a single delivery.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="Where the bag goes.")],
    language: Annotated[
        str, typer.Option("--language", metavar="TAG", help="Of the summary; default the office's first language.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """A bag with copies, replies, entries and proofs, a summary for a judge, and verify.py, which needs nothing of ours.

    Holds names and addresses in the clear. That it was taken away, by whom, stands in the record.
    """
    from distro.archive.vault import Vault
    from distro.dispatch.evidence import Archive, export

    c = context(ctx)
    with c.store.read() as session:
        actor = c.actor(session)
    with bars() as bar:
        done = export(
            Archive(c.store, Vault(c.keys), c.config),
            what,
            out,
            actor=actor,
            at=c.now,
            language=language,
            force=force,
            went=bar("Gathering", MANY + 1),
        )
    say(_plain(done), "\n".join(_sentences(done)), as_json=as_json)


def _plain(done: Exported) -> dict[str, object]:
    return {
        "file": str(done.out),
        "what": done.what,
        "deliveries": done.deliveries,
        "copies": done.copies,
        "entries": done.entries,
        "size": done.size,
        "root": done.root,
        "key": done.key,
        "erased": done.erased,
        "disposed": done.disposed,
        "damaged": list(done.damaged),
        "findings": [{"what": one.what, "entry": one.entry, "delivery": one.delivery} for one in done.findings],
        "stamps": done.stamps,
        "unfit": list(done.unfit),
    }


def _sentences(done: Exported) -> Iterator[str]:
    yield (
        f"{done.out}: deliveries {done.deliveries}, copies {done.copies}, entries {done.entries}, "
        f"under the head {done.root} of {done.size} entries."
    )
    if done.erased:
        yield f"Not shown, because the person was erased: {done.erased}."
    if done.disposed:
        yield f"Not shown, because two people disposed of what was personal of them: {done.disposed}."
    if done.damaged:
        yield (
            f"DAMAGED, and so not shown: recipient, copy or replies of delivery {', '.join(map(str, done.damaged))}. "
            "Look at the store, and at a backup."
        )
    if done.findings:
        yield "NOT AS RECORDED, and told so in the bag; `distro archive verify` looks at everything:"
        yield from (one.what for one in done.findings[:SHOWN])
        if len(done.findings) > SHOWN:
            yield f"… and {len(done.findings) - SHOWN:,} more; --json has all of them."
    if done.stamps:
        yield f"Time-stamped heads in it: {done.stamps}. verify.py says which entries they cover, and what to ask OpenSSL."
    if done.unfit:
        yield (
            f"NOT IN IT, as they do not fit the record: the time-stamped heads of {', '.join(map(str, done.unfit))} entries. "
            "`distro archive verify` looks at heads and tree; a backup may have the token."
        )
    yield f"To verify: unpack it, and run python3 verify.py in its folder. The key to compare: {done.key}"
