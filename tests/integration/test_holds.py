"""Legal hold: whom it covers, what it stops, who sets and who lifts it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from contacts import people
from distro.archive.ledger import recorder
from distro.dispatch import erasing, holds
from distro.dispatch.holds import LegalHold, Scope
from distro.errors import Refused
from distro.staff import Actor, Role
from tests.office import APPROVER, WRITER, Office, content, now
from tests.prepared import Prepared
from tests.sink import Sink

ADA, BEA, CAL = "ada@daily.example.com", "bea@diario.example.net", "cal@radio.example.org"
COUNSEL, ADMIN = Actor("Cora Counsel", Role.AUDITOR), Actor("Ada Admin", Role.ADMIN)


@pytest.fixture
def sent(office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Ada and Bea got `clinic`, Bea alone `buses`, Cal nothing."""
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    for address in (ADA, BEA):
        office.contact(address, languages="en", tier="1")
    office.contact(CAL, tier="9")
    office.join(COUNSEL, ADMIN)
    office.segment("All", "tier<=1")
    office.segment("Bea", f"domain:{BEA.partition('@')[2]}")
    office.send(content("clinic"))
    office.send(content("buses", text="Night buses run."), audience="Bea")
    office.run()


def hold(office: Office, *, actor: Actor = COUNSEL, reason: str = "case 12/2026", **scope: Any) -> int:
    with office.write() as session:
        return holds.add(session, office.vault.keys, Scope(**scope), reason=reason, actor=actor, at=now()).id or 0


def lift(office: Office, number: int, *, actor: Actor = ADMIN, people_: int = 2, reason: str = "closed") -> None:
    with office.write() as session:
        holds.lift(session, number, reason=reason, actor=actor, people=people_, at=now())


def held(office: Office) -> set[str]:
    """Of the three, who may not be erased; each is tried, and nothing is done."""
    found = set()
    for address in (ADA, BEA, CAL):
        with office.store.write() as session:
            try:
                erasing.erase(session, office.vault, address, reason="asked", actor=APPROVER, at=now())
            except Refused as refused:
                found |= {address} if "Legal hold" in str(refused) else {str(refused)}
            session.rollback()
    return found


def timed(scope: dict[str, Any]) -> dict[str, Any]:
    """With instants in the place of hours from now."""
    return {name: now() + timedelta(hours=value) if isinstance(value, float) else value for name, value in scope.items()}


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({"address": CAL}, {CAL}),
        ({"release": "clinic"}, {ADA, BEA}),
        ({"release": "buses"}, {BEA}),
        ({"release": "clinic", "address": ADA}, {ADA}),
        ({"release": "buses", "address": ADA}, set()),
        ({"since": -1.0}, {ADA, BEA}),
        ({"since": 1.0}, set()),
        ({"until": -1.0}, set()),
        ({"since": -1.0, "until": 1.0, "release": "buses"}, {BEA}),
        ({"until": 1.0, "address": CAL}, set()),
    ],
)
def test_whom_a_hold_covers(sent: Office, scope: dict[str, Any], covered: set[str]) -> None:
    number = hold(sent, **timed(scope))
    assert held(sent) == covered
    lift(sent, number)
    assert held(sent) == set()


def test_the_refusal_says_which_hold_and_how_it_ends(sent: Office) -> None:
    number = hold(sent, address=ADA)
    with (
        pytest.raises(Refused, match=rf"Legal hold {number} .*Cora Counsel .*case 12/2026.*hold lift {number} "),
        sent.write() as s,
    ):
        erasing.erase(s, sent.vault, ADA, reason="asked", actor=APPROVER, at=now())


def test_a_hold_follows_the_person_and_the_address(sent: Office) -> None:
    """The contact who has the address moves on, or is removed and brought in again under another number."""
    hold(sent, address=ADA)
    with sent.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        people.edit(session, ADA, {}, new_address="ada@wire.example.org", by=WRITER.name, at=at, record=record)
    for address in ("ada@wire.example.org", ADA):
        if address == ADA:
            sent.contact(ADA)
        with pytest.raises(Refused, match="Legal hold"), sent.write() as session:
            erasing.erase(session, sent.vault, address, reason="asked", actor=APPROVER, at=now())


def test_rows_and_entries_name_numbers(sent: Office) -> None:
    number = hold(sent, address=ADA, release="clinic")
    with sent.store.read() as session:
        (row,) = session.exec(select(LegalHold)).all()
        shown = holds.as_json(session, row)
        ada = people.find(session, ADA).id
    assert (shown["contact"], shown["release"], shown["by"], shown["lifted_at"]) == (ada, "clinic", COUNSEL.name, None)
    assert ADA not in repr(row)
    lift(sent, number)
    kinds = {kind: [entry.payload for entry in sent.entries(kind)] for kind in ("hold.set", "hold.lifted")}
    hashed = sent.vault.keys.address_hash(ADA).hex()
    assert kinds["hold.set"] == [
        f'{{"address":"{hashed}","contact":{ada},"hold":{number},"reason":"case 12/2026","release":1}}'
    ]
    assert kinds["hold.lifted"] == [f'{{"alone":false,"hold":{number},"reason":"closed"}}']
    with sent.store.read() as session:
        assert holds.every(session) == []
        assert len(holds.every(session, lifted=True)) == 1


@pytest.mark.parametrize("actor", [WRITER, COUNSEL])
def test_who_may_not_lift(sent: Office, actor: Actor) -> None:
    number = hold(sent, address=ADA, actor=ADMIN)
    with pytest.raises(Refused, match="may not lift"):
        lift(sent, number, actor=actor)


def test_two_people_where_the_office_has_two(sent: Office) -> None:
    number = hold(sent, address=ADA, actor=ADMIN)
    with pytest.raises(Refused, match="who set it does not lift it"):
        lift(sent, number)
    lift(sent, number, people_=1)
    assert '"alone":true' in sent.entries("hold.lifted")[0].payload
    with pytest.raises(Refused, match="already"):
        lift(sent, number, actor=APPROVER)
    with pytest.raises(Refused, match="no legal hold 9"):
        lift(sent, 9)


@pytest.mark.parametrize(
    ("scope", "reason", "sentence"),
    [
        ({}, "x", "what is to be held"),
        ({"address": ADA}, " ", "for a reason"),
        ({"address": ADA}, f"because of {BEA}", "holds an address"),
        ({"address": "nobody@example.org"}, "x", "no contact"),
        ({"release": "nothing"}, "x", "no release"),
        ({"since": 2.0, "until": 1.0}, "x", "before it begins"),
    ],
)
def test_a_hold_that_cannot_be(sent: Office, scope: dict[str, Any], reason: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        hold(sent, reason=reason, **timed(scope))
