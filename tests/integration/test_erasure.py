"""A person is erased: gone from every file, every proof stands, and nobody brings them back in passing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import event, update
from sqlmodel import col, select

from contacts import agreements, importing, lists, people, segments, suppression
from contacts.models import EmbargoAgreement, Journalist, ListMember, Outlet, Suppression
from distro.archive.checkpoint import Checkpoint, open_note
from distro.archive.ledger import recorder
from distro.archive.scrubbing import Erasure, finish, unscrubbed
from distro.archive.sealing import Signer, newest, seal
from distro.archive.vault import PersonKey
from distro.checkup import Verdict, store_and_what_it_holds
from distro.dispatch import erasing, freeze, traces, verbs
from distro.dispatch.audience import brief_for, page_after
from distro.dispatch.claims import Claim, Claimed, claim
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.making import Making
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.unsubscribe import Outcome, unsubscribe
from distro.editorial.plan import Wave
from distro.errors import Refused
from distro.mail import tokens
from distro.migrations import alembic_config
from distro.staff import Actor, Role
from tests import leftovers
from tests.auditing import audited, tamper
from tests.integration.test_sealing import root_of
from tests.office import APPROVER, WRITER, Office, now
from tests.sink import Sink

pytestmark = pytest.mark.altered
"""States of waves are set by hand."""

ZUL, BEA = "zuleima.qx71@daily.example.com", "bea@diario.example.net"
NAME, OLD_NAME, OLD = "Zuleima Quirozby", "Zulema Formerly", "zq.before88@wire.example.org"
PERSONAL = (ZUL, "zuleima.qx71", NAME, "Quirozby", OLD_NAME, "Formerly", OLD, "zq.before88", "+1 202 555 8877", "mid-thesis")
WHY = "asked for it by letter"


@pytest.fixture
def known(office: Office) -> Office:
    """Somebody of whom there is much: another name and address before, a list, a promise, an outlet of their own, notes."""
    if office.store.dialect == "sqlite":  # some are built to overwrite what they delete; not all are
        event.listen(office.store.engine, "connect", lambda raw, _: raw.execute("PRAGMA secure_delete=OFF"))
        office.store.engine.dispose()
    office.contact(OLD, name=OLD_NAME, languages="en", tier="1", outlet="Quirozby Reports", phone="+1 202 555 8877")
    office.contact(BEA, languages="es", tier="1", outlet="Diario", notes=f"works with {ZUL.upper()} at times")
    office.segment("All", "tier<=9")
    with office.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        given = {"name": NAME, "notes": "mid-thesis"}
        person = people.edit(session, OLD, given, new_address=ZUL, by=WRITER.name, at=at, record=record).person
        agreements.agree(session, person, terms="1", how=f"{NAME} by phone", by=WRITER.name, at=at, record=record)
        lists.put(session, lists.make(session, "Health"), [person.id or 0], at=at)
    return office


def erase(office: Office, address: str = ZUL, reason: str = WHY, actor: Actor = APPROVER) -> erasing.Erased:
    with office.write() as session:
        done = erasing.erase(session, office.vault, address, reason=reason, actor=actor, at=now())
    traces.clean_folder(office.folder, office.config.outbox, done.traces)
    return done


def contact_id(office: Office, address: str = ZUL) -> int:
    with office.store.read() as session:
        return people.find(session, address).id or 0


def everything(office: Office) -> list[Path]:
    return [*leftovers.files_of(office.store), *(path for path in office.folder.rglob("*") if path.is_file())]


def test_no_file_holds_a_trace_and_every_proof_stands(known: Office, sink: Sink) -> None:
    (wave,) = known.send()
    known.run()
    assert sorted(one.to for one in sink.received) == sorted([ZUL, BEA])
    known.suppress(ZUL)
    (known.folder / "distro.log").write_text(f'{{"event": "careless", "said": "550 <{ZUL}> {NAME}"}}\n')
    assert {text for text, _ in leftovers.where(everything(known), PERSONAL)} == set(PERSONAL)  # or the search proves nothing
    number, delivery = contact_id(known), known.delivery(ZUL).id or 0

    done = erase(known)
    assert (done.contacts, done.deliveries, done.cancelled, done.others) == ((number,), 1, 0, ())
    assert finish(known.store, actor=APPROVER.name, at=now()) == ""
    assert leftovers.where(everything(known), PERSONAL) == []
    with known.store.read() as session:
        assert list(traces.left(session, done.traces)) == []

    told = {record["delivery"]: record for record in known.records(wave=wave)}
    assert told[delivery]["recipient"] is None
    assert [attempt["reply"] for attempt in told[delivery]["attempts"]] == [None]
    with pytest.raises(Refused, match="was erased"):
        known.eml(delivery)
    for record in told.values():
        if record["delivery"] != delivery:
            assert record["recipient"]["address"] == BEA
            assert hashlib.sha256(known.eml(record["delivery"])).hexdigest() == record["sha256"]
    assert [r["delivery"] for r in known.records(address_hash=known.vault.keys.address_hash(ZUL))] == [delivery]
    signer = Signer.of(known.vault.keys.ledger, known.config.office.mail_domain)
    seal(known.store, signer, now(), thorough=True)
    with known.store.read() as session:
        head = newest(session)
        assert head is not None
        checkpoint = Checkpoint.read(open_note(head.note, [signer.verifier()])[0])
    assert root_of(known.store, checkpoint.size) == checkpoint.root


def test_the_live_rows_go_and_the_entry_names_numbers(known: Office) -> None:
    number = contact_id(known)
    erase(known)
    with known.store.read() as session:
        assert [one.canonical for one in session.exec(select(Journalist))] == [BEA]
        assert not session.exec(select(EmbargoAgreement)).all()
        assert not session.exec(select(ListMember)).all()
        assert [outlet.name for outlet in session.exec(select(Outlet))] == ["Diario"]
        assert people.find(session, BEA).notes == "works with [erased] at times"
        (key,) = session.exec(select(PersonKey)).all()
        assert (key.contact_id, key.wrapped, key.destroyed_at is None) == (number, None, False)
        assert [(e.contact_id, e.scrubbed_at) for e in unscrubbed(session)] == [(number, None)]
    (entry,) = known.entries("contact.erased")
    assert (entry.actor, entry.subject) == (APPROVER.name, f"contact:{number}")
    assert entry.payload == f'{{"contacts":[{number}],"reason":"{WHY}","suppressions":[1,2]}}'
    assert len(known.entries("contact.agreed")) == 1


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [("", "needs a reason"), (f"{ZUL} asked", "holds an address"), (f"letter of {NAME.upper()}", "names the person")],
)
def test_the_reason_names_nobody(known: Office, reason: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        erase(known, reason=reason)
    assert contact_id(known)


@pytest.mark.parametrize("actor", [WRITER, Actor("Aud", Role.AUDITOR)])
def test_not_everybody_may(known: Office, actor: Actor) -> None:
    with pytest.raises(Refused, match="may not erase"):
        erase(known, actor=actor)


def test_nobody_there(known: Office) -> None:
    with pytest.raises(Refused, match="There is no contact"):
        erase(known, "nobody@example.org")
    erase(known)
    with pytest.raises(Refused, match="erased already"):
        erase(known)


def bring_in(office: Office, folder: Path, *addresses: str, dry_run: bool = False) -> importing.Report:
    file = folder / "again.csv"
    file.write_text("\n".join(["email,name,tier", *(f"{address},Somebody,1" for address in addresses)]) + "\n")
    with importing.read(file) as reading, office.write() as session:
        record = recorder(session, WRITER.name, now())
        return importing.bring_in(
            session, reading, at=now(), record=record, stand_in=office.vault.keys.stand_in, list_name="Again", dry_run=dry_run
        )


@pytest.mark.parametrize("dry_run", [True, False])
def test_no_file_and_no_form_brings_them_back(known: Office, tmp_path: Path, dry_run: bool) -> None:
    known.send()
    known.run()
    erase(known)
    report = bring_in(known, tmp_path, "x y", "new@example.org", ZUL.upper(), BEA, dry_run=dry_run)
    assert (report.added, report.changed, report.listed) == (1, 1, 2)
    assert [(one.row, one.field) for one in report.refused] == [(2, "email"), (4, "email")]
    assert "is suppressed" in report.refused[1].reason
    masks = known.vault.keys.stand_in
    with known.write() as session:
        record = recorder(session, WRITER.name, now())
        with pytest.raises(Refused, match="is suppressed"):
            people.add(session, ZUL, {}, at=now(), record=record, stand_in=masks)
        with pytest.raises(Refused, match="is suppressed"):
            people.edit(session, BEA, {}, new_address=ZUL, by="Rosa", at=now(), record=record, stand_in=masks)
        assert suppression.suppressed_among(session, [ZUL, BEA], masks) == {ZUL}
        assert not suppression.suppress(session, ZUL, reason="x", by="R", at=now(), record=record, stand_in=masks)
        session.rollback()
    known.lift(ZUL, "wants mail again")
    with known.write() as session:
        record = recorder(session, WRITER.name, now())
        assert people.add(session, ZUL, {}, at=now(), record=record, stand_in=masks).id not in known_numbers(known)


def known_numbers(office: Office) -> set[int]:
    with office.store.read() as session:
        return set(session.exec(select(PersonKey.contact_id)))


def test_an_address_of_before_is_gone_too_unless_it_is_somebody_elses_now(known: Office) -> None:
    known.send()
    with known.write() as session:
        record = recorder(session, WRITER.name, now())
        people.edit(session, ZUL, {}, new_address=OLD, by=WRITER.name, at=now(), record=record)
    known.prepare()
    with known.write() as session:
        record = recorder(session, WRITER.name, now())
        people.edit(session, OLD, {}, new_address=ZUL, by=WRITER.name, at=now(), record=record)
        people.edit(session, BEA, {}, new_address="bea@example.org", by=WRITER.name, at=now(), record=record)
    erase(known)
    masks = known.vault.keys.stand_in
    with known.store.read() as session:
        assert suppression.erased_among(session, [ZUL, OLD, BEA], masks) == {ZUL, OLD}
    known.contact("other@example.org")
    with known.write() as session:  # the desk that Bea left has a new head
        record = recorder(session, WRITER.name, now())
        people.edit(session, "other@example.org", {}, new_address=BEA, by=WRITER.name, at=now(), record=record)
    done = erase(known, "bea@example.org")
    with known.store.read() as session:
        assert suppression.erased_among(session, [BEA, "bea@example.org"], masks) == {"bea@example.org"}
        assert people.find(session, BEA).id not in done.contacts


def test_whoever_was_removed_before_is_found_by_what_was_sent(known: Office) -> None:
    known.send()
    known.run()
    number = contact_id(known)
    with known.write() as session:
        people.remove(session, ZUL, record=recorder(session, WRITER.name, now()))
    assert erase(known).contacts == (number,)
    assert {r["recipient"] and r["recipient"]["address"] for r in known.records()} == {None, BEA}


def test_an_address_that_was_never_a_contacts_is_hashed(office: Office) -> None:
    office.suppress(ZUL)
    assert erase(office).contacts == ()
    with office.store.read() as session:
        (row,) = session.exec(select(Suppression)).all()
        assert (row.canonical, row.reason, row.evidence) == (office.vault.keys.stand_in(ZUL), "erased", "")
        assert suppression.live(session, ZUL, office.vault.keys.stand_in) is not None
    (entry,) = office.entries("contact.erased")
    assert entry.subject == f"suppression:{row.id}"


def test_a_suppression_that_was_lifted_and_set_again_is_one_in_force(office: Office) -> None:
    for turn in range(2):
        office.contact(ZUL)
        office.suppress(ZUL)
        office.lift(ZUL, f"{NAME} asked")
        office.suppress(ZUL)
        erase(office)
        if turn == 0:
            office.lift(ZUL, "x")
    with office.store.read() as session:
        rows = session.exec(select(Suppression)).all()
    assert {row.canonical for row in rows} == {office.vault.keys.stand_in(ZUL)}
    assert len([row for row in rows if row.lifted_at is None]) == 1
    assert {row.lifted_reason for row in rows} <= {None, "erased", "x"}


def claimed_by(office: Office, worker: str = "w1") -> list[Claimed]:
    with office.write() as session:
        return claim(session, Claim(worker, 10, now()))


def launch(office: Office) -> int:
    (wave,) = office.send()
    office.prepare()
    with office.write() as session:
        sending = {"state": "sending", "launched_at": now()}
        session.connection().execute(update(Wave).where(col(Wave.id) == wave).values(**sending))
    return wave


def test_a_copy_that_is_ready_in_a_bots_hand_does_not_leave(known: Office) -> None:
    launch(known)
    claims = claimed_by(known)
    jobs = Making(known.store, known.vault, known.config, None).make_ready(claims)
    number = contact_id(known)
    done = erase(known)
    assert (done.deliveries, done.cancelled) == (1, 1)
    marking = Marking(known.vault)
    with known.write() as session:
        permits = marking.mark(session, [Mark(job, "w1", now(), True) for job in jobs])
    assert [permit is None for permit in permits] == [job.claimed.contact_id == number for job in jobs]
    with known.store.read() as session:
        states = {d.contact_id: d.state for d in session.exec(select(Delivery))}
    assert states[number] == State.CANCELLED
    assert len(known.entries("delivery.cancelled")) == 1


def test_what_a_mark_asks_of_an_address_holds_for_the_hash_too(known: Office) -> None:
    """Somebody else's delivery to that address, frozen before: the contact is there, and the address is not mailed."""
    launch(known)
    with known.write() as session:
        canonical = known.vault.keys.stand_in(BEA)
        session.add(Suppression(canonical=canonical, reason="erased", by="Ana", at=now()))
    known.run()
    with known.store.read() as session:
        states = {d.contact_id: d.state for d in session.exec(select(Delivery))}
        bea = people.find(session, BEA).id or 0
    assert states[bea] == State.SUPPRESSED
    assert states[contact_id(known)] == State.ACCEPTED


