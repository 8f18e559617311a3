"""What must hold on a bad day: odd replies, slow domains, lost answers, texts that no parser bears, and second thoughts."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from datetime import timedelta

import pytest
from sqlalchemy import TextClause, event, text, update
from sqlmodel import col, select

from contacts import lists, people
from distro.archive.ledger import recorder
from distro.archive.vault import Part, Personal, close
from distro.config import EmbargoSettings, Limits
from distro.db import AGAIN, Store
from distro.dispatch import verbs, wave
from distro.dispatch.claims import Claim, claim
from distro.dispatch.delivery import Delivery, State, Verb
from distro.dispatch.freeze import freeze_some
from distro.dispatch.job import load
from distro.dispatch.making import Making
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.outcomes import Outcome, Outcomes
from distro.dispatch.overtaking import overtake
from distro.dispatch.recipient import Recipient
from distro.dispatch.retry import Class, Verdict
from distro.dispatch.testcopy import send_test
from distro.dispatch.transports import transports_of
from distro.editorial import desk
from distro.editorial.content import Resource
from distro.editorial.plan import Wave
from distro.errors import Refused
from distro.mail.transport import Reply
from distro.web import files
from tests.nearing import bring_near, texts
from tests.office import WRITER, Office, content, now, submit_checked
from tests.sink import Sink

ADA, BEA = "ada@daily.example.com", "bea@diario.example.net"


@pytest.fixture
def readers(office: Office) -> Office:
    office.contact(ADA, languages="en", tier="1", agrees=True)
    office.contact(BEA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    return office


def again(office: Office, address: str) -> None:
    with office.write() as session:
        verbs.resend(session, office.delivery(address).id or 0, actor=WRITER, at=now())


def recall(office: Office) -> None:
    with office.write() as session:
        recalled = desk.recall(session, desk.find_release(session, "clinic"), reason="wrong", actor=WRITER, at=now())
    verbs.cancel_deliveries(office.store, list(recalled.waves), actor=WRITER.name, at=now(), reason="recalled")


def speaks_latin_1(port: list[int], ready: threading.Event, refused: list[bytes]) -> None:
    """A server that takes one connection after the other and refuses every recipient in Latin-1."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example.com\r\n")
        while line := await reader.readline():
            if line.startswith(b"RCPT"):
                refused.append(line)
                writer.write("554 5.6.0 Este texto no está permitido aquí\r\n".encode("latin-1"))
            elif line.startswith(b"QUIT"):
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await asyncio.sleep(60)

    asyncio.run(serve())


def test_a_reply_that_is_no_utf8_is_a_reply_like_any_other(readers: Office) -> None:
    port: list[int] = []
    ready, refused = threading.Event(), list[bytes]()
    threading.Thread(target=speaks_latin_1, args=(port, ready, refused), daemon=True).start()
    assert ready.wait(60)
    readers.port = port[0]
    (only,) = readers.send()
    readers.run()

    assert len(refused) == 2
    assert set(readers.states(only).values()) == {"refused"}
    assert {r["attempts"][0]["reply"] for r in readers.records()} == {r"554 5.6.0 Este texto no est\xe1 permitido aqu\xed"}


@pytest.mark.parametrize("stopped_by", ["a cancel", "a suppression"])
def test_a_copy_that_was_accepted_stays_so_when_sending_it_again_is_stopped(
    readers: Office, sink: Sink, stopped_by: str
) -> None:
    (first,) = readers.send()
    readers.run()
    again(readers, ADA)
    if stopped_by == "a cancel":
        with readers.write() as session:
            verbs.cancel(session, first, actor=WRITER, at=now())
        verbs.cancel_deliveries(readers.store, [first], actor=WRITER.name, at=now(), reason="cancelled")
    else:
        readers.suppress(ADA)
        readers.run()
        assert len(readers.entries("delivery.resend_stopped")) == 1
    assert readers.states(first) == {ADA: "accepted", BEA: "accepted"}

    readers.schedule("clinic", "All")  # whoever holds a copy gets none from another wave
    readers.approve("clinic")
    readers.run()
    assert sorted(r.to for r in sink.received) == [ADA, BEA]


