"""A kill: what is queued stops, and whoever holds a copy hears of it before anything else leaves."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from distro.config import Limits
from distro.dispatch import embargoes
from distro.dispatch.alerts import Alert
from distro.dispatch.hand import DEEP
from distro.dispatch.kills import tell_of_kill
from distro.dispatch.verbs import cancel_deliveries, resend
from distro.editorial import desk
from distro.editorial.killing import all_unconfirmed
from distro.errors import Refused
from distro.staff import Actor, Role
from tests.auditing import audited, tamper
from tests.office import APPROVER, WRITER, Office, content, now
from tests.sink import Answer, Sink

ADA, BEA, CAL, DEE = (f"{name}.example.com" for name in ("ada@daily", "bea@diario", "cal@radio", "dee@wire"))


@pytest.fixture
def readers(office: Office) -> Office:
    office.contact(ADA, languages="en", tier="1")
    office.contact(BEA, languages="es", tier="1")
    office.contact(CAL, languages="en+es", tier="1")
    office.segment("All", "tier<=9")
    return office


def kill(office: Office, slug: str = "clinic", *, actor: Actor = WRITER, people: int = 2, **said: str) -> int | None:
    """As the command does it. The number of the wave that tells of it."""
    with office.write() as session:
        release = desk.find_release(session, slug)
        killed = desk.kill(session, release, reason="It is not true.", said=said, actor=actor, people=people, at=now())
        tell_of_kill(session, release, killed.wave, actor=actor, people=people, at=now())
    cancel_deliveries(office.store, list(killed.cancelled), actor=actor.name, at=now(), reason="the release was killed")
    return None if killed.wave is None else killed.wave.id


def confirm(office: Office, actor: Actor = APPROVER) -> list[int]:
    with office.write() as session:
        return desk.confirm_kill(session, desk.find_release(session, "clinic"), actor=actor, at=now())


def test_everybody_who_holds_it_is_told_in_their_language_and_nothing_of_the_text(readers: Office, sink: Sink) -> None:
    readers.send(content(text="The clinic opens on a secret Tuesday."))
    readers.run()
    original = {one.to: one.message["Message-ID"] for one in sink.received}
    sink.received.clear()
    wave = kill(readers, es="No es cierto.")
    assert wave is not None
    readers.run()
    got = {one.to: one for one in sink.received}
    assert set(got) == {ADA, BEA, CAL}
    assert got[ADA].subject == got[CAL].subject == "KILL: Clinic opens on Main Street"
    assert got[BEA].subject == "ANULADO: Abre una clínica en la calle Main"
    for to, one in got.items():
        assert one.message["In-Reply-To"] == original[to]
        assert "secret" not in one.text() + one.text("html")
    assert "It is withdrawn." in got[ADA].text()
    assert "Reason: It is not true." in got[ADA].text()
    assert "Motivo: No es cierto." in got[BEA].text()
    assert "Queda anulado." in got[CAL].text()
    assert readers.wave(wave).state == "done"
    assert readers.status("clinic") == "recalled"
    assert {readers.delivery(to).basis for to in got} == {"notice"}


def test_what_is_queued_stops_and_those_without_a_copy_hear_nothing(readers: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _octets: "451 4.7.1 Greylisted" if to == ADA else None
    (first,) = readers.send()
    settled = {ADA: "deferred", BEA: "accepted", CAL: "accepted"}
    readers.run_until(lambda: readers.states(first) == settled)
    sink.at_rcpt = lambda _to, _octets: None
    sink.received.clear()
    wave = kill(readers)
    assert readers.wave(first).state == "cancelled"
    assert readers.states(first) == {ADA: "cancelled", BEA: "accepted", CAL: "accepted"}
    readers.run()
    assert wave is not None
    assert readers.states(wave) == dict.fromkeys((BEA, CAL), "accepted")
    assert all("KILL" in one.subject or "ANULADO" in one.subject for one in sink.received)


def test_it_works_while_embargoed_whatever_the_clock_does(readers: Office, sink: Sink) -> None:
    readers.contact(DEE, languages="en", tier="2", agrees=True)
    readers.segment("Friends", "tier:2")
    advance, general = readers.send(content(embargo=now() + timedelta(hours=1)), advance=["Friends"])
    readers.run()
    assert readers.states(advance) == {DEE: "accepted"}
    sink.received.clear()
    wave = kill(readers)
    assert readers.wave(general).state == "cancelled"
    readers.run()
    assert [one.to for one in sink.received] == [DEE]
    assert wave is not None
    assert readers.wave(wave).state == "done"


def test_a_copy_that_was_on_the_wire_when_it_came_is_told_of(readers: Office, sink: Sink) -> None:
    """The kill is committed between a copy's last dot and the server's answer: who gets that copy is told of the kill."""
    waves: list[int | None] = []
    # somebody has it already, or nobody would have to be told yet
    readers.contact(DEE, languages="en", tier="5")
    readers.segment("One", "tier:5")
    readers.send(audience="One")
    readers.run()
    sink.received.clear()
    sink.at_dot = killing(readers, waves)
    readers.schedule("clinic", "All")
    readers.approve("clinic")
    readers.run()
    (wave,) = waves
    assert wave is not None
    texts, told = split(sink)
    assert texts
    assert told == texts | {DEE}


def test_the_first_copy_on_the_wire_is_enough_for_a_notice(readers: Office, sink: Sink) -> None:
    """Nobody has a copy yet, but one is on its way: so somebody may have to be told."""
    waves: list[int | None] = []
    sink.at_dot = killing(readers, waves)
    readers.send()
    readers.run()
    texts, told = split(sink)
    assert texts
    assert told == texts


def test_it_goes_before_a_thousand_that_are_queued(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    for n in range(400):
        readers.contact(f"many{n}@wire.example.com", languages="en", tier="8")
    readers.segment("Many", "tier:8")
    sink.received.clear()
    lines = 2
    readers.settings["limits"] = Limits(connections=lines)
    readers.send(content("another"), audience="Many")
    readers.prepare()
    wave = kill(readers)
    assert wave is not None
    sink.delay = 1.0  # so that the queue lasts, however long the kill takes to come

    def meanwhile() -> None:
        until = time.monotonic() + 30
        while len(split(sink)[1]) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        sink.delay = 0.0

    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(meanwhile)
        readers.run()
    looking.result()

    launched, told = readers.wave(wave).launched_at, split(sink)[1]
    assert launched is not None
    assert told == {ADA, BEA, CAL}
    assert len(sink.received) == 403
    last = max(at for at, one in enumerate(sink.received) if one.to in told)
    before_it = [one for one in sink.received[:last] if one.to not in told and one.at > launched]
    assert len(before_it) <= 2 * lines * DEEP + 2 * lines, "no more than was in hand, and on the lines"
    assert last < 250, "most of the queue waits for it"


def test_one_persons_word_does_and_a_second_confirms(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    wave = kill(readers)
    readers.run()
    assert unconfirmed(readers) == {wave}
    with pytest.raises(Refused, match="may not confirm a kill"):
        confirm(readers, WRITER)
    assert confirm(readers) == [wave]
    assert unconfirmed(readers) == set()
    with pytest.raises(Refused, match="No kill of 'clinic' waits"):
        confirm(readers)
    assert readers.records(wave=wave)[0]["approvers"] == [WRITER.name, APPROVER.name]
    with readers.store.read() as session:
        (told,) = session.exec(select(Alert)).all()
    assert "Killed: clinic" in told.subject
    assert "confirm-kill clinic" in told.body


def test_who_killed_it_does_not_confirm_it(readers: Office) -> None:
    readers.send()
    readers.run()
    kill(readers, actor=APPROVER)
    with pytest.raises(Refused, match="another person confirms it"):
        confirm(readers, APPROVER)


def test_in_an_office_of_one_nobody_has_to_confirm(readers: Office) -> None:
    readers.send()
    readers.run()
    kill(readers, people=1)
    assert unconfirmed(readers) == set()


def test_who_may_not_write_may_not_kill(readers: Office) -> None:
    readers.send()
    with pytest.raises(Refused, match="may not kill a release"):
        kill(readers, actor=Actor("Ines Example", Role.AUDITOR))


def test_where_nobody_holds_a_copy_nobody_is_told(readers: Office, sink: Sink) -> None:
    readers.send(at=(now() + timedelta(days=30)).isoformat())
    assert kill(readers) is None
    readers.run()
    assert sink.received == []
    assert readers.status("clinic") == "recalled"


def test_no_later_step_takes_it_back(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    sink.received.clear()
    wave = kill(readers)
    assert wave is not None
    readers.release(content(text="Another text."))  # before it has left
    with readers.write() as session:
        desk.recall(session, desk.find_release(session, "clinic"), reason="", actor=WRITER, at=now())
    assert readers.wave(wave).state == "armed"
    readers.run()
    assert readers.states(wave) == dict.fromkeys((ADA, BEA, CAL), "accepted")
    assert readers.status("clinic") == "recalled"


def test_after_it_nothing_of_the_release_is_sent_again(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    kill(readers)
    readers.run()
    with pytest.raises(Refused, match="nothing of it is sent again"), readers.write() as session:
        resend(session, 1, actor=WRITER, at=now())
    with readers.write() as session:
        resend(session, readers.delivery(ADA).id or 0, actor=WRITER, at=now())  # the kill itself, of course


@pytest.mark.altered
@pytest.mark.parametrize("altered", ["before it", "after it"])
def test_an_altered_record_of_the_embargo_does_not_keep_it_back(readers: Office, sink: Sink, altered: str) -> None:
    """Else whoever alters one row would decide that nobody hears of it."""
    readers.contact(DEE, languages="en", agrees=True)
    readers.segment("Friends", f"email:{DEE}")
    hour = now() + timedelta(hours=3)
    readers.send(content(embargo=hour), advance=["Friends"])
    readers.run()
    with readers.write() as session:
        release = desk.find_release(session, "clinic")
        later = (hour + timedelta(hours=1)).isoformat()
        embargoes.move(session, release, later, reason="a test", office_zone="UTC", actor=WRITER, at=now())
    readers.approve("clinic")
    readers.run()
    sink.received.clear()
    if altered == "after it":
        kill(readers)
    tamper(readers.store, "UPDATE embargo_step SET reason = 'x'")
    if altered == "before it":
        kill(readers)
    readers.run()
    assert [one.to for one in sink.received] == [DEE]
    assert confirm(readers)
    assert unconfirmed(readers) == set()


@pytest.mark.altered
def test_a_step_that_cannot_be_read_does_not_keep_it_back(readers: Office, sink: Sink) -> None:
    if readers.store.dialect != "sqlite":
        pytest.skip("only SQLite keeps any value in any column")
    readers.contact(DEE, languages="en", agrees=True)
    readers.segment("Friends", f"email:{DEE}")
    hour = now() + timedelta(hours=3)
    readers.send(content(embargo=hour), advance=["Friends"])
    readers.run()
    with readers.write() as session:
        release = desk.find_release(session, "clinic")
        later = (hour + timedelta(hours=1)).isoformat()
        embargoes.move(session, release, later, reason="a test", office_zone="UTC", actor=WRITER, at=now())
    tamper(readers.store, "UPDATE embargo_step SET utc = 'x'")
    sink.received.clear()
    kill(readers)
    readers.run()
    assert [one.to for one in sink.received] == [DEE]
    assert any("embargo" in str(one) for one in audited(readers))


def test_it_names_no_headline_that_is_embargoed_still(readers: Office, sink: Sink) -> None:
    """The public has the older text, a friend the newer one in advance: both hear of the kill."""
    readers.contact(DEE, languages="en", tier="1", agrees=True)
    readers.segment("Friends", f"email:{DEE}")
    readers.segment("Public", f"tier<=9 and not email:{DEE}")
    readers.send(audience="Public")
    readers.run()
    newer = content(embargo=now() + timedelta(hours=3), text="Another.")
    editions = {tag: one.model_copy(update={"headline": "Secret merger"}) for tag, one in newer.editions.items()}
    readers.send(newer.model_copy(update={"editions": editions}), advance=["Friends"])
    readers.run()
    sink.received.clear()
    kill(readers)
    readers.run()
    assert {one.to for one in sink.received} == {ADA, BEA, CAL, DEE}
    for one in sink.received:
        assert "Secret" not in one.subject + one.text() + one.text("html")
    assert next(one.subject for one in sink.received if one.to == ADA) == "KILL: Clinic opens on Main Street"


def killing(office: Office, waves: list[int | None]) -> Answer:
    """Kills the release when the first copy has been written, and answers only when the kill has been launched, and has had the
    time to look for the last time if it does not wait for this copy."""

    def at_dot(_to: str, _octets: bytes) -> str | None:
        if not waves:
            waves.append(None)
            waves[0] = kill(office)
            until = time.monotonic() + 30
            while office.wave(waves[0] or 0).launched_at is None and time.monotonic() < until:
                time.sleep(0.05)
            until = time.monotonic() + 2
            while office.wave(waves[0] or 0).freezing and time.monotonic() < until:
                time.sleep(0.05)
        return None

    return at_dot


def split(sink: Sink) -> tuple[set[str], set[str]]:
    """Who got a text, and who was told."""
    received = list(sink.received)
    kills = [one for one in received if one.subject.startswith(("KILL: ", "ANULADO: "))]
    return {one.to for one in received if one not in kills}, {one.to for one in kills}


def unconfirmed(office: Office) -> set[int]:
    with office.store.read() as session:
        return all_unconfirmed(session)
