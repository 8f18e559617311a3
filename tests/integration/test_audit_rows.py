"""Columns that answers hang on, altered behind the software's back: the audit finds them, and none that is honest."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from distro.config import Sending, Uncertain
from distro.dispatch import holding, traces, verbs
from distro.dispatch.claims import Claim, Release, claim, release
from distro.dispatch.delivery import Delivery
from distro.dispatch.erasing import erase
from distro.dispatch.finding import Wanted
from distro.dispatch.history import deliveries
from distro.dispatch.making import Making
from distro.dispatch.marks import Mark, Marking
from distro.editorial import audit_waves, desk
from tests.auditing import audited, tamper
from tests.office import APPROVER, WRITER, Office, content, now
from tests.prepared import Prepared
from tests.sink import Sink

ADA, BEA, CAL, DOT = "ada@daily.example.com", "bea@diario.example.net", "cal@radio.example.org", "dot@weekly.example.org"


@pytest.fixture
def sent(office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Wave 1 went: Ada's copy was accepted, Bea's refused, Cal's held in doubt, and Dot was erased afterwards. Wave 2 was
    armed, paused and let go by Rosa, and wave 3 waits for its approval."""
    return prepared(play, office, sink)


def play(office: Office, sink: Sink) -> None:
    for address, languages in ((ADA, "en"), (BEA, "es"), (CAL, "en"), (DOT, "en")):
        office.contact(address, languages=languages, tier="1")
    office.segment("All", "tier<=9")
    office.segment("Few", "tier<=1")
    office.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    sink.at_dot = lambda to, _: {BEA: "554 5.6.0 No", CAL: "drop"}.get(to)
    office.send()
    office.run()
    with office.write() as session:
        erase(session, office.vault, DOT, reason="asked", actor=APPROVER, at=now())
    office.send(content("second"), at="2031-03-04 09:30 America/New_York")
    with office.write() as session:
        verbs.pause(session, 2, actor=WRITER, at=now(), reason="a moment")
        verbs.resume(session, 2, actor=WRITER, at=now(), reason="go on")
    office.release(content("third"))
    office.schedule("third", "All")
    assert sorted(one["state"] for one in office.records(wave=1)) == ["accepted", "accepted", "held", "refused"]
    assert found(office) == []


def found(office: Office, *, full: bool = True) -> list[str]:
    return [one.what for one in audited(office, full=full)]


def number(office: Office, address: str) -> int:
    return office.delivery(address).id or 0


def listed(office: Office, **wanted: object) -> list[int]:
    with office.store.read() as session:
        return [int(str(one["delivery"])) for one in deliveries(session, office.vault, Wanted(**wanted))]  # type: ignore[arg-type]


def erased_contact(office: Office) -> int:
    with office.store.read() as session:
        return int(session.connection().execute(text("SELECT contact_id FROM person_key WHERE wrapped IS NULL")).scalar_one())


pytestmark = pytest.mark.altered

FROZEN = "The deliveries 1 to 4 of wave 1 are not as entry"


def test_a_box_that_is_put_under_somebody_erased_does_not_hide_its_delivery(sent: Office) -> None:
    ada, dot = number(sent, ADA), erased_contact(sent)
    tamper(sent.store, f"UPDATE personal SET contact_id = {dot} WHERE delivery_id = {ada}")
    assert found(sent) == [
        f"The sealed part {part} of delivery {ada} stands under contact {dot}; the delivery is for 1." for part in (0, 2)
    ]


def test_a_delivery_that_is_put_under_somebody_erased_is_found(sent: Office) -> None:
    """Also where its boxes go along: then nobody can open them, and the entry about its freezing says whose it was."""
    ada, dot = number(sent, ADA), erased_contact(sent)
    tamper(
        sent.store,
        f"DELETE FROM delivery WHERE contact_id = {dot}",
        f"UPDATE personal SET contact_id = {dot} WHERE delivery_id = {ada}",
        f"UPDATE delivery SET contact_id = {dot} WHERE id = {ada}",
        "INSERT INTO delivery (id, wave_id, contact_id, once, address_hash, lane, language, fallback, segments, state, live, "
        "basis, fence, attempts, doubt, skeleton_id, sha256, stamped_at, accepted_at) "
        "SELECT 4, wave_id, 77, address_hash, address_hash, lane, language, fallback, segments, state, live, "
        f"basis, fence, attempts, doubt, skeleton_id, sha256, stamped_at, accepted_at FROM delivery WHERE id = {ada}",
    )
    for full in (False, True):
        assert any(one.startswith(FROZEN) for one in found(sent, full=full))


