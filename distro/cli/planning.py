"""The commands that give a release its audiences and hours, and tell how many copies that makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import context
from distro.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from distro.cli.context import Context
    from distro.dispatch.candidates import Survey
    from distro.dispatch.verbs import Swept
    from distro.editorial.plan import Wave
    from distro.staff import Actor

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG")]
When = Annotated[str | None, typer.Option("--at", metavar="WHEN", help="The general hour; default the lift, or now.")]
AdvanceAt = Annotated[str | None, typer.Option("--advance-at", metavar="WHEN", help="The advance hour; default now.")]


def schedule(
    ctx: typer.Context,
    slug: Slug,
    audience: Annotated[list[str], typer.Option("--audience", metavar="A[,B]", help="Segments that get it.")],
    exclude: Annotated[list[str] | None, typer.Option("--exclude", metavar="C[,D]", help="Segments that do not.")] = None,
    advance: Annotated[
        list[str] | None,
        typer.Option("--advance", metavar="E[,F]", help="Segments that get it before the lift, if they agreed."),
    ] = None,
    advance_at: AdvanceAt = None,
    at: When = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it would come to, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Propose the waves of a submitted release: to whom, when, how many copies, who is left out and why.

    WHEN: now, 2026-12-01T09:00:00-08:00, or '2026-12-01 09:00 America/Los_Angeles'.
    """
    from distro.editorial import desk

    work = context(ctx)
    with work.store.write() as session:
        waves = desk.schedule(
            session,
            desk.find_release(session, slug),
            audience=names(audience),
            exclude=names(exclude or ()),
            advance=names(advance or ()),
            advance_at=advance_at,
            at=at,
            office_zone=work.config.office.timezone,
            actor=work.actor(session),
            at_now=work.now,
        )
        if dry_run:
            reports = [report(session, work, wave, tried=True) for wave in waves]
            session.rollback()
    if not dry_run:
        with work.store.read() as session:  # counting may take a while, and must keep nobody from writing
            reports = [report(session, work, wave) for wave in waves]
    tell(work, slug, reports, as_json=as_json, dry_run=dry_run)


def reschedule(ctx: typer.Context, slug: Slug, at: When = None, advance_at: AdvanceAt = None, as_json: Json = False) -> None:
    """Give the waves that have not left a new hour, and their segments' newest rules. It must be approved again."""
    from distro.editorial import desk

    work = context(ctx)
    with work.store.write() as session:
        actor = work.actor(session)
        moved = desk.reschedule(
            session,
            desk.find_release(session, slug),
            at=at,
            advance_at=advance_at,
            office_zone=work.config.office.timezone,
            actor=actor,
            at_now=work.now,
        )
    if moved.replaced:
        sweep(work, moved.replaced, actor, "the rules of its segments were changed")
    with work.store.read() as session:
        reports = [report(session, work, wave) for wave in moved.waves]
    tell(work, slug, reports, as_json=as_json, dry_run=False)


def names(options: Sequence[str]) -> list[str]:
    """The names in --audience A,B --audience C, in order."""
    return [name for option in options for part in option.split(",") if (name := part.strip())]


def sweep(work: Context, waves: Sequence[int], actor: Actor, reason: str) -> Swept:
    """Stop what was frozen for waves that are cancelled."""
    from distro.dispatch.verbs import cancel_deliveries

    return cancel_deliveries(work.store, list(waves), actor=actor.name, at=work.now, reason=reason)


def local(work: Context, at: datetime) -> str:
    """An instant in the office's own zone."""
    from zoneinfo import ZoneInfo

    there = at.astimezone(ZoneInfo(work.config.office.timezone))
    return there.strftime("%Y-%m-%d %H:%M:%S %Z" if there.second else "%Y-%m-%d %H:%M %Z")


@dataclass(frozen=True)
class Report:
    """What one wave would come to. `wave` None: it was only tried."""

    wave: int | None
    purpose: str
    at: datetime
    asap: bool
    segments: list[str]
    exclude: list[str]
    holders: list[int]
    found: Survey

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.wave,
            "purpose": self.purpose,
            "at": self.at,
            "asap": self.asap,
            "count": self.found.count,
            "languages": dict(self.found.languages),
            "fallbacks": self.found.fallbacks,
            "left_out": [{"reason": reason, "count": count} for reason, count in self.found.left_out.items()],
            "segments": self.segments,
            "exclude": self.exclude,
        } | ({"holders": self.holders} if self.holders else {})

    def row(self, work: Context) -> tuple[object, ...]:
        return (
            self.wave or "-",
            self.purpose,
            "when approved" if self.asap else local(work, self.at),
            self._to(),
            f"{self.found.count:,}",
            ", ".join(f"{language} {count:,}" for language, count in self.found.languages.items()),
            f"{self.found.fallbacks:,}",
            "\n".join(f"{reason}: {count:,}" for reason, count in self.found.left_out.items()) or "nobody",
        )

    def _to(self) -> str:
        if self.holders:
            return f"who has it from wave {', '.join(map(str, self.holders))}"
        return ", ".join(self.segments) + (f" without {', '.join(self.exclude)}" if self.exclude else "")


def report(session: Session, work: Context, wave: Wave, *, tried: bool = False) -> Report:
    from distro.dispatch.audience import survey

    rules = wave.rules
    return Report(
        wave=None if tried else wave.id,
        purpose=wave.purpose,
        at=wave.at,
        asap=wave.asap,
        segments=[one.name for one in rules.segments],
        exclude=[one.name for one in rules.exclude],
        holders=list(rules.holders),
        found=survey(session, wave, work.keys),
    )


def tell(
    work: Context,
    slug: str,
    reports: list[Report],
    *,
    as_json: bool,
    dry_run: bool,
    extra: Mapping[str, object] | None = None,
) -> None:
    """What was proposed. `extra`: what JSON says beside it."""
    if as_json:
        print_json({"slug": slug, "dry_run": dry_run, "waves": [one.to_json() for one in reports], **(extra or {})})
        return
    table(work, reports)
    print("Nothing was changed." if dry_run else f"Proposed. Next, another person: distro release approve {slug}")


def table(work: Context, reports: Sequence[Report]) -> None:
    columns = ("wave", "purpose", "leaves at", "to", "copies", "by language", "of these fallback", "left out")
    print_table(columns, [one.row(work) for one in reports])
