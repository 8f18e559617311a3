"""Who a delivery is for, in words, as they were when the audience was frozen; and the name their copy goes by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from distro.archive.base32 import base32
from distro.archive.copies import Skeleton, StoredSkeleton, beginning_of
from distro.archive.damage import UNREADABLE
from distro.archive.ledger import canonical

_SALT = 16
_HEADER = 4000
"""Signs of a skeleton's JSON within which its Message-ID stands."""
_read = json.JSONDecoder().raw_decode  # once for each copy; json.loads looks for spaces around it first
_ID_DOMAIN = re.compile(r',"id","@([^>"]+)>')


class Recipient(NamedTuple):
    """A person as they were when the audience was frozen. `octets` is what the vault holds and entries commit to.

    salt      16 octets of chance, so that nobody finds the person by hashing guesses
    original  of a notice to holders: the Message-ID of the copy that they hold, without brackets
    sent      when that was sent, in words: one text for each language of their copy, as it stands in the mail
    """

    name: str
    address: str
    canonical: str
    outlet: str
    salt: bytes
    original: str = ""
    sent: tuple[str, ...] = ()

    @property
    def octets(self) -> bytes:
        """The salt, then a JSON list; the canonical address only where it is not the address as written, and what they hold
        only for a notice."""
        same = self.canonical == self.address
        held = [self.original, self.sent] if self.original else []
        return self.salt + canonical([self.name, self.address, "" if same else self.canonical, self.outlet, *held]).encode()

    @classmethod
    def read(cls, octets: bytes) -> Recipient:
        """From `octets`, or from the JSON object that stores held before their third migration."""
        if octets[:1] == b"{" and octets[-1:] == b"}":
            old = json.loads(octets)
            return cls(old["name"], old["address"], old["canonical"], old["outlet"], bytes.fromhex(old["salt"]))
        (name, address, differing, outlet, *held), _ = _read(octets[_SALT:].decode())
        original, sent = held or ("", ())
        return cls(name, address, differing or address, outlet, octets[:_SALT], original, tuple(sent))


def message_id(once: bytes) -> str:
    """The left side of a Message-ID: the same for every attempt, and for the same text to the same person."""
    return base32(once)


def domains_of(session: Session, skeletons: Iterable[int]) -> dict[int, str]:
    """The right side of the Message-IDs of each skeleton, read where it stands: in the header, behind the slot of their left
    side. A letter is long, and its header is at its beginning. Those that are not there, or cannot be read, are missing."""
    wanted = list(skeletons)
    columns = select(StoredSkeleton.id, func.substr(col(StoredSkeleton.pieces), 1, _HEADER), StoredSkeleton.packed)
    found: dict[int, str] = {}
    for number, pieces, packed in session.exec(columns.where(col(StoredSkeleton.id).in_(wanted))):
        with suppress(*UNREADABLE):
            domain = _ID_DOMAIN.search(beginning_of(pieces, packed, _HEADER))
            found[number or 0] = domain[1] if domain else id_domain(session.get_one(StoredSkeleton, number).skeleton)
    return found


def id_domain(skeleton: Skeleton) -> str:
    """The right side of the Message-IDs of a skeleton, read where it stands: behind the slot of their left side."""
    at = skeleton.pieces.index("id")
    return skeleton.pieces[at + 1].removeprefix("@").partition(">")[0]
