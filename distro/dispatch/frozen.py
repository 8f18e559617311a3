"""What an entry about freezing commits to: a page of a wave's deliveries, whom they are for, and what their rows hold for good.

`freeze` writes it, the audit holds rows against it. Reads; writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from distro.archive.findings import Finding
from distro.archive.ledger import canonical
from distro.bulk import rows_in, run
from distro.editorial.plan import Wave

FOR_GOOD = ("contact_id", "once", "address_hash", "language", "fallback", "segments")
"""Columns of a delivery that are written when it is frozen and never again, and that answers hang on."""

_WAVES = 500
_BOOLEANS = {0: False, 1: True}
"""As SQLite has them. Whatever else stands there was put there by hand, and stays what it is."""


@dataclass(frozen=True)
class Frozen:
    """A page of a wave's audience as an entry has it: so many deliveries from `first` to `last`, and one hash over all of their
    recipients. `rows`: one over what their rows hold for good; "" in entries that are older than it."""

    entry: int
    wave: int
    first: int
    last: int
    count: int
    recipients: str
    rows: str = ""


def sum_of_recipients(digests: Iterable[bytes]) -> str:
    """One hash over the SHA-256 of each recipient, in the order of the deliveries."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


def sum_of_rows(rows: Iterable[Sequence[object]]) -> str:
    """One hash over the values of FOR_GOOD of each delivery, in the order of the deliveries. "" where they have no canonical
    form, which no row has that was written by us."""
    told = [
        [contact, _hex(once), _hex(address), language, _BOOLEANS.get(fallback, fallback), segments]  # type: ignore[call-overload]
        for contact, once, address, language, fallback, segments in rows
    ]
    try:
        return hashlib.sha256(canonical(told).encode()).hexdigest()
    except (TypeError, ValueError):
        return ""


def _hex(octets: object) -> object:
    return octets.hex() if isinstance(octets, bytes) else octets


def frozen(session: Session, findings: list[Finding]) -> Iterator[Frozen]:
    """What was frozen, wave after wave."""
    waves = session.exec(select(Wave.id).order_by(col(Wave.id))).all()
    for start in range(0, len(waves), _WAVES):
        subjects = [f"wave:{number}" for number in waves[start : start + _WAVES]]
        rows = rows_in(session, "SELECT id, subject, kind, payload FROM entry WHERE subject", subjects)
        for entry, subject, kind, payload in sorted(rows):
            if kind != "wave.frozen":
                continue
            try:
                told = json.loads(payload)
                if told["count"]:
                    first, last = map(int, told["deliveries"])
                    wave, rows_sum = int(subject.partition(":")[2]), str(told.get("rows", ""))
                    yield Frozen(entry, wave, first, last, int(told["count"]), str(told["recipients"]), rows_sum)
            except (ValueError, KeyError, TypeError):
                findings.append(Finding(f"Entry {entry} about {subject} cannot be read.", entry=entry))


def out_of_bounds(session: Session, parts: Iterable[Frozen]) -> Iterator[Finding]:
    """Waves whose row does not say between which numbers their deliveries are: questions look nowhere else."""
    bounds: dict[int, tuple[int, int]] = {}
    for part in parts:
        first, last = bounds.get(part.wave, (part.first, part.last))
        bounds[part.wave] = min(first, part.first), max(last, part.last)
    for wave, first, last in run(session, "SELECT id, first_delivery, last_delivery FROM wave ORDER BY id", ()):
        expected = bounds.get(wave)
        if (first, last) != (expected or (None, None)):
            what = "no delivery" if expected is None else f"the deliveries {expected[0]} to {expected[1]}"
            yield Finding(f"Wave {wave} names the deliveries {first} to {last} as its own; by its entries it has {what}.")
