"""The office's DKIM keys: made, read from their files, and written down as the DNS record that lets others verify.

Owns no setting and signs nothing; what is signed, and how, is `mail.dkim`'s business.
"""

from __future__ import annotations

import os
from base64 import b64encode
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from distro.errors import Refused

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

SMALLEST, GOOD = 1024, 2048
"""Bits of an RSA key: fewer than the first verifiers reject, the second is what signers should use (RFC 8301 3.2)."""

_STRING = 255
"""Octets of one character-string in a TXT record (RFC 1035 3.3); a longer value is several, read as one (RFC 6376 3.6.2.2)."""


class KeyType(StrEnum):
    RSA = "rsa"
    ED25519 = "ed25519"


def read_key(path: Path) -> PrivateKey:
    """The private key in a PEM file (PKCS#8 or PKCS#1). Raises ValueError with what is wrong with it and what to do."""
    try:
        pem = path.expanduser().read_bytes()
    except FileNotFoundError:
        raise ValueError("there is no such file; make a key with `distro dkim key FILE --selector NAME`") from None
    except OSError:
        raise ValueError("that file cannot be read; it must be a private key that this user may read (mode 0600)") from None
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise ValueError("that key is locked by a passphrase; write it without one (mode 0600)") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("that file holds no private key in PEM that can be read") from None
    if not isinstance(key, PrivateKey):
        raise ValueError("that key is neither RSA nor Ed25519; make one with `distro dkim key FILE --selector NAME`")
    if isinstance(key, RSAPrivateKey) and key.key_size < SMALLEST:
        raise ValueError(f"that RSA key has {key.key_size} bits, and nobody verifies under {SMALLEST}; make one of {GOOD}")
    return key


def make_key(path: Path, kind: KeyType) -> PrivateKey:
    """Write a new key, mode 0600, in PKCS#8. Raises Refused where the file is there already: a key is never overwritten."""
    key = generate_private_key(65537, GOOD) if kind is KeyType.RSA else Ed25519PrivateKey.generate()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{path} is there already, and a key is never overwritten; name another file.") from None
    except OSError as wrong:
        raise Refused(f"{path} cannot be written: {wrong.strerror}.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    return key


def is_short(key: PrivateKey) -> bool:
    """Whether it verifies today, but is under what signers should use."""
    return isinstance(key, RSAPrivateKey) and key.key_size < GOOD


def key_type(key: PrivateKey) -> KeyType:
    return KeyType.RSA if isinstance(key, RSAPrivateKey) else KeyType.ED25519


def public_record(key: PrivateKey) -> str:
    """The value of the TXT record (RFC 6376 3.6.1): RSA as SubjectPublicKeyInfo, Ed25519 as its 32 octets (RFC 8463 4)."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={key_type(key)}; p={b64encode(octets).decode()}"


def record_name(selector: str, domain: str) -> str:
    """Where the record stands; relative to the domain where that is ""."""
    return f"{selector}._domainkey.{domain}" if domain else f"{selector}._domainkey"


def zone_line(name: str, value: str) -> str:
    """The record as a zone file has it, a long value as several strings of at most 255 octets. An absolute name ends in "."."""
    strings = [f'"{value[at : at + _STRING]}"' for at in range(0, len(value), _STRING)]
    return f"{name} IN TXT " + (strings[0] if len(strings) == 1 else "( " + "\n  ".join(strings) + " )")
