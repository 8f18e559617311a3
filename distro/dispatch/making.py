"""From claims to jobs that are ready to leave: opened, filled in, signed and hashed. The same in the bot's loop, in a thread
and in a maker."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from distro import clock
from distro.archive.copies import Skeleton
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.claims import Claimed
from distro.dispatch.job import Job, Launched, find_letters, load, make_copies
from distro.dispatch.letters import kept_letter, letter_by_id, letter_of
from distro.mail.dkim import Signing
from distro.writer import Reader

_LETTERS_KEPT = 100


class NotCompiled(Exception):
    """A letter of this wave is not there."""

    def __init__(self, wave: int) -> None:
        super().__init__(f"a letter of wave {wave} is not compiled")
        self.wave = wave


class Making:
    """Reads the store, and where it may compile writes a letter there that was not compiled yet. Safe to use from several
    threads."""

    def __init__(self, store: Store, vault: Vault, config: Config, signing: Signing | None) -> None:
        self.dialect = store.dialect
        self.signs = signing is not None
        self._store, self._vault, self._config = store, vault, config
        self._signing = signing
        self._letters: dict[object, tuple[int, Skeleton]] = {}
        self._waves: Launched = {}
        self._compiling = Lock()
        self._reader, self._reading = Reader(store), Lock()

    def open(self, claimed: Sequence[Claimed], *, compiles: bool = False, patient: bool = True) -> list[Job]:
        """Jobs that lack nothing but their copies. Raises what the store raises, and NotCompiled unless it `compiles`.
        `patient`: see Writer.transaction."""
        with self._reading, self._reader.transaction(patient=patient) as session:
            jobs, kept = load(session, self._vault, claimed, self._waves)
        find_letters(jobs, kept, lambda c: self._letter_for(c, compiles=compiles))
        return jobs

    def make(self, jobs: Sequence[Job]) -> None:
        """The copies of those that have none yet. Reads nothing, and waits for nobody."""
        make_copies(jobs, self._config.office, self._vault.keys, self._signing, clock.now)

    def make_ready(self, claimed: Sequence[Claimed], *, compiles: bool = True) -> list[Job]:
        """Both. Raises as `open` does."""
        jobs = self.open(claimed, compiles=compiles)
        self.make(jobs)
        return jobs

    def close(self) -> None:
        """Let go of its connection. What it is asked later opens another."""
        with self._reading:
            self._reader.close()

    def letter(self, skeleton_id: int) -> Skeleton | None:
        """One that was used lately, without asking the store; else None."""
        found = self._letters.get(skeleton_id)
        return None if found is None else found[1]

    def fetch(self, skeleton_id: int) -> Skeleton:
        """One that a maker used, from the store, remembered."""
        found = letter_by_id(self._store, skeleton_id)
        with self._compiling:
            self._remember(skeleton_id, found)
        return found[1]

    def _letter_for(self, c: Claimed, *, compiles: bool) -> tuple[int, Skeleton]:
        """Compiling is done by one thread, and the others wait."""
        key = c.letter
        with self._compiling:
            found = self._letters.get(key)
            if found is None:
                if c.skeleton_id is not None:
                    found = letter_by_id(self._store, c.skeleton_id)
                elif not compiles:
                    found = kept_letter(self._store, c.wave_id, c.language, c.list_name)
                    if found is None:
                        raise NotCompiled(c.wave_id)
                else:
                    found = letter_of(self._store, self._config, c.wave_id, c.language, c.list_name, clock.now())
                self._remember(key, found)
        return found

    def _remember(self, key: object, letter: tuple[int, Skeleton]) -> None:
        if len(self._letters) > _LETTERS_KEPT:
            self._letters.clear()
        self._letters[key] = letter
