"""Commands over releases: add a folder, look at it, submit, approve, recall. Hours are `planning`, trying out is `trying`, what
the rules find is `checking`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from distro.cli import checking, noticing, planning, trying
from distro.cli.acting import NotSentElsewhere
from distro.cli.context import context
from distro.cli.printing import print_json, print_table

release = typer.Typer(name="release", help="Releases: from a folder to its waves.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG")]


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    release.command("check")(checking.check)
    release.command("waive")(checking.waive)
    release.command("preview")(trying.preview)
    release.command("test")(trying.send_copy)
    release.command("schedule")(planning.schedule)
    release.command("reschedule")(planning.reschedule)
    release.command("correct")(noticing.correct)
    release.command("update")(noticing.update)
    release.command("kill")(noticing.kill)
    release.command("confirm-kill")(noticing.confirm_kill)
    app.add_typer(release)


@release.command("add")
def add(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="release.toml, one Markdown file a language, assets/")],
    as_json: Json = False,
) -> None:
    """Make a folder a draft; again with changes, a new draft of the same release."""
    from distro.editorial import desk
    from distro.editorial.assets import keep_assets
    from distro.editorial.folder import open_folder
    from distro.staff import Right

    work = context(ctx)
    office = work.config.office
    with work.store.read() as session:
        work.actor(session).need(Right.WRITE, "write a release")
    read = open_folder(folder, office_zone=office.timezone, office_languages=office.languages)
    keep_assets(read.content, folder, work.config.storage.data_dir)
    with work.store.write() as session:
        actor = work.actor(session)
        added = desk.add(session, read.content, slug_given=read.slug_given, actor=actor, at=work.now)
        status = added.release.status
    if added.cancelled:
        planning.sweep(work, added.cancelled, actor, "the release was changed")
    notes = [*read.notes, *added.notes]
    slug = added.release.slug
    if as_json:
        print_json(
            {
                "slug": slug,
                "version": added.version,
                "languages": added.languages,
                "status": status,
                "changed": added.changed,
                "cancelled_waves": added.cancelled,
                "notes": notes,
            }
        )
        return
    print(f"{slug}: {'a new draft' if added.changed else 'nothing has changed'} in {', '.join(added.languages)}.")
    for note in notes:
        print(note)
    print(f"Version {added.version}")


@release.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """Every release, the newest change first."""
    from distro.cli.releases import line, lines

    with context(ctx).store.read() as session:
        rows = lines(session)
    if as_json:
        print_json([row.to_json() for row in rows])
    else:
        columns = ("slug", "kind", "status", "date", "languages", "embargo")
        print_table(columns, map(line, rows), empty="No releases yet; `distro release add FOLDER` makes one.")


@release.command("show")
def show(ctx: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """One release: what it says, where it stands, its waves, and what would stop a submission.

    It shows headlines: while an embargo holds, the record gets who looked.
    """
    from distro.cli.releases import detail, tell
    from distro.editorial.opened import ALL, opened
    from distro.editorial.release import find_release

    work = context(ctx)
    with work.store.read() as session:
        found, by = find_release(session, slug), work.reader(session)
        seen = detail(session, slug, config=work.config, now=work.now)
    opened(work.store, found.id or 0, found.draft_hash, what="headline", language=ALL, by=by, at=work.now)
    if as_json:
        print_json(seen)
    else:
        tell(seen)


@release.command("submit")
def submit(ctx: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """Freeze the draft into a version, or hear all that stands against it."""
    from distro.editorial import desk
    from distro.preflight.cases import for_submitting

    work = context(ctx)
    with work.store.read() as session:  # the rules take their time, and must keep nobody from writing
        looked = for_submitting(session, desk.find_release(session, slug), work.config, work.now)
    with work.store.write() as session:
        found = desk.find_release(session, slug)
        version = desk.submit(session, found, checked=looked.checked, actor=work.actor(session), at=work.now)
        said = {"slug": slug, "status": found.status, "version": version.hash}
    if as_json:
        print_json(said | {"findings": checking.findings_json(looked.findings)})
    else:
        checking.warn(slug, looked.findings)
        print(f"{slug} is submitted as version {said['version']}.\nNext: distro release schedule {slug} --audience SEGMENT")


@release.command("approve")
def approve(ctx: typer.Context, slug: Slug, not_sent_elsewhere: NotSentElsewhere = False, as_json: Json = False) -> None:
    """Give your word for text, embargo, audiences, hours and notices as they stand, and arm the waves; or confirm a kill."""
    from datetime import timedelta

    from sqlmodel import col, select

    from distro.editorial import desk
    from distro.editorial.killing import unconfirmed
    from distro.editorial.plan import Wave, WaveState
    from distro.preflight.cases import for_approving

    work = context(ctx)
    config = work.config
    with work.store.read() as session:
        looked = for_approving(session, desk.find_release(session, slug), config, work.now, keys=work.keys)
    with work.store.write() as session:
        found = desk.find_release(session, slug)
        waves = session.exec(select(Wave).where(Wave.release_id == found.id)).all()
        if unconfirmed(session, waves) and not any(wave.state == WaveState.PROPOSED for wave in waves):
            confirmed = noticing.confirm(work, session, slug)
            noticing.tell_confirmed(slug, confirmed, as_json=as_json)
            return
        approval = desk.approve(
            session,
            found,
            checked=looked.checked,
            actor=work.actor(session),
            people=config.approval.people,
            late_limit=timedelta(minutes=config.embargo.late_minutes),
            at=work.now,
            not_sent_elsewhere=not_sent_elsewhere,
        )
        waves = session.exec(select(Wave).where(Wave.approval_id == approval.id).order_by(col(Wave.at), col(Wave.id))).all()
        armed = [{"id": wave.id, "purpose": wave.purpose, "at": wave.at, "state": wave.state} for wave in waves]
    if as_json:
        by = {"by": approval.by, "alone": approval.alone, "binding": approval.binding}
        said = {"slug": slug, "status": found.status, "approval": approval.id, **by, "waves": armed}
        print_json(said | {"findings": checking.findings_json(looked.findings)})
        return
    checking.warn(slug, looked.findings)
    print(f"{slug} is approved by {approval.by}{', who also wrote it (one person decides here)' if approval.alone else ''}.")
    rows = [(wave.id, wave.purpose, planning.local(work, wave.at)) for wave in waves]
    print_table(("wave", "purpose", "leaves at"), rows)


@release.command("recall")
def recall(
    ctx: typer.Context,
    slug: Slug,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the record.")] = "",
    as_json: Json = False,
) -> None:
    """Stop the release: nothing more of it leaves. Copies that are out stay out."""
    from distro.editorial import desk

    work = context(ctx)
    with work.store.write() as session:
        actor = work.actor(session)
        recalled = desk.recall(session, desk.find_release(session, slug), reason=reason, actor=actor, at=work.now)
    swept = planning.sweep(work, recalled.waves, actor, "the release was recalled")
    said = {"slug": slug, "status": "recalled", "waves": recalled.waves, "stopped": swept.cancelled, "out": swept.accepted}
    if as_json:
        print_json(said | {"on_the_wire": swept.on_the_wire})
        return
    print(f"{slug} is recalled: {len(recalled.waves)} waves cancelled, {swept.cancelled:,} copies stopped.")
    if swept.accepted or swept.on_the_wire:
        print(f"{swept.accepted:,} copies were out already, and {swept.on_the_wire:,} were on the wire; tell those people.")
