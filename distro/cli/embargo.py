"""`distro embargo`: its life. Offer, move, lift, break, withdraw; where it stands, who holds what, what is to come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli import planning
from distro.cli.context import Context, context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from distro.dispatch.embargoes import Changed
    from distro.editorial.plan import Wave

app = typer.Typer(help="Embargoes: offer, move, lift, break; who holds what, and who was told.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; for the record, and nobody outside hears it.")]


def hang(root: typer.Typer) -> None:
    """Hang the commands on the tree."""
    root.add_typer(app, name="embargo")


@app.command()
def offer(
    ctx: typer.Context,
    slug: Slug,
    audience: Annotated[list[str], typer.Option("--audience", metavar="A[,B]", help="Segments that are asked.")],
    about: Annotated[
        list[str] | None,
        typer.Option("--about", metavar="TEXT", help="The topic in your words, never the headline; es=TEXT for one language."),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", metavar="C[,D]", help="Segments that are not.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="WHEN", help="When it leaves; default once approved.")] = None,
    terms: Annotated[str, typer.Option("--terms", metavar="TEXT", help="Which terms they would agree to.")] = "standard",
    as_json: Json = False,
) -> None:
    """Ask people whether they would hold the release until the lift. It says nothing of what is in it."""
    from distro.dispatch import offers
    from distro.editorial.release import find_release

    work = context(ctx)
    with work.store.write() as session:
        wave = offers.offer(
            session,
            find_release(session, slug),
            audience=planning.names(audience),
            exclude=planning.names(exclude or ()),
            about=offers.topics(about or ()),
            when=at,
            terms=terms,
            office_zone=work.config.office.timezone,
            actor=work.actor(session),
            at=work.now,
        )
        told = _wave(wave)
    if as_json:
        print_json({"slug": slug, "wave": told})
        return
    print(f"Offer {wave.ordinal} is proposed as wave {wave.id}. Next, another person: distro release approve {slug}")
    print(f"Then, for each who agrees: distro contacts agree ADDRESS --release {slug} --terms {terms!r}")


@app.command()
def move(
    ctx: typer.Context,
    slug: Slug,
    when: Annotated[str, typer.Argument(metavar="WHEN", help="The new hour, earlier or later.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Propose another hour. A later one holds at once; an earlier one, and all notices, wait for the approval."""
    from distro.dispatch import embargoes
    from distro.editorial.release import find_release

    work = context(ctx)
    with work.store.write() as session:
        actor = work.actor(session)
        zone = work.config.office.timezone
        release = find_release(session, slug)
        changed = embargoes.move(session, release, when, reason=reason, office_zone=zone, actor=actor, at=work.now)
        told = _changed(slug, changed)
    _sweep(work, changed)
    _say(work, told, changed, as_json)


@app.command()
def lift(ctx: typer.Context, slug: Slug, reason: Reason, as_json: Json = False) -> None:
    """Propose that the embargo ends as soon as another person approves it."""
    from distro.dispatch import embargoes
    from distro.editorial.release import find_release

    work = context(ctx)
    with work.store.write() as session:
        actor = work.actor(session)
        changed = embargoes.lift(session, find_release(session, slug), reason=reason, actor=actor, at=work.now)
        told = _changed(slug, changed)
    _sweep(work, changed)
    _say(work, told, changed, as_json)


@app.command("break")
def break_(
    ctx: typer.Context,
    slug: Slug,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who published: in your words, or a contact's address.")],
    evidence: Annotated[str, typer.Option("--evidence", metavar="TEXT|FILE", help="What shows it; kept by its SHA-256.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the record.")] = "",
    as_json: Json = False,
) -> None:
    """Record that somebody published before the lift, at once; and propose the lift, which another person approves."""
    from distro.dispatch import breaches, embargoes
    from distro.editorial.release import find_release
    from distro.staff import Right

    work = context(ctx)
    with work.store.read() as session:
        work.actor(session).need(Right.WRITE, "record a broken embargo")
        who = breaches.named(session, by)
    sha256 = breaches.keep(evidence, work.config.storage.data_dir)
    with work.store.write() as session:
        actor = work.actor(session)
        release = find_release(session, slug)
        step, changed = embargoes.break_(session, release, by=who, evidence=sha256, reason=reason, actor=actor, at=work.now)
        breach = {"by": step.breach, "evidence": sha256, "recorded_by": step.by, "at": step.at}
        told = {"slug": slug, "breach": breach} | ({} if changed is None else _changed(slug, changed))
    if changed is not None:
        _sweep(work, changed)
        if not as_json:
            print("The breach is on record.")
        _say(work, told, changed, as_json)
    elif as_json:
        print_json(told)
    else:
        print("The breach is on record. Nothing is proposed: the release is not scheduled, or its embargo is over.")