def test_the_freezing_leaves_out_whom_a_hash_suppresses(known: Office) -> None:
    with known.write() as session:
        session.add(Suppression(canonical=known.vault.keys.stand_in(BEA), reason="erased", by="Ana", at=now()))
    (wave,) = known.send()
    known.prepare()
    assert set(known.states(wave)) == {ZUL}
    assert '"left_out":{"suppressed":1}' in known.entries("wave.frozen")[0].payload


def test_a_copy_on_the_wire_is_waited_for(known: Office) -> None:
    launch(known)
    with known.write() as session:
        session.connection().execute(update(Delivery).values(state="in_flight", due_at=None))
    with pytest.raises(Refused, match="on the wire"):
        erase(known)
    with known.write() as session:
        session.connection().execute(update(Delivery).values(state="held"))
    assert erase(known).cancelled == 1


def test_freezing_that_read_its_page_before_makes_nothing_for_them(known: Office) -> None:
    (wave_id,) = known.send()
    keys = known.vault.keys
    with known.store.read() as session:
        brief = brief_for(session, session.get_one(Wave, wave_id))
        found = page_after(session, brief, keys)
        page = [freeze._ready(one, brief, keys, keys.lane(one.domain), known.config, known=False) for one in found]
    erase(known)
    with known.write() as session:
        told = freeze._deliver_to(session, session.get_one(Wave, wave_id), page, known.vault, now())
    assert (len(page), told["count"]) == (2, 1)
    assert set(known.states(wave_id)) == {BEA}


