"""Base32 (RFC 4648) of 16 octets, lower case and without padding: tokens and Message-IDs, three to a copy.

The standard library's is a loop in Python over every five octets; this takes ten bits at a time out of one number.
"""

from __future__ import annotations

_SIGNS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(one + other for one in _SIGNS for other in _SIGNS)
_SHIFTS = tuple(range(120, -1, -10))

LENGTH = 26


def base32(octets: bytes) -> str:
    """26 signs for 16 octets. Raises ValueError for any other number of them."""
    if len(octets) != 16:
        raise ValueError("16 octets are wanted")
    number = int.from_bytes(octets, "big") << 2  # 26 signs are 130 bits
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
