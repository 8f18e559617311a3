"""Base32 (RFC 4648) of 16 octets, lower case and without padding: tokens and Message-IDs, three to a copy.

The standard library's is a loop in Python over every five octets; this takes ten bits at a time out of numbers of forty, which
are quicker to shift than one of a hundred and thirty.
"""

from __future__ import annotations

_SIGNS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(one + other for one in _SIGNS for other in _SIGNS)

LENGTH = 26


def base32(octets: bytes) -> str:
    """26 signs for 16 octets. Raises ValueError for any other number of them."""
    if len(octets) != 16:
        raise ValueError("16 octets are wanted")
    pairs, number = _PAIRS, int.from_bytes
    a, b, c = number(octets[:5], "big"), number(octets[5:10], "big"), number(octets[10:15], "big")
    return (
        f"{pairs[a >> 30]}{pairs[a >> 20 & 1023]}{pairs[a >> 10 & 1023]}{pairs[a & 1023]}"
        f"{pairs[b >> 30]}{pairs[b >> 20 & 1023]}{pairs[b >> 10 & 1023]}{pairs[b & 1023]}"
        f"{pairs[c >> 30]}{pairs[c >> 20 & 1023]}{pairs[c >> 10 & 1023]}{pairs[c & 1023]}"
        f"{pairs[octets[15] << 2]}"  # 26 signs are 130 bits
    )