@pytest.mark.parametrize("part", [0, 2])
def test_a_box_of_somebody_erased_must_be_there(sent: Office, part: int) -> None:
    tamper(sent.store, f"DELETE FROM personal WHERE contact_id = {erased_contact(sent)} AND part = {part}")
    (one,) = found(sent)
    assert "is not there any more: its sealed box was taken out." in one


def test_a_reply_that_was_put_in_is_found(sent: Office) -> None:
    """Somebody with the office's key can write one that opens."""
    ada = number(sent, ADA)
    with sent.write() as session:
        contact = session.get_one(Delivery, ada).contact_id
        sent.vault.seal(session, [(ada, 3, contact, b"250 2.0.0 Ok")], sent.vault.ciphers(session, [contact]))
    assert found(sent) == [f"No entry speaks of the reply to attempt 2 of delivery {ada}: it was put in afterwards."]


ROWS = {
    "contact_id = 99": FROZEN,
    "address_hash = once": FROZEN,
    "once = address_hash": FROZEN,
    "language = 'en+es'": FROZEN,
    "segments = 'Few'": FROZEN,
    "fallback = NOT fallback": FROZEN,
    "doubt = NOT doubt": "Delivery {ada} is called in doubt; by its entries it is not.",
    "skeleton_id = CASE skeleton_id WHEN 1 THEN 2 ELSE 1 END": "Delivery {ada} is of wave 1 in en to the list 'All', and its",
    "basis = ''": "The copy of delivery {ada} was marked once, and its row has no permit.",
    "sha256 = NULL": "The copy of delivery {ada} was marked once, and its row has no SHA-256.",
    "stamped_at = NULL": "The copy of delivery {ada} was marked once, and its row has no instant.",
}


@pytest.mark.parametrize("change", ROWS)
def test_a_column_of_a_delivery_is_found_without_opening_a_box(sent: Office, change: str) -> None:
    ada = number(sent, ADA)
    tamper(sent.store, f"UPDATE delivery SET {change} WHERE id = {ada}")
    assert any(one.startswith(ROWS[change].format(ada=ada)) for one in found(sent, full=False)), found(sent, full=False)


NAMED = {
    "address_hash = once": "Delivery {ada} is found under another address than the one that it is for.",
    "once = address_hash": "The key of delivery {ada} against a second copy is not that of its person, text and purpose.",
    "language = 'es'": "Delivery {ada} is of wave 1 in es to the list 'All', and its letter 1 of wave 1 in en to the list "
    "'All'.",
}


@pytest.mark.parametrize("change", NAMED)
def test_the_whole_audit_names_the_delivery(sent: Office, change: str) -> None:
    ada = number(sent, ADA)
    tamper(sent.store, f"UPDATE delivery SET {change} WHERE id = {ada}")
    assert NAMED[change].format(ada=ada) in found(sent)


def test_doubt_that_was_taken_away_is_found(sent: Office) -> None:
    cal = number(sent, CAL)
    assert listed(sent, uncertain=True) == [cal]
    tamper(sent.store, f"UPDATE delivery SET doubt = false WHERE id = {cal}")
    assert listed(sent, uncertain=True) == []
    assert found(sent, full=False) == [f"Delivery {cal} is called not in doubt; by its entries it is in doubt."]


@pytest.mark.parametrize("address", [BEA, CAL])
def test_the_permit_of_what_was_not_accepted_is_held_against_its_tries(sent: Office, address: str) -> None:
    delivery = number(sent, address)
    tamper(sent.store, f"UPDATE delivery SET basis = 'agreement:1' WHERE id = {delivery}")
    expected = f"Delivery {delivery} left by the permit 'agreement:1', and by its entries 'immediate'."
    assert found(sent, full=False) == [expected]


