"""A store that was filled before the third migration goes on: its archive is read, and its retries carry what they carried."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from alembic import command
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import bindparam, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from contacts.models import Journalist
from distro.archive import verify
from distro.archive.ledger import Fact, canonical, record
from distro.archive.vault import close
from distro.db import Store
from distro.dispatch import letters
from distro.dispatch.audit_facts import audit_facts
from distro.dispatch.delivery import Delivery
from distro.dispatch.evidence import Archive, export
from distro.dispatch.recipient import message_id
from distro.editorial.audit_words import audit_words
from distro.editorial.plan import Wave, WaveState
from distro.editorial.release import Version
from distro.errors import Failed
from distro.mail import tokens
from distro.mail.stamp import Addressee, slots
from distro.migrations import alembic_config, is_current, migrate
from distro.schema import differences
from tests.acceptance import process
from tests.auditing import audited, tamper
from tests.office import WRITER, Office, now
from tests.sink import Sink

ADA, BEA, CAL, DOT = "ada@daily.example.com", "bea@diario.example.net", "cal@radio.example.org", "dot@daily.example.com"
REPLY = "250 2.0.0 Ok: queued as 00000A"
_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, which `Filled` takes back to where the second migration left it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'older.db'}"
    else:
        uri: str = request.getfixturevalue("postgres")
        name = f"older{next(_numbers)}"
        with psycopg.connect(uri, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        url = uri.replace("/postgres?", f"/{name}?")
    store = Store(url)
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def office(older: Store, sink: Sink, tmp_path: Path) -> Office:
    """Four readers."""
    office = Office(older, tmp_path / "data", sink.port)
    for address in (ADA, BEA, CAL, DOT):
        office.contact(address, languages="en", tier="1", outlet="Daily Example")
    office.segment("All", "tier<=9")
    return office


class Filled:
    """Approves a wave, takes the store back to the second migration, and puts into it what the code of then would have put
    there. `copies`: those that were stamped, by address."""

    def __init__(self, office: Office) -> None:
        (self.wave,) = office.send()
        self.copies: dict[str, bytes] = {}
        self.at = now().replace(microsecond=123457) - timedelta(minutes=10)
        self._office = office
        self._skeleton = letters._compile(office.store, office.config, self.wave, "en")
        command.downgrade(alembic_config(office.store), "0002")
        with office.write() as session:
            launched = {"state": WaveState.SENDING.value, "launched_at": self.at, "prepared_at": self.at}
            session.connection().execute(update(Wave).where(col(Wave.id) == self.wave).values(**launched))
            _insert(
                session,
                "skeleton",
                wave_id=self.wave,
                language="en",
                sha256=self._skeleton.sha256,
                pieces=self._skeleton.to_json(),
                compiled_at=self.at,
            )
            people = session.exec(select(Journalist).order_by(col(Journalist.id))).all()
            recipients = hashlib.sha256(b"".join(hashlib.sha256(_octets(_whom(person))).digest() for person in people))
            for what, told in (
                ("prepare", {"release": 1, "purpose": "general", "from": "armed", "to": "preparing"}),
                ("frozen", {"deliveries": [1, len(people)], "count": len(people), "recipients": recipients.hexdigest()}),
                ("launch", {"release": 1, "purpose": "general", "from": "preparing", "to": "sending"}),
            ):
                record(session, Fact(self.at, "robot:scheduler", f"wave.{what}", f"wave:{self.wave}", told))
            for person, state in zip(people, ("accepted", "deferred", "pending", "cancelled"), strict=True):
                self._deliver(session, person, state)

    def _deliver(self, session: Session, person: Journalist, state: str) -> None:
        """One delivery; its number is that of its contact."""
        keys, number = self._office.vault.keys, person.id or 0
        version = session.get_one(Version, 1).hash
        key, once = bytes([number]) * 32, keys.once(1, version, "general", 1, person.canonical)
        _insert(session, "person_key", contact_id=number, wrapped=keys.wrap(key, number), created_at=self.at)
        filled = self._slots(person, once)
        octets = self._skeleton.fill(filled)
        stamped = state in ("accepted", "deferred")
        _insert(
            session,
            "delivery",
            wave_id=self.wave,
            contact_id=number,
            once=once,
            address_hash=keys.address_hash(person.canonical),
            lane=7,
            language="en",
            fallback=False,
            segments="All",
            state=state,
            basis="immediate" if stamped else "",
            due_at=self.at if state in ("deferred", "pending") else None,
            fence=int(stamped),
            attempts=int(stamped),
            doubt=False,
            skeleton_id=1 if stamped else None,
            sha256=hashlib.sha256(octets).digest() if stamped else None,
            stamped_at=self.at if stamped else None,
            accepted_at=self.at if state == "accepted" else None,
        )
        self._seal(session, number, 0, _whom(person), key)
        if stamped:
            self.copies[person.address] = octets
            self._seal(session, number, 1, filled, key)
            self._attempt(session, number, state, key, octets)

    def _slots(self, person: Journalist, once: bytes) -> dict[str, str]:
        number = person.id or 0
        filled = slots(
            Addressee(
                name=person.name,
                address=person.address,
                list_name="All",
                message_id=message_id(once),
                token=tokens.make(self._office.vault.keys, "u", number),
                bounce_token="",
                date=self.at,
                reference=f"{self.wave}-{number}",
            ),
            self._office.config.office,
        )
        return {name: value for name, value in filled.items() if name in self._skeleton.slots}

    def _attempt(self, session: Session, number: int, state: str, key: bytes, octets: bytes) -> None:
        text, code, enhanced = (REPLY, 250, "2.0.0") if state == "accepted" else ("451 4.3.0 Later", 451, "4.3.0")
        self._seal(session, number, 2, {"text": text, "salt": "cd" * 16}, key)
        _insert(
            session,
            "attempt",
            delivery_id=number,
            ordinal=1,
            at=self.at,
            outcome=state,
            phase="dot",
            code=code,
            enhanced=enhanced,
            uncertain=False,
            permit="immediate",
        )
        told: dict[str, object] = {
            "attempt": 1,
            "phase": "dot",
            "code": code,
            "class": "soft",
            "reply": "0" * 64,
            "to": "0" * 64,
        }
        told |= {"wave": self.wave, "permit": "immediate", "enhanced": enhanced, "sha256": hashlib.sha256(octets).digest()}
        record(session, Fact(self.at, "robot:scheduler", f"delivery.{state}", f"delivery:{number}", told))

    def _seal(self, session: Session, number: int, part: int, plain: dict[str, str], key: bytes) -> None:
        box = close(AESGCM(key), number, part, _octets(plain))
        _insert(session, "personal", delivery_id=number, part=part, contact_id=number, box=box)


def _whom(person: Journalist) -> dict[str, str]:
    whom = {"name": person.name, "address": person.address, "canonical": person.canonical}
    return whom | {"outlet": "Daily Example", "salt": "ab" * 16}


def _octets(plain: dict[str, str]) -> bytes:
    return canonical(plain).encode()


def _insert(session: Session, table: str, **values: object) -> None:
    """By the column's names, whatever the models say by now."""
    statement = text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})")
    instants = [bindparam(name, type_=UTCDateTime()) for name, value in values.items() if isinstance(value, datetime)]
    session.connection().execute(statement.bindparams(*instants), values)


