"""What becomes of an embargo, by the bot: holders are told before the public, whatever comes between."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from contacts import agreements, people
from distro.archive.ledger import recorder
from distro.dispatch import embargoes, offers, verbs
from distro.dispatch.delivery import Delivery
from distro.dispatch.embargo_account import account
from distro.dispatch.untold import untold
from distro.editorial import correcting, desk
from distro.editorial.plan import Purpose, Wave
from distro.editorial.release import find_release
from distro.errors import Refused
from distro.hours import full_hour
from distro.words import words
from tests.office import APPROVER, WRITER, Office, content, now
from tests.sink import Received, Sink

ZONE = "America/New_York"
HOUR = timedelta(hours=1)
VERA, IVO, BEA = "vera@paper.example.net", "ivo@radio.example.net", "bea@both.example.net"
GIL, OLGA = "gil@wire.example.net", "olga@later.example.net"
# Main as a word: the links have letters by chance, which are these four here and there
TEXT = re.compile(r"clinic|clínica|\bMain\b", re.IGNORECASE)


@pytest.fixture
def lift(office: Office) -> datetime:
    """Vera (en), Ivo (es) and Bea (en+es) hold an advance copy of `clinic`; Gil agreed to nothing."""
    for address, languages in ((VERA, "en"), (IVO, "es"), (BEA, "en+es")):
        office.contact(address, agrees=True, languages=languages)
    office.contact(GIL, languages="es")
    office.segment("All", 'email:"*"')
    at = (now() + 6 * HOUR).replace(second=0, microsecond=0)
    office.send(content(embargo=at), advance=["All"])
    office.run()
    return at


def move(office: Office, when: datetime, reason: str = "the hearing was put off") -> embargoes.Changed:
    with office.write() as session:
        release = find_release(session, "clinic")
        return embargoes.move(session, release, when.isoformat(), reason=reason, office_zone=ZONE, actor=WRITER, at=now())


def lift_early(office: Office) -> embargoes.Changed:
    with office.write() as session:
        return embargoes.lift(session, find_release(session, "clinic"), reason="it is out", actor=WRITER, at=now())


def correct(office: Office) -> int:
    """Of what was submitted last, by what differs."""
    with office.write() as session:
        release = find_release(session, "clinic")
        found = correcting.compare(session, release)
        wave = correcting.correct(
            session,
            release,
            found,
            found.said,
            purpose=Purpose.CORRECTION,
            only=False,
            at=None,
            office_zone=ZONE,
            actor=WRITER,
            now=now(),
        )
        return wave.id or 0


def waves(session: Session, purpose: str) -> list[Wave]:
    return list(session.exec(select(Wave).where(Wave.purpose == purpose).order_by(col(Wave.id))))


def state(office: Office, purpose: str) -> list[str]:
    with office.store.read() as session:
        return [wave.state for wave in waves(session, purpose)]


def told_so_far(office: Office, purpose: str) -> dict[str, str]:
    """Address to state, of the newest wave with this purpose."""
    with office.store.read() as session:
        newest = waves(session, purpose)[-1].id or 0
    return office.states(newest)


def notices(sink: Sink) -> dict[str, list[Received]]:
    found: dict[str, list[Received]] = {}
    for one in sink.received:
        if one.message["In-Reply-To"]:
            found.setdefault(one.to, []).append(one)
    return found


def flat(text: str) -> str:
    """Without line breaks, which stand where a line is full."""
    return re.sub(r"\s+", " ", text)


def test_each_holder_hears_of_a_move_in_their_language_under_their_copy(office: Office, sink: Sink, lift: datetime) -> None:
    copies = {one.to: one for one in sink.received}
    assert set(copies) == {VERA, IVO, BEA}
    move(office, lift + HOUR)
    office.run()
    assert notices(sink) == {}, "not before it is approved"
    office.approve("clinic")
    office.run()
    told = notices(sink)
    assert set(told) == {VERA, IVO, BEA}
    for to, (one,) in told.items():
        assert one.message["In-Reply-To"] == copies[to].message["Message-ID"]
        assert one.message["References"] == copies[to].message["Message-ID"]
        whole = one.octets.decode() + one.text() + one.text("html") + one.subject
        assert not TEXT.search(whole), "nothing of the text, nor the slug"
    assert told[VERA][0].subject.startswith("EMBARGO MOVED: ")
    assert told[IVO][0].subject.startswith("EMBARGO MODIFICADO: ")
    vera, ivo, bea = (flat(told[to][0].text()) for to in (VERA, IVO, BEA))
    assert "The embargo is moved to a later hour." in vera
    assert "Nueva hora" in ivo
    assert "New hour" not in ivo
    assert "New hour" in bea
    assert "Nueva hora" in bea
    assert state(office, "general") == ["armed"]


def test_the_public_waits_until_the_last_holder_is_told(office: Office, sink: Sink, lift: datetime) -> None:
    sink.at_dot = lambda to, _octets: "451 4.3.0 come back later" if to == IVO else None
    lift_early(office)
    office.approve("clinic")

    def left() -> int | None:
        with office.store.read() as session:
            stands = untold(session, find_release(session, "clinic").id or 0)
        return None if stands is None else stands.left

    office.run_until(lambda: left() == 1)
    assert set(notices(sink)) == {VERA, BEA}
    assert [one for one in sink.received if one.to == GIL] == []
    with office.store.read() as session:
        stands = untold(session, find_release(session, "clinic").id or 0)
        told = account(session, office.vault, "clinic", now(), office.config.office)
    assert stands is not None
    assert stands.left == 1
    assert "1 holder is not told yet" in stands.sentence
    assert told["public_waves"][0]["waits"] == stands.sentence  # type: ignore[index]
    with office.write() as session:
        verbs.resume(session, waves(session, "general")[0].id or 0, actor=WRITER, at=now(), reason="Ivo was told by phone")
    office.run_until(lambda: GIL in {one.to for one in sink.received})
    assert [one.to for one in sink.received if one.to == GIL] == [GIL]
    assert [e.actor for e in office.entries("embargo.overridden")] == [WRITER.name]


def test_a_lift_tells_holders_first_and_the_public_at_once(office: Office, sink: Sink, lift: datetime) -> None:
    lift_early(office)
    office.approve("clinic")
    office.run()
    told = [one.to for one in sink.received[3:]]
    assert set(told[:3]) == {VERA, IVO, BEA}
    assert told[3:] == [GIL]
    assert notices(sink)[IVO][0].subject.startswith("EMBARGO LEVANTADO: ")
    assert "puede publicar" in flat(notices(sink)[IVO][0].text()).lower()
    assert office.status("clinic") == "released"


def test_a_word_for_another_reason_does_not_let_the_public_hear_first(office: Office, sink: Sink, lift: datetime) -> None:
    """A general wave that waits for the holders is paused and resumed: it goes on waiting, until somebody says otherwise."""
    sink.at_dot = lambda to, _octets: "451 4.3.0 come back later" if to == IVO else None
    lift_early(office)
    office.approve("clinic")
    with office.write() as session:
        (general,) = (wave.id or 0 for wave in waves(session, "general"))
        verbs.pause(session, general, actor=WRITER, at=now(), reason="a question")
    office.run_for(1)
    with office.write() as session:
        verbs.resume(session, general, actor=WRITER, at=now(), reason="it is answered")
    office.run_for(2)
    assert [one for one in sink.received if one.to == GIL] == []
    with office.write() as session:
        verbs.resume(session, general, actor=WRITER, at=now(), reason="everybody else has it")
    office.run_until(lambda: GIL in {one.to for one in sink.received})


def test_a_correction_under_way_goes_on_with_the_new_hour(office: Office, sink: Sink, lift: datetime) -> None:
    """Else a holder would be told of the new hour, and then of the old one again."""
    sink.at_dot = lambda to, _octets: "451 4.3.0 come back later" if to == IVO else None
    office.release(content(embargo=lift, text="The clinic opens a week later."))
    office.schedule("clinic", "All")
    first = correct(office)
    office.approve("clinic")
    office.run_until(lambda: office.states(first) == {VERA: "accepted", BEA: "accepted", IVO: "deferred"})
    sink.at_dot = lambda _to, _octets: None
    sink.received.clear()
    move(office, lift + HOUR)
    second = max(office.entries("wave.propose"), key=lambda entry: entry.id or 0).subject.removeprefix("wave:")
    assert office.wave(first).state == "cancelled"
    office.approve("clinic")
    office.run()
    assert office.states(int(second)) == {IVO: "accepted"}
    (corrected,) = (one for one in sink.received if "CORRECCIÓN" in one.subject)
    old, new = (full_hour(at, ZONE, words("es"), "") for at in (lift, lift + HOUR))
    assert flat(new) in flat(corrected.text())
    assert flat(old) not in flat(corrected.text())
    assert office.wave(int(second)).ordinal == office.wave(first).ordinal


def test_a_correction_that_waits_is_approved_anew_with_the_new_hour(office: Office, sink: Sink, lift: datetime) -> None:
    office.release(content(embargo=lift, text="The clinic opens a week later."))
    office.schedule("clinic", "All")
    wave = correct(office)
    office.approve("clinic")
    move(office, lift + HOUR)
    assert office.wave(wave).state == "proposed"
    office.approve("clinic")
    office.run()
    assert office.states(wave) == dict.fromkeys((VERA, IVO, BEA), "accepted")


def test_words_about_who_broke_it_may_begin_as_a_contact_does(office: Office, lift: datetime) -> None:
    with office.write() as session:
        release = find_release(session, "clinic")
        embargoes.break_(session, release, by="contact:Courier", evidence="0" * 64, reason="", actor=WRITER, at=now())
    with office.store.read() as session:
        told = account(session, office.vault, "clinic", now(), office.config.office)
    assert "contact:Courier" in str(told["history"])


def test_of_two_moves_whoever_heard_of_none_hears_of_the_newest_only(office: Office, sink: Sink, lift: datetime) -> None:
    sink.at_dot = lambda to, _octets: "451 4.3.0 come back later" if to == IVO else None
    move(office, lift + HOUR)
    office.approve("clinic")
    office.run_until(lambda: told_so_far(office, "embargo-moved") == {VERA: "accepted", BEA: "accepted", IVO: "deferred"})
    move(office, lift + 2 * HOUR)
    sink.at_dot = lambda _to, _octets: None
    office.approve("clinic")
    office.run()
    assert {to: len(told) for to, told in notices(sink).items()} == {VERA: 2, IVO: 1, BEA: 2}
    assert state(office, "embargo-moved") == ["cancelled", "done"]
    ids = [one.message["Message-ID"] for told in notices(sink).values() for one in told]
    assert len(set(ids)) == len(ids)
    assert f"{(lift + 2 * HOUR):%H:%M} UTC" in flat(notices(sink)[IVO][0].text())


def test_an_advance_wave_under_way_goes_on_with_the_new_hour(office: Office, sink: Sink) -> None:
    for number in range(6):
        office.contact(f"r{number}@paper{number}.example.net", agrees=True, languages="en")
    office.segment("All", 'email:"*"')
    at = (now() + 6 * HOUR).replace(second=0, microsecond=0)
    sink.at_dot = lambda to, _octets: None if to < "r3" else "451 4.3.0 come back later"
    office.send(content(embargo=at), advance=["All"])
    office.run_until(lambda: sorted(told_so_far(office, "advance").values()) == ["accepted"] * 3 + ["deferred"] * 3)
    held = {one.to for one in sink.received}
    assert len(held) == 3
    sink.at_dot = lambda _to, _octets: None
    move(office, at + HOUR)
    office.run_for(1)
    assert {one.to for one in sink.received} == held, "nothing leaves by the old word"
    office.approve("clinic")
    office.run()
    later = [one for one in sink.received if one.to not in held]
    assert len(later) == 3
    assert all(f"{at + HOUR:%H:%M} UTC" in flat(one.text()) for one in later)
    assert set(notices(sink)) == held


def test_a_copy_that_was_on_the_wire_is_not_tried_again_with_the_old_hour(office: Office, sink: Sink) -> None:
    """The move comes between its content and the answer, which is: later. A proposal cancels no copy on the wire."""
    office.contact(VERA, agrees=True, languages="en")
    office.segment("All", 'email:"*"')
    at = (now() + 6 * HOUR).replace(second=0, microsecond=0)
    office.send(content(embargo=at), advance=["All"])
    moved: list[embargoes.Changed] = []

    def in_between(_to: str, _octets: bytes) -> str | None:
        if moved:
            return None
        moved.append(move(office, at + HOUR))
        return "451 4.3.0 come back later"

    sink.at_dot = in_between
    office.run_until(lambda: bool(moved) and told_so_far(office, "advance") != {VERA: "in_flight"})
    assert moved
    with office.write() as session:
        session.execute(update(Delivery).where(col(Delivery.state) == "deferred").values(due_at=now()))
    office.run_for(3)
    assert sink.received == []
    office.approve("clinic")
    office.run()
    (copy,) = sink.received
    assert f"{at + HOUR:%H:%M} UTC" in flat(copy.text())


def test_a_holder_who_moved_hears_at_the_new_address(office: Office, sink: Sink, lift: datetime) -> None:
    with office.write() as session:
        people.edit(
            session, VERA, {}, new_address="vera@other.example.net", by=WRITER.name, at=now(),
            record=recorder(session, WRITER.name, now()),
        )  # fmt: skip
    move(office, lift + HOUR)
    office.approve("clinic")
    office.run()
    assert set(notices(sink)) == {"vera@other.example.net", IVO, BEA}


def test_a_suppressed_holder_is_an_end_and_the_public_hears(office: Office, sink: Sink, lift: datetime) -> None:
    office.suppress(VERA)
    lift_early(office)
    office.approve("clinic")
    office.run()
    assert set(notices(sink)) == {IVO, BEA}
    assert [one.to for one in sink.received if one.to == GIL] == [GIL]


def test_a_recall_withdraws_what_is_proposed_and_stops_the_notice(office: Office, sink: Sink, lift: datetime) -> None:
    move(office, lift + HOUR)
    with office.write() as session:
        desk.recall(session, find_release(session, "clinic"), reason="", actor=WRITER, at=now())
    office.run()
    assert notices(sink) == {}
    assert [e.kind for e in office.entries("embargo.withdrawn")] == ["embargo.withdrawn"]


def test_a_move_while_the_general_wave_is_frozen_keeps_its_rows(office: Office, sink: Sink, lift: datetime) -> None:
    soon = (now() + timedelta(minutes=5)).replace(second=0, microsecond=0)
    move(office, soon)
    office.approve("clinic")
    office.prepare()
    with office.store.read() as session:
        general = waves(session, "general")[0]
        frozen = general.first_delivery, general.last_delivery
    assert frozen[0] is not None
    move(office, lift)
    lift_early(office)
    office.approve("clinic")
    office.run()
    with office.store.read() as session:
        general = waves(session, "general")[0]
        assert (general.first_delivery, general.last_delivery) == frozen
    assert [one.to for one in sink.received if one.to == GIL] == [GIL]


def test_an_offer_asks_and_tells_nothing_of_the_text(office: Office, sink: Sink) -> None:
    office.contact(VERA, languages="en")
    office.contact(OLGA, languages="es")
    office.segment("All", 'email:"*"')
    at = (now() + 6 * HOUR).replace(second=0, microsecond=0)
    office.release(content(embargo=at))

    def offer(about: dict[str, str]) -> None:
        with office.write() as session:
            release = find_release(session, "clinic")
            offers.offer(
                session, release, audience=["All"], about=about, when=None, terms="standard", office_zone=ZONE,
                actor=WRITER, at=now(),
            )  # fmt: skip

    for told in ("Clinic opens on Main Street", "why the clinic opens on main", "Se sabe: abre una clínica en la calle Main"):
        with pytest.raises(Refused, match="carries no content"):
            offer({"*": told})
    offer({"en": "public health in the harbour", "es": "la salud pública en el puerto"})
    office.run()
    assert sink.received == []
    office.approve("clinic")
    office.run()
    asked = {one.to: one for one in sink.received}
    assert set(asked) == {VERA, OLGA}
    assert asked[OLGA].subject.startswith("OFRECIMIENTO BAJO EMBARGO: la salud pública en el puerto")
    for one in asked.values():
        assert not TEXT.search(one.octets.decode() + one.text() + one.text("html") + one.subject)
    with office.write() as session:
        at_now = now()
        record = recorder(session, WRITER.name, at_now)
        olga = people.find(session, OLGA)
        agreements.agree(session, olga, release="clinic", terms="standard", by=WRITER.name, at=at_now, record=record)
    with office.store.read() as session:
        seen = account(session, office.vault, "clinic", now(), office.config.office)
    offered = seen["offered"]
    assert isinstance(offered, list)
    answers = {row["address"]: row["agreed_at"] is not None for row in offered}
    assert answers == {VERA: False, OLGA: True}
    office.schedule("clinic", "All")
    office.approve("clinic")
    move(office, at + HOUR)
    office.approve("clinic")
    office.run()
    assert set(notices(sink)) == {OLGA}, "who agreed to the offer, and holds nothing yet; the other promised nothing"
    assert APPROVER.name in {e.actor for e in office.entries("embargo.approved")}
