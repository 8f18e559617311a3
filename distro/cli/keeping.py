"""`distro backup` and `distro restore`: the office in one file, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from distro.backup.manifest import Told
    from distro.backup.restoring import Restored

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]


def hang(root: typer.Typer) -> None:
    """Hang the commands on the tree."""
    root.command()(backup)
    root.command()(restore)


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the backup goes, mode 0600.")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the office's key in too: then the file alone opens everything.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an older backup of this name.")] = False,
    as_json: Json = False,
) -> None:
    """Write store and files of the office to one file, while the bot works. For admins."""
    from distro.backup.making import back_up

    c = context(ctx)
    with _progress() as told:
        made = back_up(
            c.store,
            c.config.storage.data_dir,
            file,
            actor=c.actor_name,
            at=c.now,
            told=told,
            with_key=with_key,
            force=force,
        )
    size, _ = made.origin.head or (0, "")
    if as_json:
        print_json(
            {
                "file": str(made.path),
                "size": made.size,
                "at": made.origin.at,
                "manifest": made.digest,
                "head": size,
                "unsealed": made.origin.unsealed,
                "assets": made.assets,
                "damaged": made.damaged,
                "with_key": made.with_key,
                "signed": made.signed or None,
            }
        )
        return
    print(
        f"{made.path} holds the office as it was at {made.origin.minute}: {made.size / 1e6:,.1f} MB, {made.assets:,} files of "
        f"releases, a record of {size:,} sealed entries and {made.origin.unsealed:,} that are not sealed yet."
    )
    for sha256 in made.damaged:
        print(
            f"One file of a release is not what it was when it was added; its SHA-256 is now {sha256}. It is in the backup as "
            "it is, and `distro restore` will not bring it.",
            file=sys.stderr,
        )
    if not made.signed:
        print(
            "It is not signed, for the office's key is not in the data folder, or is another's; `distro restore` will ask for "
            "--unsigned.",
            file=sys.stderr,
        )
    if with_key:
        print("The office's key is in it: whoever has this file reads everybody's name and address. Keep it locked away.")
    else:
        print("The office's key is not in it; keep a copy of the key elsewhere, for a restored office needs it.")


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `distro backup` wrote.")],
    unsigned: Annotated[
        bool,
        typer.Option("--unsigned", help="Take one without the office's signature: you know where it has been since."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the office back to an empty place. Every wave that was not finished is then held, and nothing leaves by itself."""
    from distro.backup.restoring import restore as bring_back

    c = context(ctx)
    with _progress() as told:
        restored = bring_back(c.config, file, actor=c.actor_name, at=c.now, told=told, unsigned=unsigned)
    if as_json:
        waves = [{"id": w.id, "release": w.release, "purpose": w.purpose, "was": w.was} for w in restored.waves]
        print_json(
            {
                "url": restored.url,
                "at": restored.origin.at,
                "key": restored.key,
                "signed": restored.signed or None,
                "proved": restored.proved,
                "damaged": restored.damaged,
                "outgrown": restored.outgrown,
                "waves": waves,
            }
        )
        return
    _tell(restored)


def _tell(restored: Restored) -> None:
    minute = restored.origin.minute
    print(f"{restored.url} is the office as it was at {minute}{', at the newest schema' if restored.migrated else ''}.")
    print(f"The office's key: {restored.key}.")
    print(f"The signature: {_signature(restored)}.")
    for name in restored.damaged:
        print(f"The file {name} of a release was damaged already when the backup was made; it was not brought.")
    print(
        "What happened after that is not in it: copies that were sent, people who unsubscribed or were suppressed, contacts "
        "that were erased. The old machine must not go on: it has the same key, and would sign another record."
    )
    if restored.outgrown:
        size, _ = restored.origin.head or (0, "")
        print(
            f"Here a head of {restored.outgrown:,} entries had been signed last, and the record of the backup, of {size:,}, "
            "does not grow out of it; the entry about the restoring keeps that head."
        )
    if restored.waves:
        rows = ((w.id, w.release, w.purpose, f"{w.was}, in doubt" if w.launched else w.was) for w in restored.waves)
        print("These waves are held, and nothing of them leaves; `distro wave list` says of each what to do.")
        print_table(("wave", "release", "purpose", "was"), rows)
    else:
        print("No wave was under way.")


def _signature(restored: Restored) -> str:
    if not restored.signed:
        return "none, so only you can know that nobody altered the backup since it was made"
    if restored.proved:
        return f"by the office's key, as {restored.signed}"
    return f"by the key that is in the backup itself, as {restored.signed}; whoever had the file could have signed it anew"


@contextmanager
def _progress() -> Iterator[Told]:
    """On a terminal a bar for what is at work, on standard error; else silence."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)