def test_their_link_still_answers_and_does_nothing(known: Office) -> None:
    known.send()
    known.run()
    token = tokens.make(known.vault.keys, "u", known.delivery(ZUL).id or 0)
    erase(known)
    with known.write() as session:
        answer = unsubscribe(session, known.vault, token, how="page", at=now())
    assert answer is not None
    assert answer.outcome is Outcome.ERASED


def test_a_rule_that_names_them_is_a_persons_to_change_and_of_waves_that_are_over_it_goes(known: Office) -> None:
    known.segment("Two", f'email:{ZUL} or email:"{BEA}"')
    known.send(audience="Two")
    with pytest.raises(Refused, match="segment 'Two'"):
        erase(known)
    known.segment("Two", f"email:{BEA}")
    with pytest.raises(Refused, match="is not over"):
        erase(known)
    with known.write() as session:
        verbs.cancel(session, 1, actor=WRITER, at=now())
    erase(known)
    rules = known.wave(1).rules
    assert rules.segments[0].rule == f'email:erased or email:"{BEA}"'
    with known.store.read() as session:
        assert segments.count(session, rules.segments[0].rule) == 1
    assert [entry.subject for entry in known.entries("wave.address_erased")] == ["wave:1"]


def test_a_wave_that_left_by_such_a_rule_is_still_the_one_that_was_approved(known: Office) -> None:
    """What the audit asks at the end of every test; and it notices where somebody else changes the rule afterwards."""
    known.segment("Two", f'email:{ZUL} or email:"{BEA}"')
    known.send(audience="Two")
    known.run()
    known.segment("Two", f"email:{BEA}")
    erase(known)
    assert known.wave(1).rules.segments[0].rule == f'email:erased or email:"{BEA}"'


