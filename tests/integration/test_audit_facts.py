"""Facts about people, holds and disposals that are altered behind the software's back are found; what is honest never is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from contacts import people, suppression
from contacts.models import Suppression
from distro.archive.findings import Finding
from distro.archive.ledger import recorder
from distro.archive.said import PAGE, each_page
from distro.archive.scrubbing import finish
from distro.dispatch import erasing, holds, retention
from distro.dispatch.holds import Scope
from distro.editorial import desk
from distro.staff import Actor, Role, Staff
from distro.terms import Retention
from tests.auditing import audited, tamper
from tests.office import APPROVER, WRITER, Office, approve_checked, content, now
from tests.prepared import Prepared
from tests.sink import Sink

ADA, BEA, CAL, DOT = "ada@daily.example.com", "bea@diario.example.net", "cal@radio.example.org", "dot@wire.example.org"
LONG_AGO = "'2019-05-03 10:00:00.000000'"


def found(office: Office) -> list[str]:
    return [one.what for one in audited(office)]


@pytest.fixture
def eventful(office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Ada is held and agreed, Bea suppressed, Cal suppressed and lifted, Dot erased; all but Cal are frozen."""
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    for address in (ADA, BEA, CAL, DOT):
        office.contact(address, languages="en", tier="1" if address != CAL else "9", outlet="Daily", agrees=address == ADA)
    office.segment("All", "tier<=1")
    office.send()
    office.prepare()
    office.suppress(BEA)
    office.suppress(CAL)
    office.lift(CAL)
    with office.write() as session:
        scope = Scope(address=ADA, release="clinic", since=now() - timedelta(days=1), until=now() + timedelta(days=1))
        holds.add(session, office.vault.keys, scope, reason="case 12/2026", actor=WRITER, at=now())
        holds.add(session, office.vault.keys, Scope(address=ADA), reason="another", actor=WRITER, at=now())
        holds.lift(session, 2, reason="closed", actor=APPROVER, people=2, at=now())
        erasing.erase(session, office.vault, DOT, reason="asked", actor=APPROVER, at=now())
    assert finish(office.store, actor=APPROVER.name, at=now()) == ""
    assert found(office) == []


HOLDS = {
    "DELETE FROM legal_hold WHERE id = 1": ["Legal hold 1, which Rosa Example set in entry {}, is not there."],
    f"UPDATE legal_hold SET lifted_at = {LONG_AGO}, lifted_by = 'Ana Example' WHERE id = 1": [
        "Legal hold 1 is called lifted, and no entry says that anybody lifted it."
    ],
    "UPDATE legal_hold SET until = since WHERE id = 1": [
        "Legal hold 1 is not the one that Rosa Example set in entry {}: until altered."
    ],
    "UPDATE legal_hold SET address_hash = NULL, contact_id = NULL, release_id = 99, reason = 'x', by = 'Eve' WHERE id = 1": [
        "Legal hold 1 is not the one that Rosa Example set in entry {}: "
        "contact id, address hash, release id, reason, by altered."
    ],
    "INSERT INTO legal_hold (id, reason, by, at) SELECT 9, reason, by, at FROM legal_hold WHERE id = 1": [
        "Legal hold 9 stands in no entry."
    ],
    "UPDATE legal_hold SET lifted_at = NULL WHERE id = 2": ["Legal hold 2 is not lifted as Ana Example did it in entry {}."],
}


@pytest.mark.altered
@pytest.mark.parametrize("attack", HOLDS)
def test_a_hold_is_what_was_set(eventful: Office, attack: str) -> None:
    kind = "hold.lifted" if "id = 2" in attack else "hold.set"
    entry = eventful.entries(kind)[0].id
    tamper(eventful.store, attack)
    assert found(eventful) == [one.format(entry) for one in HOLDS[attack]]


@pytest.mark.parametrize("what", ["reason = 'x'", "since = NULL", "address_hash = NULL", "lifted_reason = 'x'", "delete"])
def test_no_sql_changes_a_hold_silently(eventful: Office, what: str) -> None:
    statement = "DELETE FROM legal_hold" if what == "delete" else f"UPDATE legal_hold SET {what}"
    with pytest.raises(Exception, match=r"stays as it was said|not deleted|append-only"), eventful.write() as session:
        session.connection().execute(text(statement))


STAFF = {
    "UPDATE staff SET role = 'approver' WHERE name = 'Rosa Example'": "Rosa Example (approver) is not on the staff as entry",
    "UPDATE staff SET name = 'Eve' WHERE name = 'Rosa Example'": "Eve (author) is not on the staff as entry",
    f"UPDATE staff SET added_at = {LONG_AGO} WHERE name = 'Ana Example'": "added at altered.",
    "UPDATE staff SET added_by = 'Eve' WHERE name = 'Ana Example'": "added by altered.",
    "DELETE FROM staff WHERE name = 'Rosa Example'": "Rosa Example, whom entry 2 put on the staff, is not there any more.",
    "INSERT INTO staff SELECT 9, 'Eve', 'eve', 'e', 'admin', added_at, added_by FROM staff WHERE id = 1": (
        "Eve (admin) is on the staff, and no entry put them there."
    ),
}


