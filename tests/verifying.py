"""A second opinion on signatures: dkimpy, with the records of the given keys in the place of the DNS."""

from __future__ import annotations

import re

import dkim
from nacl.exceptions import CryptoError

from distro.dkimkey import PrivateKey, public_record, record_name

Keys = dict[str, PrivateKey]
"""Keys by selector, all of one domain."""


def signatures(copy: bytes) -> int:
    header = copy.partition(b"\r\n\r\n")[0]
    return len(re.findall(rb"(?m)^DKIM-Signature:", header))


def verified(copy: bytes, keys: Keys, domain: str = "press.example.org") -> list[bool]:
    """Whether each signature of the copy holds, from the top."""
    records = {f"{record_name(selector, domain)}.": public_record(key) for selector, key in keys.items()}

    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        record = records.get(name.decode())
        return None if record is None else record.encode()

    def holds(number: int) -> bool:
        try:
            return bool(dkim.DKIM(copy).verify(idx=number, dnsfunc=look_up))
        except (dkim.DKIMException, CryptoError):
            return False

    return [holds(number) for number in range(signatures(copy))]
