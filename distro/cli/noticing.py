"""The commands that tell those who hold a release: correct it, update it, kill it, confirm the kill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli import planning
from distro.cli.context import context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from sqlmodel import Session

    from distro.cli.context import Context
    from distro.editorial.notice import Saying
    from distro.editorial.plan import Purpose

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG")]
Reason = Annotated[
    list[str] | None,
    typer.Option("--reason", metavar="[LANGUAGE=]TEXT", help="Why, for its readers; without a language, in the primary one."),
]
Said = Annotated[
    list[str] | None,
    typer.Option("--wrong", metavar="[LANGUAGE=]TEXT", help="In your own words, beside what differs; once a language."),
]
New = Annotated[
    list[str] | None,
    typer.Option("--new", metavar="[LANGUAGE=]TEXT", help="In your own words, beside what differs; once a language."),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only-language", metavar="LANGUAGE", help="Tell only those who got it in this language."),
]
At = Annotated[str | None, typer.Option("--at", metavar="WHEN", help="The hour; default as soon as it is approved.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FOLDER", help="Only write the words there, to be edited.")]
From = Annotated[Path | None, typer.Option("--from", metavar="FOLDER", help="Take the words from there.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what it would come to, and change nothing.")]


def correct(
    ctx: typer.Context,
    slug: Slug,
    wrong: Said = None,
    reason: Reason = None,
    only_language: Only = None,
    at: At = None,
    out: Out = None,
    from_: From = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose a correction to exactly those who got the original: what was wrong, what is right, the corrected text below.

    First change the folder, then `release add` and `release submit` it: what differs is found by itself, in every language.
    """
    from distro.editorial.plan import Purpose

    _propose(context(ctx), slug, Purpose.CORRECTION, wrong, reason, only_language, at, out, from_, dry_run, as_json)


