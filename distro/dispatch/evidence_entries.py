"""Which entries go into an evidence bag, in the order of the record, each with its proof. Reads only."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlmodel import Session

from distro.archive import merkle
from distro.archive.bag import Bag
from distro.archive.findings import Finding
from distro.archive.ledger import Sealable, canonical, leaf_of
from distro.archive.proofs import Tree
from distro.dispatch.evidence_scope import PAGE, by_number


class Chosen:
    """Entries by their numbers and leaves: sixteen octets each, however many there are."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._numbers, self._leaves = array("q"), array("q")

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, entries: Iterable[Sealable]) -> list[Sealable]:
        """Choose these. Returns them in the order of the record."""
        found = list(entries)
        leaves = list(self._tree.leaves_of(entry.id for entry in found))
        self._numbers.extend(entry.id for entry in found)
        self._leaves.extend(leaves)
        return [entry for _, entry in sorted(zip(leaves, found, strict=True))]

    def leaves(self) -> Sequence[int]:
        """Where in the record they stand, in no order."""
        return self._leaves

    def pages(self) -> Iterator[list[tuple[int, int]]]:
        """Number and leaf of each, once, in the order of the record; some hundred at a time."""
        order = sorted(range(len(self)), key=self._leaves.__getitem__)
        page: list[tuple[int, int]] = []
        last = -1
        for place in order:
            if self._leaves[place] == last:
                continue
            last = self._leaves[place]
            page.append((self._numbers[place], last))
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page


def put_entries(
    bag: Bag, session: Session, tree: Tree, chosen: Chosen, root: bytes, went: Callable[[int], object]
) -> tuple[int, list[Finding]]:
    """Write entries and proofs. `went` is told how many were written. Returns how many there are, and which of them are not
    what was sealed under `root`: with them the bag does not verify."""
    written, altered = 0, list[Finding]()
    with bag.aside("data/proofs.jsonl") as prove, bag.stream("data/entries.jsonl") as write:
        for page in chosen.pages():
            entries = by_number(session, [number for number, _ in page])
            for number, leaf in page:
                octets, path = leaf_of(entries[number]), tree.proof(leaf)
                if not merkle.verify_inclusion(merkle.leaf_hash(octets), leaf, tree.size, path, root):
                    altered.append(Finding(f"Entry {number} about {entries[number].subject} is not what was sealed.", number))
                write(octets + b"\n")
                proof = [one.hex() for one in path]
                prove(canonical({"entry": number, "leaf": leaf, "proof": proof}).encode() + b"\n")
            written += len(page)
            went(len(page))
    return written, altered