@pytest.mark.altered
def test_a_rule_that_somebody_changes_after_the_erasure_is_found(known: Office) -> None:
    known.segment("Two", f"email:{ZUL} or tier:1")
    known.send(audience="Two")
    known.run()
    known.segment("Two", "tier:1")
    erase(known)
    assert audited(known) == []
    tamper(known.store, "UPDATE wave SET audience = replace(audience, 'tier:1', 'tier:2')")
    assert ["Its audience is not what was approved" in found.what for found in audited(known)] == [True]


def test_what_is_written_for_ever_is_told(known: Office) -> None:
    from tests.office import content

    known.release(content(text=f"The prize goes to {NAME}."))
    done = erase(known)
    with known.store.read() as session:
        assert list(traces.left(session, done.traces)) == ["release 1", "version 1"]


def test_the_copies_of_an_outbox_go(known: Office) -> None:
    outbox = known.config.outbox
    outbox.mkdir(parents=True)
    launch(known)
    delivery, other = known.delivery(ZUL), known.delivery(BEA)
    for one in (delivery, other):
        for ending in ("eml", "json"):
            (outbox / f"{one.wave_id}-{one.id}.{ending}").write_text("a copy")
    erase(known)
    assert sorted(path.name for path in outbox.iterdir()) == [f"1-{other.id}.eml", f"1-{other.id}.json"]


