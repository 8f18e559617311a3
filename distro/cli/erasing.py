"""`distro contacts erase`: forget a person, with every proof left standing; and finishing what had to wait."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.acting import say
from distro.cli.context import Context, context

if TYPE_CHECKING:
    from distro.dispatch.erasing import Erased

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
_LATER = "Run `distro --as NAME contacts erase --finish` later; until it is done, traces may stand in the store's files."

_ELSEWHERE = (
    "What was handed out before is not reached: backups, evidence bags, exports, archives of a PostgreSQL server's write-ahead "
    "log, snapshots of the disk. They are your administrator's to let expire (docs/erasure.md)."
)


def hang(contacts: typer.Typer) -> None:
    """Hang the command on `distro contacts`."""
    contacts.command()(erase)


def erase(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the record, without naming the person.")] = "",
    finish: Annotated[bool, typer.Option("--finish", help="Scrub the store's files, where an erasure had to wait.")] = False,
    as_json: Json = False,
) -> None:
    """Forget a person for good: their key is destroyed, the contact deleted, the address suppressed under a keyed hash."""
    from distro.archive.vault import Vault
    from distro.dispatch import erasing, traces
    from distro.errors import Failed, Refused

    work = context(ctx)
    if bool(address) is finish:
        raise Refused("Say whom to erase: `distro contacts erase ADDRESS --reason TEXT`; or `--finish` alone.")
    if finish:
        waits = _scrub(work)
        if waits:
            raise Failed(waits, _LATER)
        say({"scrubbed": True}, f"The store's files hold no trace of anybody who was erased.\n{_ELSEWHERE}", as_json=as_json)
        _tell_half_written(work)
        return
    with work.store.write() as session:
        actor = work.actor(session)
        done = erasing.erase(session, Vault(work.keys), address, reason=reason, actor=actor, at=work.now)
    traces.clean_folder(work.config.storage.data_dir, work.config.outbox, done.traces)
    waits = _scrub(work)
    with work.store.read() as session:
        left = list(traces.left(session, done.traces))
    value = {"erased": list(done.contacts), "deliveries": done.deliveries, "cancelled": done.cancelled}
    value |= {"scrubbed": not waits, "others": list(done.others), "left": left}
    say(value, _sentences(done, scrubbed=not waits), as_json=as_json)
    if waits:
        print(waits, _LATER, file=sys.stderr)
    _tell_half_written(work)
    if left:
        print(
            f"The address, or the name, still stands in: {', '.join(left)}. Look whether it is theirs; what was published and "
            "what was recorded is never changed.",
            file=sys.stderr,
        )


def _tell_half_written(work: Context) -> None:
    from distro.unfinished import left_behind, sentence

    if found := left_behind(work.config, work.store, work.now):
        print(sentence(found), "See that nothing is at work on them, and remove them.", file=sys.stderr)


def _scrub(work: Context) -> str:
    from distro.archive import scrubbing
    from distro.staff import Right

    with work.store.read() as session:
        actor = work.actor(session)
        actor.need(Right.ERASE, "finish an erasure")
    return scrubbing.finish(work.store, actor=actor.name, at=work.now)


def _sentences(done: Erased, *, scrubbed: bool) -> str:
    whom = f"contact {', '.join(map(str, done.contacts))}" if done.contacts else "an address that was no contact's"
    copies = "1 delivery names" if done.deliveries == 1 else f"{done.deliveries:,} deliveries name"
    said = [
        f"Erased: {whom}. {copies} nobody any more ({done.cancelled:,} of them had not left and will not); every proof stands.",
        "The address is suppressed under a keyed hash: no import and no edit brings it back.",
    ]
    if scrubbed:
        said.append("The store's files were written anew without them.")
    said.append(_ELSEWHERE)
    if done.others:
        numbers = ", ".join(map(str, done.others))
        said.append(f"The address was once that of contact {numbers}, who has another now and was not touched.")
    return "\n".join(said)
