"""Personal data in the archive: one table, one key per contact, the keys wrapped by the office's key.

Destroying a contact's key is erasure: the box stays, nobody opens it, and every proof over the entries stays valid.
Keyed hashes find people again without naming them. Owns no delivery and no contact; it is told ids.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Field, Session, SQLModel, col, select

from distro.archive.columns import BIG_ID, Micros, microseconds
from distro.bulk import in_parts, insert_rows, mark_of, rows_in, run
from distro.errors import Failed, Refused

KEY_FILE = "office.key"
_TRIED = 5
"""Keys that are looked at before the office's own is called wrong."""


class PersonKey(SQLModel, table=True):
    """A contact's key, wrapped. `wrapped` is None once it was destroyed."""

    __tablename__ = "person_key"

    contact_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    wrapped: bytes | None
    created_at: datetime = Field(sa_type=Micros)
    destroyed_at: datetime | None = Field(default=None, sa_type=Micros)


class Part(IntEnum):
    """What a box holds. The verbatim reply of attempt n stands at `reply_part(n)`.

    SLOTS: what of a copy cannot be derived from its delivery and recipient: its signatures. Absent where it has none.
    """

    RECIPIENT = 0
    SLOTS = 1


def reply_part(attempt: int) -> int:
    """The place of the reply to attempt 1, 2, …"""
    return Part.SLOTS + attempt


