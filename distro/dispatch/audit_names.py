"""Whether people are found by the names that they had: what leads from a name to them, held against their boxes.

A question by a name would else deny that somebody was written to. Reads; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from distro.archive.findings import Finding
from distro.archive.names import known_among
from distro.archive.vault import Keys
from distro.dispatch.naming import names_of, unfindable
from distro.dispatch.recipient import Recipient

REMEDY = "`distro archive reindex` makes the hashes anew."
_MOST = 200_000
"""Names that are remembered as looked up: a list is written to again and again."""


class Names:
    """Looks names up, and remembers which were there."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._there: set[tuple[int, str, str]] = set()

    def not_found_by(self, session: Session, frozen: Sequence[tuple[int, int, Recipient]]) -> Iterator[Finding]:
        """Of these (delivery, contact, recipient), those who are not found by their name, or outlet. None while there are waves
        from before there were hashes: a question by name refuses to answer then, and `distro init` makes them."""
        if unfindable(session):
            return
        new = [one for one in frozen if (one[1], one[2].name, one[2].outlet) not in self._there]
        hashes = {delivery: names_of(self._keys, contact, recipient) for delivery, contact, recipient in new}
        wanted = sorted({pair for pairs in hashes.values() for pair in pairs})
        there = known_among(session, wanted) if wanted else set()
        for delivery, contact, recipient in new:
            if not there.issuperset(hashes[delivery]):
                what = f"Contact {contact} is not found by the name, or the outlet, that they had in delivery {delivery}"
                yield Finding(f"{what}. {REMEDY}", delivery=delivery)
            elif len(self._there) < _MOST:
                self._there.add((contact, recipient.name, recipient.outlet))
