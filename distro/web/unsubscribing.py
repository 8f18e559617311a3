"""The two questions that the unsubscribe page asks of the store, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from distro.archive.vault import Vault
from distro.db import Store
from distro.dispatch.unsubscribe import Unsubscribed, look_up, unsubscribe

Look = Callable[[str], Awaitable[Unsubscribed | None]]
Do = Callable[[str, str], Awaitable[Unsubscribed | None]]


@dataclass(frozen=True)
class Unsubscribing:
    """`look(token)` changes nothing; `do(token, how)` unsubscribes."""

    look: Look
    do: Do


def from_store(store: Store, vault: Vault, now: Callable[[], datetime]) -> Unsubscribing:
    """The real ones: each in a short transaction of its own, in a thread."""

    def look_now(token: str) -> Unsubscribed | None:
        with store.read() as session:
            return look_up(session, vault, token)

    def do_now(token: str, how: str) -> Unsubscribed | None:
        with store.write() as session:
            return unsubscribe(session, vault, token, how=how, at=now())

    async def look(token: str) -> Unsubscribed | None:
        return await asyncio.to_thread(look_now, token)

    async def do(token: str, how: str) -> Unsubscribed | None:
        try:
            return await asyncio.to_thread(do_now, token, how)
        except IntegrityError:  # the same click twice at one instant: the other one has done it
            return await asyncio.to_thread(do_now, token, how)

    return Unsubscribing(look, do)