@pytest.mark.altered
@pytest.mark.parametrize("attack", STAFF)
def test_the_staff_is_who_was_added(office: Office, attack: str) -> None:
    tamper(office.store, attack)
    (one,) = found(office)
    assert STAFF[attack] in one


@pytest.mark.altered
def test_a_word_of_somebody_who_might_not_give_it_is_found_whatever_became_of_the_role(office: Office) -> None:
    """A writer is made an approver, approves what somebody else wrote, and is a writer again."""
    eve = Actor("Eve Example", Role.AUTHOR)
    office.join(eve)
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=1")
    slug = office.release()
    office.schedule(slug, "All")
    tamper(office.store, "UPDATE staff SET role = 'approver' WHERE name = 'Eve Example'")
    with office.write() as session:
        role = session.exec(select(Staff.role).where(Staff.name == eve.name)).one()
        actor = Actor(eve.name, Role(role))
        approve_checked(
            session, desk.find_release(session, slug), actor=actor, people=2, late_limit=timedelta(minutes=30), at=now()
        )
    tamper(office.store, "UPDATE staff SET role = 'author' WHERE name = 'Eve Example'")
    (entry,) = office.entries("release.approve")
    assert found(office) == [
        f"Eve Example gave approval 1 in entry {entry.id}, as author, who may not, by the record.",
    ]


SUPPRESSIONS = {
    "DELETE FROM suppression WHERE by = 'Rosa Example' AND lifted_at IS NULL": "made in entry {}, is not there",
    "DELETE FROM suppression WHERE reason = 'erased'": "which stands since the erasure in entry {}, is not there.",
    f"UPDATE suppression SET at = {LONG_AGO} WHERE id = 1": "Suppression 1 is not as entry {} has it: at altered.",
    "UPDATE suppression SET by = 'Eve' WHERE id = 1": "Suppression 1 is not as entry {} has it: by altered.",
    "UPDATE suppression SET by = 'Eve' WHERE reason = 'erased'": "is not as entry {} has it: by altered.",
    f"UPDATE suppression SET lifted_at = {LONG_AGO}, lifted_by = 'Rosa Example' WHERE id = 1": (
        "Suppression 1 is called lifted, and no entry says that anybody lifted it."
    ),
    "UPDATE suppression SET lifted_at = NULL WHERE id = 2": "Suppression 2 is not lifted as entry {} has it.",
    "UPDATE suppression SET lifted_by = 'Eve' WHERE id = 2": "Suppression 2 is not lifted as entry {} has it.",
    f"INSERT INTO suppression (id, canonical, reason, evidence, by, at) VALUES (900, 'x@y', 'r', '', 'Eve', {LONG_AGO})": (
        "Suppression 900 stands in no entry."
    ),
}


@pytest.mark.altered
@pytest.mark.parametrize("attack", SUPPRESSIONS)
def test_a_suppression_is_as_it_was_made(eventful: Office, attack: str) -> None:
    erased = "erased" in attack
    kind = "contact.erased" if erased else "contact.unsuppressed" if "id = 2" in attack else "contact.suppressed"
    entry = eventful.entries(kind)[0].id
    tamper(eventful.store, attack)
    (one,) = found(eventful)
    assert SUPPRESSIONS[attack].format(entry) in one


AGREEMENTS = {
    "DELETE FROM embargo_agreement": "Agreement 1 of contact 1, made in entry {}, is not there.",
    "UPDATE embargo_agreement SET terms = 'none'": "Agreement 1 of contact 1 is not as entry {} has it: terms altered.",
    f"UPDATE embargo_agreement SET at = {LONG_AGO}": "Agreement 1 of contact 1 is not as entry {} has it: at altered.",
    "UPDATE embargo_agreement SET by = 'Eve'": "Agreement 1 of contact 1 is not as entry {} has it: by altered.",
    "UPDATE embargo_agreement SET release = 'other'": "Agreement 1 of contact 1 stands in no entry.",
    "UPDATE embargo_agreement SET journalist_id = 3": "Agreement 1 of contact 3 stands in no entry.",
}


@pytest.mark.altered
@pytest.mark.parametrize("attack", AGREEMENTS)
def test_an_agreement_is_as_it_was_made(eventful: Office, attack: str) -> None:
    (entry,) = eventful.entries("contact.agreed")
    tamper(eventful.store, attack)
    assert AGREEMENTS[attack].format(entry.id) in found(eventful)


