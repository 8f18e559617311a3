"""A notice is a wave to those who hold the original: in their language, under their copy, saying what was wrong and what is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from contacts import people
from distro.archive.ledger import recorder
from distro.config import Sending, Uncertain
from distro.dispatch import erasing
from distro.dispatch.audience import brief_for, page_after, pages, survey
from distro.dispatch.candidates import Candidate, LeftOut, Survey
from distro.editorial import correcting, desk, notices
from distro.editorial.content import Instant
from distro.editorial.notice import Change, NoticeContent, Saying
from distro.editorial.plan import Audience, Purpose, Wave
from distro.editorial.when import When
from distro.errors import Refused
from distro.staff import Actor, Role
from tests.auditing import audited, tamper
from tests.office import APPROVER, WRITER, Office, content, now
from tests.sink import Sink

ADA, BEA, CAL, DEE = (f"{name}.example.com" for name in ("ada@daily", "bea@diario", "cal@radio", "dee@wire"))


@pytest.fixture
def readers(office: Office) -> Office:
    office.contact(ADA, languages="en", tier="1")
    office.contact(BEA, languages="es", tier="1")
    office.contact(CAL, languages="es+en", tier="1")
    office.segment("All", "tier<=9")
    return office


def words(**changed: Any) -> dict[str, Any]:
    said = {
        "en": Saying(changes=(Change(was="The clinic opens.", now="The clinic opens a week later."),), reason="We were wrong."),
        "es": Saying(words="La edición en español no cambia."),
    }
    return {"said": said} | changed


def propose(office: Office, slug: str, purpose: Purpose = Purpose.CORRECTION, *, by: str = WRITER.name, **changed: Any) -> int:
    with office.write() as session:
        release = desk.find_release(session, slug)
        waves = list(session.exec(select(Wave).where(Wave.release_id == release.id)))
        found = notices.newest_text(session, waves)
        assert found is not None
        parent, version = found
        notice = NoticeContent(
            release=slug,
            purpose=purpose,
            ordinal=notices.next_ordinal(waves, purpose),
            by=by,
            old=version.hash,
            headline=notices.headlines(version),
            **words(**changed),
        )
        wave = notices.propose_notice(
            session,
            release,
            notice,
            audience=Audience((), (), notices.with_copies(waves)),
            when=When(Instant(utc=now(), wall="now"), asap=True),
            parent=parent.id,
            actor=Actor(by, Role.APPROVER),
            now=now(),
        )
        return wave.id or 0


def corrected(office: Office, **changed: Any) -> int:
    """A new version submitted, and its correction proposed."""
    slug = office.release(content(text="The clinic opens a week later."))
    return propose(office, slug, **changed)


def test_it_goes_to_holders_in_their_language_under_their_copy(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    before = {one.to: one.message for one in sink.received}
    sink.received.clear()
    readers.contact(DEE, languages="en", tier="1")  # who never got the original
    wave = corrected(readers)
    readers.approve("clinic")
    readers.run()
    assert readers.states(wave) == dict.fromkeys((ADA, BEA, CAL), "accepted")
    got = {one.to: one for one in sink.received}
    assert set(got) == {ADA, BEA, CAL}
    for to, one in got.items():
        assert one.message["In-Reply-To"] == one.message["References"] == before[to]["Message-ID"]
        assert one.message["Message-ID"] != before[to]["Message-ID"]
        assert one.message["List-Id"] == before[to]["List-Id"]
        assert one.message["Content-Language"] == before[to]["Content-Language"]
    assert got[ADA].subject == "CORRECTION: Clinic opens on Main Street"
    assert got[BEA].subject == got[CAL].subject == "CORRECCIÓN: Abre una clínica en la calle Main"
    english = got[ADA].text()
    assert "It said: The clinic opens." in english
    assert "It should say: The clinic opens a week later." in english
    assert "The clinic opens a week later." in got[ADA].text("html")
    assert "La edición en español no cambia." in got[CAL].text()
    assert "It should say" in got[CAL].text()
    assert {record["purpose"] for record in readers.records(wave=wave)} == {"correction"}
    assert readers.status("clinic") == "released"


def test_who_is_told_and_who_is_left_out(readers: Office, sink: Sink) -> None:
    """Moved since: at the address they have now. Suppressed or removed since: not told, and counted."""
    readers.send()
    readers.run()
    sink.received.clear()
    with readers.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        people.edit(session, ADA, {}, new_address="ada@elsewhere.example.com", by=WRITER.name, at=at, record=record)
    readers.suppress(BEA)
    with readers.write() as session:
        people.remove(session, CAL, record=recorder(session, WRITER.name, now()))
    wave = corrected(readers)
    assert counted(readers, wave).left_out == {"suppressed": 1, "is no contact any more": 1}
    readers.approve("clinic")
    readers.run()
    assert readers.states(wave) == {"ada@elsewhere.example.com": "accepted"}
    (got,) = sink.received
    assert got.message["In-Reply-To"]


def test_who_was_erased_since_is_left_out_and_who_was_made_anew_is_not(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    original = {one.to: one.message["Message-ID"] for one in sink.received}
    sink.received.clear()
    with readers.write() as session:
        people.remove(session, ADA, record=recorder(session, WRITER.name, now()))
        erasing.erase(session, readers.vault, BEA, reason="asked", actor=APPROVER, at=now())
    readers.contact(ADA, languages="es", tier="1", name="Ada Again")
    wave = corrected(readers)
    assert counted(readers, wave).left_out == {"was erased": 1}
    readers.approve("clinic")
    readers.run()
    assert readers.states(wave) == dict.fromkeys((ADA, CAL), "accepted")
    again = next(one for one in sink.received if one.to == ADA)
    assert again.message["In-Reply-To"] == original[ADA]
    assert again.message["Content-Language"] == "en", "as they got it"
    assert "Ada Again" in str(again.message["To"])


def test_only_one_language_is_told_where_it_is_said_so(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    sink.received.clear()
    wave = corrected(readers, said={"es": Saying(words="La dirección era otra.")}, only=True)
    found = counted(readers, wave)
    assert (found.count, dict(found.languages)) == (2, {"es": 2})
    assert found.left_out == {"has it in another language only": 1}
    readers.approve("clinic")
    readers.run()
    assert set(readers.states(wave)) == {BEA, CAL}
    assert all(one.message["Content-Language"] == "es" for one in sink.received)


def test_in_doubt_counts_as_having_it(readers: Office, sink: Sink) -> None:
    """The content was sent and no answer came: they may have it, so they are told."""
    readers.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    sink.at_dot = lambda to, _octets: "drop" if to == ADA else None
    (first,) = readers.send()
    readers.run_until(lambda: readers.wave(first).launched_at is not None and readers.states(first).get(ADA) == "held")
    assert readers.delivery(ADA).doubt
    sink.at_dot = lambda _to, _octets: None
    wave = corrected(readers)
    readers.approve("clinic")
    readers.run()
    assert readers.states(wave)[ADA] == "accepted"


def test_a_second_correction_stands_under_the_original_too(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    original = next(one.message["Message-ID"] for one in sink.received if one.to == ADA)
    corrected(readers)
    readers.approve("clinic")
    readers.run()
    sink.received.clear()
    readers.release(content(text="The clinic opens in two weeks."))
    second = propose(readers, "clinic")
    assert readers.wave(second).ordinal == 2
    readers.approve("clinic")
    readers.run()
    assert readers.states(second) == dict.fromkeys((ADA, BEA, CAL), "accepted")
    assert next(one.message["In-Reply-To"] for one in sink.received if one.to == ADA) == original


def test_what_was_queued_of_the_old_text_is_superseded_and_gets_the_new_one_as_others_do(readers: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _octets: "451 4.7.1 Greylisted" if to == ADA else None
    (first,) = readers.send()
    settled = dict.fromkeys((BEA, CAL), "accepted") | {ADA: "deferred"}
    readers.run_until(lambda: readers.states(first) == settled)
    sink.at_rcpt = lambda _to, _octets: None
    sink.received.clear()
    readers.release(content(text="The clinic opens a week later."))
    (general,) = readers.schedule("clinic", "All")  # it is frozen first, and must know of the correction all the same
    wave = propose(readers, "clinic")
    readers.approve("clinic")  # both by one word
    readers.run()
    assert readers.states(wave) == dict.fromkeys((BEA, CAL), "accepted")
    assert readers.states(general) == {ADA: "accepted"}
    assert readers.states(first)[ADA] == "cancelled"
    assert sorted(one.to for one in sink.received) == [ADA, BEA, CAL]
    assert next(one.subject for one in sink.received if one.to == ADA) == "Clinic opens on Main Street"


def correct(office: Office) -> int:
    """Of what was submitted last, by what differs."""
    with office.write() as session:
        release = desk.find_release(session, "clinic")
        found = correcting.compare(session, release)
        wave = correcting.correct(
            session,
            release,
            found,
            found.said,
            purpose=Purpose.CORRECTION,
            only=False,
            at=None,
            office_zone="UTC",
            actor=WRITER,
            now=now(),
        )
        return wave.id or 0


@pytest.mark.parametrize("also", [False, True], ids=["by the correction", "by a later wave too"])
def test_a_correction_that_was_wrong_is_taken_back(readers: Office, sink: Sink, also: bool) -> None:
    """The first text, said again, goes to everybody who has the other one."""
    readers.segment("Some", f"email:{ADA}")
    readers.send(audience="Some" if also else "All")
    readers.run()
    readers.release(content(text="The clinic opens a week later."))
    correct(readers)
    readers.approve("clinic")
    readers.run()
    if also:
        readers.schedule("clinic", "All")
        readers.approve("clinic")
        readers.run()
    sink.received.clear()
    readers.release(content())
    wave = correct(readers)
    readers.approve("clinic")
    readers.run()
    assert readers.states(wave) == dict.fromkeys((ADA, BEA, CAL), "accepted")
    assert "It should say: The clinic opens." in next(one.text() for one in sink.received if one.to == ADA)


def test_when_the_original_was_sent_is_said_to_the_minute(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    sink.received.clear()
    corrected(readers)
    readers.approve("clinic")
    readers.run()
    text = " ".join(next(one.text() for one in sink.received if one.to == ADA).split())
    there = r"\w+, \w+ \d+, 20\d\d,? at \d+:\d\d( [ap]\.m\.)?, New York"
    utc = r"(?P<zone>E[SD]T), (?P<hour>\d\d):\d\d UTC(?P<day> on \w+ \d+)?"
    found = re.search(rf"which we sent you on {there} \({utc}\)", text)
    assert found
    another_day = int(found["hour"]) < {"EST": 5, "EDT": 4}[found["zone"]]  # in the evening of New York UTC has the next one
    assert (found["day"] is not None) == another_day


@pytest.mark.altered
def test_the_word_is_void_where_the_notice_says_something_else(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    sink.received.clear()
    wave = corrected(readers)
    readers.approve("clinic")
    tamper(readers.store, "UPDATE notice SET content = replace(content, 'We were wrong.', 'We were right.')")
    readers.run()
    assert readers.wave(wave).state == "held"
    assert "notice" in readers.wave(wave).reason
    assert sink.received == []


ALTERED = {
    "UPDATE notice SET content = replace(content, 'We were wrong.', 'We were right.')": "is not what was proposed",
    "UPDATE notice SET hash = 'x'": "was never proposed",
    "DELETE FROM notice": "is not there",
    "UPDATE wave SET notice = NULL WHERE id = 2": "does not say the notice",
    "UPDATE wave SET audience = replace(audience, '[1]', '[2]') WHERE id = 2": "does not go to those who hold",
    "UPDATE wave SET parent_id = NULL WHERE id = 2": "follows another wave",
}


@pytest.mark.altered
@pytest.mark.parametrize(("attack", "found"), ALTERED.items())
def test_an_altered_notice_is_found(readers: Office, sink: Sink, attack: str, found: str) -> None:
    readers.send()
    readers.run()
    corrected(readers)
    readers.approve("clinic")
    readers.run()
    assert audited(readers) == []
    tamper(readers.store, attack)
    assert any(found in one.what for one in audited(readers))


def test_it_goes_before_the_lift_only_to_those_who_hold_it_and_agreed(readers: Office, sink: Sink) -> None:
    lift = now() + timedelta(hours=1)
    readers.contact(DEE, languages="en", tier="1", agrees=True)
    readers.segment("Friends", f"email:{DEE}")
    advance, _general = readers.send(content(embargo=lift), advance=["Friends"])
    readers.run()
    assert readers.states(advance) == {DEE: "accepted"}
    sink.received.clear()
    readers.release(content(embargo=lift, text="The clinic opens a week later."))
    wave = propose(readers, "clinic")
    readers.approve("clinic")
    readers.run()
    (got,) = sink.received
    assert (got.to, readers.delivery(DEE).basis) == (DEE, "agreement:1")
    assert got.subject.startswith("EMBARGO ")
    assert ": CORRECTION: Clinic opens on Main Street" in got.subject
    assert "EMBARGOED UNTIL" in got.text()
    assert readers.wave(wave).state == "done"
    assert readers.status("clinic") == "submitted"  # the public has heard nothing yet


def counted(office: Office, wave: int) -> Survey:
    with office.store.read() as session:
        return survey(session, session.get_one(Wave, wave), office.vault.keys)


def test_who_wrote_the_notice_does_not_approve_it(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    readers.release(content(text="The clinic opens a week later."))
    propose(readers, "clinic", by=APPROVER.name)
    with pytest.raises(Refused, match="another person must"):
        readers.approve("clinic")


def test_pages_of_holders_are_the_whole_however_they_are_cut(readers: Office, sink: Sink) -> None:
    readers.send()
    readers.run()
    with readers.write() as session:
        people.remove(session, BEA, record=recorder(session, WRITER.name, now()))
    readers.contact(BEA, languages="en", tier="1")
    readers.suppress(CAL)
    wave = corrected(readers)
    with readers.store.read() as session:
        brief = brief_for(session, session.get_one(Wave, wave))
        (whole,) = pages(session, brief, readers.vault.keys)
        cut: list[Candidate] = []
        while page := page_after(session, brief, readers.vault.keys, after=cut[-1].place if cut else 0, limit=1):
            cut += page
    assert cut == whole
    assert [(one.canonical, one.left_out) for one in cut] == [(ADA, None), (BEA, None), (CAL, LeftOut.SUPPRESSED)]
