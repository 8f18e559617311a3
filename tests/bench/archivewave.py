"""Deliveries of an invented archive: put in as freezing does, and changed as the outcomes of a wave do."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from distro.archive.columns import microseconds
from distro.archive.copies import Skeleton, StoredSkeleton
from distro.archive.ledger import Fact, record, record_ready
from distro.archive.names import known_as
from distro.archive.vault import Keys, Part, Vault, close, reply_part, salt
from distro.bulk import insert_rows, update_rows
from distro.config import Office
from distro.db import Store
from distro.dispatch.attempts import MAILER, Told, accepted, base64, seal_of
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.freeze import _OWN, _SAME
from distro.dispatch.frozen import FOR_GOOD, sum_of_recipients, sum_of_rows
from distro.dispatch.recipient import Recipient
from distro.dispatch.slots import slots_of
from distro.editorial.plan import Purpose, Wave
from distro.editorial.release import Version
from distro.mail.compile import compile_letter
from distro.mail.dkimfield import COVERED, Signer, covered_names, mask_of, packed_head, unpack
from distro.mail.letter import Letter
from distro.mail.stamp import SIGNATURE, listed
from distro.staff import ROBOT
from tests.bench.wording import Writer

PAGE = 1000
EACH = timedelta(milliseconds=1)
"""Between two copies of a wave."""


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    address: str
    outlet: str
    address_hash: bytes
    lane: int
    language: str
    cipher: AESGCM
    names: tuple[tuple[bytes, int], ...]
    agreement: int | None


@dataclass(frozen=True)
class Frozen:
    """A delivery before its outcome."""

    id: int
    person: Person
    language: str
    segments: str
    once: bytes
    recipient: bytes


class Deliveries:
    """Writes them, numbered from 1 on."""

    def __init__(self, store: Store, keys: Keys, writer: Writer, chance: random.Random, *, signed: bool = False) -> None:
        self._store, self._keys, self._writer, self._chance = store, keys, writer, chance
        self._vault = Vault(keys)
        self._office, self._signed = Office(), signed
        self._letters: dict[tuple[str, str], Skeleton] = {}
        self._compiled: dict[str, Skeleton] = {}
        self.next = 1

    def freeze(
        self, wave: Wave, version: Version, purpose: Purpose, names: tuple[str, ...], page: list[Person]
    ) -> list[Frozen]:
        """As freeze.freeze_some writes a page."""
        same = (wave.id, microseconds(wave.at), State.PENDING.value, "", 0, 0, False, True)
        found, rows, boxes = [], [], []
        for person in page:
            once = self._keys.once(wave.release_id, version.hash, purpose.value, 1, person.address)
            segments = "\n".join(name for n, name in enumerate(names) if n == person.id % len(names) or person.id % 7 == n)
            octets = Recipient(person.name, person.address, person.address, person.outlet, salt()).octets
            own = (person.id, once, person.address_hash, person.language, False, segments, person.lane)
            rows.append((self.next, *own, *same))
            boxes.append((self.next, Part.RECIPIENT, person.id, close(person.cipher, self.next, Part.RECIPIENT, octets)))
            found.append(Frozen(self.next, person, person.language, segments, once, octets))
            self.next += 1
        with self._store.write() as session:
            insert_rows(session, Delivery, ("id", *_OWN, *_SAME), rows)
            self._vault.put(session, boxes)
            known_as(session, [row for person in page for row in person.names])
            said = {
                "deliveries": [found[0].id, found[-1].id],
                "count": len(found),
                "recipients": sum_of_recipients(hashlib.sha256(one.recipient).digest() for one in found),
                "rows": sum_of_rows(row[1 : 1 + len(FOR_GOOD)] for row in rows),
            }
            record(session, Fact(wave.prepared_at or wave.at, ROBOT, "wave.frozen", f"wave:{wave.id}", said | {"left_out": {}}))
        return found

    def keep_letters(
        self, wave_id: int, at: datetime, wanted: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[int, Skeleton]]:
        """A letter for each language and list. Compiled once and kept for each wave: here it is their octets that count."""
        kept = {}
        with self._store.write() as session:
            for language, list_name in sorted(wanted):
                if (language, list_name) not in self._letters:
                    skeleton = self._letter(language).fix(listed(list_name, self._office))
                    self._letters[language, list_name] = skeleton
                skeleton = self._letters[language, list_name]
                stored = StoredSkeleton.of(wave_id, language, list_name, skeleton, at)
                session.add(stored)
                session.flush()
                kept[language, list_name] = stored.id or 0, skeleton
        return kept

    def _letter(self, language: str) -> Skeleton:
        if language not in self._compiled:
            content = self._writer.content("letter", date(2022, 1, 3), None)
            letter = Letter(self._office, "", content.sha256(), "general", 1, language, audience="Everybody")
            self._compiled[language] = compile_letter(content, letter)
        return self._compiled[language]

    def settle(
        self,
        wave: int,
        at: datetime,
        purpose: Purpose,
        basis: str,
        letters: dict[tuple[str, str], tuple[int, Skeleton]],
        page: list[Frozen],
        done: int,
    ) -> None:
        """As marks and outcomes write a copy: most are accepted, a few end otherwise."""
        changes: list[tuple[object, ...]] = []
        boxes: list[tuple[int, int, int, bytes]] = []
        entries = []
        for n, f in enumerate(page, done):
            when, luck = at + EACH * n, self._chance.random()
            if luck < 0.006:
                state = State.SUPPRESSED if luck < 0.003 else State.CANCELLED
                changes.append((f.id, state.value, "", None, 0, False, None, None, None, False))
                entries.append(Fact(when, ROBOT, f"delivery.{state}", f"delivery:{f.id}", {"wave": wave}).row())
                continue
            permit = f"agreement:{f.person.agreement}" if purpose is Purpose.ADVANCE else basis
            letter, skeleton = letters[f.language, f.segments.partition("\n")[0]]
            slots = self._slots(f, wave, when)
            if self._signed:
                kept = self._signature(when)
                slots[SIGNATURE] = unpack(kept)
                boxes.append((f.id, Part.SLOTS, f.person.id, close(f.person.cipher, f.id, Part.SLOTS, kept)))
            copy = skeleton.fill(slots)
            digest = hashlib.sha256(copy).digest()
            for state, attempt, told in _course(luck, permit):
                text = f"{told.said or '250 2.0.0'} Ok: queued as {f.id:010X}"
                sealed = seal_of(f.recipient, text.encode())
                boxes.append((f.id, reply_part(attempt), f.person.id, self._close(f, reply_part(attempt), text)))
                heard = when + timedelta(minutes=30 * (attempt - 1))
                if state is State.ACCEPTED and attempt == 1:
                    payload = accepted(1, permit, "250 2.0.0", sealed, base64(digest), wave)
                    entries.append((microseconds(heard), MAILER, "delivery.accepted", f"delivery:{f.id}", payload))
                else:
                    said = told.payload(wave=wave, digest=digest, sealed=sealed)
                    entries.append(Fact(heard, MAILER, f"delivery.{state}", f"delivery:{f.id}", said).row())
            taken = microseconds(heard) if state is State.ACCEPTED else None
            doubt = state is State.HELD
            changes.append((f.id, state.value, permit, letter, attempt, doubt, digest, microseconds(when), taken, True))
        with self._store.write() as session:
            update_rows(session, Delivery, _CHANGED, changes, _CHANGE)
            self._vault.put(session, boxes)
            record_ready(session, entries)

    def _slots(self, f: Frozen, wave: int, when: datetime) -> dict[str, str]:
        return slots_of(self._keys, Recipient.read(f.recipient), wave=wave, delivery=f.id, once=f.once, stamped_at=when)

    def _signature(self, when: datetime) -> bytes:
        """A DKIM signature of RSA-2048 as it is kept: its octets by chance, in the form and length of a real one."""
        head = packed_head(mask_of(covered_names(COVERED)), int(when.timestamp()), self._chance.randbytes(32), 1)
        return head + Signer("rsa-sha256", self._office.mail_domain, "distro1").packed(self._chance.randbytes(256))

    def _close(self, f: Frozen, part: int, text: str) -> bytes:
        return close(f.person.cipher, f.id, part, text.encode())


_CHANGED = ("id", "state", "basis", "skeleton_id", "attempts", "doubt", "sha256", "stamped_at", "accepted_at", "live")
_CHANGE = (
    f"SET {', '.join(f'{name} = v.{name}' for name in _CHANGED[1:])}, due_at = NULL, fence = 1 FROM v WHERE delivery.id = v.id"
)


def _course(luck: float, permit: str) -> Iterator[tuple[State, int, Told]]:
    """The tries of one copy, each with the state that it led to."""
    if luck < 0.014:
        yield State.REFUSED, 1, Told(1, "rcpt", "", "550 5.1.1", "hard")
    elif luck < 0.016:
        yield State.DEFERRED, 1, Told(1, "dot", permit, "451 4.3.0", "soft")
        yield State.EXPIRED, 2, Told(2, "dot", permit, "451 4.3.0", "soft")
    elif luck < 0.017:
        yield State.HELD, 1, Told(1, "dot", permit, "", "silent")
    elif luck < 0.02:
        yield State.DEFERRED, 1, Told(1, "dot", permit, "451 4.3.0", "soft")
        yield State.ACCEPTED, 2, Told(2, "dot", permit, "250 2.0.0")
    else:
        yield State.ACCEPTED, 1, Told(1, "dot", permit, "250 2.0.0")
