"""From a skeleton to one person's copy: what goes into each slot, and the join. Compiles nothing and sends nothing.

Slots are few, for each is derived again whenever a copy is rebuilt: what all copies share stands in the skeleton.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from string import ascii_lowercase
from typing import NamedTuple

from distro.archive.copies import Skeleton
from distro.config import Office
from distro.mail.headers import check_address, check_header_text, list_id, mailbox, tidy
from distro.mail.letter import Shown
from distro.mail.quoted import quoted
from distro.mail.showable import showable

SIGNATURE = "dkim"
"""The slot in front of a signed letter's copies, for its DKIM-Signature fields. Filled with "", the copy is unsigned."""

SENT = "sent_"
"""How the slots begin that say when the original was sent, one for each language of the letter: sent_a, sent_b, …"""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
"""What tokens, ids and references are made of: signs that mean the same in a header, a URL, HTML and quoted-printable."""


class Addressee(NamedTuple):
    """Whom one copy is for, and what makes it theirs.

    name                 as the record has it, may be ""
    address              as written (contacts.address.Address.written)
    list_name            the first segment of the audience that matched; "" stands for the office's press list
    message_id           left side of the Message-ID
    token                of unsubscription, from `tokens.make`
    bounce_token         for MAIL FROM, from `tokens.make`
    date                 the instant of stamping
    reference            the reference number printed at the foot
    original_message_id  of the copy that a notice speaks of, without brackets, for a threaded letter
    sent                 when that was sent, in words, one text for each language of the letter
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
    sent: tuple[str, ...] = ()


def slots(addressee: Addressee, office: Office) -> dict[str, str]:
    """What fills a whole skeleton for this person: final, encoded text by slot name.

    Raises Refused for a name, address or list that cannot be in a header, ValueError for a code that we made wrongly.
    """
    return personal(addressee) | listed(addressee.list_name, office)


def personal(addressee: Addressee) -> dict[str, str]:
    """What fills the slots that are one person's own. Raises as `slots` does."""
    filled = to_and_date(addressee.name, addressee.address, addressee.date)
    filled["id"] = _code(addressee.message_id)
    filled["token"] = _code(addressee.token)
    filled["ref"] = _code(addressee.reference)
    if addressee.original_message_id:
        filled |= under(addressee.original_message_id, addressee.sent)
    return filled


def under(original: str, sent: Sequence[str]) -> dict[str, str]:
    """The slots of a notice that stands under the copy that somebody holds: what that is called, and when it was sent."""
    found = {SENT + letter: quoted(text) for letter, text in zip(ascii_lowercase, sent, strict=False)}
    return {"original": "@".join(_code(side) for side in original.rsplit("@", 1)), **found}


def to_and_date(name: str, address: str, date: datetime) -> dict[str, str]:
    """The slots made of what others wrote: it is looked at once more before it stands in a header. Raises Refused."""
    check_header_text(name, f"The name of {address!r}")
    check_address(address, "The address")
    return {"to": mailbox(name, address, len("To: ")), "date": _date(int(date.timestamp()))}


def listed(list_name: str, office: Office) -> dict[str, str]:
    """What fills the slots that all copies of one list share; "" stands for the office's press list. Raises Refused."""
    return _list_slots(list_name or office.name, office.mail_domain)


def stamp(skeleton: Skeleton, filled: Mapping[str, str]) -> bytes:
    """The exact bytes of the copy, with CRLF, before dot-stuffing."""
    return skeleton.fill(filled)


def envelope_from(office: Office, bounce_token: str) -> str:
    """MAIL FROM of one copy (VERP): bot+b.TOKEN@bounce_domain, the local part as in the bot's own address."""
    return f"{_local_part(office.bot_address)}+b.{bounce_token}@{office.bounce_domain}"


@lru_cache(maxsize=8)
def _local_part(address: str) -> str:
    return address.rpartition("@")[0]


def shown(addressee: Addressee, office: Office) -> Shown:
    """What this person reads where copies differ."""
    list_name = _list_name(addressee.list_name or office.name)
    return Shown(addressee.token, list_name, addressee.reference, addressee.sent)


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(f"{text!r} cannot stand unencoded in every place of a mail")
    return text


@lru_cache(maxsize=8)
def _date(second: int) -> str:
    """Date's value (RFC 5322, 3.3), in UTC. Many copies are stamped in one second."""
    return format_datetime(datetime.fromtimestamp(second, UTC))


@lru_cache(maxsize=4096)
def _list_slots(name: str, domain: str) -> dict[str, str]:
    check_header_text(name, f"The name of the list {name!r}")
    readable = _list_name(name)
    return {
        "list": list_id(name, domain, len("List-Id: ")),
        "list_text": quoted(readable),
        # As the inliner writes text (HTML's own serialisation): quotation marks stay as they are.
        "list_html": quoted(readable.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")),
    }


def _list_name(name: str) -> str:
    return showable(tidy(name))
