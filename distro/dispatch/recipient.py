"""Who a delivery is for, in words, as they were when the audience was frozen; and the name their copy goes by."""

from __future__ import annotations

import json
from base64 import b32encode
from dataclasses import dataclass

from distro.archive.ledger import canonical


@dataclass(frozen=True)
class Recipient:
    """A person as they were when the audience was frozen. `octets` is what the vault holds and entries commit to."""

    name: str
    address: str
    canonical: str
    outlet: str
    salt: str

    @property
    def octets(self) -> bytes:
        return canonical(vars(self)).encode()

    @classmethod
    def read(cls, octets: bytes) -> Recipient:
        return cls(**json.loads(octets))


def message_id(once: bytes) -> str:
    """The left side of a Message-ID: the same for every attempt, and for the same text to the same person."""
    return b32encode(once).decode().rstrip("=").lower()