def test_what_stands_against_a_second_copy_follows_from_the_state(sent: Office) -> None:
    ada = number(sent, ADA)
    if sent.store.dialect == "sqlite":
        with sent.store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql(f"UPDATE delivery SET live = 0 WHERE id = {ada}")
            connection.commit()
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")
    else:
        tamper(
            sent.store,
            "ALTER TABLE delivery DROP CONSTRAINT delivery_live",
            f"UPDATE delivery SET live = false WHERE id = {ada}",
        )
    said = [one for one in found(sent, full=False) if not one.startswith("The store's table delivery")]
    assert said == [f"Delivery {ada} is accepted, and does not stand against a second copy."]


def test_where_no_key_fits_it_is_the_wave_that_was_altered(sent: Office) -> None:
    tamper(sent.store, "UPDATE wave SET ordinal = 2 WHERE id = 1")
    of_keys = [one for one in found(sent) if "was made for" in one or "against a second copy" in one]
    assert of_keys == ["No delivery from 1 to 3 was made for the text and the purpose of wave 1."]


WAVES = {
    (
        1,
        "first_delivery = NULL",
    ): "Wave 1 names the deliveries None to 4 as its own; by its entries it has the deliveries 1 to 4.",
    (1, "first_delivery = last_delivery"): "Wave 1 names the deliveries 4 to 4 as its own; by its entries",
    (1, "last_delivery = 2"): "Wave 1 names the deliveries 1 to 2 as its own; by its entries",
    (2, "first_delivery = 1, last_delivery = 1"): "Wave 2 names the deliveries 1 to 1 as its own; by its entries it has no del",
    (2, "confirmed_by = 'Ana Example'"): "Wave 2 was let go by Rosa Example in entry",
    (2, "confirmed_by = NULL, confirmed_at = NULL"): "Wave 2 was let go by Rosa Example in entry",
    (1, "confirmed_by = 'Ana Example', confirmed_at = launched_at"): "Wave 1 was let go by nobody, and its row says otherwise.",
    (2, "wall = '2031-03-04 10:30'"): "The hour of wave 2 is written otherwise than in entry",
    (2, "zone = 'America/Los_Angeles'"): "The hour of wave 2 is written otherwise than in entry",
    (2, "tzdata = '1999a'"): "The hour of wave 2 is written otherwise than in entry",
    (2, "reason = 'Ana wanted it'"): "Wave 2 is armed for another reason than entry",
    (2, "reason = '[erased]'"): "Wave 2 is armed for another reason than entry",
    (1, "finished_at = launched_at"): "Wave 1 does not have the instant of its end, as recorded.",
    (1, "prepared_at = NULL"): "Wave 1 does not have the instant of its newest freezing, as recorded.",
    (2, "parent_id = 1"): "Wave 2 follows another wave, or is another in number, than was proposed.",
    (3, "ordinal = 2"): "Wave 3 follows another wave, or is another in number, than was proposed.",
    (3, "at = scheduled_at, asap = false"): "Wave 3 is not due at the hour that was chosen.",
    (2, "at = scheduled_at"): "Wave 2 is not due at the hour that was chosen.",
    (3, "version_id = 1"): "Wave 3 does not send the version of entry",
    (3, "audience = replace(audience, '\"All\"', '\"Few\"')"): "Wave 3 does not go to the segments of entry",
    (2, "audience = replace(audience, '<=9', '<=1')"): "Wave 2 is not as it was approved. Its audience is",
    (2, "approval_id = 1"): "Wave 2 does not name the approval that it was armed by.",
    (2, "approval_id = NULL"): "Wave 2 does not name the approval that it was armed by.",
    (3, "approval_id = 1"): "Wave 3 does not name the approval that it was armed by.",
}


@pytest.mark.parametrize("attack", WAVES)
def test_a_column_of_a_wave_is_found(sent: Office, attack: tuple[int, str]) -> None:
    wave, change = attack
    for name in ("at", "zone"):  # words of PostgreSQL's own
        change = change.replace(f"{name} = ", f'"{name}" = ') if change.startswith(f"{name} = ") else change
    tamper(sent.store, f"UPDATE wave SET {change} WHERE id = {wave}")
    assert any(one.startswith(WAVES[attack]) for one in found(sent, full=False)), found(sent, full=False)


