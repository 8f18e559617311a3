"""A person has sealing go on from a store that does not grow out of what was signed last, and the record says who and why.

The word stands in the record; what lets sealing go on is the new head in the data folder. So an entry that somebody puts into
the database by hand lets nothing go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from distro.archive import lasthead
from distro.archive.heads import trusted
from distro.archive.ledger import Fact, for_the_record, record
from distro.archive.named import WENT_ON
from distro.archive.proofs import seal_all
from distro.archive.sealing import Signer, newest, objection
from distro.archive.standing import read_ours
from distro.db import Store
from distro.editorial.restored import STORE
from distro.errors import Refused
from distro.staff import Actor, Right


@dataclass(frozen=True)
class WentOn:
    """`size`: entries under the newest head now. `signed`: under the one that was signed last before, 0 where none was known.
    `why`: what stood against sealing."""

    size: int
    signed: int
    why: str


def go_on(store: Store, signer: Signer, *, actor: Actor, reason: str, at: datetime) -> WentOn:
    """Record a person's word, and seal what there is on top of the store as it is.

    reason  why the store is as it is; it stands in the record for ever
    Raises Refused: not allowed, no reason, or nothing stands against sealing. Failed where no head could follow even so.
    """
    actor.need(Right.KEEP, "have sealing go on from a store that is not what was signed")
    said = for_the_record(reason)
    if not said:
        raise Refused("Say why the store is not what was signed; the record keeps it.")
    against = objection(store, signer)
    if against is None:
        raise Refused("Nothing stands against sealing, so there is nothing to go on from; `distro archive seal` seals.")
    impossible = objection(store, signer, go_on=True)
    if impossible is not None:
        raise impossible
    note = lasthead.read(signer.folder)
    kept = read_ours(signer, note)
    with store.write() as session:
        head = trusted(session, signer)[1]
        payload = {
            "reason": said,
            "size": head.size if head else 0,
            "root": head.root if head else b"",
            "kept": note if kept else "",
        }
        record(session, Fact(at, actor.name, WENT_ON, STORE, payload))
    name = head or kept
    seal_all(store, replace(signer, origin=name.origin) if name else signer, at, thorough=True, go_on=True)
    with store.read() as session:
        last = newest(session)
    return WentOn(last.size if last else 0, kept.size if kept else 0, against.sentences[0])
