"""The short tokens that go out in a mail and come back: who unsubscribes ("u"), whose copy bounced ("b").

Stateless: a number and its seal. Owns the form of a token; what the number stands for is the caller's.
"""

from __future__ import annotations

import hmac
from base64 import b32decode
from typing import Literal

from distro.archive.base32 import base32
from distro.archive.vault import Keys

Purpose = Literal["u", "b"]

LENGTH = 26
"""Characters of a token: 6 octets of number and 10 of seal, in lower-case base32 without padding."""

_PADDING = b"======"


def make(keys: Keys, purpose: Purpose, number: int) -> str:
    """The token for `number` (0 to 2**48 - 1). Fit for a URL and for the local part of an address, whatever its case."""
    octets = number.to_bytes(6, "big")
    return base32(octets + keys.token_mac(purpose, octets))


def read(keys: Keys, purpose: Purpose, token: str) -> int | None:
    """The number, or None for anything that `make` did not give out for this purpose.

    Case is ignored, for mail servers on the way may change it (RFC 5321 2.4). The seal is compared in constant time.
    """
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        octets = b32decode(token.upper().encode() + _PADDING)
    except ValueError:
        return None
    number = int.from_bytes(octets[:6], "big")
    # The whole token is made again, so that the two spare bits at its end cannot be varied either.
    return number if hmac.compare_digest(make(keys, purpose, number), token.lower()) else None
