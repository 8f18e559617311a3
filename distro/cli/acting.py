"""Who acts in a command that writes, and how it says what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.printing import print_json

if TYPE_CHECKING:
    from sqlmodel import Session

    from contacts.models import Keep, Record
    from distro.cli.context import Context
    from distro.staff import Actor


NotSentElsewhere = Annotated[
    bool,
    typer.Option(
        "--not-sent-elsewhere",
        help="After `distro restore`: your word that the machine of the backup sent nothing of it afterwards.",
    ),
]


def writer(work: Context, session: Session, what: str) -> tuple[Actor, Record]:
    """The person who acts and their pen for the record. Raises Refused unless they may write; `what` completes "may not …"."""
    from distro.archive.ledger import recorder
    from distro.staff import Right

    actor = work.actor(session)
    actor.need(Right.WRITE, what)
    return actor, recorder(session, actor.name, work.now)


def keeper(work: Context, session: Session, actor: Actor) -> Keep:
    """What keeps the cards of contacts whom a legal hold names, before they are changed."""
    from distro.archive.vault import Vault
    from distro.dispatch import cards

    return cards.keeper(session, Vault(work.keys), actor=actor.name, at=work.now)


def say(value: object, sentence: str, *, as_json: bool) -> None:
    """The outcome: one JSON value for a program, or a sentence for a person."""
    if as_json:
        print_json(value)
    else:
        print(sentence)
