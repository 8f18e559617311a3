"""`distro archive search`, `held-before-lift`, `never-got`, `received-by`, `approvals`: the questions that counsel asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import LARGEST, Context, context
from distro.cli.printing import print_json, print_json_array, print_table

if TYPE_CHECKING:
    from distro.dispatch.searching import Hit

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG")]
Version = Annotated[str | None, typer.Option("--version", metavar="HASH", help="Of this version; its first digits do.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, max=LARGEST)]
After = Annotated[int, typer.Option("--after", max=LARGEST, help="Go on behind this delivery, the last of the page before.")]

NOTHING = "There is nobody."

GONE = {"disposed": "disposed of", "damaged": "DAMAGED, see `distro archive verify`"}
"""What a person reads for why somebody is not shown."""


def hang(app: typer.Typer) -> None:
    """Hang the commands on `archive`."""
    app.command("search")(search)
    app.command("held-before-lift")(held_before_lift)
    app.command("never-got")(never_got)
    app.command("received-by")(received_by)
    app.command("approvals")(approvals)


def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help='All must stand in it; "in quotes" side by side; wor*.')],
    language: Annotated[str | None, typer.Option("--language", metavar="TAG", help="Only editions in this language.")] = None,
    limit: Limit = None,
    after: Annotated[
        int | None, typer.Option("--after", max=LARGEST, help="Go on behind this edition, the last of the page before.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What was said in mails with these words, whatever their case and accents: each edition that left, the newest first."""
    from distro.archive.search import read_terms
    from distro.dispatch.searching import editions

    c = context(ctx)
    # the shell has taken the quotes off an argument of several words, and they were meant
    terms = read_terms(" ".join(f'"{one}"' if " " in one.strip() and '"' not in one else one for one in words))
    with c.store.read() as session:
        by = c.reader(session)
        found = _recorded(c, editions(session, terms, language=language, after=after, limit=limit), by)
        if as_json:
            print_json_array(hit.to_json() for hit in found)
            return
        zone = c.config.office.timezone
        print_table(
            ("edition", "release", "language", "headline", "where it stands", "left", "accepted"),
            (
                (
                    hit.edition,
                    f"{hit.release}\n{hit.version[:12]}",
                    hit.language,
                    hit.headline,
                    "(damaged; see `distro archive verify`)" if hit.content is None else hit.snippet,
                    "\n".join(f"{wave['purpose']} {hour(wave['launched_at'], zone)}" for wave in hit.waves),
                    sum(int(str(wave["accepted"])) for wave in hit.waves),
                )
                for hit in found
            ),
            empty="No release that was sent says these words. (What a mail says beside them, such as dates and the "
            "templates' words, is not looked through.)",
        )


def _recorded(c: Context, hits: Iterable[Hit], by: str) -> Iterator[Hit]:
    """The same; what is under embargo is shown once the record has who saw it."""
    from distro.editorial.opened import opened

    for hit in hits:
        opened(c.store, hit.release_id, hit.version, what="search", language=hit.language, by=by, at=c.now)
        yield hit


def held_before_lift(
    ctx: typer.Context, slug: Slug, version: Version = None, limit: Limit = None, after: After = 0, as_json: Json = False
) -> None:
    """Who had which version before its embargo lifted, by which permit, on which agreement."""
    from distro.archive.vault import Vault
    from distro.dispatch import questions

    c = context(ctx)
    with c.store.read() as session:
        found = questions.held_before_lift(session, Vault(c.keys), slug, version=version, after=after, limit=limit)
        if as_json:
            print_json_array(found)
            return
        zone = c.config.office.timezone
        print_table(
            ("delivery", "to", "outlet", "version", "accepted", "lift", "permit", "agreed to"),
            (
                (
                    d["delivery"],
                    whom(d),
                    _outlet(d["recipient"]),
                    str(d["version"])[:12],
                    "in doubt" if d["held"] != "accepted" else hour(d["accepted_at"], zone),
                    hour(d["lift"], zone),
                    d["permit"],
                    _agreement(d["agreement"], zone),
                )
                for d in found
            ),
            empty=NOTHING,
        )


def never_got(
    ctx: typer.Context,
    slug: Slug,
    version: Version = None,
    wave: Annotated[int | None, typer.Option("--wave", max=LARGEST, help="What this wave brings.")] = None,
    limit: Limit = None,
    after: After = 0,
    as_json: Json = False,
) -> None:
    """Who holds an earlier version and never got the later one, the correction, the kill: by default the newest that left."""
    from distro.archive.vault import Vault
    from distro.dispatch.missing import later_of, never_got

    c = context(ctx)
    with c.store.read() as session:
        later = later_of(session, slug, version=version, wave=wave)
        found = never_got(session, Vault(c.keys), later, after=after, limit=limit)
        if as_json:
            print_json_array(found)
            return
        zone = c.config.office.timezone
        print_table(
            ("holds delivery", "to", "outlet", "language", "version", "accepted", f"the later ({_waves(later.waves)})"),
            (
                (
                    _of(d["holds"], "delivery"),
                    whom(d),
                    _outlet(d["recipient"]),
                    d["language"],
                    str(_of(d["holds"], "version"))[:12],
                    hour(_of(d["holds"], "accepted_at"), zone),
                    f"{_of(d['later'], 'state')}, delivery {_of(d['later'], 'delivery')}" if d["later"] else "in no audience",
                )
                for d in found
            ),
            empty="Everybody who holds an earlier version got the later one.",
        )


