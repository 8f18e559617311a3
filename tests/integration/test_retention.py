"""Nothing goes but by two people's word, nothing under a hold, and what went is certified by number and hash."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, func, select

from contacts import people
from contacts.models import Journalist, Suppression
from distro.archive import ledger
from distro.archive.ledger import Fact, recorder
from distro.archive.names import KnownAs
from distro.archive.scrubbing import unscrubbed
from distro.archive.sealing import Signer, seal
from distro.archive.vault import Personal
from distro.dispatch import disposals, erasing, holds, retention
from distro.dispatch.audit import Checking, audit_deliveries
from distro.dispatch.audit_facts import audit_facts
from distro.dispatch.disposals import Disposal, Disposed
from distro.dispatch.holds import Scope
from distro.dispatch.retained import CLASSES
from distro.errors import Refused
from distro.staff import Actor, Role
from distro.terms import Retention
from tests.auditing import audited, tamper
from tests.integration.test_sealing import root_of
from tests.office import APPROVER, WRITER, Office, content, now
from tests.prepared import Prepared
from tests.sink import Sink

ADA, BEA = "ada@daily.example.com", "bea@diario.example.net"
ADMIN = Actor("Ada Admin", Role.ADMIN)
TERMS = Retention(deliveries_years=6, suppressions_years=2)


def later(years: float = 7) -> datetime:
    return now() + timedelta(days=years * 365.25)


@pytest.fixture
def sent(office: Office, sink: Sink, prepared: Prepared) -> Office:
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    for address in (ADA, BEA):
        office.contact(address, languages="en", tier="1")
    office.join(ADMIN)
    office.segment("All", "tier<=9")
    office.send()
    office.run()


def propose(office: Office, name: str = "deliveries", *, actor: Actor = WRITER, **options: Any) -> int:
    given: dict[str, Any] = {"terms": TERMS, "before": None, "reason": "six years", "at": later()} | options
    with office.write() as session:
        return retention.propose(session, office.vault.keys, name=name, actor=actor, **given).id or 0


def confirm(office: Office, number: int, actor: Actor = APPROVER, terms: Retention = TERMS) -> Disposal:
    return retention.confirm(office.store, office.vault.keys, number, terms=terms, actor=actor, at=later())


def due(office: Office, at: datetime, terms: Retention = TERMS) -> dict[str, tuple[int, int]]:
    with office.store.read() as session:
        return {one.name: (one.due, one.held) for one in retention.due(session, office.vault.keys, terms, at)}


def boxes(office: Office) -> int:
    with office.store.read() as session:
        return session.exec(select(func.count()).select_from(Personal)).one()


def test_a_term_begins_with_the_acceptance(sent: Office) -> None:
    assert due(sent, later(5.9)) == {"deliveries": (0, 0), "suppressions": (0, 0), "cards": (0, 0)}
    assert due(sent, later(6.1))["deliveries"] == (2, 0)
    assert due(sent, later(60), Retention())["deliveries"] == (0, 0)
    with sent.write() as session:
        holds.add(session, sent.vault.keys, Scope(address=ADA), reason="case", actor=WRITER, at=now())
    assert due(sent, later())["deliveries"] == (1, 1)


def test_two_people_and_a_certificate(sent: Office) -> None:
    before = {record["delivery"]: record for record in sent.records()}
    number = propose(sent)
    assert boxes(sent) == 4
    with pytest.raises(Refused, match="may not confirm"):
        confirm(sent, number, WRITER)
    own = propose(sent, actor=ADMIN)
    with pytest.raises(Refused, match="needs two people"):
        confirm(sent, own, ADMIN)
    assert boxes(sent) == 4

    done = confirm(sent, number)
    assert (done.proposed_by, done.confirmed_by, done.count, boxes(sent)) == (WRITER.name, APPROVER.name, 2, 0)
    with sent.store.read() as session:
        told = disposals.sum_of(session, number)
        assert [erasure.disposal_id for erasure in unscrubbed(session)] == [number]
    assert (told["count"], told["first"], told["last"]) == (2, min(before), max(before))
    (entry,) = sent.entries("disposal.done")
    assert str(told["sha256"]) in entry.payload
    assert f'"confirmed_by":"{APPROVER.name}"' in entry.payload
    assert [len(sent.entries(f"disposal.{kind}")) for kind in ("proposed", "confirmed")] == [2, 1]

    for record in sent.records():
        assert record["recipient"] is None
        assert record["sha256"] == before[record["delivery"]]["sha256"]
        with pytest.raises(Refused, match=f"disposed of.*certificate {number}"):
            sent.eml(record["delivery"])
    seal(sent.store, Signer.of(sent.vault.keys.ledger, "press.example.org"), now(), thorough=True)
    assert root_of(sent.store, 10**6)
    with pytest.raises(Refused, match="done already"):
        confirm(sent, number)
    with pytest.raises(Refused, match="Nothing is due"):
        propose(sent)


def test_nobody_who_is_gone_is_found_by_name(sent: Office) -> None:
    with sent.write() as session:
        people.remove(session, ADA, record=recorder(session, WRITER.name, now()))
    with sent.store.read() as session:
        before = set(session.exec(select(KnownAs.contact_id)))
    confirm(sent, propose(sent))
    with sent.store.read() as session:
        (bea,) = session.exec(select(Journalist.id)).all()
        assert (bea in before, len(before), set(session.exec(select(KnownAs.contact_id)))) == (True, 2, {bea})


def test_a_hold_set_after_the_proposal_keeps_what_it_covers(sent: Office) -> None:
    number = propose(sent)
    with sent.write() as session:
        holds.add(session, sent.vault.keys, Scope(address=ADA), reason="case", actor=WRITER, at=now())
    confirm(sent, number)
    assert [r["recipient"] and r["recipient"]["address"] for r in sent.records()] == [ADA, None]
    with sent.store.read() as session:
        assert disposals.sum_of(session, number)["count"] == 1
    assert len(sent.eml(sent.delivery(ADA).id or 0)) > 1000


def test_what_was_cut_short_is_taken_up(sent: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 1)
    number = propose(sent)
    with sent.write() as session:
        retention._give_word(session, TERMS, number, APPROVER, later())
    with sent.write() as session:
        assert retention._destroy_some(session, sent.vault.keys, number, APPROVER, later()) == 1
    assert boxes(sent) == 2
    assert confirm(sent, number).finished_at is not None
    assert boxes(sent) == 0
    with sent.store.read() as session:
        assert disposals.sum_of(session, number)["count"] == 2
    assert len(sent.entries("disposal.confirmed")) == 1


def test_lifted_suppressions_have_a_term_too(office: Office) -> None:
    for address in (ADA, BEA):
        office.suppress(address)
        office.lift(address)
    office.suppress("cal@radio.example.org")
    office.contact(ADA)
    with office.write() as session:
        holds.add(session, office.vault.keys, Scope(address=ADA), reason="case", actor=WRITER, at=now())
    assert due(office, later(3))["suppressions"] == (1, 1)
    confirm(office, propose(office, "suppressions"))
    with office.store.read() as session:
        assert sorted(session.exec(select(Suppression.canonical))) == [ADA, "cal@radio.example.org"]


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("copies", {}, "classes are deliveries, suppressions"),
        ("deliveries", {"terms": Retention()}, "for ever"),
        ("deliveries", {"before": later(6.9)}, "not beyond its term"),
        ("deliveries", {"at": later(1)}, "Nothing is due"),
        ("deliveries", {"reason": f"of {ADA}"}, "holds an address"),
    ],
)
def test_a_disposal_that_cannot_be(sent: Office, name: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        propose(sent, name, **options)


def attack(session: Session, *statements: str) -> None:
    for statement in statements:
        session.connection().execute(text(statement))


def test_no_sql_deletes_a_box_silently(sent: Office) -> None:
    number = propose(sent)
    named = f"INSERT INTO disposed (kind, item, disposal_id, sha256) VALUES ('deliveries', 1, {number}, 'x')"
    gone = "DELETE FROM personal WHERE delivery_id = 1"
    for statements in ([gone], ["UPDATE personal SET part = 9"], [named, gone]):
        with pytest.raises(DBAPIError, match=r"append-only|two people"), sent.write() as session:
            attack(session, *statements)
    alone = f"UPDATE disposal SET confirmed_by = proposed_by WHERE id = {number}"
    with pytest.raises(DBAPIError, match="two people"), sent.write() as session:
        attack(session, alone, named, gone)
    assert boxes(sent) == 4
    confirm(sent, number)
    for statement in ("DELETE FROM disposed", "UPDATE disposed SET item = 9"):
        with pytest.raises(DBAPIError, match="append-only"), sent.write() as session:
            attack(session, statement)
    with sent.store.read() as session:
        assert len(session.exec(select(Disposed)).all()) == 2


def test_an_audit_counts_apart_who_was_erased_and_what_was_disposed_of(sent: Office) -> None:
    confirm(sent, propose(sent))
    sent.send(content("second"))
    sent.run()
    with sent.write() as session:
        erasing.erase(session, sent.vault, BEA, reason="asked by letter", actor=APPROVER, at=now())
    found = audit_deliveries(sent.store, Checking(sent.store, sent.vault, full=True))
    assert (found.deliveries, found.copies, found.erased, found.disposed, found.findings) == (4, 1, 1, 2, [])


@pytest.mark.altered
def test_an_audit_takes_nobody_at_their_word(sent: Office) -> None:
    gone, named = "DELETE FROM personal WHERE delivery_id = 1", "INSERT INTO disposed VALUES ('deliveries', 1, {}, 'x')"
    assert audited(sent) == []
    number = propose(sent)
    tamper(sent.store, named.format(number), gone)
    assert [found.what for found in audited(sent)] == [
        f"Disposal {number} destroyed records, and no entry says that a second person confirmed it."
    ]


@pytest.mark.altered
def test_an_audit_holds_what_went_against_its_certificate(sent: Office) -> None:
    with sent.write() as session:
        holds.add(session, sent.vault.keys, Scope(address=ADA), reason="case", actor=WRITER, at=now())
    number = propose(sent)
    confirm(sent, number)
    assert audited(sent) == []
    kept = sent.delivery(ADA).id
    tamper(sent.store, f"INSERT INTO disposed VALUES ('deliveries', {kept}, {number}, 'x')")
    tamper(sent.store, f"DELETE FROM personal WHERE delivery_id = {kept}")
    (done,) = sent.entries("disposal.done")
    assert [found.what for found in audited(sent)] == [
        f"What disposal {number} destroyed is not what entry {done.id} certifies."
    ]


PROPOSED = {
    "before = '2099-01-01 00:00:00.000000'": "before",
    "kind = 'suppressions'": "kind",
    "count = 9": "count",
    "reason = 'x'": "reason",
    "proposed_by = 'Somebody Else'": "proposed by",
    "confirmed_by = 'Somebody Else', confirmed_at = proposed_at": "confirmed by, confirmed at",
}


@pytest.mark.altered
@pytest.mark.parametrize("change", PROPOSED)
def test_what_one_person_proposed_is_what_the_other_confirms(sent: Office, change: str) -> None:
    number = propose(sent)
    if "confirmed_by" not in change:  # which two people's word changes by itself
        with pytest.raises(DBAPIError, match="stays as it was said"), sent.write() as session:
            attack(session, f"UPDATE disposal SET {change}")
    tamper(sent.store, f"UPDATE disposal SET {change}")
    with pytest.raises(Refused, match=rf"not as it was recorded \({PROPOSED[change]}\)"):
        confirm(sent, number)
    assert boxes(sent) == 4
    (one,) = [found.what for found in audited(sent)]
    assert "confirmed" in one if "confirmed" in change else f": {PROPOSED[change]} altered." in one


def test_the_term_of_today_counts_when_it_is_confirmed(sent: Office) -> None:
    number = propose(sent)
    with pytest.raises(Refused, match="beyond its term of 8 years"):
        confirm(sent, number, terms=Retention(deliveries_years=8))
    with pytest.raises(Refused, match="for ever by now"):
        confirm(sent, number, terms=Retention())
    assert boxes(sent) == 4
    assert confirm(sent, number).finished_at is not None


def test_what_was_confirmed_and_is_not_done_is_told_and_is_no_alteration(sent: Office) -> None:
    number = propose(sent)
    with sent.write() as session:
        retention._give_word(session, TERMS, number, APPROVER, later())
    told = audit_facts(sent.store)
    assert told.findings == []
    assert told.notes == [
        f"Disposal {number} was confirmed by {APPROVER.name} and is not done; `distro retention confirm {number}` takes it up."
    ]
    confirm(sent, number)
    assert audit_facts(sent.store).notes == []


@pytest.mark.altered
def test_nothing_is_slipped_in_among_what_two_people_gave_their_word_for(sent: Office) -> None:
    """Cut short after the word; a hold is set; somebody names and deletes what it covers, past no trigger."""
    number = propose(sent)
    with sent.write() as session:
        retention._give_word(session, TERMS, number, APPROVER, later())
    with sent.write() as session:
        holds.add(session, sent.vault.keys, Scope(address=ADA), reason="case", actor=WRITER, at=now())
    mine = sent.delivery(ADA).id
    with sent.write() as session:
        attack(session, f"INSERT INTO disposed VALUES ('deliveries', {mine}, {number}, '{'0' * 32}')")
        attack(session, f"DELETE FROM personal WHERE delivery_id = {mine}")
    slipped = f"Disposal {number} names records as destroyed that no entry speaks of: they were put in afterwards."
    assert [found.what for found in audited(sent)] == [slipped]
    with pytest.raises(Refused, match="not certified"):
        confirm(sent, number)
    assert sent.entries("disposal.done") == []
    assert slipped in [found.what for found in audited(sent)]


def test_what_was_confirmed_before_each_page_had_an_entry_is_finished(sent: Office) -> None:
    """As an older version left it: half done, and the second word names the count alone."""
    number = propose(sent)
    with sent.write() as session:
        disposal = retention.find(session, number)
        disposal.confirmed_by, disposal.confirmed_at = APPROVER.name, later()
        session.add(disposal)
        session.flush()
        said = Fact(disposal.confirmed_at, APPROVER.name, "disposal.confirmed", f"disposal:{number}", {"count": 2})
        ledger.record(session, said)
        digests = CLASSES["deliveries"].digests(session, [1])
        session.add(Disposed(kind="deliveries", item=1, disposal_id=number, sha256=digests[1]))
        session.flush()
        CLASSES["deliveries"].destroy(session, [1])
    assert audited(sent) == []
    confirm(sent, number)
    assert (boxes(sent), len(sent.entries("disposal.destroyed"))) == (0, 0)


def test_a_certificate_says_what_was_left_and_why(sent: Office) -> None:
    with sent.write() as session:
        holds.add(session, sent.vault.keys, Scope(address=ADA), reason="case", actor=WRITER, at=now())
    number = propose(sent)
    with sent.write() as session:
        holds.add(session, sent.vault.keys, Scope(address=BEA), reason="case", actor=WRITER, at=now())
        holds.lift(session, 1, reason="closed", actor=APPROVER, people=2, at=now())
    confirm(sent, number)
    (done,) = sent.entries("disposal.done")
    told = json.loads(done.payload)
    assert (told["proposed"], told["count"], told["left"]) == (1, 1, 1)


CERTIFIED = {
    "UPDATE disposal SET reason = 'x'": "is not the one that Rosa Example proposed",
    "UPDATE disposal SET confirmed_by = 'Eve'": "is not confirmed as Ana Example did it",
    "UPDATE disposal SET finished_at = '2031-01-01 00:00:00.000000'": "was not done when its row says",
    "DELETE FROM disposal": "is not there any more, and entries are about it.",
    "DELETE FROM erasure": "What says whether the files were scrubbed after disposal 1",
}


@pytest.mark.altered
@pytest.mark.parametrize("statement", CERTIFIED)
def test_a_certificate_that_was_altered_is_found(sent: Office, statement: str) -> None:
    number = propose(sent)
    done = confirm(sent, number)
    assert done.finished_at is not None
    tamper(sent.store, statement)
    (one,) = [found.what for found in audited(sent)]
    assert CERTIFIED[statement] in one


@pytest.mark.altered
def test_what_was_not_due_or_held_is_found_by_what_the_record_says(sent: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Software that was changed destroys what a hold covers, and what was not to go, with entries and certificate."""
    with sent.write() as session:
        holds.add(session, sent.vault.keys, Scope(address=ADA), reason="case", actor=WRITER, at=now())
    number = propose(sent)
    everything = [record["delivery"] for record in sent.records()]

    def due_(*_: object, after: int = 0, **__: object) -> Iterator[int]:
        return (one for one in everything if one > after)

    monkeypatch.setitem(CLASSES, "deliveries", dataclasses.replace(CLASSES["deliveries"], due=due_))
    confirm(sent, number)
    assert [found.what for found in audited(sent)] == [
        f"Disposal {number} took deliveries {sent.delivery(ADA).id} while legal hold 1 was in force."
    ]
    tamper(sent.store, "UPDATE delivery SET accepted_at = accepted_at + 315576000000000")
    assert f"Disposal {number} took deliveries 1, 2, which had not ended before" in " ".join(f.what for f in audited(sent))