def older(office: Office, kind: str, *names: str) -> None:
    """Entries as they were written before they said so much."""
    with office.store.read() as session:
        rows = session.connection().execute(text("SELECT id, payload FROM entry WHERE kind = :k"), {"k": kind}).all()
    for entry, payload in rows:
        told = json.loads(payload)
        for place in (told, *told.get("waves", ())):
            for name in names:
                place.pop(name, None)
        less = json.dumps(told, sort_keys=True, separators=(",", ":"))
        tamper(office.store, "UPDATE entry SET payload = :payload WHERE id = :id", id=entry, payload=less)


def test_entries_that_say_less_are_held_against_what_they_say(office: Office) -> None:
    for address in (ADA, BEA):
        office.contact(address, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send(at=(now() + timedelta(seconds=2)).isoformat(timespec="seconds"))
    office.prepare()
    older(office, "wave.frozen", "rows")
    for kind in ("wave.propose", "release.schedule"):
        older(office, kind, "wall", "zone", "tzdata")
    office.run_until(lambda: set(office.states(1).values()) == {"accepted"})
    assert found(office) == []
    ada = number(office, ADA)
    tamper(office.store, f"UPDATE delivery SET address_hash = once WHERE id = {ada}")
    assert found(office) == [NAMED["address_hash = once"].format(ada=ada)]


def test_a_new_hour_voids_an_approval_and_a_word(office: Office) -> None:
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send(at="2031-03-04 09:30 America/New_York")
    for reason in ("", "It is late."):
        with office.write() as session:
            holding.hold(session, verbs.find_wave(session, 1), reason, now())
            verbs.resume(session, 1, actor=WRITER, at=now())
        assert found(office) == []
        with office.write() as session:
            slug = desk.find_release(session, "clinic")
            desk.reschedule(session, slug, office_zone="America/New_York", actor=WRITER, at_now=now(), at=None)
        assert found(office) == []
        office.approve("clinic")
    wave = office.wave(1)
    assert (wave.wall, wave.confirmed_by) == ("2031-03-04 09:30", None)
    assert found(office) == []


def test_an_address_that_an_erasure_took_out_of_a_reason_is_no_fault(office: Office) -> None:
    assert audit_waves.ERASED == traces.GONE
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send(at="2031-03-04 09:30 America/New_York")
    with office.write() as session:
        holding.hold(session, verbs.find_wave(session, 1), f"Its letter names {ADA}, {BEA}.", now())
    with office.write() as session:
        erase(session, office.vault, ADA, reason="asked", actor=APPROVER, at=now())
    assert office.wave(1).reason == f"Its letter names [erased], {BEA}."
    assert found(office) == []
    tamper(office.store, "UPDATE wave SET reason = '[erased]'")
    assert len(found(office)) == 1


def test_a_mark_of_which_nothing_came_leaves_the_permit_of_the_last_try(office: Office, sink: Sink) -> None:
    """An advance copy in doubt is marked after the lift, and the bot is told to stop before it leaves."""
    office.contact(ADA, languages="en", tier="1", agrees=True)
    office.segment("All", "tier<=9")
    sink.at_dot = lambda _to, _octets: "drop"
    office.send(content(embargo=now() + timedelta(hours=1)), advance=["All"], advance_at="now")
    office.run()
    before = office.delivery(ADA)
    assert (before.state, before.basis[:9]) == ("uncertain", "agreement")
    later = now() + timedelta(hours=2)
    making = Making(office.store, office.vault, office.config, None)
    with office.write() as session:
        (claimed,) = claim(session, Claim("me", 10, later))
    jobs = making.make_ready([claimed])
    with office.write() as session:
        (permit,) = Marking(office.vault).mark(session, [Mark(jobs[0], "me", later, clock_steady=True)])
        assert permit is not None
    assert (office.delivery(ADA).state, office.delivery(ADA).basis) == ("in_flight", "lift")
    assert found(office) == []
    with office.write() as session:
        release(session, [Release(claimed, later)])
    assert (office.delivery(ADA).state, office.delivery(ADA).basis) == ("uncertain", before.basis)
    assert found(office) == []