def test_what_was_recalled_stays_so_though_there_is_a_new_draft(readers: Office, sink: Sink) -> None:
    digest = hashlib.sha256(b"letter").hexdigest()
    (readers.folder / "assets").mkdir()
    (readers.folder / "assets" / digest).write_bytes(b"letter")
    letter = Resource(title={"*": "The letter"}, file="assets/letter.pdf", sha256=digest, size=6)
    telling = content().model_copy(update={"resources": (letter,)})
    with readers.write() as session:
        added = desk.add(session, telling, actor=WRITER, at=now())
        submit_checked(session, added.release, public_url="https://press.example.org", actor=WRITER, at=now())
    readers.schedule("clinic", "All")
    readers.approve("clinic")
    readers.run()
    assets = files.from_store(readers.store, readers.folder, now, lambda: True)
    assert assets(digest) is not None

    recall(readers)
    assert assets(digest) is None
    with readers.write() as session:
        desk.add(session, telling, actor=WRITER, at=now())
    assert assets(digest) is None
    with pytest.raises(Refused, match="recalled"):
        again(readers, ADA)

    with readers.write() as session:
        submit_checked(
            session, desk.find_release(session, "clinic"), public_url="https://press.example.org", actor=WRITER, at=now()
        )
    readers.schedule("clinic", "All")
    readers.approve("clinic")
    readers.run()
    assert assets(digest) is not None
    assert len(sink.received) == 2


def test_a_wave_resumed_before_its_hour_is_still_held_when_it_comes_late(readers: Office) -> None:
    readers.settings["embargo"] = EmbargoSettings(late_minutes=0.01)
    hour = now() + timedelta(minutes=2)
    (only,) = readers.send(at=hour.isoformat())
    with readers.write() as session:
        verbs.pause(session, only, actor=WRITER, at=now())
    with readers.write() as session:
        verbs.resume(session, only, actor=WRITER, at=now())
    readers.prepare()
    assert readers.wave(only).state == "preparing"
    assert wave.launch_due(readers.store, readers.config, hour + timedelta(seconds=1), clock_steady=True) == []
    assert readers.wave(only).state == "held"


def test_a_domain_that_slows_us_keeps_nobody_else_waiting(office: Office, sink: Sink) -> None:
    office.settings["limits"] = Limits(connections=2)
    for n in range(12):
        office.contact(f"reader{n}@slow.example.com", tier="1")
    office.contact(ADA, tier="1")
    office.segment("All", "tier<=9")
    sink.at_rcpt = lambda to, _: "451 4.7.0 Too many, slow down" if "slow" in to else None
    office.send()
    office.run_until(lambda: bool(sink.received))

    assert [r.to for r in sink.received] == [ADA]


def test_what_was_claimed_while_the_answer_was_lost_is_claimed_again(readers: Office) -> None:
    readers.send()
    readers.prepare()
    wave.launch_due(readers.store, readers.config, now(), clock_steady=True)
    with readers.write() as session:
        (lost,) = claim(session, Claim("me", 1, now()))
    with readers.write() as session:  # the commit was done, its answer was lost, and it is tried again knowing nothing of it
        session.info[AGAIN] = True
        both = claim(session, Claim("me", 5, now()))
    assert {c.id: c.fence for c in both} == {lost.id: lost.fence + 1, lost.id + 1: 1}
    with readers.write() as session:
        session.info[AGAIN] = True
        assert claim(session, Claim("me", 5, now(), mine=frozenset(c.id for c in both))) == []


