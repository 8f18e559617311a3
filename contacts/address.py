"""What an e-mail address is here: how it is written on the wire, and what makes two spellings one mailbox.

Syntax is email-validator's (RFC 5322, 6531, 5891); whether a mailbox exists is for the mail servers to say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from contacts.errors import Refused

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

MOST_OCTETS = 254
"""RFC 5321 4.5.3.1.3 (a path of 256 octets holds two angle brackets), counted in UTF-8."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"(?=.{{1,64}}$){_ATOM}(?:\.{_ATOM})*")
"""RFC 5321 4.1.2: the local part of nearly everybody, of 64 octets at most."""


@dataclass(frozen=True)
class Address:
    """`written` goes to RCPT and To; `canonical` is the identity; `domain` is in A-labels, lower case."""

    written: str
    canonical: str
    domain: str
    needs_smtputf8: bool


def parse(text: str) -> Address:
    """Read one bare address; blanks around it are dropped. Raises Refused with a sentence.

    The local part is compared without case, which the RFC leaves to the receiver and which every newsroom's server does.
    It is lower-cased and not case-folded: `ß` and `ss` are different mailboxes.
    """
    bare = text.strip(" \t\u00a0\ufeff")
    if not bare:
        raise Refused("There is no address.")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in bare):
        raise Refused(f"The address {shown(bare)} holds a control character or a line break.")
    local, _, after = bare.rpartition("@")
    if _DOT_ATOM.fullmatch(local) and (plain := _a_labels(after)) is not None:
        return _address(bare, local, plain, plain)
    valid = _valid(bare)
    return _address(bare, valid.local_part, valid.domain, valid.ascii_domain.lower())


@lru_cache(maxsize=4096)
def _a_labels(domain: str) -> str | None:
    """The domain in A-labels. A file has many people at few domains, and looking at one takes longer than all the rest."""
    try:
        return _valid(f"x@{domain}").ascii_domain.lower()
    except Refused:
        return None  # the whole address says better what is wrong with it


def in_letters(canonical: str) -> str:
    """The same mailbox with the domain as people write it, where A-labels stand for other letters; else as it is."""
    local, _, domain = canonical.rpartition("@")
    try:
        return f"{local}@{_valid(f'x@{domain}').domain}" if "xn--" in domain else canonical
    except Refused:
        return canonical  # no letters are known for it


def _valid(bare: str) -> ValidatedEmail:
    from email_validator import EmailNotValidError, validate_email  # late: a command that reads no address starts sooner

    try:
        return validate_email(bare, check_deliverability=False, test_environment=True)
    except EmailNotValidError as wrong:
        raise Refused(f"{shown(bare)} is not an address: {wrong}") from wrong


def _address(bare: str, local: str, domain: str, ascii_domain: str) -> Address:
    written = f"{local}@{ascii_domain if local.isascii() else domain}"
    canonical = f"{_folded_local(local)}@{ascii_domain}"
    if max(len(written.encode()), len(canonical.encode())) > MOST_OCTETS:
        raise Refused(f"The address {shown(bare)} is longer than {MOST_OCTETS} octets.")
    return Address(written, canonical, ascii_domain, not local.isascii())


def _folded_local(local: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())


def shown(text: str, most: int = 80) -> str:
    """The text in quotation marks, escaped and cut, fit for a sentence."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")
