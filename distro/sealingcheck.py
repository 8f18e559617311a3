"""Can the record be sealed? Looks at the newest head, its tree, and the head that was signed last here; signs nothing."""

from __future__ import annotations

from distro.archive.sealing import Signer, objection
from distro.archive.vault import Keys
from distro.checkup import Check, bad, ok
from distro.config import Config
from distro.db import Store
from distro.errors import Failed


def look_at_sealing(store: Store, config: Config, keys: Keys) -> Check:
    """Whether the next entries can be put under a signed head that grows out of the last."""
    try:
        against = objection(store, Signer.of(keys.ledger, config.office.mail_domain, config.storage.data_dir))
    except Failed as wrong:
        against = wrong
    if against is None:
        return ok("sealing", "The record stands under a head of this office, and can be sealed.")
    return bad("sealing", against.sentences[0], " ".join(against.sentences[1:]))
