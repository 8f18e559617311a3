"""Who a delivery is for, in words, as they were when the audience was frozen; and the name their copy goes by."""

from __future__ import annotations

import json
from typing import NamedTuple

from distro.archive.base32 import base32
from distro.archive.ledger import canonical

_SALT = 16


class Recipient(NamedTuple):
    """A person as they were when the audience was frozen. `octets` is what the vault holds and entries commit to.

    `salt`: 16 octets of chance, so that nobody finds the person by hashing guesses.
    """

    name: str
    address: str
    canonical: str
    outlet: str
    salt: bytes

    @property
    def octets(self) -> bytes:
        """The salt, then a JSON list; the canonical address only where it is not the address as written."""
        same = self.canonical == self.address
        return self.salt + canonical([self.name, self.address, "" if same else self.canonical, self.outlet]).encode()

    @classmethod
    def read(cls, octets: bytes) -> Recipient:
        """From `octets`, or from the JSON object that stores held before their third migration."""
        if octets[:1] == b"{" and octets[-1:] == b"}":
            old = json.loads(octets)
            return cls(old["name"], old["address"], old["canonical"], old["outlet"], bytes.fromhex(old["salt"]))
        name, address, differing, outlet = json.loads(octets[_SALT:].decode())
        return cls(name, address, differing or address, outlet, octets[:_SALT])


def message_id(once: bytes) -> str:
    """The left side of a Message-ID: the same for every attempt, and for the same text to the same person."""
    return base32(once)