class Personal(SQLModel, table=True):
    """One sealed box: nonce, ciphertext and tag of AES-256-GCM, bound to its place (delivery and part) as associated data."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    delivery_id: int = Field(primary_key=True, sa_type=BIG_ID)
    part: int = Field(primary_key=True)
    contact_id: int
    box: bytes


class Keys:
    """The office's secrets, all derived from one file of 32 random octets."""

    def __init__(self, office: bytes) -> None:
        self._wrap = AESGCM(_derive(office, "wrap"))
        self._find = _keyed(_derive(office, "find"))
        self._once = _keyed(_derive(office, "once"))
        self._token = _keyed(_derive(office, "token"))
        self.ledger = _derive(office, "ledger")
        """32 octets: the Ed25519 key that signs the heads of the record (RFC 8032 calls them the private key)."""

    @classmethod
    def make(cls, folder: Path, octets: bytes | None = None) -> None:
        """Write a new office key, or this one of 32 octets, mode 0600, unless there is one."""
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(handle, "w") as file:
            file.write((octets or os.urandom(32)).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def load(cls, folder: Path) -> Keys:
        path = folder / KEY_FILE
        try:
            octets = bytes.fromhex(path.read_text().strip())
        except FileNotFoundError:
            raise Refused(
                f"The office's key {path} is not there; run `distro init`, or put the key back from your backup."
            ) from None
        except (ValueError, UnicodeDecodeError, PermissionError):
            octets = b""
        if len(octets) != 32:
            raise Refused(f"The office's key {path} cannot be read as 64 hex digits; put the key back from your backup.")
        return cls(octets)

    def address_hash(self, canonical: str) -> bytes:
        """16 octets that stand for an address, the same each time."""
        return _mac(self._find, "address", canonical)

    def name_hash(self, kind: str, folded: str) -> bytes:
        """16 octets that stand for what somebody is called, the same each time. `kind`: "name" or "outlet"."""
        return _mac(self._find, kind, folded)

    def stand_in(self, canonical: str) -> str:
        """What stands in for an address whose person was erased, where a text has to: see contacts.models.StandIn."""
        return stand_in_of(self.address_hash(canonical))

    def lane(self, domain: str) -> int:
        """A 31-bit number that stands for a domain."""
        return int.from_bytes(_mac(self._find, "lane", domain)[:4], "big") >> 1

    def once(self, release: int, version: str, purpose: str, ordinal: int, canonical: str) -> bytes:
        """16 octets: the same for the same person, text and purpose, whatever the wave."""
        return _mac(self._once, str(release), version, purpose, str(ordinal), canonical)

    def token_mac(self, purpose: str, message: bytes) -> bytes:
        """The 10-octet seal of a token that goes out in a mail (unsubscribe, bounce)."""
        mac = self._token.copy()
        mac.update(purpose.encode() + b"\0" + message)
        return mac.digest()[:10]

    def wrap(self, key: bytes, contact_id: int) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._wrap.encrypt(nonce, key, str(contact_id).encode())

    def unwrap(self, wrapped: bytes, contact_id: int) -> bytes:
        try:
            return self._wrap.decrypt(wrapped[:12], wrapped[12:], str(contact_id).encode())
        except InvalidTag:
            raise Failed(
                f"The key of contact {contact_id} does not open with this office's key; is office.key the right one?"
            ) from None


class Vault:
    """Seals and opens boxes in the caller's transaction."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def keys_for(self, session: Session, contacts: Iterable[int], at: datetime) -> dict[int, AESGCM]:
        """The ciphers of these contacts, making the keys that are missing; one whose key was destroyed has none."""
        wanted = list(dict.fromkeys(contacts))
        found: dict[int, AESGCM] = {}
        for chunk in in_parts(wanted):
            known = dict(
                session.exec(select(PersonKey.contact_id, PersonKey.wrapped).where(col(PersonKey.contact_id).in_(chunk))).all()
            )
            rows = []
            for contact in chunk:
                if contact not in known:
                    key = os.urandom(32)
                    rows.append((contact, self.keys.wrap(key, contact), microseconds(at)))
                    found[contact] = AESGCM(key)
                elif (wrapped := known[contact]) is not None:
                    found[contact] = AESGCM(self.keys.unwrap(wrapped, contact))
            insert_rows(session, PersonKey, ("contact_id", "wrapped", "created_at"), rows)
        return found

    def ciphers(self, session: Session, contacts: Iterable[int]) -> dict[int, AESGCM]:
        """The ciphers of these contacts; one whose key was destroyed is missing."""
        found: dict[int, AESGCM] = {}
        for chunk in in_parts(list(dict.fromkeys(contacts))):
            rows = session.exec(select(PersonKey.contact_id, PersonKey.wrapped).where(col(PersonKey.contact_id).in_(chunk)))
            for contact, wrapped in rows:
                if wrapped is not None:
                    found[contact] = AESGCM(self.keys.unwrap(wrapped, contact))
        return found

    def destroy(self, session: Session, contacts: Iterable[int], at: datetime) -> None:
        """Destroy the keys of these contacts. Where one has none yet, none can be made any more: what freezing has in hand of
        them is sealed by nothing."""
        mark = mark_of(session)
        for contact in contacts:
            run(
                session,
                "INSERT INTO person_key (contact_id, wrapped, created_at, destroyed_at) "  # noqa: S608
                f"VALUES ({mark}, NULL, {mark}, {mark}) ON CONFLICT (contact_id) DO UPDATE "
                "SET wrapped = NULL, destroyed_at = coalesce(person_key.destroyed_at, excluded.destroyed_at)",
                (contact, microseconds(at), microseconds(at)),
            )

    def seal(self, session: Session, boxes: Iterable[tuple[int, int, int, bytes]], ciphers: Mapping[int, AESGCM]) -> None:
        """Write boxes: (delivery id, part, contact id, plain octets)."""
        self.put(session, [(d, part, c, close(ciphers[c], d, part, plain)) for d, part, c, plain in boxes])

    def put(self, session: Session, boxes: Sequence[tuple[int, int, int, bytes]]) -> None:
        """Write boxes that `close` has closed already: (delivery id, part, contact id, box)."""
        insert_rows(session, Personal, ("delivery_id", "part", "contact_id", "box"), boxes)

    def people(self, session: Session, deliveries: Sequence[int]) -> dict[int, tuple[bytes, bytes] | Failed]:
        """What is sealed of these deliveries' recipients, each with the key of its contact; erased ones are missing. Failed for
        what does not open: one damaged box is no reason to lose sight of the others."""
        rows = rows_in(
            session,
            "SELECT p.delivery_id, p.contact_id, p.box, k.wrapped FROM personal p "
            "JOIN person_key k ON k.contact_id = p.contact_id WHERE p.part = 0 AND p.delivery_id",  # Part.RECIPIENT
            deliveries,
        )
        found: dict[int, tuple[bytes, bytes] | Failed] = {}
        for delivery, contact, box, wrapped in rows:
            if wrapped is None:
                continue
            try:
                key = self.keys.unwrap(wrapped, contact)
                found[delivery] = open_box(AESGCM(key), delivery, Part.RECIPIENT, box), key
            except Failed as wrong:
                found[delivery] = wrong
        return found

    def check(self, session: Session) -> None:
        """Raise Failed unless this office's key opens the key of the contact that came last: with another office's key nothing
        would open. One key that is damaged is not taken for that."""
        newest = select(PersonKey.wrapped, PersonKey.contact_id).where(col(PersonKey.wrapped).isnot(None))
        wrong: Failed | None = None
        for wrapped, contact in session.exec(newest.order_by(col(PersonKey.contact_id).desc()).limit(_TRIED)):
            try:
                self.keys.unwrap(wrapped or b"", contact)
            except Failed as why:
                wrong = why
            else:
                return
        if wrong is not None:
            raise wrong

    def open(
        self, session: Session, deliveries: Iterable[int], parts: Iterable[int] | None = None
    ) -> dict[tuple[int, int], bytes]:
        """What the boxes of these deliveries hold, by (delivery, part); erased ones are missing."""
        wanted = list(deliveries)
        opened: dict[tuple[int, int], bytes] = {}
        only = None if parts is None else list(parts)
        for chunk in in_parts(wanted):
            query = select(Personal.delivery_id, Personal.part, Personal.contact_id, Personal.box).where(
                col(Personal.delivery_id).in_(chunk)
            )
            if only is not None:
                query = query.where(col(Personal.part).in_(only))
            rows = session.exec(query).all()
            ciphers = self.ciphers(session, (contact for _, _, contact, _ in rows))
            for d, part, c, box in rows:
                if c in ciphers:
                    opened[d, part] = open_box(ciphers[c], d, part, box)
        return opened


def stand_in_of(address_hash: bytes) -> str:
    """`Keys.stand_in`, where the hash is known already."""
    return f"#{address_hash.hex()}"


def salt() -> bytes:
    """16 octets of chance, to be hashed along with what a guess could find."""
    return os.urandom(16)


def close(cipher: AESGCM, delivery: int, part: int, plain: bytes) -> bytes:
    """A box for its place: nonce, ciphertext and tag, bound to delivery and part."""
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, plain, b"%d/%d" % (delivery, part))


def open_box(cipher: AESGCM, delivery: int, part: int, box: bytes) -> bytes:
    """What a box holds at its place. Raises Failed where it does not open."""
    try:
        return cipher.decrypt(box[:12], box[12:], b"%d/%d" % (delivery, part))
    except InvalidTag:
        raise Failed(unopened(delivery, part)) from None


def unopened(delivery: int, part: int) -> str:
    """What is said of a box that does not open."""
    return f"The sealed part {part} of delivery {delivery} does not open: it was changed, or it is not in its place."


def _derive(office: bytes, purpose: str) -> bytes:
    """One use, one key (HKDF-Expand of RFC 5869 with a single block)."""
    return hmac.digest(office, b"distro " + purpose.encode() + b"\x01", "sha256")


def _keyed(key: bytes) -> hmac.HMAC:
    """HMAC-SHA-256 that has the key and no message yet. A copy of it costs less than to begin with the key each time, and there
    are three to each mail."""
    return hmac.new(key, digestmod="sha256")


def _mac(keyed: hmac.HMAC, *fields: str) -> bytes:
    """A keyed hash over fields of any content: each is preceded by its length, so that no two lists collide."""
    mac = keyed.copy()
    mac.update(b"".join([len(octets).to_bytes(4, "big") + octets for octets in map(str.encode, fields)]))
    return mac.digest()[:16]
