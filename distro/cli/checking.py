"""The commands that look a release over, and that let something stand in it; and how a finding is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import context
from distro.cli.planning import names
from distro.cli.printing import print_json

if TYPE_CHECKING:
    from rich.text import Text

    from distro.cli.context import Context
    from distro.preflight.finding import Finding

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Links = Annotated[bool, typer.Option("--links", help="Ask every web address whether it answers. Nothing else leaves.")]


def check(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="SLUG|FOLDER", help="a folder if there is one of that name, else a release")],
    links: Links = False,
    audience: Annotated[
        list[str] | None, typer.Option("--audience", metavar="SEGMENT", help="Look at these instead of the coming waves.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look a release over: two languages, hours, form, mail and audience. Ends with 2 where something stops it.

    A folder is looked at as it is. While an embargo holds, the record gets who looked at a release.
    """
    from distro.preflight.run import stopping

    work = context(ctx)
    segments = names(audience or ())
    looks_like_folder = Path(what).is_dir() or "/" in what
    slug, found = (_of_folder if looks_like_folder else _of_release)(work, what, segments, links=links)
    if as_json:
        from distro.preflight.run import counts

        print_json({"slug": slug, "findings": findings_json(found), "counts": counts(found)})
    else:
        _tell(slug, found)
    if stopping(found):
        raise typer.Exit(2)


def _of_folder(work: Context, path: str, segments: Sequence[str], *, links: bool) -> tuple[str, list[Finding]]:
    from distro.editorial.folder import open_folder
    from distro.preflight import cases, linkcheck, run
    from distro.preflight.where import in_files

    office = work.config.office
    read = open_folder(Path(path), office_zone=office.timezone, office_languages=office.languages)
    reach = None
    if segments:
        with work.store.read() as session:
            reach = cases.reach_of(session, read.content, None, segments, work.keys)
    answers = linkcheck.answers(read.content) if links else None
    case = cases.of_content(read.content, work.config, work.now, audience=reach, answers=answers)
    return read.content.slug, in_files(run.findings(case, work.config.preflight), read.path, read.content)


def _of_release(work: Context, slug: str, segments: Sequence[str], *, links: bool) -> tuple[str, list[Finding]]:
    from distro.editorial.opened import ALL, opened
    from distro.editorial.release import Status, find_release
    from distro.preflight import cases, linkcheck
    from distro.preflight.run import NOT_AT_APPROVAL

    with work.store.read() as session:
        release, by = find_release(session, slug), work.reader(session)
        content = release.content
    answers = linkcheck.answers(content) if links else None
    with work.store.read() as session:
        reach = cases.reach_of(session, content, release, segments, work.keys)
        case = cases.of_release(session, release, content, work.config, work.now, audience=reach, answers=answers)
        found = cases.findings_of(session, release, case, work.config)
    if release.status != Status.DRAFT:  # submitted before its hour, which may have come by now: that stops nothing any more
        found = [one for one in found if one.rule not in NOT_AT_APPROVAL]
    opened(work.store, release.id or 0, content.sha256(), what="check", language=ALL, by=by, at=work.now)
    return slug, found


