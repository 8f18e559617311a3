"""`distro archive verify`, `seal` and `checkpoint`: the archive held against what was sealed, and its head kept elsewhere."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.acting import say
from distro.cli.bars import bars
from distro.cli.context import Context, context
from distro.cli.printing import print_json
from distro.cli.saying import plural

if TYPE_CHECKING:
    from distro.archive.audit import Elsewhere, RecordFound
    from distro.archive.findings import Finding
    from distro.archive.named import LeftBehind
    from distro.archive.sealing import Signer
    from distro.dispatch.audit import DeliveriesFound

SHOWN = 200
"""Findings that a person is shown; all of them are in the JSON."""


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree of the archive."""
    app.command()(verify)
    app.command()(seal)
    app.command()(checkpoint)
    app.command()(reindex)


def verify(
    ctx: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Rebuild every copy too, and hash it.")] = False,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FILE", help="A checkpoint that was kept elsewhere: nothing was cut off."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """Hold the whole archive against what was sealed. Exit status 1 where anything was altered, and it says what."""
    from sqlalchemy.exc import DBAPIError

    from distro import clock
    from distro.archive.findings import Finding
    from distro.schema import differences

    c = context(ctx)
    began = clock.monotonic()
    older = None if against is None else _read(against)
    try:
        with c.store.read() as session:
            schema = [Finding(what) for what in differences(session.connection())]
        record, desk, deliveries = _look(c, full, older)
    except DBAPIError:
        if not schema:
            raise
        print(*(one.what for one in schema), "So the rest cannot be looked at.", sep="\n", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print("Interrupted: not all was looked at, so nothing is said of the archive.", file=sys.stderr)
        raise typer.Exit(130) from None
    findings = [*schema, *record.findings, *desk, *deliveries.findings]
    seconds = clock.monotonic() - began
    if as_json:
        print_json(_as_value(record, deliveries, findings, seconds))
    else:
        _tell(record, deliveries, findings, seconds, full=full)
    if findings:
        raise typer.Exit(1)


def _look(c: Context, full: bool, older: Elsewhere | None) -> tuple[RecordFound, list[Finding], DeliveriesFound]:
    from distro.archive.audit import audit_record
    from distro.archive.vault import Vault
    from distro.db import Store
    from distro.dispatch.audit import Checking, audit_deliveries
    from distro.dispatch.checkers import Checkers
    from distro.editorial.audit import audit_desk
    from distro.editorial.importing.originals import audit_originals

    vault = Vault(c.keys)
    with ExitStack() as stack:
        if full:  # before this process has a connection or a thread
            store = Store(c.config.store_url, must_exist=True)
            check = stack.enter_context(Checkers(Checking(store, vault, full=True)))
        with c.store.read() as session:
            vault.check(session)
        bar = stack.enter_context(bars(counted=True))
        record = audit_record(c.store, _signer(c), against=older, tell=bar("Entries"))
        desk = [*audit_desk(c.store), *audit_originals(c.store, c.config.storage.data_dir)]
        here = Checking(c.store, vault, full=False)
        deliveries = audit_deliveries(c.store, check if full else here, bar("Copies" if full else "Deliveries"))
    return record, desk, deliveries


def _as_value(record: RecordFound, deliveries: DeliveriesFound, findings: list[Finding], seconds: float) -> dict[str, object]:
    return {
        "entries": record.entries,
        "sealed": record.sealed,
        "waiting": record.waiting,
        "heads": record.heads,
        "deliveries": deliveries.deliveries,
        "copies": deliveries.copies,
        "erased": deliveries.erased,
        "left": [asdict(one) for one in record.left],
        "disposed": deliveries.disposed,
        "findings": [{"what": one.what, "entry": one.entry, "delivery": one.delivery} for one in findings],
        "notes": deliveries.notes,
        "seconds": round(seconds, 3),
    }


def _tell(record: RecordFound, found: DeliveriesFound, findings: list[Finding], seconds: float, *, full: bool) -> None:
    for one in findings[:SHOWN]:
        print(one.what)
    if len(findings) > SHOWN:
        print(f"… and {len(findings) - SHOWN:,} more; --json has all of them.")
    sealed, heads = plural(record.sealed, "entry", "entries"), plural(record.heads, "signed head", "signed heads")
    print(f"Looked at {sealed} under {heads}, and {plural(found.deliveries, 'delivery', 'deliveries')}.")
    if full:
        print(f"{plural(found.copies, 'copy was', 'copies were')} rebuilt, and are the bytes that were sent.")
    if found.erased:
        erased = plural(found.erased, "delivery is", "deliveries are")
        print(f"{erased} to people who were erased; their copies cannot be rebuilt.")
    if found.disposed:
        disposed = plural(found.disposed, "delivery", "deliveries")
        print(f"Of {disposed} two people disposed of what was personal; the copies cannot be rebuilt.")
    for behind in record.left:
        print(_left(behind))
    if record.waiting:
        waiting = plural(record.waiting, "entry is", "entries are")
        print(f"{waiting} not sealed yet; the bot does it each second, or `distro archive seal`.")
    for note in found.notes:
        print(note)
    if findings:
        print(f"{plural(len(findings), 'thing is', 'things are')} not as recorded, see above.")
    else:
        print(f"Nothing was altered. It took {seconds:.1f} s.")


def _left(one: LeftBehind) -> str:
    before = f"a head of {one.signed:,} had been signed" if one.signed else "other heads had been signed"
    return (
        f"Entry {one.entry} ({one.kind}): on the word of {one.actor}, {one.at:%Y-%m-%d %H:%M} UTC, the record goes on from "
        f"{one.size:,} sealed entries, where {before}. Their reason: {one.reason}"
    )


def seal(
    ctx: typer.Context,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="First grow the tree again, where tiles of it are damaged.")
    ] = False,
    go_on: Annotated[
        str | None,
        typer.Option(
            "--go-on",
            metavar="REASON",
            help="Where the store was set back on purpose: go on from what is there; who says so and why is put on record.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False,
) -> None:
    """Seal what waits for it, as the bot does each second; for when none runs."""
    from distro.archive.heads import ours
    from distro.archive.proofs import seal_all
    from distro.archive.regrowing import regrow
    from distro.archive.sealing import newest, origin_of, waiting
    from distro.archive.vault import Vault

    c = context(ctx)
    signer = _signer(c)
    if go_on is not None:
        _go_on(c, signer, go_on, rebuild=rebuild, as_json=as_json)
        return
    with c.store.read() as session:
        Vault(c.keys).check(session)
        ours(session, signer)
        before = newest(session)
    if rebuild and before is not None:
        regrow(c.store, signer.verifier(origin_of(before)))
    seal_all(c.store, signer, c.now, thorough=True)
    with c.store.read() as session:
        last, left = newest(session), waiting(session)
    size = last.size if last else 0
    sealed = size - (before.size if before else 0)
    told = f"{plural(sealed, 'entry was', 'entries were')} sealed; the newest head counts {size:,}."
    say({"sealed": sealed, "size": size, "waiting": left}, told, as_json=as_json)


def _go_on(c: Context, signer: Signer, reason: str, *, rebuild: bool, as_json: bool) -> None:
    from distro.archive.vault import Vault
    from distro.dispatch.goingon import go_on
    from distro.errors import Refused

    if rebuild:
        raise Refused("--rebuild and --go-on are two steps: first the tree, then what stands against sealing.")
    with c.store.read() as session:
        Vault(c.keys).check(session)
        actor = c.actor(session)
    done = go_on(c.store, signer, actor=actor, reason=reason, at=c.now)
    told = f"{done.why} Sealing went on, on the word of {actor.name}; the newest head counts {done.size:,}."
    say({"size": done.size, "signed": done.signed, "why": done.why}, told, as_json=as_json)


def checkpoint(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a file; never overwritten.")] = None,
    key: Annotated[bool, typer.Option("--key", help="The key to verify it with, instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output: all of it.")] = False,
) -> None:
    """The newest signed head, to be kept where nobody who can alter the archive can reach it: see `verify --against`."""
    from distro.archive.checkpoint import Checkpoint
    from distro.archive.heads import newest_note, trusted
    from distro.cli.newfile import write_new

    c = context(ctx)
    with c.store.read() as session:
        verifier = trusted(session, _signer(c))[0].text()
        text = f"{verifier}\n" if key else newest_note(session, _signer(c))
    if out is not None:
        write_new([(out, text.encode())], "is not overwritten: an older checkpoint proves more than a newer")
    if as_json:
        head = None if key else Checkpoint.read(text.rpartition("\n\n")[0] + "\n")
        said = {} if head is None else {"origin": head.origin, "size": head.size, "root": head.root.hex(), "note": text}
        print_json({**said, "key": verifier, "file": None if out is None else str(out)})
    elif out is None:
        sys.stdout.write(text)
    else:
        print(f"Written to {out}.")


def reindex(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")] = False
) -> None:
    """Make anew what searches and --person go by: the index of words, from the texts; the hashes of names, from the boxes."""
    from distro.archive.vault import Vault
    from distro.dispatch.naming import make_findable_again
    from distro.editorial.indexing import reindex as index_again

    c = context(ctx)
    vault = Vault(c.keys)
    with c.store.read() as session:
        vault.check(session)
    versions = index_again(c.store)
    waves = make_findable_again(c.store, vault)
    told = f"{plural(versions, 'version is', 'versions are')} indexed, and the recipients of {plural(waves, 'wave', 'waves')}."
    say({"versions": versions, "waves": waves}, told, as_json=as_json)


def _signer(c: Context) -> Signer:
    from distro.archive.sealing import Signer

    return Signer.of(c.keys.ledger, c.config.office.mail_domain, c.config.storage.data_dir)


def _read(path: Path) -> Elsewhere:
    from distro.archive.audit import Elsewhere
    from distro.errors import Refused

    try:
        return Elsewhere(str(path), path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise Refused(f"{path} cannot be read: {wrong.strerror}.") from None
    except ValueError:
        raise Refused(f"{path} is no signed checkpoint; `distro archive checkpoint` writes one.") from None