def test_a_copy_cancelled_while_it_is_being_marked_does_not_leave(readers: Office) -> None:
    if readers.store.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    lift = now() + timedelta(seconds=30)
    advance, _ = readers.send(content(embargo=lift), advance=["All"])
    readers.prepare()
    assert wave.launch_due(readers.store, readers.config, now(), clock_steady=True) == [advance]
    with readers.write() as session:
        claims = claim(session, Claim("me", 5, now()))
    overtaking = threading.Thread(target=_overtake, args=(readers.store, advance))

    def meanwhile(_c: object, _u: object, statement: str, *_more: object) -> None:
        if "FROM embargo_agreement" in statement and threading.current_thread() is threading.main_thread():
            overtaking.start()
            overtaking.join(1.0)

    (job,) = Making(readers.store, readers.vault, readers.config, None).make_ready(claims)
    event.listen(readers.store.engine, "before_cursor_execute", meanwhile)
    with readers.write() as session:
        (permit,) = Marking(readers.vault).mark(session, [Mark(job, "me", now(), clock_steady=True)])
    event.remove(readers.store.engine, "before_cursor_execute", meanwhile)
    overtaking.join()

    assert permit is not None
    assert readers.delivery(ADA).state == "in_flight"
    assert readers.entries("wave.deliveries_cancelled") == []


def _overtake(store: Store, advance: int) -> None:
    with store.write() as session:
        overtake(session, session.get_one(Wave, advance), now())