def test_the_archive_gives_back_what_was_sent_before(office: Office, tmp_path: Path) -> None:
    filled = Filled(office)
    migrate(office.store)
    assert is_current(office.store)
    assert audit_facts(office.store).findings == []
    assert audit_words(office.store) == []
    with office.store.read() as session:
        assert differences(session.connection()) == []

    outside = process.Office.at(tmp_path, office.port, url=office.config.store_url)
    told = {record["recipient"]["address"]: record for record in outside.json("archive", "list")}
    assert {address: record["state"] for address, record in told.items()} == {
        ADA: "accepted", BEA: "deferred", CAL: "pending", DOT: "cancelled"
    }  # fmt: skip
    assert told[ADA]["recipient"] == {"name": "Ada", "address": ADA, "outlet": "Daily Example"}
    assert datetime.fromisoformat(told[ADA]["accepted_at"]) == filled.at
    assert [attempt["reply"] for attempt in told[ADA]["attempts"]] == [REPLY]
    assert [attempt["reply"] for attempt in told[BEA]["attempts"]] == ["451 4.3.0 Later"]
    for address, octets in filled.copies.items():
        assert outside.run("archive", "eml", str(told[address]["delivery"])).stdout == octets


def test_nothing_of_it_is_called_altered(office: Office) -> None:
    """Its entries say less, and write a hash in hex; what they do not say is asked of nobody."""
    filled = Filled(office)
    migrate(office.store)
    assert audited(office) == []
    office.run()
    assert set(office.states(filled.wave).values()) == {"accepted", "cancelled"}
    assert audited(office) == []
    tamper(office.store, "UPDATE delivery SET address_hash = once WHERE id = 1", "UPDATE wave SET first_delivery = 2")
    assert [one.what for one in audited(office)] == [
        f"Wave {filled.wave} names the deliveries 2 to 4 as its own; by its entries it has the deliveries 1 to 4.",
        "Delivery 1 is found under another address than the one that it is for.",
    ]


