"""What is sealed of deliveries, opened box by box; and why somebody is not shown: erased, disposed of, damaged. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session

from distro.archive.vault import Keys, Part, open_box, unopened
from distro.bulk import Row, rows_in
from distro.dispatch.recipient import Recipient
from distro.errors import Failed

ERASED, DISPOSED, DAMAGED = "erased", "disposed", "damaged"
"""Why a recipient is not shown: the person was erased, or two people disposed of what was personal of the delivery, or what is
sealed does not open or is not there."""

_BOXES = (
    "SELECT p.delivery_id, p.part, p.contact_id, p.box, k.contact_id, k.wrapped "
    "FROM personal p LEFT JOIN person_key k ON k.contact_id = p.contact_id WHERE p.delivery_id"
)


@dataclass
class Opened:
    """Of some deliveries.

    people    whom each is for
    boxes     what opens, by delivery and part
    closed    boxes that do not open, with the sentence that says so
    missing   why a delivery has nobody in `people`: ERASED, DISPOSED or DAMAGED
    disposal  the number of the disposal that took a delivery's boxes
    """

    people: dict[int, Recipient] = field(default_factory=dict)
    boxes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    closed: dict[tuple[int, int], Failed] = field(default_factory=dict)
    missing: dict[int, str] = field(default_factory=dict)
    disposal: dict[int, int] = field(default_factory=dict)


def open_all(session: Session, keys: Keys, deliveries: Sequence[int]) -> Opened:
    """Open every box of these deliveries; one that does not open, or a key that does not, keeps no other from being opened."""
    found = Opened()
    erased: set[int] = set()
    ciphers: dict[int, AESGCM | Failed] = {}
    for delivery, part, contact, box, known, wrapped in rows_in(session, _BOXES, deliveries):
        if known is not None and wrapped is None:
            erased.add(delivery)
            continue
        try:
            if contact not in ciphers:
                ciphers[contact] = _cipher(keys, contact, wrapped)
            cipher = ciphers[contact]
            if isinstance(cipher, Failed):
                found.closed[delivery, part] = cipher
            else:
                found.boxes[delivery, part] = open_box(cipher, delivery, part, box)
        except Failed as wrong:
            found.closed[delivery, part] = wrong
        except (TypeError, ValueError):  # no octets, or too few of them
            found.closed[delivery, part] = Failed(unopened(delivery, part))
    found.disposal = {item: number for item, number in _disposed(session, deliveries)}
    for delivery in deliveries:
        octets = found.boxes.get((delivery, Part.RECIPIENT))
        try:
            if octets is not None:
                found.people[delivery] = Recipient.read(octets)
                continue
        except (ValueError, TypeError, KeyError):
            pass
        gone = DISPOSED if delivery in found.disposal else ERASED if delivery in erased else DAMAGED
        found.missing[delivery] = gone
    return found


def _cipher(keys: Keys, contact: int, wrapped: bytes | None) -> AESGCM | Failed:
    try:
        return AESGCM(keys.unwrap(wrapped or b"", contact))
    except Failed as wrong:
        return wrong
    except (TypeError, ValueError):
        return Failed(f"The key of contact {contact} cannot be read.")


def _disposed(session: Session, deliveries: Sequence[int]) -> list[Row]:
    return rows_in(session, "SELECT item, disposal_id FROM disposed WHERE kind = 'deliveries' AND item", deliveries)