def update(
    ctx: typer.Context,
    slug: Slug,
    new: New = None,
    reason: Reason = None,
    only_language: Only = None,
    at: At = None,
    out: Out = None,
    from_: From = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose an update to exactly those who got the original: what is new, the whole text below. As `release correct`."""
    from distro.editorial.plan import Purpose

    _propose(context(ctx), slug, Purpose.UPDATE, new, reason, only_language, at, out, from_, dry_run, as_json)


def _propose(
    work: Context,
    slug: str,
    purpose: Purpose,
    own_words: Sequence[str] | None,
    reason: Sequence[str] | None,
    only: Sequence[str] | None,
    at: str | None,
    out: Path | None,
    from_: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from distro.editorial import correcting, desk
    from distro.editorial.notice_files import read_notice, write_notice
    from distro.editorial.opened import ALL, opened
    from distro.staff import Right

    edited = None if from_ is None else read_notice(from_)
    with work.store.write() as session:
        release = desk.find_release(session, slug)
        actor = work.actor(session)
        actor.need(Right.WRITE, f"propose a notice ({purpose})")  # also of one who would only see what differs
        found = correcting.compare(session, release, only=only or (), folder=work.config.templates.folder)
        said = found.said if edited is None else correcting.as_edited(found, edited)
        primary = next(iter(said))
        said = correcting.with_words(said, by_language(own_words, primary), by_language(reason, primary))
        if out is None:
            wave = correcting.correct(
                session,
                release,
                found,
                said,
                purpose=purpose,
                only=bool(only),
                at=at,
                office_zone=work.config.office.timezone,
                actor=actor,
                now=work.now,
            )
            still = _queued(session, found.holders)
            if dry_run:
                reports = [planning.report(session, work, wave, tried=True)]
        if out is not None or dry_run:
            session.rollback()
        number, version = found.new.release_id, found.new.hash
    opened(work.store, number, version, what="notice", language=ALL, by=actor.name, at=work.now)
    if out is not None:
        files = write_notice(out, said)
        _tell_files(slug, purpose, files, out, as_json=as_json)
        return
    if not dry_run:
        with work.store.read() as session:  # counting may take a while, and must keep nobody from writing
            reports = [planning.report(session, work, wave)]
    extra = {"notice": {language: one.model_dump() for language, one in said.items()}, "queued": still}
    planning.tell(work, slug, reports, as_json=as_json, dry_run=dry_run, extra=extra)
    if not as_json:
        _tell_words(said)
        _tell_queued(slug, still)


def by_language(options: Sequence[str] | None, primary: str) -> dict[str, str]:
    """From "TEXT" and "es=TEXT" to texts by language. Raises Refused where one is given twice."""
    from distro.editorial.fields import tagged
    from distro.errors import Refused

    found: dict[str, str] = {}
    for option in options or ():
        language, text = tagged(option)
        key = language or primary
        if key in found:
            raise Refused(f"Two texts are given for {key}; leave one.")
        found[key] = text
    return found


def _queued(session: Session, waves: Sequence[int]) -> dict[int, int]:
    """By wave, the copies of the older text that have not left."""
    from distro.dispatch.counts import counts_of
    from distro.dispatch.delivery import State

    waiting = (State.PENDING, State.CLAIMED, State.DEFERRED)
    counts = counts_of(session, list(waves))
    return {wave: left for wave in waves if (left := sum(counts[wave][state] for state in waiting))}


def _tell_queued(slug: str, still: dict[int, int]) -> None:
    for wave, left in still.items():
        print(
            f"Wave {wave} still has {left:,} copies of the older text to send, until this leaves: `distro wave pause {wave}`."
        )
    if still:
        print(f"Who had none by then gets the newest text by `distro release schedule {slug} --audience SEGMENT`.")


def _tell_words(said: dict[str, Saying]) -> None:
    rows = []
    for language, one in said.items():
        rows += [(language, change.was or "-", change.now or "-") for change in one.changes]
        rows += [(language, "", text) for text in (one.words, one.reason) if text]
    print_table(("language", "was", "is"), rows)


def _tell_files(slug: str, purpose: Purpose, files: Sequence[Path], out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"slug": slug, "files": [str(path) for path in files]})
        return
    command = "correct" if purpose == "correction" else "update"
    print(f"Written: {', '.join(map(str, files))}. Nothing was proposed.")
    print(f"Edit them, then: distro --as NAME release {command} {slug} --from {out}")


def kill(
    ctx: typer.Context,
    slug: Slug,
    reason: Annotated[
        list[str],
        typer.Option(
            "--reason",
            metavar="[LANGUAGE=]TEXT",
            help="Why: for the record, and for those who hold it; without a language, in the primary one.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Stop the release at once, and tell everybody who holds a copy. One person's word does; a second confirms afterwards."""
    from distro.dispatch.kills import tell_of_kill
    from distro.editorial import desk
    from distro.errors import Refused

    work = context(ctx)
    people = work.config.approval.people
    with work.store.write() as session:
        actor = work.actor(session)
        release = desk.find_release(session, slug)
        said = by_language(reason, "")
        record = said.pop("", None) or next(iter(said.values()), "")
        if not record:
            raise Refused("A kill needs a reason; say it with --reason TEXT.")
        killed = desk.kill(session, release, reason=record, said=said, actor=actor, people=people, at=work.now)
        tell_of_kill(session, release, killed.wave, actor=actor, people=people, at=work.now)
    swept = planning.sweep(work, killed.cancelled, actor, "the release was killed")
    with work.store.read() as session:
        reports = [] if killed.wave is None else [planning.report(session, work, killed.wave)]
    unconfirmed = killed.wave is not None and people > 1
    if as_json:
        print_json(
            {
                "slug": slug,
                "status": "recalled",
                "cancelled_waves": killed.cancelled,
                "stopped": swept.cancelled,
                "on_the_wire": swept.on_the_wire,
                "unconfirmed": unconfirmed,
                "waves": [report.to_json() for report in reports],
            }
        )
        return
    print(f"{slug} is killed: {len(killed.cancelled)} waves cancelled, {swept.cancelled:,} copies stopped.")
    if not reports:
        print("Nobody holds a copy, so nobody has to be told.")
        return
    planning.table(work, reports)
    if swept.on_the_wire:
        print(f"{swept.on_the_wire:,} copies were on the wire; who gets one of these is told too.")
    if unconfirmed:
        print(f"It goes out now. A second person confirms it: distro --as NAME release confirm-kill {slug}")


def confirm_kill(ctx: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """Give the second person's word for a kill that has left on one person's."""
    work = context(ctx)
    with work.store.write() as session:
        waves = confirm(work, session, slug)
    tell_confirmed(slug, waves, as_json=as_json)


def confirm(work: Context, session: Session, slug: str) -> list[int]:
    from distro.editorial import desk

    return desk.confirm_kill(session, desk.find_release(session, slug), actor=work.actor(session), at=work.now)


def tell_confirmed(slug: str, waves: Sequence[int], *, as_json: bool) -> None:
    if as_json:
        print_json({"slug": slug, "confirmed": list(waves)})
    else:
        print(f"The kill of {slug} is confirmed (wave {', '.join(map(str, waves))}).")
