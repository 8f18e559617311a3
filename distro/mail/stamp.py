"""From a skeleton to one person's copy: what goes into each slot, and the join. Compiles nothing and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from distro.archive.copies import Skeleton
from distro.config import Office


@dataclass(frozen=True)
class Addressee:
    """Whom one copy is for, and what makes it theirs.

    name                 as the record has it, may be ""
    address              as written (contacts.address.Address.written)
    list_name            the first segment of the audience that matched; "" stands for the office's press list
    message_id           left side of the Message-ID
    token                of unsubscription, from `tokens.make`
    bounce_token         for MAIL FROM, from `tokens.make`
    date                 the instant of stamping
    reference            the reference number printed at the foot
    original_message_id  left side of the Message-ID of the copy that a notice speaks of, for a threaded letter
    """

    name: str
    address: str
    list_name: str
    message_id: str
    token: str
    bounce_token: str
    date: datetime
    reference: str
    original_message_id: str = ""


def slots(addressee: Addressee, office: Office) -> dict[str, str]:
    """What fills a skeleton for this person: final encoded text by slot name. Raises Refused for what cannot be in a header."""
    raise NotImplementedError


def stamp(skeleton: Skeleton, filled: Mapping[str, str]) -> bytes:
    """The exact bytes of the copy, with CRLF, before dot-stuffing."""
    return skeleton.fill(filled)


def envelope_from(office: Office, bounce_token: str) -> str:
    """MAIL FROM of one copy (VERP): bot+b.TOKEN@bounce_domain, the local part as in the bot's own address."""
    local = office.bot_address.rpartition("@")[0]
    return f"{local}+b.{bounce_token}@{office.bounce_domain}"
