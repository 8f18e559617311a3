"""RSA signatures made eight at a time, by Intel's crypto_mb where it is installed and the processor can (docs/adr/0104).

Eight private operations with one key run side by side in the processor's wide registers, and take a third of the time of eight
one after the other. PKCS#1 v1.5 has nothing random in it (RFC 8017 8.2), so the signatures are, octet for octet, what
`cryptography` makes. Each is proved with the public key before anybody sees it: a wrong one would not only be worth nothing, it
would give the key away (a fault in one half of the CRT). After the first wrong one the library is not asked again.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from distro.log import log

LANES = 8
WORTH_IT = 4
"""Digests from which on eight lanes, some of them idle, are cheaper than one signature after the other."""

BITS = (2048, 3072, 4096)
"""Of keys that can be used."""

FILE = Path(sys.prefix, "lib", "libcrypto_mb.so.13")
"""Where `make signing` puts it. No other place is looked at: who can write here can change this program as well."""

_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest in PKCS#1 v1.5 (RFC 8017 9.2, note 1)."""

_Lanes = ctypes.c_void_p * LANES


class _ToEach(NamedTuple):
    """A part of the key as all lanes get it; the pointers are good while the number is kept."""

    pointers: Any
    number: Any


class Together:
    """One key. Safe to use from several threads; they run side by side, for the library lets go of Python's lock."""

    def __init__(self, library: Any, key: RSAPrivateKey) -> None:
        numbers = key.private_numbers()
        self._library = library
        self._octets = key.key_size // 8
        half, whole = self._octets // 2, self._octets
        parts = (numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
        self._private = [_to_each(part, half) for part in parts]
        self._public = [_to_each(numbers.public_numbers.n, whole)]
        self._secret_method = library.mbx_RSA_private_crt_Method(key.key_size)
        self._public_method = library.mbx_RSA_pub65537_Method(key.key_size)
        self._head = b"\0\1".ljust(self._octets - len(_DIGEST_INFO) - 33, b"\xff") + b"\0" + _DIGEST_INFO

    @classmethod
    def of(cls, key: RSAPrivateKey) -> Together | None:
        """None where the library is not here, or this is a key that it has no way for."""
        numbers = key.private_numbers()
        half = key.key_size // 2
        if (
            key.key_size not in BITS
            or numbers.public_numbers.e != 65537
            or {numbers.p.bit_length(), numbers.q.bit_length()} != {half}
        ):
            return None
        found = library()
        return None if found is None else cls(found, key)

    def sign(self, digests: Sequence[bytes]) -> list[bytes] | None:
        """The signature of each SHA-256 digest. None, and a line in the log, where one of them came out wrong."""
        signatures: list[bytes] = []
        for at in range(0, len(digests), LANES):
            encoded = [self._head + digest for digest in digests[at : at + LANES]]
            made = self._private_operation(encoded)
            if made is None or self._public_operation(made) != encoded:
                log().error("signing.together_wrong", signatures=len(encoded))
                return None
            signatures += made
        return signatures

    def _private_operation(self, encoded: Sequence[bytes]) -> list[bytes] | None:
        return self._run(self._library.mbx_rsa_private_crt_mb8, encoded, self._private, self._secret_method)

    def _public_operation(self, signatures: Sequence[bytes]) -> list[bytes] | None:
        return self._run(self._library.mbx_rsa_public_mb8, signatures, self._public, self._public_method)

    def _run(self, call: Any, octets: Sequence[bytes], key: Sequence[_ToEach], method: int) -> list[bytes] | None:
        """One operation on at most eight numbers; None where the library says that one of them went wrong."""
        size, given = self._octets, self._lanes(octets)
        answer = ctypes.create_string_buffer(LANES * size)
        room = ctypes.create_string_buffer(self._library.mbx_RSA_Method_BufSize(method))
        parts = [part.pointers for part in key]
        status = call(_pointers(given, size), _pointers(answer, size), *parts, size * 8, method, room, len(room))
        ctypes.memset(room, 0, len(room))  # it held what follows from the key
        made = answer.raw
        return None if status else [made[at : at + size] for at in range(0, len(octets) * size, size)]

    def _lanes(self, octets: Sequence[bytes]) -> Any:
        """Room for eight numbers, beginning with these; a lane that is not wanted does the first one's work again."""
        padded = [*octets, *[octets[0]] * (LANES - len(octets))]
        return ctypes.create_string_buffer(b"".join(padded), LANES * self._octets)


@lru_cache(maxsize=1)
def library() -> Any:
    """crypto_mb, ready for calls; None where it is not installed, cannot be loaded, or has no way on this processor."""
    try:
        found: Any = ctypes.CDLL(str(FILE))
        found.mbx_is_crypto_mb_applicable.argtypes = [ctypes.c_uint64]
        if not found.mbx_is_crypto_mb_applicable(0):  # 0: it asks the processor
            return None
        number, pointer = ctypes.c_int, ctypes.c_void_p
        for method in (found.mbx_RSA_private_crt_Method, found.mbx_RSA_pub65537_Method):
            method.argtypes, method.restype = [number], pointer
        found.mbx_RSA_Method_BufSize.argtypes = [pointer]
        for call, numbers in ((found.mbx_rsa_private_crt_mb8, 5), (found.mbx_rsa_public_mb8, 1)):
            call.argtypes, call.restype = [_Lanes] * (2 + numbers) + [number, pointer, pointer, number], ctypes.c_uint32
    except (OSError, AttributeError):  # not there, or another one than we know
        return None
    return found


def _to_each(value: int, octets: int) -> _ToEach:
    number = ctypes.create_string_buffer(value.to_bytes(octets, "little"), octets)
    return _ToEach(_Lanes(*[ctypes.addressof(number)] * LANES), number)


def _pointers(room: Any, step: int) -> Any:
    start = ctypes.addressof(room)
    return _Lanes(*range(start, start + LANES * step, step))
