"""Which head of the record anybody may see: one that changes at most once a period.

The newest one would tell a stranger who asks each second when the office sends, and how much, embargoed releases among it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from distro.archive.anchors import Head, head_of, published
from distro.archive.sealing import Signer
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.web.app import Published

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_store(store: Store, vault: Vault, config: Config, now: Callable[[], datetime]) -> Published | None:
    """None where the settings do not ask for it. What is found is kept until the next period begins."""
    if not config.anchors.publish:
        return None
    signer, every = Signer.of(vault.keys.ledger, config.office.mail_domain), timedelta(hours=config.anchors.every_hours)
    known: dict[datetime, Head] = {}

    def show() -> Head | None:
        start = start_of_period(now(), every)
        head = known.get(start)
        if head is None:
            with store.read() as session:
                stored = published(session, start)
            if stored is None:
                return None
            head = head_of(stored, signer)
            known.clear()
            known[start] = head
        return head

    return show


def start_of_period(now: datetime, every: timedelta) -> datetime:
    """Periods are counted from 1970 UTC, so that all servers of an office show the same."""
    return now - (now - _EPOCH) % every
