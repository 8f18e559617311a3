"""A notice is a wave to those who hold the original: in their language, under their copy, saying what was wrong and what is."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from distro.editorial import desk, notices
from distro.editorial.content import Instant
from distro.editorial.notice import Change, NoticeContent, Saying
from distro.editorial.plan import Audience, Purpose, Wave
from distro.editorial.when import When
from tests.office import WRITER, Office, content, now
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


def propose(office: Office, slug: str, purpose: Purpose = Purpose.CORRECTION, **changed: Any) -> int:
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
            by=WRITER.name,
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
            actor=WRITER,
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