def test_evidence_of_what_was_sent_before_verifies(office: Office, tmp_path: Path) -> None:
    """Its entries are sealed with no reply and name no copy, so neither is shown; the recipients are."""
    filled = Filled(office)
    migrate(office.store)
    archive = Archive(office.store, office.vault, office.config)
    done = export(archive, f"wave:{filled.wave}", tmp_path / "old.zip", actor=WRITER, at=now())
    assert (done.deliveries, done.erased, done.damaged) == (4, 0, ())
    with ZipFile(tmp_path / "old.zip") as zipped:
        zipped.extractall(tmp_path)
    told = [json.loads(line) for line in (tmp_path / "old/data/deliveries.jsonl").read_text().splitlines()]
    assert [one["recipient"]["address"] for one in told] == [ADA, BEA, CAL, DOT]
    assert verify.main([str(tmp_path / "old")]) == 0


def test_a_retry_carries_the_bytes_of_before_and_the_rest_goes_too(office: Office, sink: Sink) -> None:
    filled = Filled(office)
    migrate(office.store)
    office.run()

    (retried,) = sink.to(BEA)
    assert retried.octets == filled.copies[BEA]
    assert sorted(received.to for received in sink.received) == [BEA, CAL]
    assert office.states(filled.wave) == {ADA: "accepted", BEA: "accepted", CAL: "accepted", DOT: "cancelled"}
    for record_ in office.records():
        if record_["sha256"] is not None:
            assert hashlib.sha256(office.eml(record_["delivery"])).hexdigest() == record_["sha256"]
    assert len({r["attempts"][0]["reply"] for r in office.records(state="accepted")}) == 3
    assert office.wave(filled.wave).state == WaveState.DONE


def test_what_guarded_against_a_second_copy_guards_on(office: Office) -> None:
    Filled(office)
    migrate(office.store)
    with office.store.read() as session:
        found = {d.contact_id: d for d in session.exec(select(Delivery)).all()}
    assert {d.contact_id: d.live for d in found.values()} == {1: True, 2: True, 3: True, 4: False}

    def second(of: Delivery) -> Delivery:
        return Delivery(**of.model_dump(include={"wave_id", "contact_id", "once", "address_hash", "lane", "language"}))

    with pytest.raises(IntegrityError), office.write() as session:
        session.add(second(found[1]))
    with office.write() as session:  # what was cancelled stands in nobody's way, and no number is used twice
        another = second(found[4])
        session.add(another)
        session.flush()
        assert another.id not in {d.id for d in found.values()}
    with pytest.raises(IntegrityError), office.write() as session:
        session.connection().execute(update(Delivery).where(col(Delivery.id) == 1).values(live=False))


def test_a_store_with_rows_that_point_to_nothing_stays_as_it_was(office: Office) -> None:
    if office.store.dialect != "sqlite":
        pytest.skip("PostgreSQL looks at its foreign keys at all times")
    filled = Filled(office)
    with office.store.engine.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("UPDATE delivery SET skeleton_id = 99 WHERE state = 'accepted'")
        raw.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(Failed, match="as it was"):
        migrate(office.store)
    with office.store.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0002"
        assert connection.execute(text("SELECT count(*) FROM attempt")).scalar() == len(filled.copies)
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
