"""Whatever is altered in a delivery, a text, an approval or a sealed box behind the software's back is found and named."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from distro.archive.copies import StoredSkeleton, unpacked
from distro.config import Sending, Uncertain
from distro.dispatch import verbs
from distro.dispatch.audit import Checking, audit_deliveries
from distro.dispatch.delivery import Delivery
from distro.dispatch.erasing import erase
from distro.dispatch.settling import How, Word, settle
from tests.auditing import audited, tamper
from tests.backups import Elsewhere, make, with_admin
from tests.office import APPROVER, WRITER, Office, content, now
from tests.prepared import Prepared
from tests.sink import Sink

pytestmark = pytest.mark.altered

ADA, BEA = "ada@daily.example.com", "bea@diario.example.net"


@pytest.fixture
def sent(office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Wave 1: Ada's copy was accepted, Bea's refused; wave 2 waits for its approval."""
    return prepared(play, office, sink)


def play(office: Office, sink: Sink) -> None:
    for address, languages in ((ADA, "en"), (BEA, "es")):
        office.contact(address, languages=languages, tier="1")
    office.segment("All", "tier<=9")
    sink.at_dot = lambda to, _: "554 5.6.0 No" if to == BEA else None
    office.send()
    office.run()
    office.release(content("later"))
    office.schedule("later", "All")
    assert sorted(office.states(1).values()) == ["accepted", "refused"]
    assert audited(office) == []


def number(office: Office, address: str) -> int:
    return office.delivery(address).id or 0


def found(office: Office, *, full: bool = True) -> list[str]:
    return [one.what for one in audited(office, full=full)]


ROW_ATTACKS = {
    "state = 'refused'": "Delivery {ada} is called refused; by its entries it is accepted.",
    "state = 'cancelled', live = {false}": "Delivery {ada} is called cancelled; by its entries it is accepted.",
    "accepted_at = accepted_at - 1": "Delivery {ada} does not have the instant of acceptance that its entries have.",
    "accepted_at = NULL": "Delivery {ada} does not have the instant of acceptance that its entries have.",
    "attempts = 2": "Delivery {ada} counts 2 attempts, and its entries 1.",
    "basis = 'agreement:1'": "Delivery {ada} left by the permit 'agreement:1', and by its entries 'immediate'.",
    "wave_id = 2": "Delivery {ada} of wave 1 is not there any more.",
}


@pytest.mark.parametrize("change", ROW_ATTACKS)
def test_a_row_that_says_otherwise_than_its_entries_is_named(sent: Office, change: str) -> None:
    ada = number(sent, ADA)
    tamper(sent.store, f"UPDATE delivery SET {change.format(false='false')} WHERE id = {ada}")
    assert ROW_ATTACKS[change].format(ada=ada) in found(sent, full=False)


def test_the_hash_of_a_copy_cannot_be_another(sent: Office) -> None:
    ada = number(sent, ADA)
    tamper(sent.store, f"UPDATE delivery SET sha256 = :other WHERE id = {ada}", other=bytes(32))
    (one,) = audited(sent, full=False)
    assert one.what.startswith(f"Delivery {ada} does not have the SHA-256 that entry ")
    assert one.delivery == ada
    assert sent.entries("delivery.accepted")[0].id == one.entry


def test_a_refusal_cannot_become_an_acceptance(sent: Office) -> None:
    bea = number(sent, BEA)
    tamper(sent.store, f"UPDATE delivery SET state = 'accepted', accepted_at = stamped_at WHERE id = {bea}")
    assert found(sent, full=False) == [
        f"Delivery {bea} is called accepted, and no entry says so; it must be refused.",
        f"Delivery {bea} does not have the instant of acceptance that its entries have.",
    ]


def test_a_delivery_that_was_taken_out_is_named(sent: Office) -> None:
    ada = number(sent, ADA)
    tamper(sent.store, f"DELETE FROM delivery WHERE id = {ada}")
    assert found(sent) == [f"Delivery {ada} of wave 1 is not there any more."]


def test_a_delivery_that_was_put_in_is_named(sent: Office) -> None:
    ada = number(sent, ADA)
    columns = "wave_id, once, address_hash, lane, language, fallback, segments, basis, fence, attempts, doubt"
    tamper(
        sent.store,
        f"INSERT INTO delivery (id, contact_id, state, live, {columns}) "
        f"SELECT 999, 999, 'cancelled', false, {columns} FROM delivery WHERE id = {ada}",
    )
    assert found(sent, full=False) == ["Delivery 999 of wave 1 was put in afterwards: no entry froze it."]


COPY_ATTACKS = [
    "UPDATE delivery SET stamped_at = stamped_at - 2000000",
    "UPDATE delivery SET once = address_hash",
    "UPDATE delivery SET skeleton_id = CASE skeleton_id WHEN 1 THEN 2 ELSE 1 END",
    "UPDATE delivery SET stamped_at = NULL",
    "UPDATE delivery SET skeleton_id = NULL",
]


