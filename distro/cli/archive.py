"""`distro archive`: what went out when, to whom, on whose word; the exact bytes. Taking evidence away is `evidence`."""

from __future__ import annotations

import sys
from base64 import b64encode
from typing import Annotated

import typer

from distro.cli import anchoring, asking, auditing, evidence
from distro.cli.context import LARGEST, Context, context
from distro.cli.printing import print_json, print_json_array, print_table

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Number = Annotated[
    int, typer.Argument(metavar="DELIVERY", max=LARGEST, help="The delivery's number, as `archive list` shows it.")
]

app = typer.Typer(help="The record: every delivery, attempt and copy.", no_args_is_help=True)


def hang(root: typer.Typer) -> None:
    """Hang the commands on the tree."""
    auditing.hang(app)
    anchoring.hang(app)
    evidence.hang(app)
    asking.hang(app)
    root.add_typer(app, name="archive")


@app.command("list")
def list_deliveries(
    ctx: typer.Context,
    release: Annotated[str | None, typer.Option("--release", help="Only this release's (its slug).")] = None,
    wave: Annotated[int | None, typer.Option("--wave", max=LARGEST, help="Only this wave's.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="accepted, deferred, refused, uncertain, …")] = None,
    uncertain: Annotated[bool, typer.Option("--uncertain", help="Sent, and nobody knows whether it arrived.")] = False,
    language: Annotated[str | None, typer.Option("--language", help="en, es, en+es, …")] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Sent by way of this segment.")] = None,
    outlet: Annotated[str | None, typer.Option("--outlet", help="To people of this outlet, as it was then.")] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="NAME", help="To people of this name, as it was.")] = None,
    contact: Annotated[int | None, typer.Option("--contact", max=LARGEST, help="To this contact, by number.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="What this address received.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN", help="Accepted at or after.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Accepted before.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, max=LARGEST)] = None,
    after: Annotated[int, typer.Option("--after", max=LARGEST, help="Go on behind this delivery.")] = 0,
    as_json: Json = False,
) -> None:
    """One record per delivery. Conditions can be combined; those that are given must all hold."""
    from distro.archive.vault import Vault
    from distro.dispatch.delivery import State
    from distro.dispatch.finding import Wanted
    from distro.dispatch.history import deliveries
    from distro.editorial.release import find_release
    from distro.errors import Refused

    if state is not None and state not in set(State):
        raise Refused(f"There is no state {state!r}; the states are {', '.join(State)}.")
    c = context(ctx)
    wanted = Wanted(
        release=release,
        wave=wave,
        state=state,
        language=language,
        segment=segment,
        address_hash=None if address is None else _hash_of(c, address),
        person=person,
        outlet=outlet,
        contacts=None if contact is None else frozenset({contact}),
        uncertain=uncertain,
        since=c.when(since),
        until=c.when(until),
    )
    with c.store.read() as session:
        if release is not None:
            find_release(session, release)
        found = deliveries(session, Vault(c.keys), wanted, after=after, limit=limit)
        if as_json:
            print_json_array(found)
            return
        print_table(
            ("delivery", "release", "wave", "to", "language", "state", "accepted", "permit"),
            (_row(d, c.config.office.timezone) for d in found),
            empty="There is no such delivery." if wanted != Wanted() or after else "Nothing was sent yet.",
        )


def _hash_of(c: Context, address: str) -> bytes:
    from contacts.address import parse

    return c.keys.address_hash(parse(address).canonical)


def _row(d: dict[str, object], zone: str) -> tuple[object, ...]:
    return (
        d["delivery"],
        d["release"],
        d["wave"],
        asking.whom(d),
        d["language"],
        d["state"],
        asking.hour(d["accepted_at"], zone),
        d["permit"],
    )


@app.command()
def show(ctx: typer.Context, delivery: Number, as_json: Json = False) -> None:
    """One delivery, with every attempt and every entry of the record about it."""
    from distro.archive.ledger import entries_about
    from distro.archive.vault import Vault
    from distro.dispatch import history

    c = context(ctx)
    with c.store.read() as session:
        told = history.delivery(session, Vault(c.keys), delivery)
        entries = told["entries"] = entries_about(session, f"delivery:{delivery}")
    if any(entry["payload"] is None for entry in entries):
        told["damaged"] = [*history.damage_of(told), "entries"]
    if as_json:
        print_json(told)
        return
    told["recipient"] = told["recipient"] or asking.whom(told)
    zone = c.config.office.timezone
    apart = ("attempts", "entries", "not_shown", "damaged")
    rows = [(k.replace("_", " "), asking.hour(v, zone)) for k, v in told.items() if k not in apart]
    if damaged := asking.lines(told["damaged"]):
        rows.append(("DAMAGED", f"{damaged}\n`distro archive verify` says what was altered."))
    print_table(("", f"delivery {delivery}"), rows)
    attempts = told["attempts"]
    assert isinstance(attempts, list)
    tries = ((asking.hour(a["at"], zone), a["outcome"], a["reply"]) for a in attempts)
    print_table(("attempt", "outcome", "reply"), tries, empty="No attempt yet.")


@app.command()
def eml(ctx: typer.Context, delivery: Number, as_json: Json = False) -> None:
    """The exact bytes that the next server received, on standard output; with --json in base64, beside their SHA-256."""
    from distro.archive.vault import Vault
    from distro.dispatch import history
    from distro.editorial.opened import opened

    c = context(ctx)
    with c.store.read() as session:
        copy = history.copy_of(session, Vault(c.keys), delivery)
        (release_id, version, language), by = history.carried_by(session, delivery), c.reader(session)
        told = history.delivery(session, Vault(c.keys), delivery) if as_json else {}
    opened(c.store, release_id, version, what="copy", language=language, by=by, at=c.now)
    if not as_json:
        sys.stdout.buffer.write(copy)
        return
    known = {key: told[key] for key in ("delivery", "release", "version", "language", "message_id", "sha256")}
    print_json(known | {"size": len(copy), "octets": b64encode(copy).decode()})
