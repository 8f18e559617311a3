"""The time-stamps of an evidence bag: heads of the record that an authority stamped, each with its token and the proof that the
bag's checkpoint grew out of it. Reads only; whether an authority's signature holds is for OpenSSL.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlmodel import Session

from distro.archive.anchors import Token, stamped, token_of
from distro.archive.bag import Bag
from distro.archive.checkpoint import Checkpoint, Verifier, open_note
from distro.archive.ledger import canonical
from distro.archive.merkle import verify_consistency
from distro.archive.proofs import Tree
from distro.archive.verify import stamp_in
from distro.errors import Failed, Refused


@dataclass(frozen=True)
class Stamp:
    """A head of `size` entries, of which `here` are in the bag, was there by the hour `at`, rounded up to a second."""

    size: int
    at: datetime
    here: int


@dataclass(frozen=True)
class Stamps:
    """Those in the bag, the smallest head first. `unfit`: sizes of heads that ought to be there, but that verify.py would not
    accept: their token, their note or the tree is not what it was."""

    told: tuple[Stamp, ...] = ()
    unfit: tuple[int, ...] = ()


@dataclass(frozen=True)
class Bound:
    """What a head in the bag must fit: the tree that grew out of it, the checkpoint over that, and the key of both."""

    tree: Tree
    checkpoint: Checkpoint
    key: Verifier


def choose(sizes: Sequence[int], leaves: Iterable[int]) -> list[int]:
    """Which of these sizes of stamped heads, in their order, a bag with these leaves needs: for each leaf the first head that
    covers it, which says by when at the latest it was there; and the newest, whose certificate lasts longest."""
    first = {bisect_right(sizes, leaf) for leaf in leaves} | {len(sizes) - 1}
    return [size for number, size in enumerate(sizes) if number in first]


def put_anchors(bag: Bag, session: Session, bound: Bound, leaves: Sequence[int]) -> Stamps:
    """Write data/anchors/: of each chosen head its note, its token as it came, and the proof."""
    told, unfit, standing = [], [], sorted(set(leaves))
    for size in choose(stamped(session, bound.checkpoint.size), leaves):
        token, proof = token_of(session, size), bound.tree.growth(size)
        at = token and _hour(token, bound, size, proof)
        if token is None or at is None:
            unfit.append(size)
            continue
        bag.put(f"data/anchors/{size}.txt", token.note.encode())
        bag.put(f"data/anchors/{size}.tsr", token.token)
        bag.put(f"data/anchors/{size}.json", canonical({"proof": [one.hex() for one in proof]}).encode())
        told.append(Stamp(size, at, bisect_left(standing, size)))
    return Stamps(tuple(told), tuple(unfit))


def _hour(token: Token, bound: Bound, size: int, proof: Sequence[bytes]) -> datetime | None:
    """The hour that the token tells; None where verify.py would find a fault in it."""
    try:
        head = Checkpoint.read(open_note(token.note, [bound.key])[0])
        hour, imprint = stamp_in(token.token)
        at = datetime.fromisoformat(hour.removesuffix(" UTC")).replace(tzinfo=UTC)
    except (Failed, Refused, ValueError):
        return None
    new = bound.checkpoint
    fits = (head.origin, head.size, head.extensions) == (new.origin, size, ())
    grew = verify_consistency(size, new.size, proof, head.root, new.root)
    if not fits or not grew or imprint != sha256(token.note.encode()).hexdigest():
        return None
    return at + timedelta(microseconds=-at.microsecond % 1_000_000)