def test_a_bot_that_completes_an_audience_late_ends_no_second_look(readers: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    (only,) = readers.send()
    wave.prepare_step(readers.store, readers.vault, readers.config, now(), clock_steady=True)
    stands = freeze_some(readers.store, readers.vault, only, now(), readers.config)  # by one bot, which compiles slowly
    readers.prepare()  # another completes
    readers.contact("cal@city.example.org", tier="2")
    assert wave.launch_due(readers.store, readers.config, now(), clock_steady=True) == [only]
    assert stands is not None
    wave._complete(readers.store, readers.config, only, stands, now())
    readers.prepare()
    assert "cal@city.example.org" in readers.states(only)


def test_an_advance_copy_does_not_go_to_an_address_that_is_somebody_elses_now(readers: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda _to, _octets: "451 4.2.1 Later"
    advance, general = readers.send(content(embargo=now() + timedelta(hours=1)), advance=["All"])
    readers.run()
    assert readers.states(advance) == {ADA: "deferred"}
    with readers.write() as session:
        record = recorder(session, WRITER.name, now())
        people.edit(session, ADA, {}, new_address="ada@wire.example.org", by=WRITER.name, at=now(), record=record)
    readers.contact(ADA, tier="1")  # somebody else, who agreed to nothing
    sink.at_rcpt = lambda _to, _octets: None
    due_now_of(readers, advance)
    readers.run()
    assert sink.received == []
    assert readers.states(advance) == {ADA: "cancelled"}

    bring_near(readers)
    readers.run_until(lambda: readers.wave(general).state == "done")
    assert sorted(r.to for r in sink.received) == [ADA, "ada@wire.example.org", BEA]


def due_now_of(office: Office, wave_id: int) -> None:
    with office.write() as session:
        for delivery in session.exec(select(Delivery).where(Delivery.wave_id == wave_id)):
            delivery.due_at = now()
            session.add(delivery)


def test_a_text_that_no_parser_bears_holds_its_own_wave_and_no_other(readers: Office, sink: Sink) -> None:
    (bad,) = readers.send(content("stars", text="*" * 5000 + "x" + "*" * 5000))
    (good,) = readers.send()
    readers.run_until(lambda: (readers.wave(bad).state, readers.wave(good).state) == ("held", "done"))

    assert readers.wave(bad).state == "held"
    assert readers.wave(good).state == "done"
    assert len(sink.received) == 2


def test_who_was_put_on_an_excluded_list_after_freezing_gets_nothing(readers: Office, sink: Sink) -> None:
    with readers.write() as session:
        number = lists.make(session, "Not now")
    readers.segment("Not now", 'list:"Not now"')
    (only,) = readers.send(at=(now() + timedelta(seconds=1)).isoformat(), exclude=["Not now"])
    readers.prepare()
    with readers.write() as session:
        person = people.find(session, ADA)
        lists.put(session, number, [person.id or 0], at=now())
    readers.run_until(lambda: readers.wave(only).state == "done")

    assert [r.to for r in sink.received] == [BEA]


def test_a_copy_that_could_not_be_made_is_not_in_doubt(readers: Office) -> None:
    readers.send()
    readers.prepare()
    wave.launch_due(readers.store, readers.config, now(), clock_steady=True)
    with readers.write() as session:
        jobs, _ = load(session, readers.vault, claim(session, Claim("me", 5, now())))
    verdict = Verdict(Verb.HOLD, None, Class.SILENT)
    with readers.write() as session:
        made = [Outcome(job, "me", Reply("mail", 0, "(not sent)"), verdict, "", now()) for job in jobs]
        Outcomes(readers.vault).outcome(session, made)

    assert readers.delivery(ADA).state == State.HELD
    assert not readers.delivery(ADA).doubt


def test_a_mark_whose_answer_was_lost_begins_anew_when_it_does_not_hold_any_more(readers: Office) -> None:
    (only,) = readers.send()
    readers.prepare()
    wave.launch_due(readers.store, readers.config, now(), clock_steady=True)
    with readers.write() as session:
        claims = claim(session, Claim("me", 1, now()))
    (job,) = Making(readers.store, readers.vault, readers.config, None).make_ready(claims)
    marked = Mark(job, "me", now(), clock_steady=True)
    with readers.write() as session:  # committed, but the answer never came
        Marking(readers.vault).mark(session, [marked])
    readers.suppress(ADA)
    with readers.write() as session:
        assert Marking(readers.vault).mark(session, [marked]) == [None]
    assert readers.delivery(ADA).state == "pending"
    assert readers.entries("delivery.suppressed") == []
    readers.run()
    assert readers.states(only) == {ADA: "suppressed", BEA: "accepted"}


def test_a_draft_without_the_embargo_is_no_leave_to_show_it_to_others(readers: Office, sink: Sink) -> None:
    readers.release(content(embargo=now() + timedelta(hours=1)))
    with pytest.raises(Refused, match="not on the staff"):
        a_test_copy(readers, "somebody@elsewhere.example.com")
    a_test_copy(readers, "ana@press.example.org")
    assert [r.to for r in sink.received] == ["ana@press.example.org"]


def a_test_copy(office: Office, to: str) -> None:
    sending = send_test(
        transports_of(office.config), office.config, office.store, office.vault.keys, content(),
        to=to, language="en", actor=WRITER, now=now(),
    )  # fmt: skip
    asyncio.run(sending)


@pytest.mark.altered
def test_the_log_names_nobody_whose_copy_could_not_be_made(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.prepare()
    with readers.write() as session:  # a name that no header can hold, as only a fault of ours could leave it
        (found,) = session.exec(select(Delivery).where(Delivery.contact_id == 1)).all()
        session.connection().execute(_drop_trigger(readers.store))
        named = Recipient("Ada =?x?=", ADA, ADA, "", b"salt" * 4).octets
        cipher = readers.vault.ciphers(session, [1])[1]
        box = close(cipher, found.id or 0, Part.RECIPIENT, named)
        session.connection().execute(update(Personal).where(col(Personal.delivery_id) == found.id).values(box=box))
    readers.run()

    assert readers.delivery(ADA).state == "held"
    assert [r.to for r in sink.received] == [BEA]
    assert ADA not in (readers.folder / "distro.log").read_text()


def _drop_trigger(store: Store) -> TextClause:
    return text("DROP TRIGGER " + ("personal_no_update" if store.dialect == "sqlite" else "personal_append_only ON personal"))


def test_the_record_says_what_permitted_the_copy_that_was_accepted(readers: Office, sink: Sink) -> None:
    advance, general = readers.send(content(embargo=now() + timedelta(hours=1)), advance=["All"])
    readers.run()
    lift = bring_near(readers)
    readers.run_until(lambda: readers.wave(general).state == "done")
    with readers.store.read() as session:
        early = session.exec(select(Delivery.id).where(Delivery.wave_id == advance)).one()
    with readers.write() as session:
        verbs.resend(session, early or 0, actor=WRITER, at=now())
    readers.run()

    (record,) = readers.records(wave=advance)
    assert len(texts(sink.to(ADA))) == 2
    assert (record["accepted_at"] < lift, record["permit"]) == (True, "agreement:1")
    assert [a["permit"] for a in record["attempts"]] == ["agreement:1", "lift"]
