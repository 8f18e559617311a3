"""Whoever is erased is gone under every address that they had, however these are written; what stays is told."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import event, text
from sqlmodel import select

from contacts import agreements, people, suppression
from contacts.models import FormerAddress, Journalist, Suppression
from distro.archive.ledger import recorder
from distro.archive.names import known_as
from distro.archive.scrubbing import finish
from distro.dispatch import erasing, retention, traces, verbs
from distro.dispatch.alerts import alert
from distro.dispatch.disposals import Disposal
from distro.editorial.content import PressContact
from distro.errors import Refused
from distro.migrations import alembic_config, migrate
from distro.terms import Retention
from tests import leftovers
from tests.office import APPROVER, WRITER, Office, content, now

OLD, NEW, BEA = "first.addr9@daily.example.com", "second8@wire.example.org", "bea@diario.example.net"
OSCAR, ANGEL = "Óscar.íñ@daily.example.com", "Ángel Muñoz Íñiguez"
WHY = "asked for it by letter"


@pytest.fixture
def careless(office: Office) -> Office:
    """SQLite does not overwrite what it deletes by itself, whatever it was built for."""
    if office.store.dialect == "sqlite":
        event.listen(office.store.engine, "connect", lambda raw, _: raw.execute("PRAGMA secure_delete=OFF"))
        office.store.engine.dispose()
    return office


def move(office: Office, old: str = OLD, new: str = NEW) -> None:
    with office.write() as session:
        at = now()
        people.edit(session, old, {}, new_address=new, by=WRITER.name, at=at, record=recorder(session, WRITER.name, at))


def note(office: Office, address: str, notes: str) -> None:
    with office.write() as session:
        record = recorder(session, WRITER.name, now())
        people.edit(session, address, {"notes": notes}, by=WRITER.name, at=now(), record=record)


def erase(office: Office, address: str) -> tuple[erasing.Erased, list[str]]:
    """Erased and scrubbed; and what is said to be left."""
    with office.write() as session:
        done = erasing.erase(session, office.vault, address, reason=WHY, actor=APPROVER, at=now())
    traces.clean_folder(office.folder, office.config.outbox, done.traces)
    assert finish(office.store, actor=APPROVER.name, at=now()) == ""
    with office.store.read() as session:
        return done, list(traces.left(session, done.traces))


def found(office: Office, *texts: str) -> set[str]:
    files = [*leftovers.files_of(office.store), *(path for path in office.folder.rglob("*") if path.is_file())]
    return {text for text, _ in leftovers.where(files, texts)}


def suppressed(office: Office, *addresses: str) -> set[str]:
    with office.store.read() as session:
        return suppression.suppressed_among(session, addresses, office.vault.keys.stand_in)


@pytest.mark.parametrize("when", ["before the move", "after it"])
def test_an_address_of_before_to_which_nothing_was_sent(careless: Office, when: str) -> None:
    careless.contact(OLD)
    if when == "before the move":
        careless.suppress(OLD)
    move(careless)
    if when != "before the move":
        careless.suppress(OLD)
    careless.contact(BEA, notes=f"knows {OLD.upper()}")
    assert found(careless, OLD, NEW) == {OLD, NEW}
    _, left = erase(careless, NEW)
    assert left == []
    assert found(careless, OLD, NEW) == set()
    assert suppressed(careless, OLD, NEW, BEA) == {OLD, NEW}
    with careless.store.read() as session:
        assert people.find(session, BEA).notes == "knows [erased]"
        assert not session.exec(select(FormerAddress)).all()


def test_an_address_of_before_whose_boxes_retention_took(careless: Office) -> None:
    careless.contact(OLD, name="Zed Quux", tier="1", languages="en")
    careless.segment("All", "tier<=9")
    careless.send()
    careless.run()
    move(careless)
    with careless.write() as session:  # moved before anybody kept where from
        session.connection().execute(text("DELETE FROM former_address"))
    careless.suppress(OLD)
    later = now() + timedelta(days=3000)
    with careless.write() as session:
        terms = Retention(deliveries_years=6)
        made = retention.propose(
            session, careless.vault.keys, terms, "deliveries", before=None, reason="x", actor=WRITER, at=later
        )
    retention.confirm(careless.store, careless.vault.keys, made.id or 0, terms=terms, actor=APPROVER, at=later)
    erase(careless, NEW)
    assert found(careless, OLD, NEW, "Zed Quux") == set()
    assert suppressed(careless, OLD, NEW) == {OLD, NEW}


@pytest.mark.parametrize("by", [OLD, NEW])
def test_whoever_moved_and_was_removed_is_found_by_either_address(careless: Office, by: str) -> None:
    """The command keeps hashes when it removes somebody; here they are kept as it does."""
    careless.contact(OLD)
    move(careless)
    careless.suppress(OLD)
    careless.suppress(NEW)
    keys = careless.vault.keys
    with careless.write() as session:
        person = people.find(session, NEW)
        number = person.id or 0
        known_as(session, [(keys.address_hash(one), number) for one in (*people.former(session, number), NEW)])
        people.remove(session, NEW, record=recorder(session, WRITER.name, now()))
    done, _ = erase(careless, by)
    assert done.contacts == (number,)
    assert found(careless, OLD, NEW) == set()
    assert suppressed(careless, OLD, NEW) == {OLD, NEW}
    with pytest.raises(Refused, match="erased already"):
        erase(careless, NEW)


def test_an_address_that_somebody_else_has_by_now_stays(office: Office) -> None:
    office.contact(OLD)
    move(office)
    office.contact(OLD, name="The New One")
    office.suppress(OLD)
    with pytest.raises(Refused, match="no contact"):
        erase(office, "nobody@example.org")
    erase(office, NEW)
    with office.store.read() as session:
        assert people.find(session, OLD).name == "The New One"
        assert session.exec(select(Suppression).where(Suppression.canonical == OLD)).one().reason == "asked by phone"


def test_an_address_that_its_person_has_left_is_told(office: Office) -> None:
    office.contact(OLD)
    move(office)
    with office.store.read() as session:
        number = people.find(session, NEW).id
        assert people.card(session, people.find(session, NEW))["former_addresses"] == [OLD]
    with pytest.raises(Refused, match=f"once that of contact {number}, who has another now"):
        erase(office, OLD)
    office.suppress(OLD)
    done, _ = erase(office, OLD)
    assert (done.contacts, done.others) == ((), (number,))
    move(office, NEW, "third@example.org")
    move(office, "third@example.org", NEW)
    with office.store.read() as session:
        assert people.card(session, people.find(session, NEW))["former_addresses"] == [OLD, "third@example.org"]


def test_who_moved_before_the_migration_is_linked_by_their_suppression(office: Office) -> None:
    office.contact(OLD)
    office.suppress(OLD)
    move(office)
    move(office, NEW, BEA)
    command.downgrade(alembic_config(office.store), "0009")
    migrate(office.store)
    with office.store.read() as session:
        assert set(people.former(session, people.find(session, BEA).id or 0)) == {OLD, NEW}
    erase(office, BEA)
    assert found(office, OLD, NEW, BEA) == set()


def test_capitals_with_accents_are_folded(careless: Office) -> None:
    careless.contact(OSCAR, name=ANGEL, tier="1", languages="en")
    careless.contact(BEA, tier="1", languages="es", source=f"told by {OSCAR.upper()}")
    careless.segment("All", "tier<=9")
    careless.segment("Both", f"email:{OSCAR} or email:{BEA}")
    careless.send(audience="Both")
    careless.run()
    note(careless, BEA, f"colleague of {ANGEL.upper()}, {OSCAR.upper()} and {OSCAR}")
    careless.suppress("third@example.org")
    with careless.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        agreements.agree(
            session, people.find(session, BEA), terms="1", how=f"{OSCAR} was there", by=WRITER.name, at=at, record=record
        )
        decomposed = unicodedata.normalize("NFD", OSCAR.upper())
        suppression.suppress(
            session,
            "fourth@example.org",
            reason="bounced",
            evidence=f"550 <{decomposed}>",
            by=WRITER.name,
            at=at,
            record=record,
        )
        alert(session, "Look", f"The server does not know {OSCAR.upper()}.", at=now())
    log = careless.folder / "distro.log"
    kept = '{"event": "before ñ"}\n'
    log.write_text(kept + f'{{"event": "careless", "said": "550 <{OSCAR.upper()}> {ANGEL.lower()}"}}\n' + kept)
    size = log.stat().st_size

    with pytest.raises(Refused, match="segment 'Both'"):
        erase(careless, OSCAR)
    careless.segment("Both", f"email:{BEA}")
    _, left = erase(careless, OSCAR)
    lower, upper = OSCAR.lower(), OSCAR.upper()
    assert found(careless, OSCAR, lower, upper, decomposed, "Óscar", "ÓSCAR") == set()
    assert log.stat().st_size == size
    assert log.read_text().startswith(kept)
    assert log.read_text().endswith(kept)
    assert ANGEL.lower() not in log.read_text()
    with careless.store.read() as session:
        bea = people.find(session, BEA)
        assert (bea.notes, bea.source, bea.source_key) == (
            f"colleague of {ANGEL.upper()}, [erased] and [erased]", "told by [erased]", "told by [erased]"
        )  # fmt: skip
        assert left == [f"journalist {bea.id}"]  # the name: whose it is there, a person says
    assert careless.wave(1).rules.segments[0].rule == f"email:erased or email:{BEA}"


def test_a_name_is_found_in_what_was_published(office: Office) -> None:
    """Also where JSON writes it otherwise, and accents are signs of their own."""
    name = 'Ángel "Nino" Íñiguez'
    office.contact(OSCAR, name=name)
    office.release(
        content().model_copy(update={"contacts": (PressContact(name=name.upper(), email="press@network.example.org"),)})
    )
    office.release(content("other", text=unicodedata.normalize("NFD", f"Says {name}.")))
    _, left = erase(office, OSCAR)
    assert left == ["release 1", "release 2", "version 1", "version 2"]


EVERY_TABLE = """
import sys
from distro.db import Store
from distro.dispatch import traces
with Store(sys.argv[1]).read() as session:
    print(*traces.left(session, traces.Traces.of(["a@example.org"], ["Zuleima Quirozby"], [])))
