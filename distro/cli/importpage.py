"""`distro import-page`: saved pages of a press archive in, drafts out, with what the reader is unsure of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import Context, context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from distro.editorial.importing.bringing import Brought, Read

UNSURE = 0.7
"""Below this a field is named to the officer."""


def hang(app: typer.Typer) -> None:
    """Hang the command on the tree."""
    app.command("import-page")(import_page)


def import_page(
    ctx: typer.Context,
    place: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="Saved pages: HTML, text, Markdown, DOCX.")],
    organisation: Annotated[str, typer.Option("--organisation", metavar="NAME", help="Whose archive it is.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write each release as a folder in there.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """Read saved pages of a press archive into drafts. Nothing is sent; the same file again changes nothing."""
    from distro.editorial.importing.bringing import files_in
    from distro.errors import Refused
    from distro.headertext import check_header_text

    check_header_text(organisation, "The name of the organisation")
    work = context(ctx)
    files = files_in(place)
    if not dry_run:
        _may_write(work)
    done: list[Brought] = []
    refused: list[str] = []
    with _progress(len(files)) as step:
        for file in files:
            try:
                done.append(_one(work, file, organisation.strip(), dry_run=dry_run))
            except Refused as wrong:
                if place.is_file():
                    raise
                refused += wrong.sentences  # one bad page of a folder does not keep the others out
            step()
    folders = _write_out(done, out) if out is not None and not dry_run else {}
    if as_json:
        print_json([value for one in done for value in _values(one, folders)])
    else:
        _tell(done, folders, dry_run=dry_run)
    if refused:
        raise Refused(*refused)


def _may_write(work: Context) -> None:
    from distro.staff import Right

    with work.store.read() as session:
        work.actor(session).need(Right.WRITE, "import a page")


def _one(work: Context, file: Path, organisation: str, *, dry_run: bool) -> Brought:
    """Read and add one file, in a transaction of its own: an interrupted import of a folder goes on where it stopped."""
    from distro.editorial.importing.bringing import bring_in, read_file, rehearse

    office = work.config.office
    read: Read = read_file(file, office_zone=office.timezone, organisation=organisation, today=work.now.date())
    if dry_run:
        return rehearse(read)
    with work.store.write() as session:
        return bring_in(session, read, work.config.storage.data_dir, actor=work.actor(session), at=work.now)


def _write_out(done: list[Brought], out: Path) -> dict[str, str]:
    """A release folder for each draft, by slug. One that is there already stays as it is."""
    from distro.editorial.writing import write_folder

    folders: dict[str, str] = {}
    for one in done:
        for draft, slug in zip(one.read.drafts, one.slugs, strict=True):
            place = out / slug
            if not place.exists():
                write_folder(draft.content.model_copy(update={"slug": slug}), place)
            folders[slug] = str(place)
    return folders


def _values(one: Brought, folders: dict[str, str]) -> Iterator[dict[str, object]]:
    """One object for each item; the editions of one release share its slug."""
    release = {number: place for place, group in enumerate(one.read.groups) for number in group}
    for number, item in enumerate(one.read.items):
        place = release[number]
        slug = one.slugs[place]
        notes = list(dict.fromkeys([*item.notes, *one.read.drafts[place].notes]))
        yield item.to_json() | {
            "slug": slug,
            "state": one.states[place],
            "version": one.read.drafts[place].content.model_copy(update={"slug": slug}).sha256(),
            "editions": [one.read.items[n].language for n in one.read.groups[place]],
            "file": str(one.read.path),
            "sha256": one.sha256,
            "folder": folders.get(slug),
            "notes": notes,
        }


def _tell(done: list[Brought], folders: dict[str, str], *, dry_run: bool) -> None:
    rows = []
    for one in done:
        for place, slug in enumerate(one.slugs):
            items = [one.read.items[number] for number in one.read.groups[place]]
            unsure = sorted({name for item in items for name, value in item.confidence.items() if value < UNSURE})
            first = items[0]
            languages = " ".join(item.language for item in items)
            rows.append((slug, first.kind.value, first.date or "?", languages, one.states[place], ", ".join(unsure)))
    print_table(("slug", "kind", "date", "languages", "draft", "unsure of"), rows, empty="No item was found.")
    for one in done:
        for slug, notes in zip(one.slugs, one.notes, strict=True):
            for note in dict.fromkeys(notes):
                print(f"{slug}: {note}")
    new = sum(state == "new" for one in done for state in one.states)
    if dry_run:
        print("Dry run: nothing was written.")
    elif new:
        print(f"{new} new drafts; nothing is sent. Look at each with `distro release show SLUG`, and submit what is right.")
    else:
        print("Nothing has changed.")
    if folders:
        print(f"{len(folders)} release folders are in {Path(next(iter(folders.values()))).parent}.")


@contextmanager
def _progress(files: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error, where that is a terminal and there is more than one file."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=files < 2 or not console.is_terminal) as bar:
        task = bar.add_task("Pages", total=files)
        yield lambda: bar.advance(task)