def received_by(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="As it is now, or as it was.")],
    person: Annotated[bool, typer.Option("--person", help="Also what its people were sent at other addresses.")] = False,
    limit: Limit = None,
    after: After = 0,
    as_json: Json = False,
) -> None:
    """Everything that was ever sent to an address, and why: by way of which segments, by which permit."""
    from contacts.address import parse
    from distro.archive.vault import Vault
    from distro.dispatch.history import deliveries
    from distro.dispatch.questions import received_by

    c = context(ctx)
    canonical = parse(address).canonical
    with c.store.read() as session:
        wanted = received_by(session, c.keys, canonical, also_at_others=person)
        found = deliveries(session, Vault(c.keys), wanted, after=after, limit=limit)
        if as_json:
            print_json_array(found)
            return
        zone = c.config.office.timezone
        print_table(
            ("delivery", "release", "wave", "to", "language", "state", "accepted", "segments", "permit"),
            (
                (
                    d["delivery"],
                    d["release"],
                    f"{d['wave']} {d['purpose']}",
                    whom(d),
                    d["language"],
                    d["state"],
                    hour(d["accepted_at"], zone),
                    lines(d["segments"]),
                    d["permit"],
                )
                for d in found
            ),
            empty=f"Nothing was ever sent to {address}.",
        )


def approvals(ctx: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """Who approved a release, when, and what exactly: version, embargo, hours, audience rules; and whether it still holds."""
    from distro.dispatch import questions

    c = context(ctx)
    with c.store.read() as session:
        found = questions.approvals(session, slug)
    if as_json:
        print_json(found)
        return
    zone = c.config.office.timezone
    if not found:
        print(f"Nobody has approved {slug!r} yet.")
    for one in found:
        said = {"by": f"{one['by']}{', who also wrote it' if one['alone'] else ''}", "at": hour(one["at"], zone)}
        for key in ("version", "submitted_by", "embargo", "binding", "entry"):
            said[key.replace("_", " ")] = one[key] or "none"
        said["terms"] = "as they were" if one["intact"] else "NOT those that were given: the store was changed"
        print_table(("", f"approval {one['approval']}"), said.items())
        waves = one["waves"]
        assert isinstance(waves, list)
        print_table(
            ("wave", "purpose", "hour (UTC)", "to", "but not to", "state", "approval"),
            ((w["wave"], w["purpose"], w["at"], *_rules(w), w["state"], w["void"] or "holds") for w in waves),
        )


def hour(at: object, zone: str) -> object:
    """An instant in UTC and in the office's zone; anything else as it is."""
    from distro.cli.saying import in_both

    return in_both(at, zone) if isinstance(at, datetime) else at


def whom(record: dict[str, object]) -> str:
    """Name and address of a record's recipient; else why there is none: erased, disposed of, or damaged."""
    recipient = record["recipient"]
    if isinstance(recipient, dict):
        return f"{recipient['name']} <{recipient['address']}>"
    return f"({GONE.get(str(record['not_shown']), record['not_shown'])})"


def _outlet(recipient: object) -> str:
    return str(recipient["outlet"]) if isinstance(recipient, dict) else ""


def _of(told: object, key: str) -> object:
    return told[key] if isinstance(told, dict) else None


def lines(listed: object) -> str:
    """The items of a list, each in a line."""
    return "\n".join(map(str, listed)) if isinstance(listed, list) else ""


def _waves(numbers: tuple[int, ...]) -> str:
    return f"wave {', '.join(map(str, numbers))}" if numbers else "no wave yet"


def _agreement(agreed: object, zone: str) -> str:
    if not isinstance(agreed, dict):
        return ""
    if "terms" not in agreed:
        return f"number {agreed['id']}"
    return f"{agreed['terms']}, {hour(agreed['agreed_at'], zone)}"


def _rules(wave: dict[str, object]) -> tuple[str, str]:
    listed = (wave["segments"], wave["exclude"])
    said = (
        "\n".join(f"{one['name']}: {one['rule'] or one['rule_sha256']}" for one in rules) if isinstance(rules, list) else ""
        for rules in listed
    )
    first, second = said
    return first, second