def test_a_scrub_that_is_in_somebodys_way_waits_and_is_taken_up(known: Office) -> None:
    erase(known)
    sqlite = known.store.dialect == "sqlite"
    engine = known.store.engine if sqlite else known.store.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM journalist").scalar()
        why = finish(known.store, actor="Ana", at=now(), patience=0.2)
        assert ("reads the store" if sqlite else "still under way") in why
        with known.store.read() as session:
            assert len(unscrubbed(session)) == 1
    (said,) = [c for c in store_and_what_it_holds(known.config, known.vault.keys, now()) if c.name == "erasure"]
    assert (said.verdict, "--finish" in said.remedy) == (Verdict.WARNING, True)
    later = now() + timedelta(hours=1)
    assert finish(known.store, actor="Ana", at=later) == ""
    assert leftovers.where(leftovers.files_of(known.store), PERSONAL) == []
    with known.store.read() as session:
        assert [e.scrubbed_at for e in session.exec(select(Erasure))] == [later]
    assert [e.payload for e in known.entries("store.scrubbed")] == ['{"erasures":[1]}']
    assert finish(known.store, actor="Ana", at=later) == ""
    assert len(known.entries("store.scrubbed")) == 1


def analyze(office: Office, *before: str) -> None:
    with office.store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in (*before, "ANALYZE"):
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("older", [False, True])
def test_the_planners_notes_hold_nobody_either(office: Office, older: bool) -> None:
    """ANALYZE notes the values that it finds most often, and keeps what it noted of a table that is empty by now."""
    if office.store.dialect != "postgresql":
        pytest.skip("SQLite's planner notes numbers only")
    addresses = [f"desk{number}.qx71@daily.example.com" for number in range(5)]
    for address in addresses:
        office.contact(address, name=NAME, notes="mid-thesis")
    if older:  # an office that was there before the migration
        analyze(office, *(f"ALTER TABLE journalist ALTER COLUMN {name} SET STATISTICS 100" for name in ("name", "notes")))
        with office.store.engine.connect() as connection:
            noted = connection.exec_driver_sql("SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'journalist'")
            assert f'{{"{NAME}"}}' in noted.scalars().all()
        command.downgrade(alembic_config(office.store), "0005")
        command.upgrade(alembic_config(office.store), "head")
    analyze(office)
    for address in addresses:
        erase(office, address)
    assert finish(office.store, actor="Ana", at=now()) == ""
    assert leftovers.where(everything(office), (*addresses, NAME, "mid-thesis")) == []


@pytest.mark.parametrize("verb", [verbs.pause, verbs.resume, verbs.cancel, verbs.resend])
def test_no_reason_takes_an_address_into_the_record(known: Office, verb: object) -> None:
    launch(known)
    assert callable(verb)
    if verb is verbs.resume:
        with known.write() as session:
            verbs.pause(session, 1, actor=WRITER, at=now())
    with pytest.raises(Refused, match="holds an address"), known.write() as session:
        verb(session, 1, actor=WRITER, at=now(), reason=f"call {ZUL}")


@pytest.mark.altered
def test_a_key_that_went_without_an_entry_is_found(known: Office) -> None:
    known.send()
    known.run()
    erase(known)
    assert audited(known) == []
    number = contact_id(known, BEA)
    tamper(known.store, f"UPDATE person_key SET wrapped = NULL WHERE contact_id = {number}")
    assert [found.what for found in audited(known)] == [
        f"The key of contact {number} is not there, and no entry says that they were erased."
    ]