@pytest.mark.parametrize("attack", COPY_ATTACKS)
def test_a_copy_that_rebuilds_to_other_bytes_is_named(sent: Office, attack: str) -> None:
    ada = number(sent, ADA)
    tamper(sent.store, f"{attack} WHERE id = {ada}")
    assert any(one.delivery == ada and one.what.startswith(f"The copy of delivery {ada} ") for one in audited(sent))


def test_a_letter_that_was_altered_is_named_and_so_are_its_copies(sent: Office) -> None:
    ada = number(sent, ADA)
    with sent.store.read() as session:
        letter = session.get_one(Delivery, ada).skeleton_id
    with sent.store.read() as session:
        stored = session.get_one(StoredSkeleton, letter)
        other = zlib.compress(unpacked(stored.pieces, stored.packed).replace("opens", "closes").encode())
    tamper(sent.store, f"UPDATE skeleton SET packed = :packed WHERE id = {letter}", packed=other)
    assert found(sent, full=False) == [f"Letter {letter}, in en for wave 1, is not what was compiled."]
    rehashed(sent, letter or 0)
    assert found(sent, full=False) == []
    assert found(sent) == [f"The copy of delivery {ada} does not match its recorded SHA-256; the archive was changed."]
    tamper(sent.store, f"UPDATE skeleton SET packed = :packed WHERE id = {letter}", packed=other[:-9])
    assert found(sent, full=False) == [f"Letter {letter}, in en for wave 1, is not what was compiled."]
    assert f"The copy of delivery {ada} cannot be rebuilt: its letter {letter} is not there, or unreadable." in found(sent)


def rehashed(office: Office, letter: int) -> None:
    with office.store.read() as session:
        sha256 = session.get_one(StoredSkeleton, letter).skeleton.sha256
    tamper(office.store, f"UPDATE skeleton SET sha256 = '{sha256}' WHERE id = {letter}")


BOX_ATTACKS = {
    "UPDATE personal SET box = :box WHERE part = 0": "The sealed part 0 of delivery {ada} does not open",
    "DELETE FROM personal WHERE part = 0": "Whom delivery {ada} was for is not there any more",
    "DELETE FROM personal WHERE part = 2": "The reply to attempt 1 of delivery {ada} is not there any more",
    "UPDATE personal SET part = 7 WHERE part = 2": "The sealed part 7 of delivery {ada} does not open",
    "UPDATE personal SET contact_id = 99 WHERE part = 0": "The sealed part 0 of delivery {ada} stands under contact 99",
}


@pytest.mark.parametrize("attack", BOX_ATTACKS)
def test_a_box_that_was_altered_is_named(sent: Office, attack: str) -> None:
    ada = number(sent, ADA)
    tamper(sent.store, f"{attack} AND delivery_id = {ada}", **({"box": bytes(60)} if ":box" in attack else {}))
    assert any(one.startswith(BOX_ATTACKS[attack].format(ada=ada)) for one in found(sent))
    assert found(sent, full=False) == []


def test_a_reply_that_was_written_anew_with_the_office_key_is_not_the_one_that_was_sealed(sent: Office) -> None:
    ada = number(sent, ADA)
    with sent.store.read() as session:
        contact = session.get_one(Delivery, ada).contact_id
        ciphers = sent.vault.ciphers(session, [contact])
    tamper(sent.store, f"DELETE FROM personal WHERE part = 2 AND delivery_id = {ada}")
    with sent.write() as session:
        sent.vault.seal(session, [(ada, 2, contact, b"250 2.0.0 Ok, and thank you")], ciphers)
    (one,) = found(sent)
    assert one.startswith(f"Recipient or reply of attempt 1 of delivery {ada} are not those that entry ")


def test_a_recipient_that_was_written_anew_is_not_the_one_that_was_frozen(sent: Office) -> None:
    bea = number(sent, BEA)
    with sent.store.read() as session:
        contact = session.get_one(Delivery, bea).contact_id
        ciphers = sent.vault.ciphers(session, [contact])
        whom = sent.vault.open(session, [bea], [0])[bea, 0]
    tamper(sent.store, f"DELETE FROM personal WHERE part = 0 AND delivery_id = {bea}")
    with sent.write() as session:
        sent.vault.seal(session, [(bea, 0, contact, whom[:16] + whom[16:].replace(b"Bea", b"Dea"))], ciphers)
    assert any("are not to those for whom entry" in one for one in found(sent))


def test_erasure_is_no_fault_and_is_counted(sent: Office) -> None:
    with sent.write() as session:
        erase(session, sent.vault, ADA, reason="asked", actor=APPROVER, at=now())
    result = audit_deliveries(sent.store, Checking(sent.store, sent.vault, full=True))
    assert (result.deliveries, result.copies, result.erased, result.findings) == (2, 1, 1, [])