@app.command()
def withdraw(ctx: typer.Context, slug: Slug, reason: Reason, as_json: Json = False) -> None:
    """Take back a change that nobody has approved; the hours go back, and need a new approval."""
    from distro.dispatch import embargoes
    from distro.editorial.release import find_release

    work = context(ctx)
    with work.store.write() as session:
        actor = work.actor(session)
        moved = embargoes.withdraw(session, find_release(session, slug), reason=reason, actor=actor, at=work.now)
        waves = [_wave(wave) for wave in moved.waves]
    if moved.replaced:
        planning.sweep(work, moved.replaced, actor, "the change of the embargo was withdrawn")
    if as_json:
        print_json({"slug": slug, "withdrawn": moved.step.change, "waves": waves})
    else:
        print(f"Change {moved.step.change} is withdrawn. Next, another person: distro release approve {slug}")


@app.command()
def show(ctx: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """Where an embargo stands: its hour, who changed it and why, who agreed, who holds what, who was told."""
    from distro.archive.vault import Vault
    from distro.cli.embargoes import tell
    from distro.dispatch.embargo_account import account

    work = context(ctx)
    with work.store.read() as session:
        told = account(session, Vault(work.keys), slug, work.now, work.config.office)
    if as_json:
        print_json(told)
    else:
        tell(told, work.config.office.timezone)


@app.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """Every embargo, the next to lift first."""
    from distro.cli.embargoes import tell_all
    from distro.dispatch.embargo_account import states

    work = context(ctx)
    with work.store.read() as session:
        found = states(session, work.now, work.config.office)
    if as_json:
        print_json(found)
    else:
        tell_all(found)


@app.command()
def calendar(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where it goes; default standard output.")] = None,
    language: Annotated[str | None, typer.Option("--language", metavar="TAG", help="en or es; default the office's.")] = None,
) -> None:
    """All hours to come of waves and embargoes, as an iCalendar file; of what is embargoed it says nothing but a number."""
    import sys

    from distro.dispatch.agenda import agenda
    from distro.words import words

    work = context(ctx)
    office = work.config.office
    with work.store.read() as session:
        octets = agenda(session, office, words(language or office.languages[0]), work.now)
    if out is None:
        sys.stdout.buffer.write(octets)
        return
    beside = out.with_name(f".{out.name}.part")
    beside.write_bytes(octets)
    beside.replace(out)  # a calendar is written again and again to the same place
    print(str(out))


def _changed(slug: str, changed: Changed) -> dict[str, object]:
    step = changed.moved.step
    return {
        "slug": slug,
        "change": step.change,
        "what": step.what,
        "from": step.was,
        "to": step.utc,
        "at_once": step.utc is None,
        "notice": None if changed.notice is None else _wave(changed.notice),
        "waves": [_wave(wave) for wave in changed.moved.waves],
        "replaced": list(changed.moved.replaced),
    }


def _wave(wave: Wave) -> dict[str, object]:
    return {"id": wave.id, "purpose": wave.purpose, "at": wave.at, "asap": wave.asap, "state": wave.state}


def _sweep(work: Context, changed: Changed) -> None:
    if changed.moved.replaced:
        with work.store.read() as session:
            actor = work.actor(session)
        planning.sweep(work, changed.moved.replaced, actor, "the embargo is changed")


def _say(work: Context, told: dict[str, object], changed: Changed, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    step = changed.moved.step
    to = "at once, when approved" if step.utc is None else planning.local(work, step.utc)
    was = planning.local(work, step.was)
    print(f"Change {step.change} is proposed: the embargo on {told['slug']} lifts {to}; until now {was}.")
    if changed.notice is None:
        print("Nobody holds a copy or was made an offer, so nobody has to be told.")
    else:
        print(f"Wave {changed.notice.id} tells everybody who holds a copy, or agreed to an offer, before anything is public.")
    rows = [(w.id, w.purpose, _hour(work, w.at, asap=w.asap)) for w in changed.moved.waves]
    print_table(("wave", "purpose", "leaves at"), rows, empty="No wave waits.")
    print(f"Next, another person: distro release approve {told['slug']}")


def _hour(work: Context, at: datetime, *, asap: bool) -> str:
    return "when approved" if asap else planning.local(work, at)