KEYS = {
    "UPDATE person_key SET destroyed_at = destroyed_at - 1 WHERE wrapped IS NULL": "was not destroyed when entry {} says.",
    "UPDATE person_key SET created_at = created_at + 1 WHERE contact_id = 1": "was not made when they were first frozen",
    "UPDATE person_key SET destroyed_at = 1 WHERE contact_id = 1": "There is a key of contact 1, who was erased.",
    "DELETE FROM person_key WHERE wrapped IS NULL": "What says that the key of contact 4 was destroyed is not there any more.",
    f"UPDATE erasure SET at = {LONG_AGO}": "Erasure 1 of contact 4 stands in no entry, or not with that instant.",
    "DELETE FROM erasure": "The erasure of contact 4 in entry {} has no row any more",
    f"INSERT INTO erasure (id, at) VALUES (9, {LONG_AGO})": "Erasure 9 stands in no entry, or not with that instant.",
    f"UPDATE erasure SET scrubbed_at = {LONG_AGO}": "Erasure 1 is called scrubbed at another time than any entry says.",
    "UPDATE erasure SET scrubbed_at = NULL": "Erasure 1 is called scrubbed at another time than any entry says.",
}


@pytest.mark.altered
@pytest.mark.parametrize("attack", KEYS)
def test_a_key_and_an_erasure_are_as_recorded(eventful: Office, attack: str) -> None:
    (entry,) = eventful.entries("contact.erased")
    tamper(eventful.store, attack)
    assert any(KEYS[attack].format(entry.id) in one for one in found(eventful))


@pytest.mark.altered
def test_an_approval_points_at_the_text_that_it_is_for(office: Office) -> None:
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=1")
    office.send(content("clinic"))
    office.release(content("other", text="Another text."))
    (entry,) = office.entries("release.approve")
    tamper(office.store, "UPDATE approval SET version_id = 2")
    (one,) = found(office)
    assert one.startswith("Approval 1 points at another text than")
    assert one.endswith(f"for which entry {entry.id} gave it.")


def test_the_same_said_twice_is_one_suppression_after_an_erasure(office: Office) -> None:
    office.contact(ADA)
    with office.write() as session:
        erasing.erase(session, office.vault, ADA, reason="asked", actor=APPROVER, at=now())
    office.suppress(ADA)  # by who has no office's key, and so does not see that it is suppressed already
    with office.write() as session:
        erasing.erase(session, office.vault, ADA, reason="asked", actor=APPROVER, at=now())
    with office.store.read() as session:
        assert len(session.exec(select(Suppression)).all()) == 1
    assert '"merged":[2]' in office.entries("contact.erased")[1].payload


def test_whatever_may_become_of_people_is_honest(office: Office) -> None:
    """Removed with an agreement; suppressed, moved, lifted, erased; brought back; suppressions disposed of and made again."""
    for address in (ADA, BEA, CAL):
        office.contact(address, agrees=True)
        office.suppress(address)
    with office.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        people.remove(session, ADA, record=record)
        masks = office.vault.keys.stand_in
        people.edit(session, BEA, {}, new_address=DOT, by=WRITER.name, at=at, record=record, stand_in=masks)
    office.lift(BEA)
    office.lift(ADA)
    with office.write() as session:
        erasing.erase(session, office.vault, DOT, reason="asked", actor=APPROVER, at=now())
    office.lift(DOT)
    office.contact(DOT, agrees=True)
    assert found(office) == []
    with office.store.read() as session:
        highest = max(row.id or 0 for row in session.exec(select(Suppression)))
    with office.write() as session:
        later, terms = now() + timedelta(days=1000), Retention(suppressions_years=2)
        number = (
            retention.propose(
                session, office.vault.keys, terms, "suppressions", before=None, reason="old", actor=WRITER, at=later
            ).id
            or 0
        )
    retention.confirm(office.store, office.vault.keys, number, terms=terms, actor=APPROVER, at=later)
    office.suppress(ADA)
    with office.store.read() as session:
        assert suppression.live(session, ADA) is not None
        assert max(row.id or 0 for row in session.exec(select(Suppression))) == highest + 1, "no number is given out twice"


@pytest.mark.altered
def test_pages_go_on_behind_a_gap_and_a_far_row_costs_nothing(office: Office) -> None:
    """Whoever puts in a row under a huge number cannot keep an audit from its end."""
    seen: list[int] = []
    rows = (3, PAGE * 3, 2_000_000_000)

    def there(session: Session, number: int) -> int | None:
        return min((row for row in rows if row >= number), default=None)

    def look(session: Session, told: dict[int, object]) -> list[Finding]:
        seen.extend(number for number in told if number in rows)
        return []

    assert list(each_page(office.store, "thing", "things", there, look)) == []  # type: ignore[arg-type]
    assert seen == list(rows)
