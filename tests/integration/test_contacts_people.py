"""Contacts one by one, suppressions, agreements and segments, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from contacts import agreements, lists, people, segments, suppression
from contacts.errors import Refused
from contacts.models import EmbargoAgreement, Journalist, ListMember, Suppression
from distro.archive.ledger import Entry, recorder
from distro.db import Store

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LATER = AT + timedelta(days=1)


def pen(session: Session) -> Callable[[str, str, Mapping[str, object]], None]:
    return recorder(session, "Rosa", AT)


def add(session: Session, address: str, **given: str) -> Journalist:
    return people.add(session, address, given, at=AT, record=pen(session))


def test_an_edited_address_stays_the_same_person(store: Store) -> None:
    with store.write() as session:
        ana = add(session, "ana@example.org", name="Ana", outlet="Daily", tier="1")
        number = ana.id
        lists.put(session, lists.make(session, "Health"), [ana.id or 0], at=AT)
    with store.write() as session:
        done = people.edit(
            session, "ANA@example.org", {"tier": "", "region": "Chicago"}, new_address="Ana@Daily.example.org",
            by="Rosa", at=LATER, record=pen(session),
        )  # fmt: skip
        assert (done.person.id, done.changed) == (number, ("address", "region", "tier"))
    with store.read() as session:
        card = people.card(session, people.find(session, "ana@daily.example.org"))
        assert [card[k] for k in ("id", "outlet", "tier", "region", "lists")] == [number, "Daily", None, "Chicago", ["Health"]]
        assert card["changed_at"] == LATER
        with pytest.raises(Refused, match="There is no contact with the address"):
            people.find(session, "ana@example.org")


def test_an_edit_that_changes_nothing_records_nothing(store: Store) -> None:
    with store.write() as session:
        add(session, "ana@example.org", name="Ana")
        done = people.edit(session, "ana@example.org", {"name": " Ana "}, by="Rosa", at=LATER, record=pen(session))
        assert (done.changed, done.person.changed_at) == ((), AT)
        assert [entry.kind for entry in session.exec(select(Entry))] == ["contact.added"]


def test_an_address_belongs_to_one_person(store: Store) -> None:
    with store.write() as session:
        add(session, "ana@example.org")
        add(session, "eva@example.org")
    with store.write() as session, pytest.raises(Refused, match="a contact already"):
        add(session, "Ana@Example.org")
    with store.write() as session, pytest.raises(Refused, match="somebody else's"):
        people.edit(session, "eva@example.org", {}, new_address="ANA@example.org", by="Rosa", at=AT, record=pen(session))


def test_fields_are_checked_as_an_import_checks_them(store: Store) -> None:
    with pytest.raises(Refused) as refused, store.write() as session:
        add(session, "ana@example.org", name="a\nb", tier="dos", timezone="Mars/One")
    assert [one.split()[0] for one in refused.value.sentences] == ["name", "timezone", "tier"]
    with store.read() as session:
        assert list(people.every(session)) == []


def test_removing_deletes_the_person_and_keeps_the_suppression_and_the_number(store: Store) -> None:
    with store.write() as session:
        ana = add(session, "ana@example.org")
        assert ana.id is not None
        agreements.agree(session, ana, terms="2026", by="Rosa", at=AT, record=pen(session))
        lists.put(session, lists.make(session, "Health"), [ana.id or 0], at=AT)
        suppression.suppress(session, ana.canonical, reason="asked", by="Rosa", at=AT, record=pen(session))
        removed = people.remove(session, "ana@example.org", record=pen(session))
    with store.write() as session:
        assert session.exec(select(EmbargoAgreement)).all() == []
        assert session.exec(select(ListMember)).all() == []
        assert suppression.suppressed_among(session, ["ana@example.org"]) == {"ana@example.org"}
        again = add(session, "ana@example.org")
        assert again.id is not None
        assert again.id > removed


def test_a_new_address_does_not_undo_a_suppression(store: Store) -> None:
    with store.write() as session:
        add(session, "ana@example.org")
        suppression.suppress(session, "ana@example.org", reason="unsubscribed", by="Rosa", at=AT, record=pen(session))
        done = people.edit(
            session, "ana@example.org", {}, new_address="ana@example.net", by="Eva", at=LATER, record=pen(session)
        )
        assert done.suppression_moved
        both = {"ana@example.org", "ana@example.net"}
        assert suppression.suppressed_among(session, both) == both
        moved = suppression.live(session, "ana@example.net")
        assert moved is not None
        assert (moved.reason, moved.by) == ("unsubscribed", "Eva")


def test_a_suppression_is_made_once_lifted_by_a_person_and_stays_as_history(store: Store) -> None:
    with store.write() as session:
        record = pen(session)
        evidence = "550 5.1.1 no such user\r\n\x07"
        assert suppression.suppress(
            session, "a@example.org", reason="bounced", evidence=evidence, by="bot", at=AT, record=record
        )
        assert not suppression.suppress(session, "a@example.org", reason="asked", by="Rosa", at=LATER, record=record)
        suppression.lift(session, "a@example.org", reason="new server", by="Rosa", at=LATER, record=record)
        assert suppression.suppressed_among(session, ["a@example.org"]) == set()
        assert suppression.suppress(session, "a@example.org", reason="asked", by="Rosa", at=LATER, record=record)
        rows = session.exec(select(Suppression).order_by(col(Suppression.at))).all()
        assert [(row.reason, row.lifted_by) for row in rows] == [("bounced", "Rosa"), ("asked", None)]
        assert rows[0].evidence == "550 5.1.1 no such user\ufffd\n\ufffd"
        assert all("example.org" not in entry.payload + entry.subject for entry in session.exec(select(Entry)))
    with store.write() as session:
        with pytest.raises(Refused, match="needs a reason"):
            suppression.suppress(session, "b@example.org", reason=" ", by="Rosa", at=AT, record=pen(session))
        with pytest.raises(Refused, match="is not suppressed"):
            suppression.lift(session, "b@example.org", reason="x", by="Rosa", at=AT, record=pen(session))


def test_suppressions_are_found_among_many(store: Store) -> None:
    with store.write() as session:
        for number in (0, 1500, 2999):
            suppression.suppress(session, f"a{number}@example.org", reason="x", by="R", at=AT, record=pen(session))
        asked = [f"a{number}@example.org" for number in range(3000)]
        assert suppression.suppressed_among(session, asked) == {asked[0], asked[1500], asked[2999]}


def test_a_releases_own_agreement_goes_before_the_standing_one(store: Store) -> None:
    with store.write() as session:
        people_ = [add(session, f"{name}@example.org") for name in ("ana", "eva", "tom", "zoe")]
        ana, eva, tom, zoe = people_

        def agree(person: Journalist, release: str) -> int | None:
            made = agreements.agree(session, person, release=release, terms="2026", by="Rosa", at=AT, record=pen(session))
            return made.id

        own, _ = agree(ana, "a-letter"), agree(ana, "")
        standing, _ = agree(eva, ""), agree(tom, "another")
        numbers = [one.id for one in people_ if one.id is not None]
        assert agreements.agreements_for(session, numbers, "a-letter") == {ana.id: own, eva.id: standing}
        assert zoe.id not in agreements.agreements_for(session, numbers, "another")


def test_the_same_promise_keeps_its_instant_and_other_terms_make_it_anew(store: Store) -> None:
    with store.write() as session:
        ana = add(session, "ana@example.org")
        first = agreements.agree(session, ana, terms="2026", how="by phone", by="Rosa", at=AT, record=pen(session)).id
        same = agreements.agree(session, ana, terms="2026", by="Eva", at=LATER, record=pen(session))
        assert (same.id, same.at, same.by, same.how) == (first, AT, "Rosa", "by phone")
        other = agreements.agree(session, ana, terms="2027", by="Eva", at=LATER, record=pen(session))
        assert (other.id, other.at, other.terms) == (first, LATER, "2027")
        kinds = [entry.kind for entry in session.exec(select(Entry))]
        assert kinds.count("contact.agreed") == 2
        with pytest.raises(Refused, match="needs the terms"):
            agreements.agree(session, ana, terms="", by="Rosa", at=AT, record=pen(session))


def test_a_segment_is_a_rule_under_a_name(store: Store) -> None:
    with store.write() as session:
        add(session, "ana@example.org", beats="Salud")
        saved = segments.save(session, "Sálud desk", " beat:salud ", by="Rosa", at=AT, record=pen(session))
        assert (saved.rule, segments.count(session, saved.rule)) == ("beat:salud", 1)
        add(session, "eva@example.org", beats="salud")
        assert segments.count(session, segments.find(session, "SALUD DESK").rule) == 2
        segments.save(session, "salud desk", "tier:1", by="Eva", at=LATER, record=pen(session))
        (only,) = segments.every(session)
        assert (only.name, only.rule, only.changed_by) == ("Sálud desk", "tier:1", "Eva")
        with pytest.raises(Refused, match=r"There is no segment 'x' \(segments: Sálud desk\)"):
            segments.find(session, "x")


@pytest.mark.parametrize(
    ("name", "rule", "says"),
    [
        ("a,b", "tier:1", "cannot name a segment"),
        ("", "tier:1", "cannot name a segment"),
        ("a\nb", "tier:1", "line break"),
        ("a", "tier", "breaks off at column 5"),
        ("a", "tier:1 or list:Nobody", r"the list 'Nobody' at column 16, and there is no such list \(lists: Health\)"),
    ],
)
def test_a_segment_that_cannot_be_asked_is_not_saved(store: Store, name: str, rule: str, says: str) -> None:
    with store.write() as session:
        lists.make(session, "Health")
        with pytest.raises(Refused, match=says):
            segments.save(session, name, rule, by="Rosa", at=AT, record=pen(session))
        assert segments.every(session) == []


def test_pages_go_on_where_the_last_ended(store: Store) -> None:
    with store.write() as session:
        for number in range(7):
            add(session, f"a{number}@example.org", tier=str(number % 2))
    with store.read() as session:
        first = list(people.every(session, limit=3))
        rest = list(people.every(session, after=int(str(first[-1]["id"]))))
        assert [one["address"] for one in first + rest] == [f"a{number}@example.org" for number in range(7)]
        assert [one["address"] for one in segments.members(session, "tier:1", limit=2)] == ["a1@example.org", "a3@example.org"]
        assert list(people.every(session, limit=0)) == []


def test_the_key_stands_against_a_second_row_whoever_writes_it(store: Store) -> None:
    with store.write() as session:
        add(session, "ana@example.org")
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(Journalist(address="x", canonical="ana@example.org", domain="x", created_at=AT, changed_at=AT))
