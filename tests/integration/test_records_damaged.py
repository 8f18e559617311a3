"""A row that somebody altered, or took out, takes no answer away: its record says so, and all others are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contacts import agreements, people
from distro.archive.ledger import entries_about, recorder
from distro.archive.search import read_terms
from distro.config import Sending, Uncertain
from distro.dispatch import history, missing, questions, searching
from distro.errors import Failed
from tests.auditing import tamper
from tests.office import WRITER, Office, content, now
from tests.prepared import Prepared
from tests.sink import Sink

ADA, BEA, CAL = "ada@daily.example.com", "bea@diario.example.net", "cal@radio.example.org"
HOUR = timedelta(hours=1)


@pytest.fixture
def sent(office: Office, sink: Sink, prepared: Prepared) -> Office:
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    for address in (ADA, BEA, CAL):
        office.contact(address, languages="en", tier="1", agrees=True)
    office.segment("All", "tier<=9")
    office.send(content(embargo=now() + HOUR), advance=["All"], advance_at="now")
    office.run()


def whom(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["recipient"] and row["recipient"]["address"] for row in rows]


def held(office: Office) -> list[dict[str, Any]]:
    with office.store.read() as session:
        return list(questions.held_before_lift(session, office.vault, "clinic"))


def blob(office: Office, size: int = 60) -> str:
    return f"zeroblob({size})" if office.store.dialect == "sqlite" else f"decode(repeat('00', {size}), 'hex')"


def test_an_honest_record_has_nothing_damaged(sent: Office) -> None:
    assert {(r["not_shown"], tuple(r["damaged"])) for r in sent.records()} == {(None, ())}


@pytest.mark.altered
@pytest.mark.parametrize("size", [60, 0, 5])
def test_one_box_that_does_not_open(sent: Office, size: int) -> None:
    number = sent.delivery(BEA).id
    tamper(sent.store, f"UPDATE personal SET box = {blob(sent, size)} WHERE delivery_id = {number} AND part = 0")
    rows = sent.records()
    assert whom(rows) == [ADA, None, CAL]
    assert [(r["not_shown"], r["damaged"]) for r in rows] == [(None, []), ("damaged", ["recipient"]), (None, [])]
    assert whom(held(sent)) == [ADA, None, CAL]
    assert whom(sent.records(address_hash=sent.vault.keys.address_hash(ADA))) == [ADA]
    assert whom(sent.records(person="ada")) == [ADA]
    assert whom(sent.records(person="bea")) == [None], "nobody knows any more that it was not they"
    with pytest.raises(Failed, match=f"sealed part 0 of delivery {number} does not open"):
        sent.eml(number or 0)


@pytest.mark.altered
@pytest.mark.parametrize("size", [60, 0, 5])
def test_a_key_that_does_not_open(sent: Office, size: int) -> None:
    tamper(sent.store, f"UPDATE person_key SET wrapped = {blob(sent, size)} WHERE contact_id = {sent.delivery(BEA).contact_id}")
    assert whom(sent.records()) == [ADA, None, CAL]
    assert [r["not_shown"] for r in sent.records()] == [None, "damaged", None]
    with pytest.raises(Failed, match="key of contact"):
        sent.eml(sent.delivery(BEA).id or 0)


@pytest.mark.altered
def test_a_reply_that_does_not_open_takes_nothing_else(sent: Office) -> None:
    tamper(sent.store, f"UPDATE personal SET box = {blob(sent)} WHERE delivery_id = {sent.delivery(BEA).id} AND part = 2")
    _, damaged, _ = sent.records()
    assert damaged["recipient"]["address"] == BEA
    assert (damaged["damaged"], [a["reply"] for a in damaged["attempts"]]) == (["attempts"], [None])
    assert sent.eml(damaged["delivery"])


@pytest.mark.altered
def test_a_box_that_was_taken_out_is_no_erasure(sent: Office) -> None:
    number = sent.delivery(BEA).id
    tamper(sent.store, f"DELETE FROM personal WHERE delivery_id = {number}")
    assert [r["not_shown"] for r in sent.records()] == [None, "damaged", None]
    with pytest.raises(Failed, match=f"Whom delivery {number} was for is not there any more.*archive verify"):
        sent.eml(number or 0)


WHOLE = ["version", "press_contacts", "author", "authors"]


@pytest.mark.altered
@pytest.mark.parametrize(
    ("statement", "damaged"),
    [
        ("DELETE FROM skeleton", ["message_id"]),
        ("UPDATE skeleton SET packed = NULL, pieces = '{'", ["message_id"]),
        ("UPDATE skeleton SET packed = NULL, pieces = '[]'", ["message_id"]),
        ("DELETE FROM version", WHOLE),
        ("UPDATE version SET content = '{\"contacts\":['", ["press_contacts"]),
        ("UPDATE version SET content = '{\"contacts\":[1]}'", ["press_contacts"]),
        ("DELETE FROM approval", ["approvers"]),
        ("DELETE FROM release", ["release"]),
        ("UPDATE entry SET payload = '{' WHERE kind = 'delivery.accepted'", ["attempts"]),
        ("UPDATE entry SET payload = '[]' WHERE kind = 'delivery.accepted'", ["attempts"]),
        ("UPDATE entry SET payload = '{\"attempt\":\"x\"}' WHERE kind = 'delivery.accepted'", ["attempts"]),
    ],
)
def test_what_cannot_be_read_is_named(sent: Office, statement: str, damaged: list[str]) -> None:
    tamper(sent.store, statement)
    rows = sent.records()
    assert whom(rows) == [ADA, BEA, CAL]
    assert {tuple(r["damaged"]) for r in rows} == {tuple(damaged)}
    for field in damaged:
        assert not rows[0][field]
    with sent.store.read() as session:
        assert history.delivery(session, sent.vault, rows[0]["delivery"]) == rows[0]
        assert len(entries_about(session, f"delivery:{rows[0]['delivery']}")) == 1


@pytest.mark.altered
def test_a_wave_that_was_taken_out(sent: Office) -> None:
    tamper(sent.store, "DELETE FROM wave")
    for row in (history_of(sent, number) for number in (1, 2, 3)):
        assert row["recipient"]
        assert (row["release"], row["version"], row["purpose"]) == (None, None, None)
        assert row["damaged"][0] == "release"


def history_of(office: Office, number: int) -> dict[str, Any]:
    with office.store.read() as session:
        return history.delivery(session, office.vault, number)


@pytest.mark.altered
@pytest.mark.parametrize("statement", ["DELETE FROM skeleton", "UPDATE skeleton SET packed = NULL, pieces = '{'"])
def test_a_copy_without_its_letter_is_a_sentence(sent: Office, statement: str) -> None:
    tamper(sent.store, statement)
    with pytest.raises(Failed, match=r"The copy of delivery 1 cannot be read as it was recorded; `distro archive verify`"):
        sent.eml(1)


@pytest.mark.altered
def test_a_text_that_cannot_be_read(sent: Office) -> None:
    sent.send(content("other"))
    sent.run()
    tamper(sent.store, "UPDATE version SET content = '{}' WHERE release_id = 1")
    with sent.store.read() as session:
        found = [hit.to_json() for hit in searching.editions(session, read_terms("clinic"))]
        with pytest.raises(Failed, match=r"Version [0-9a-f]{12} of 'clinic' cannot be read.*archive verify"):
            list(questions.held_before_lift(session, sent.vault, "clinic"))
    assert [(hit["release"], hit["damaged"], hit["headline"]) for hit in found] == [
        ("other", False, "Clinic opens on Main Street"),
        ("clinic", True, None),
    ]
    assert sent.eml(1), "the copy is proved by its own hash"


@pytest.mark.altered
def test_terms_that_cannot_be_read_are_a_sentence(sent: Office) -> None:
    tamper(sent.store, "UPDATE approval SET terms = '{'")
    with sent.store.read() as session, pytest.raises(Failed, match="Approval 1 of 'clinic' cannot be read"):
        questions.approvals(session, "clinic")


@pytest.mark.altered
def test_who_never_got_it_is_told_of_others(sent: Office) -> None:
    tamper(sent.store, f"UPDATE personal SET box = {blob(sent)} WHERE delivery_id = 2 AND part = 0")
    sent.segment("Ada", f"email={ADA}")
    newer = content(text="The clinic opens on Monday.", embargo=now() + HOUR)
    sent.send(newer, audience="Ada", advance=["Ada"], advance_at="now")
    sent.run()
    with sent.store.read() as session:
        later = missing.later_of(session, "clinic")
        rows: list[dict[str, Any]] = list(missing.never_got(session, sent.vault, later))
    assert [(row["not_shown"], row["recipient"] and row["recipient"]["address"]) for row in rows] == [
        ("damaged", None),
        (None, CAL),
    ]


# --- what was agreed to when a copy in doubt left


def agree(office: Office, terms: str) -> None:
    with office.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        agreements.agree(session, people.find(session, ADA), terms=terms, by=WRITER.name, at=at, record=record)


def test_a_copy_in_doubt_left_on_what_was_agreed_to_before(office: Office, sink: Sink) -> None:
    """An agreement to other terms takes the same row; what came after the copy was stamped was not asked of it."""
    office.contact(ADA, languages="en", tier="1", agrees=True)
    office.segment("All", "tier<=9")
    sink.at_dot = lambda _to, _octets: "drop"
    office.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    office.send(content(embargo=now() + HOUR), advance=["All"], advance_at="now")
    office.run()
    agree(office, "terms of 2030")
    (row,) = held(office)
    assert row["held"] == "in doubt"
    assert (row["agreement"]["terms"], row["permit"]) == ("standing terms 1", f"agreement:{row['agreement']['id']}")
