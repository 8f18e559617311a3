"""A legal hold is not undermined by what others ask for: no erasure rewrites what it covers, and no edit loses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from contacts import agreements, importing, people
from contacts.models import Record
from distro.archive.ledger import recorder
from distro.archive.scrubbing import finish
from distro.dispatch import cards, erasing, holds, retention
from distro.dispatch.cards import HeldCard
from distro.dispatch.holds import Scope
from distro.errors import Failed, Refused
from distro.terms import Retention
from tests import leftovers
from tests.auditing import audited, tamper
from tests.backups import Elsewhere, make, with_admin
from tests.office import APPROVER, WRITER, Office, content, now

ADA, BEA, XEN = "ada@daily.example.com", "bea@diario.example.net", "xen@daily.example.com"
NOTE = "said that she saw the minutes"
Change = Callable[..., object]


@pytest.fixture
def desk(office: Office) -> Office:
    office.contact(ADA, tier="1", languages="en", notes=NOTE, outlet="Daily")
    office.contact(BEA, tier="1", languages="es")
    office.contact(XEN, name="Xen Xu", tier="2", languages="en")
    return office


def hold(office: Office, **scope: Any) -> int:
    with office.write() as session:
        return holds.add(session, office.vault.keys, Scope(**scope), reason="case", actor=WRITER, at=now()).id or 0


def lift(office: Office, number: int) -> None:
    with office.write() as session:
        holds.lift(session, number, reason="closed", actor=APPROVER, people=2, at=now())


def changing(office: Office, change: Callable[[Session, Record, Any, datetime], object]) -> None:
    """As the commands change contacts, all at one instant."""
    with office.write() as session:
        at = now()
        record, keep = recorder(session, WRITER.name, at), cards.keeper(session, office.vault, actor=WRITER.name, at=at)
        change(session, record, keep, at)


def edit(office: Office, address: str, new: str | None = None, **given: str) -> None:
    changing(
        office,
        lambda session, record, keep, at: people.edit(
            session, address, given, new_address=new, by=WRITER.name, at=at, record=record, keep=keep
        ),
    )


def bring_in(office: Office, folder: Path, *lines: str) -> None:
    file = folder / "list.csv"
    file.write_text("\n".join(["email,name,notes", *lines]) + "\n")
    with importing.read(file) as reading:
        changing(
            office,
            lambda session, record, keep, at: importing.bring_in(session, reading, at=at, record=record, keep=keep),
        )


def kept(office: Office, address: str = ADA) -> list[cards.Card]:
    with office.store.read() as session:
        return list(cards.cards_of(session, office.vault, people.find(session, address).id or 0))


def erase(office: Office, address: str) -> None:
    with office.write() as session:
        erasing.erase(session, office.vault, address, reason="asked by letter", actor=APPROVER, at=now())


def test_an_edit_goes_on_and_what_was_known_is_kept(desk: Office) -> None:
    number = hold(desk, address=ADA)
    edit(desk, ADA, name="Nobody", notes="")
    edit(desk, BEA, notes="who cares")
    (card,) = kept(desk)
    assert card.known is not None
    assert (card.known["name"], card.known["notes"], card.known["outlet"], card.by) == ("Ada", NOTE, "Daily", WRITER.name)
    assert kept(desk, BEA) == []
    (entry,) = desk.entries("contact.kept")
    assert entry.subject == f"card:{card.number}"
    assert f'"holds":[{number}]' in entry.payload
    with desk.store.read() as session:
        assert people.find(session, ADA).notes == ""


def test_nothing_is_kept_twice_and_each_change_once(desk: Office) -> None:
    edit(desk, ADA, region="NY")
    assert kept(desk) == []
    hold(desk, address=ADA)
    edit(desk, ADA, name="Ada")
    edit(desk, ADA, name="Ada")
    assert len(kept(desk)) == 1  # nothing was different: kept once, in case
    edit(desk, ADA, name="Eda")
    edit(desk, ADA, notes="")
    edit(desk, ADA, new="ada@wire.example.org")
    edit(desk, "ada@wire.example.org", notes="new")
    found = [card.known for card in kept(desk, "ada@wire.example.org")]
    assert [(one["name"], one["notes"], one["address"]) for one in found if one is not None] == [
        ("Ada", NOTE, ADA), ("Eda", NOTE, ADA), ("Eda", "", ADA), ("Eda", "", "ada@wire.example.org")
    ]  # fmt: skip


def test_whose_key_is_older_than_their_first_delivery_is_found_by_name(desk: Office) -> None:
    """A card was kept before a promise, which changes nothing of theirs; the freezing then takes them for known."""
    hold(desk, address=ADA)
    changing(
        desk,
        lambda session, record, keep, at: agreements.agree(
            session, people.find(session, ADA), terms="1", by=WRITER.name, at=at, record=record, keep=keep
        ),
    )
    desk.segment("All", "tier<=9")
    desk.send()
    desk.prepare()
    assert [record["recipient"]["address"] for record in desk.records(person="Ada")] == [ADA]


def test_an_import_and_an_agreement_keep_it_too(desk: Office, tmp_path: Path) -> None:
    changing(
        desk,
        lambda session, record, keep, at: agreements.agree(
            session, people.find(session, ADA), terms="1", how="by phone", by=WRITER.name, at=at, record=record, keep=keep
        ),
    )
    hold(desk, address=ADA)
    bring_in(desk, tmp_path, f"{ADA},Ada,{NOTE}", f"{BEA},Beatriz,")
    assert kept(desk) == []  # the file says what is known
    bring_in(desk, tmp_path, f"{ADA},Eda,", f"{BEA},Bea,", "new@example.org,New,")
    (card,) = kept(desk)
    assert card.known is not None
    assert card.known["name"] == "Ada"
    changing(
        desk,
        lambda session, record, keep, at: agreements.agree(
            session, people.find(session, ADA), terms="2", by=WRITER.name, at=at, record=record, keep=keep
        ),
    )
    (_, card) = kept(desk)
    assert card.known is not None
    assert [(one["terms"], one["how"]) for one in card.known["agreements"]] == [("1", "by phone")]
    assert len(desk.entries("contact.kept")) == 2


def test_a_hold_follows_the_address_and_one_on_many_names_nobody(desk: Office) -> None:
    desk.segment("All", "tier<=1")
    desk.send()
    desk.run()
    hold(desk, release="clinic")
    hold(desk, since=now() - timedelta(hours=1))
    edit(desk, ADA, notes="")
    assert kept(desk) == []
    number = hold(desk, address=ADA, release="clinic")
    edit(desk, ADA, notes="again")
    lift(desk, number)
    edit(desk, ADA, notes="and again")
    assert [card.known and card.known["notes"] for card in kept(desk)] == [""]


def test_a_hold_on_an_address_names_whoever_had_it(desk: Office) -> None:
    desk.segment("All", "tier<=1")
    desk.send()
    desk.run()
    edit(desk, ADA, new="ada@wire.example.org")
    number = hold(desk, address=ADA)
    with desk.store.read() as session:
        assert [one.contact_id for one in holds.every(session)] == [None]
    edit(desk, "ada@wire.example.org", notes="")
    (card,) = kept(desk, "ada@wire.example.org")
    assert card.known is not None
    assert card.known["former_addresses"] == [ADA]
    with desk.store.read() as session:
        assert list(cards.due(session, desk.vault.keys, now() + timedelta(days=1), held=False)) == []
    lift(desk, number)
    with desk.store.read() as session:
        assert list(cards.due(session, desk.vault.keys, now() + timedelta(days=1), held=False)) == [card.number]


def test_an_erasure_rewrites_nothing_that_is_held(desk: Office) -> None:
    """Somebody who is under no hold is named in the rule of a held wave, and in what is known of a held contact."""
    desk.segment("All", "tier<=9")
    desk.segment("NotXen", f"email={XEN}")
    (wave,) = desk.send(content("one"), exclude=["NotXen"])
    desk.run()
    desk.segment("NotXen", "region=NY")
    with desk.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        bea = people.find(session, BEA)
        agreements.agree(session, bea, terms="1", how=f"{XEN} heard it", by=WRITER.name, at=at, record=record)
    edit(desk, ADA, notes=f"{XEN} leaked it")
    rules = desk.wave(wave).audience
    for scope, what in (
        ({"release": "one"}, f"wave {wave},"),
        ({"address": ADA}, f"wave {wave}, what is known of contact 1,"),  # the rule also says why she got it
        ({"address": BEA}, f"wave {wave}, what is known of contact 2,"),
        ({"since": now() - timedelta(hours=1), "release": "one"}, f"wave {wave},"),
        ({"until": now() + timedelta(hours=1)}, f"wave {wave},"),
    ):
        number = hold(desk, **scope)
        with pytest.raises(Refused, match=f"The address stands in {what} .*legal hold {number} .*hold lift {number} "):
            erase(desk, XEN)
        with desk.store.read() as session:
            assert people.find(session, XEN).name == "Xen Xu"
            assert people.find(session, ADA).notes == f"{XEN} leaked it"
        assert desk.wave(wave).audience == rules
        lift(desk, number)
    hold(desk, until=now() - timedelta(hours=1))  # covers nothing of this
    erase(desk, XEN)
    assert desk.wave(wave).audience != rules


def test_a_held_wave_without_a_delivery_is_not_rewritten_either(desk: Office) -> None:
    desk.segment("Xen", f"email={XEN}")
    desk.segment("NotXen", f"email={XEN}")
    (wave,) = desk.send(content("one"), audience="Xen", exclude=["NotXen"])
    desk.run()
    for name in ("Xen", "NotXen"):
        desk.segment(name, "region=NY")
    hold(desk, release="one")
    with pytest.raises(Refused, match=f"stands in wave {wave},"):
        erase(desk, XEN)


def test_what_is_kept_is_sealed_and_erasure_reaches_it(desk: Office) -> None:
    number = hold(desk, address=ADA)
    edit(desk, ADA, notes="", name="Eda")
    with desk.store.read() as session:
        contact = people.find(session, ADA).id or 0
    with pytest.raises(Refused, match="Legal hold"):
        erase(desk, ADA)
    lift(desk, number)
    erase(desk, ADA)
    assert finish(desk.store, actor=APPROVER.name, at=now()) == ""
    assert leftovers.where(leftovers.files_of(desk.store), [NOTE, ADA]) == []
    with desk.store.read() as session:
        assert [card.known for card in cards.cards_of(session, desk.vault, contact)] == [None]


def test_two_people_dispose_of_cards_once_no_hold_names_them(desk: Office) -> None:
    first, second = hold(desk, address=ADA), hold(desk, address=BEA)
    edit(desk, ADA, notes="")
    edit(desk, BEA, notes="x")
    lift(desk, first)
    later = now() + timedelta(days=800)
    terms = Retention(cards_years=2)
    with desk.write() as session:
        (stands,) = [one for one in retention.due(session, desk.vault.keys, terms, later) if one.name == "cards"]
        assert (stands.due, stands.held) == (1, 1)
        made = retention.propose(session, desk.vault.keys, terms, "cards", before=None, reason="x", actor=WRITER, at=later)
    retention.confirm(desk.store, desk.vault.keys, made.id or 0, terms=terms, actor=APPROVER, at=later)
    assert kept(desk) == []
    assert len(kept(desk, BEA)) == 1
    assert finish(desk.store, actor=APPROVER.name, at=later) == ""
    lift(desk, second)
    edit(desk, ADA, notes="another")
    with desk.write() as session:
        assert list(cards.due(session, desk.vault.keys, later, held=False)) == [2]


@pytest.mark.parametrize("statement", ["UPDATE held_card SET contact_id = 2", "DELETE FROM held_card"])
def test_cards_are_append_only(desk: Office, statement: str) -> None:
    hold(desk, address=ADA)
    edit(desk, ADA, notes="")
    with pytest.raises(DBAPIError, match="append-only"), desk.write() as session:
        session.connection().execute(text(statement))


@pytest.mark.altered
def test_a_card_that_somebody_alters_or_takes_out_is_found(desk: Office) -> None:
    hold(desk, address=ADA)
    edit(desk, ADA, notes="")
    edit(desk, ADA, notes="more")
    assert audited(desk) == []
    with desk.store.read() as session:
        box = session.exec(select(HeldCard.box).where(HeldCard.id == 1)).one()
    tamper(desk.store, "UPDATE held_card SET box = :box WHERE id = 1", "DELETE FROM held_card WHERE id = 2", box=box[::-1])
    assert [found.what for found in audited(desk)] == [
        "What was kept of a contact under legal hold (card 1) is not what was recorded.",
        "What was kept of a contact under legal hold (card 2) is not there any more.",
    ]
    with pytest.raises(Failed, match="does not open"):
        kept(desk)


def test_a_backup_takes_cards_and_former_addresses_along(desk: Office, elsewhere_url: str, tmp_path: Path) -> None:
    with_admin(desk)
    hold(desk, address=ADA)
    edit(desk, ADA, new="ada@wire.example.org", notes="")
    make(desk, tmp_path / "b", with_key=True)
    elsewhere = Elsewhere(elsewhere_url, tmp_path / "elsewhere")
    elsewhere.restore(tmp_path / "b")
    there = elsewhere.office()
    assert kept(there, "ada@wire.example.org") == kept(desk, "ada@wire.example.org") != []
    with there.store.read() as session:
        assert people.former(session, 1) == [ADA]
    assert audited(there) == []
    edit(there, "ada@wire.example.org", notes="another")
    there.store.close()