def waive(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="SLUG")],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="such as form-acronym")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For whoever approves, and for the record.")] = "",
    words: Annotated[str | None, typer.Option("--words", metavar="TEXT", help="Only what is about these words.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take it back.")] = False,
    links: Links = False,
    as_json: Json = False,
) -> None:
    """Let stand in one release what a rule finds there now. It holds for later drafts as long as the words stay."""
    from distro.editorial import waivers
    from distro.editorial.release import find_release
    from distro.preflight import cases, linkcheck
    from distro.preflight.run import waivable

    work = context(ctx)
    with work.store.read() as session:
        release, actor = find_release(session, slug), work.actor(session)
        content = release.content
    answers = linkcheck.answers(content) if links and not undo else None
    with work.store.write() as session:
        release = find_release(session, slug)
        if undo:
            row = waivers.take_back(session, release, rule, words=words, reason=reason, actor=actor, at=work.now)
        else:
            reach = cases.reach_of(session, content, release, (), work.keys)
            case = cases.of_release(session, release, content, work.config, work.now, audience=reach, answers=answers)
            spots = waivable(cases.findings_of(session, release, case, work.config), rule, words)
            row = waivers.waive(session, release, rule, spots, reason=reason, actor=actor, at=work.now)
        about = [{"language": language, "part": part, "words": said} for language, part, said in row.spots]
    if as_json:
        print_json({"slug": slug, "rule": rule, "waived": not undo, "about": about, "reason": row.reason})
        return
    done = "no longer waived" if undo else "waived"
    print(f"{rule} is {done} in {slug}, in {len(about)} {'place' if len(about) == 1 else 'places'}.")


def findings_json(found: Iterable[Finding]) -> list[dict[str, object]]:
    return [_one(finding) for finding in found]


def _one(finding: Finding) -> dict[str, object]:
    place, waived = finding.place, finding.waived
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "language": place.language,
        "part": place.part,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "words": place.words,
        "why": finding.why,
        "remedy": finding.remedy,
        "source": finding.source,
        "waived": waived and {"by": waived.by, "at": waived.at, "reason": waived.reason},
    }


def warn(slug: str, found: Sequence[Finding]) -> None:
    """What a person should know who submits or approves all the same: on standard error, so that output stays output."""
    from distro.preflight.finding import Severity

    shown = [one for one in found if one.severity in (Severity.STOPS, Severity.WARNS)]
    if shown:
        _print(shown, to_errors=True)
    hints = sum(one.severity is Severity.HINTS and one.waived is None for one in found)
    if hints:
        import sys

        print(f"{hints} hint{'s' if hints > 1 else ''}; `distro release check {slug}` shows them.", file=sys.stderr)


def _tell(slug: str, found: Sequence[Finding]) -> None:
    from distro.preflight.run import counts

    if found:
        _print(found)
    told = counts(found)
    waived = sum(one.waived is not None for one in found)
    summary = f"{slug}: {told['stops']} that stop, {told['warns']} that warn, {told['hints']} hints"
    print(summary + (f", {waived} waived." if waived else "."))


def _print(found: Iterable[Finding], *, to_errors: bool = False) -> None:
    import sys

    from rich.console import Console
    from rich.padding import Padding

    stream = sys.stderr if to_errors else sys.stdout
    console = Console(stderr=to_errors, width=None if stream.isatty() else 120, highlight=False)
    for finding in found:
        console.print(_head(finding))
        console.print(Padding(_body(finding), (0, 0, 0, 4)))


_STYLES = {"stops": "bold red", "warns": "yellow", "hints": "cyan"}


def _head(finding: Finding) -> Text:
    from rich.text import Text

    place = finding.place
    at = f":{place.line}:{place.column}" if place.line else ""
    where = f"{place.file}{at}" if place.file else " ".join(filter(None, (place.language, f"{place.part}{at}")))
    head = Text(f"{finding.severity:<6}", style="dim" if finding.waived else _STYLES[finding.severity])
    head.append(f"{where}  ", style="bold")
    head.append(finding.rule, style="dim")
    return head


def _body(finding: Finding) -> Text:
    from rich.text import Text

    body = Text()
    if finding.place.words:
        body.append(f"“{_shown(finding.place.words)}”\n", style="italic")
    body.append(finding.why)
    body.append(f" {finding.remedy}")
    body.append(f"\n{finding.source}", style="dim")
    if finding.waived:
        body.append(f"\nWaived by {finding.waived.by}: {finding.waived.reason}", style="green")
    return body


def _shown(words: str) -> str:
    """In one line, and nothing that could steer a screen."""
    plain = "".join(sign if sign.isprintable() else " " for sign in words)
    return plain if len(plain) <= 120 else f"{plain[:119]}…"
