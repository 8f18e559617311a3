"""Who says that the record had which head: a checkpoint kept elsewhere, the data folder, entries. Each is a claim for the audit
to hold against the tree, or a finding at once where the record does not reach so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from distro.archive.checkpoint import Checkpoint, Verifier
from distro.archive.findings import Finding
from distro.archive.heads import Claim, kept_elsewhere
from distro.archive.lasthead import NAMED
from distro.archive.ledger import Sealable
from distro.archive.named import named_by
from distro.archive.sealing import Signer
from distro.archive.standing import read_ours


def by_file(name: str, text: str, verifier: Verifier, size: int) -> Claim | Finding:
    """By a checkpoint in a file, of a record whose newest head counts `size`. Raises Refused for what is no checkpoint."""
    found = kept_elsewhere(text, name, verifier)
    return Finding(found) if isinstance(found, str) else _claim(f"the checkpoint in {name}", name, found, size)


def by_data_folder(text: str, signer: Signer, origin: str | None, size: int) -> Claim | Finding:
    """By the head that was signed last here, of the record of this name; of any where the store has no head."""
    found = read_ours(signer, text, origin)
    if found is None:
        return Finding(f"{NAMED} is no head of this record that this office's key signed.")
    return _claim(f"the head that was signed last here ({NAMED})", NAMED, found, size)


def _claim(who: str, name: str, found: Checkpoint, size: int) -> Claim | Finding:
    if found.size > size:
        return Finding(f"The record was cut: {who} counts {found.size} entries, the record has {size}.")
    rewritten = f"The record was rewritten: its first {found.size} entries are not those that {name} is of."
    return Claim(found.size, found.root, rewritten)


def by_entries(entries: Iterable[Sealable], size: int) -> Iterator[Claim | Finding]:
    """By entries that name a head."""
    for entry in entries:
        which = f"ntry {entry.id} ({entry.kind})"
        try:
            found = named_by(entry)
        except ValueError:
            yield Finding(f"E{which} does not say of which head it is.", entry=entry.id)
            continue
        if found is None:
            continue
        if 0 < found.size <= size:
            rewritten = f"The record was rewritten: its first {found.size} entries are not those that e{which} names."
            yield Claim(found.size, found.root, rewritten, entry.id)
        else:
            what = f"E{which} names a head of {found.size} entries, and the newest that is there counts {size}."
            yield Finding(what, entry=entry.id)