DESK_ATTACKS = {
    "UPDATE version SET content = replace(content, 'opens', 'closes') WHERE id = 1": "is not the text that was submitted.",
    "UPDATE version SET authors = 'Olga' WHERE id = 1": "does not have the authors, or the hour, of entry",
    "UPDATE version SET submitted_by = 'Olga' WHERE id = 1": "does not have the authors, or the hour, of entry",
    "UPDATE approval SET by = 'Olga'": "Approval 1 is not the one that Ana Example gave in entry",
    "UPDATE approval SET terms = '{{}}'": "Approval 1 is not the one that Ana Example gave in entry",
    "UPDATE approval SET alone = true": "Approval 1 is not the one that Ana Example gave in entry",
    "UPDATE wave SET scheduled_by = 'Olga' WHERE id = 1": "Wave 1 does not have the hour, or the person, of entry",
    "UPDATE wave SET state = 'sending' WHERE id = 1": "Wave 1 is called sending; entry",
    "UPDATE wave SET audience = replace(audience, '<=9', '<=1') WHERE id = 1": "Wave 1 is not as it left. Its audience is",
    "UPDATE wave SET purpose = 'kill' WHERE id = 1": "Wave 1 is not one that was proposed for release 1 as kill.",
    "UPDATE wave SET launched_at = NULL WHERE id = 1": "Wave 1 does not have the instant of its launch",
    "UPDATE wave SET version_id = 2 WHERE id = 1": "Wave 1 is not as it left. The text is not the version that was approved.",
    "UPDATE release SET status = 'draft' WHERE id = 1": "Release 1 (clinic) is draft; entry",
    "UPDATE release SET authors = 'Olga' WHERE id = 1": "Release 1 (clinic) was written by Rosa Example, and",
    "UPDATE release SET draft = 'x' WHERE id = 1": "The draft of release 1 (clinic) is not the text that was recorded.",
    "DELETE FROM version WHERE id = 2": "The version {later}… that entry",
    "DELETE FROM wave WHERE id = 2": "Wave 2 is not there any more, and entry",
}


@pytest.mark.parametrize("attack", DESK_ATTACKS)
def test_a_text_an_approval_or_a_wave_that_was_altered_is_named(sent: Office, attack: str) -> None:
    with sent.store.read() as session:
        later = session.connection().execute(text("SELECT hash FROM version WHERE id = 2")).scalar_one()
    tamper(sent.store, attack.replace("{{", "{").replace("}}", "}").replace(" by =", ' "by" ='))
    expected = DESK_ATTACKS[attack].format(later=later[:12])
    assert any(expected in one for one in found(sent, full=False)), found(sent, full=False)


def test_what_a_person_did_to_deliveries_is_honest(office: Office, sink: Sink) -> None:
    """Held, vouched for, given up, sent again, cancelled, suppressed: each has its trail."""
    people = [f"reader{n}@daily.example.com" for n in range(6)]
    for address in people:
        office.contact(address, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    sink.at_dot = lambda to, _: None if to == people[0] else "drop"
    office.send()
    office.run()
    sink.at_dot = lambda _to, _octets: None
    for address, how in ((people[1], How.ACCEPTED), (people[2], How.GIVE_UP), (people[3], How.RESEND)):
        with office.write() as session:
            settle(session, number(office, address), Word(how, WRITER, now(), "by phone"))
    with office.write() as session:
        verbs.resend(session, number(office, people[0]), actor=WRITER, at=now())
    office.suppress(people[0])
    office.run()
    office.send(content("second"))
    office.prepare()
    with office.write() as session:
        verbs.cancel(session, 2, actor=WRITER, at=now())
    verbs.cancel_deliveries(office.store, [2], actor=WRITER.name, at=now(), reason="wrong")
    with office.write() as session:
        verbs.resend(session, number_in(session, 1, people[2]), actor=WRITER, at=now())
    states = {one["state"] for one in office.records()}
    assert states >= {"accepted", "held", "cancelled"}
    assert audited(office) == []
    office.run()
    assert audited(office) == []


def test_an_office_that_was_restored_is_whole_and_stays_so(
    sent: Office, sink: Sink, elsewhere_url: str, tmp_path: Path
) -> None:
    sent.approve("later")
    sent.prepare()
    make(with_admin(sent), tmp_path / "backup", with_key=True)
    place = Elsewhere(elsewhere_url, tmp_path / "elsewhere", sink.port)
    place.restore(tmp_path / "backup")
    restored = place.office()
    try:
        assert audited(restored) == []
        with restored.write() as session:
            verbs.resume(session, 2, actor=WRITER, at=now(), not_sent_elsewhere=True)
        sink.at_dot = lambda _to, _octets: None
        restored.run()
        assert set(restored.states(2).values()) == {"accepted"}
        assert audited(restored) == []
    finally:
        restored.store.close()


def number_in(session: Session, wave: int, address: str) -> int:
    n = int(address.removeprefix("reader").partition("@")[0])
    return session.exec(select(Delivery.id).where(Delivery.wave_id == wave).order_by(Delivery.contact_id)).all()[n] or 0  # type: ignore[arg-type]
