"""What an e-mail address is here: how it is written on the wire, and what makes two spellings one mailbox.

Syntax is email-validator's (RFC 5322, 6531, 5891); whether a mailbox exists is for the mail servers to say.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from contacts.errors import Refused

MOST_OCTETS = 254
"""RFC 5321 4.5.3.1.3 (a path of 256 octets holds two angle brackets), counted in UTF-8."""


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
    try:
        valid = validate_email(bare, check_deliverability=False, test_environment=True)
    except EmailNotValidError as wrong:
        raise Refused(f"{shown(bare)} is not an address: {wrong}") from wrong
    ascii_local = valid.local_part.isascii()
    domain = valid.ascii_domain.lower()
    written = f"{valid.local_part}@{domain if ascii_local else valid.domain}"
    canonical = f"{_folded_local(valid.local_part)}@{domain}"
    if max(len(written.encode()), len(canonical.encode())) > MOST_OCTETS:
        raise Refused(f"The address {shown(bare)} is longer than {MOST_OCTETS} octets.")
    return Address(written, canonical, domain, not ascii_local)


def _folded_local(local: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())


def shown(text: str, most: int = 80) -> str:
    """The text in quotation marks, escaped and cut, fit for a sentence."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")
