"""What shows that an embargo was broken: kept as it is among the office's files, by its SHA-256; and who did it, without an
address, which would stand in the record for ever.
"""

from __future__ import annotations

from pathlib import Path

from sqlmodel import Session, select

from contacts.address import parse
from contacts.models import Journalist
from distro.editorial import assets
from distro.errors import Refused

LARGEST = 50 * 1024 * 1024


def named(session: Session, who: str) -> str:
    """ "contact:12" for a contact's address, else the words as they are. Raises Refused for an address that no contact has."""
    if "@" not in who:
        return who
    person = session.exec(select(Journalist.id).where(Journalist.canonical == parse(who).canonical)).first()
    if person is None:
        raise Refused(f"There is no contact {who!r}; name the outlet instead: an address would stand in the record for ever.")
    return f"contact:{person}"


def keep(evidence: str, data_dir: Path) -> str:
    """Keep the octets of a file of that name, or else the words; returns their SHA-256. Raises Refused: nothing, too large."""
    octets = _read(evidence)
    if not octets.strip():
        raise Refused("Say what shows it: --evidence 'https://…, seen at 14:05' or --evidence page.pdf.")
    return assets.keep(octets, data_dir)


def _read(evidence: str) -> bytes:
    path = Path(evidence)
    try:
        if not path.is_file():
            return evidence.encode()
        if path.stat().st_size > LARGEST:
            raise Refused(
                f"{evidence} is larger than {LARGEST >> 20} MB; keep what shows the breach, such as a picture of the page."
            )
        return path.read_bytes()
    except OSError as wrong:
        if "\n" in evidence or len(evidence) > 255:  # words, too long to be the name of a file
            return evidence.encode()
        raise Refused(f"{evidence} cannot be read: {wrong.strerror}.") from None