"""


@pytest.mark.altered
def test_every_table_is_looked_through_whoever_asks(office: Office) -> None:
    """In a process, that is, which has imported nothing else."""
    with office.write() as session:
        why = "as ZULEIMA QUIROZBY wished"
        session.add(Disposal(kind="deliveries", before=now(), count=1, reason=why, proposed_by="Rosa", proposed_at=now()))
    done = subprocess.run(
        [sys.executable, "-c", EVERY_TABLE, office.config.store_url], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("disposal 1\n", "")


def test_another_mailbox_that_folds_to_the_same_is_nobodys(office: Office) -> None:
    """`ß` and `ss` are two mailboxes: what stands of the other one is not touched."""
    office.contact("strasse@daily.example.com")
    office.contact(BEA, notes="ask straße@daily.example.com")
    erase(office, "strasse@daily.example.com")
    with office.store.read() as session:
        assert people.find(session, BEA).notes == "ask straße@daily.example.com"


def test_a_domain_is_found_as_people_write_it(office: Office) -> None:
    office.contact("zoe@xn--mnchen-3ya.example.com")
    office.contact(BEA, notes="ask Zoe@München.example.com")
    _, left = erase(office, "zoe@münchen.example.com")
    with office.store.read() as session:
        assert people.find(session, BEA).notes == "ask [erased]"
    assert left == []


def test_half_written_copies_of_an_outbox_go_too(office: Office) -> None:
    office.contact(OLD, tier="1", languages="en")
    office.segment("All", "tier<=9")
    (wave,) = office.send()
    office.prepare()
    delivery, outbox = office.delivery(OLD), office.config.outbox
    outbox.mkdir(parents=True)
    for name in (f".{wave}-{delivery.id}.eml.part", f".{wave}-{delivery.id}.json.part", ".9-9.eml.part"):
        (outbox / name).write_text("half a copy")
    with office.write() as session:
        verbs.cancel(session, wave, actor=WRITER, at=now())
    erase(office, OLD)
    assert [path.name for path in outbox.iterdir()] == [".9-9.eml.part"]


def test_what_a_bot_says_of_slowed_domains_is_scrubbed_with_its_row(careless: Office, tmp_path: Path) -> None:
    from distro.dispatch import workers

    said = workers.Snapshot(
        "w1", "host", 1, now(), now(), lanes=(workers.LaneTold("quirozby-reports.example.com", "slow", now()),), slowed=1
    )
    careless.contact("z@quirozby-reports.example.com")
    with careless.write() as session:
        workers.report(session, said)
    with careless.write() as session:
        workers.leave(session, "w1")
    erase(careless, "z@quirozby-reports.example.com")
    assert found(careless, "quirozby-reports") == set()
    with careless.store.read() as session:
        assert not session.exec(select(Journalist)).all()
