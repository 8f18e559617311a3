"""Are copies signed, in a name that counts, with keys that are kept? Looks at settings and files; asks no name server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from distro.checkup import Check, aligned, bad, ok, warning
from distro.config import Config
from distro.dkimkey import GOOD, PrivateKey, is_short, key_type, read_key
from distro.dkimterms import Dkim
from distro.dkimtogether import Together


def look_at_signing(config: Config) -> Iterator[Check]:
    if not config.dkim:
        yield ok("signing", "There is no [[dkim]], so copies leave unsigned; the relay has to sign them (DMARC).")
    for one in config.dkim:
        domain = one.domain_for(config.office)
        name = f"signing {one.selector}._domainkey.{domain}"
        try:
            key = read_key(Path(one.key_file))
        except ValueError as wrong:
            yield bad(name, f"{one.key_file}: {wrong}.", "Put the key back, or take this [[dkim]] out.")
            continue
        yield _in_whose_name(
            name, domain, config.office.from_address.rpartition("@")[2], _how(key, config.sending.sign_together)
        )
        yield from _key_is_good(name, one, key)


def _how(key: PrivateKey, together: bool) -> str:
    """The algorithm, and whether several signatures are made at a time."""
    eight = together and isinstance(key, RSAPrivateKey) and Together.of(key) is not None
    return f"{key_type(key)}, eight at a time" if eight else str(key_type(key))


def _in_whose_name(name: str, domain: str, sender: str, how: str) -> Check:
    if not aligned(domain, sender):
        return warning(
            name,
            f"From is at {sender} and copies are signed by {domain}; that counts for nothing in DMARC (RFC 7489, 3.1.1).",
            "Leave domain empty, or set it to From's domain or one above it.",
        )
    return ok(
        name,
        f"Copies are signed ({how}), aligned with From ({sender}). "
        "Whether the record is published was not looked up; `distro dkim record` prints it.",
    )


def _key_is_good(name: str, one: Dkim, key: PrivateKey) -> Iterator[Check]:
    path = Path(one.key_file).expanduser()
    if path.stat().st_mode & 0o077:
        yield warning(name, f"Others on this machine may read {path}.", f"chmod 600 {path}")
    if is_short(key):
        yield warning(
            name,
            f"This RSA key has fewer than {GOOD} bits (RFC 8301, 3.2).",
            f"Make a new one under another selector: distro dkim key FILE --selector {one.selector}b",
        )
