"""Claims made ready in threads, before a line takes them: opened, filled in and signed. Sends nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from sqlalchemy.exc import DBAPIError

from distro import clock
from distro.archive.copies import Skeleton
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.claims import Claimed
from distro.dispatch.groupcommit import PAUSES, may_pass, said_by
from distro.dispatch.job import Job, Launched, load, make_ready
from distro.dispatch.letters import letter_by_id, letter_of
from distro.log import log
from distro.mail.dkim import Signing

_LETTERS_KEPT = 100
_SIGNED_AT_ONCE = 16
"""Copies that a thread signs before it hands them over."""


class Preparing:
    """`under_way`: how many claims of each wave are being made ready. `take_in` gets what is."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        config: Config,
        signing: Signing | None,
        take_in: Callable[[list[Job]], None],
        stopping: asyncio.Event,
    ) -> None:
        self.under_way: Counter[int] = Counter()
        self._store, self._vault, self._config = store, vault, config
        self._signing = signing
        self._take_in, self._stopping = take_in, stopping
        self._letters: dict[object, tuple[int, Skeleton]] = {}
        self._waves: Launched = {}
        self._compiling = Lock()
        self._threads = ThreadPoolExecutor(config.limits.signing_threads if signing is not None else 1, "prepare")

    def begin(self, claimed: list[Claimed], tasks: asyncio.TaskGroup) -> None:
        """Signing takes several times as long as all the rest, and lets other threads run: it goes in small parts, so that
        lines and threads are busy side by side."""
        self.under_way.update(c.wave_id for c in claimed)
        size = len(claimed) if self._signing is None else _SIGNED_AT_ONCE
        for start in range(0, len(claimed), size):
            tasks.create_task(self._prepare(claimed[start : start + size]), name="prepare")

    def close(self) -> None:
        self._threads.shutdown()

    async def _prepare(self, claimed: list[Claimed]) -> None:
        jobs, tries = None, 0
        while jobs is None:
            try:
                jobs = await asyncio.get_running_loop().run_in_executor(self._threads, self._make_ready, claimed)
            except DBAPIError as wrong:  # a connection lost, or the letter that another bot wrote just now
                if not may_pass(wrong, tries):
                    raise
                log().error("store.unreadable", reason=said_by(wrong), waiting=len(claimed), tries=tries + 1)
                if self._stopping.is_set():
                    return  # they are taken back at the next start
                await asyncio.sleep(min(1.0, PAUSES[min(tries, len(PAUSES) - 1)]))
                tries += 1
        self._take_in(jobs)
        self.under_way.subtract(c.wave_id for c in claimed)
        self.under_way += Counter()  # without the zeros

    def _make_ready(self, claimed: list[Claimed]) -> list[Job]:
        with self._store.read() as session:
            jobs, kept = load(session, self._vault, claimed, self._waves)
        make_ready(jobs, kept, self._letter, self._config.office, self._vault.keys, self._signing, clock.now)
        return jobs

    def _letter(self, c: Claimed) -> tuple[int, Skeleton]:
        """Compiling is done by one thread, and the others wait."""
        key = c.skeleton_id or (c.wave_id, c.language, c.list_name)
        with self._compiling:
            found = self._letters.get(key)
            if found is None:
                if c.skeleton_id is not None:
                    found = letter_by_id(self._store, c.skeleton_id)
                else:
                    found = letter_of(self._store, self._config, c.wave_id, c.language, c.list_name, clock.now())
                if len(self._letters) > _LETTERS_KEPT:
                    self._letters.clear()
                self._letters[key] = found
        return found
