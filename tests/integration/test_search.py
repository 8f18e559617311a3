"""Full text over what was sent: the same answers on both databases, and no word of a user's is a database's syntax."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from distro.archive.search import Searchable, Term, read_terms, snippet, words_of
from distro.config import Web
from distro.dispatch.searching import editions
from distro.editorial import desk
from distro.editorial.content import (
    Edition,
    Event,
    Instant,
    Kind,
    Organisation,
    PressContact,
    ReleaseContent,
    Resource,
)
from distro.errors import Refused
from tests.office import WRITER, Office, content, now, submit_checked
from tests.prepared import Prepared
from tests.sink import Sink

BODY = """The clinic on Main Street opens on Monday, says O'Neill. Visits are free.

It is the county's first bus-stop clinic; see [the report](https://example.org/report_2026.pdf). AND so on, NOT later."""
CUERPO = """La clínica de la calle Mayor abre el lunes, dijo la señora Núñez. El año que viene habrá más.

Será en ﬁn de semana: la calle Mayor, la más larga."""


def worded(slug: str, en: str, es: str, **more: Any) -> ReleaseContent:
    english, spanish = Edition(headline="Open today", body=en, **more), Edition(headline="Abierto hoy", body=es)
    return content(slug).model_copy(update={"editions": {"en": english, "es": spanish}})


@pytest.fixture
def house(office: Office, sink: Sink, prepared: Prepared) -> Office:
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.contact("bea@diario.example.net", languages="es", tier="1")
    office.segment("All", "tier<=9")
    office.send(worded("clinic", BODY, CUERPO, subhead="A subhead of tulips", notes_to_editors="Call Ångström."))
    office.send(worded("buses", "Night buses run again. Main hall, Street fair.", "Los autobuses nocturnos vuelven: la calle."))
    office.run()


def found(office: Office, words: str, **options: Any) -> list[tuple[str, str]]:
    with office.store.read() as session:
        return [(hit.release, hit.language) for hit in editions(session, read_terms(words), **options)]


CLINIC_EN, CLINIC_ES, BUSES_EN, BUSES_ES = ("clinic", "en"), ("clinic", "es"), ("buses", "en"), ("buses", "es")


CASES: list[tuple[str, list[tuple[str, str]]]] = [
    ("clinic", [CLINIC_EN]),
    ("CLÍNICA", [CLINIC_ES]),
    ("clinica", [CLINIC_ES]),
    ("nunez", [CLINIC_ES]),
    ("Núñez", [CLINIC_ES]),
    ("ano", [CLINIC_ES]),
    ("fin", [CLINIC_ES]),
    ("angstrom", [CLINIC_EN]),
    ("tulips", [CLINIC_EN]),
    ("calle", [BUSES_ES, CLINIC_ES]),
    ("calle mayor", [CLINIC_ES]),
    ("main street", [BUSES_EN, CLINIC_EN]),
    ('"main street"', [CLINIC_EN]),
    ("“Main Street”", [CLINIC_EN]),
    ('"street main"', []),
    ('"calle mayor" lunes', [CLINIC_ES]),
    ('"calle mayor" martes', []),
    ("clin*", [CLINIC_ES, CLINIC_EN]),
    ("noct*", [BUSES_ES]),
    ('"calle may*"', [CLINIC_ES]),
    ('"calle may"*', [CLINIC_ES]),
    ('"calle may"', []),
    ("clin", []),
    ("bus-stop", [CLINIC_EN]),
    ("stop-bus", []),
    ("O'Neill", [CLINIC_EN]),
    ("report_2026.pdf", [CLINIC_EN]),
    ("example.org/report", [CLINIC_EN]),
    ("example.org", [BUSES_ES, BUSES_EN, CLINIC_ES, CLINIC_EN]),  # where the press contact is to be reached
    ("clinic OR buses", []),
    ("and NOT later", [CLINIC_EN]),
    ("clinic NEAR(monday)", []),
    ("monday^2", []),
    ("said:clinic", []),
    ("headline : clinic", []),
    ("{said} : clinic", []),
    ("-clinic", [CLINIC_EN]),
    ("clinic & !buses | x", []),
    ("clinic'", [CLINIC_EN]),
    ("clinic'); DROP TABLE entry; --", []),
    ("cli%", []),
    ('"main_street"', [CLINIC_EN]),
    ('clinic "', [CLINIC_EN]),
    ("clinic*:*", [CLINIC_ES, CLINIC_EN]),
    ("clinic \\", [CLINIC_EN]),
    ("clinic\0monday", []),
]


def test_words_and_nothing_else(house: Office) -> None:
    wrong = {words: answer for words, right in CASES if (answer := found(house, words)) != right}
    assert wrong == {}


def test_the_language_can_be_asked_for(house: Office) -> None:
    assert found(house, "calle", language="es") == [BUSES_ES, CLINIC_ES]
    assert found(house, "calle", language="en") == []


@pytest.mark.parametrize("words", ["", "  ", '""', "*", "- & | ! ( ) :", "…", "'"])
def test_a_question_without_a_word_is_refused(words: str) -> None:
    with pytest.raises(Refused, match="no word to look for"):
        read_terms(words)


def test_too_many_words_are_refused() -> None:
    with pytest.raises(Refused, match="too many"):
        read_terms("word " * 5 + " ".join(f"w{n}" for n in range(40)))


def test_only_what_left_is_found_and_each_version_that_did(house: Office) -> None:
    house.release(worded("draft", "Only submitted: begonias.", "Begonias."))
    assert found(house, "begonias") == []
    house.send(worded("clinic", "The clinic on Main Street opens on Tuesday.", "El martes."))
    assert found(house, "tuesday") == []  # it is approved, and nothing of it has left
    house.run()
    assert found(house, "tuesday") == [CLINIC_EN]
    with house.store.read() as session:
        hits = list(editions(session, read_terms("main street"), language="en"))
    assert [(hit.release, "Tuesday" in hit.snippet) for hit in hits] == [
        ("clinic", True),
        ("buses", False),
        ("clinic", False),
    ]
    assert len({hit.version for hit in hits}) == 3


def test_an_answer_says_where_and_with_which_waves(house: Office) -> None:
    with house.store.read() as session:
        (hit,) = editions(session, read_terms("lunes"))
    told = hit.to_json()
    assert told["headline"] == "Abierto hoy"
    assert told["embargo"] is None
    assert "dijo la señora Núñez" in str(told["snippet"])
    (wave,) = hit.waves
    assert (wave["purpose"], wave["accepted"]) == ("general", 2)
    assert wave["launched_at"] <= now()  # type: ignore[operator]


def test_pages_go_on_behind_the_last_edition(house: Office) -> None:
    with house.store.read() as session:
        everything = [hit.edition for hit in editions(session, read_terms("en* esp* la los*"[:3]))]
        terms = read_terms("calle")
        whole = [hit.edition for hit in editions(session, terms)]
        first = [hit.edition for hit in editions(session, terms, limit=1)]
        rest = [hit.edition for hit in editions(session, terms, after=first[-1])]
    assert everything
    assert first + rest == whole
    assert len(whole) == 2


def test_the_same_version_is_indexed_once(house: Office) -> None:
    with house.store.read() as session:
        before = len(session.exec(select(Searchable)).all())
    house.release(worded("buses", "Another.", "Otro."))
    house.release(
        worded("buses", "Night buses run again. Main hall, Street fair.", "Los autobuses nocturnos vuelven: la calle.")
    )
    with house.store.read() as session:
        assert len(session.exec(select(Searchable)).all()) == before + 2
    assert found(house, "night") == [BUSES_EN]


def test_a_word_that_comes_very_often_still_stands_in_its_phrase(office: Office) -> None:
    """A tsvector keeps 256 places of a word, and 16,383 in all."""
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    long = "of the " * 9000 + "last of oranges. " + "end " * 10
    office.send(worded("long", long, "Nada."))
    office.run()
    assert found(office, '"of oranges"') == [("long", "en")]
    assert found(office, '"of end"') == []


def test_what_a_release_says_beside_its_text_is_found(office: Office) -> None:
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    start = Instant(utc=datetime(2030, 1, 1, tzinfo=UTC), wall="2030-01-01 00:00", zone="UTC")
    what = content().model_copy(
        update={
            "events": (Event(start=start, place={"*": "Town hall"}, title={"en": "Vigil", "es": "Vigilia"}),),
            "resources": (Resource(title={"en": "The letter", "es": "La carta"}, url="https://example.org/"),),
        }
    )
    office.send(what)
    office.run()
    assert found(office, "vigil") == found(office, "letter") == [CLINIC_EN]
    assert found(office, "carta vigilia town") == [CLINIC_ES]


AROUND = content("round").model_copy(
    update={
        "kind": Kind.EVENT_ROUND_UP,
        "organisations": (
            Organisation(
                name="Example Workers' Network",
                url="https://network.example.org/about-us",
                boilerplate={"en": "Founded in Zanzibar.", "es": "Fundada en Zanzíbar, isla."},
            ),
            Organisation(name="Silent Partners", url="https://silent.example.org/", boilerplate={}),
        ),
        "contacts": (
            PressContact(
                name="Rosa Peña",
                role={"en": "Head of press", "es": "Jefa de prensa"},
                email="rosa.pena@network.example.org",
                phone="+1 (202) 555-0147 ext. 3",
            ),
        ),
        "resources": (
            Resource(title={"en": "Photographs"}, file="media/team_picture-7.jpg", sha256="ab" * 32, size=7, language="en"),
            Resource(title={"*": "Report"}, url="https://files.example.org/quarterly"),
        ),
        "events": (
            Event(
                start=Instant(utc=datetime(2030, 1, 1, tzinfo=UTC), wall="2030-01-01 00:00", zone="UTC"),
                title={"en": "Vigil"},
                place={"*": "Town hall"},
                region={"*": "Tidewater"},
                contact=PressContact(name="Quirina Solís", phone="+1 202 555 0163"),
            ),
        ),
        "editions": {
            "en": Edition(
                headline="Open today",
                body="It opens. ![A heron by the pond](https://x.example/h.jpg)",
                release_line="FOR RELEASE AT WILL",
            ),
            "es": Edition(headline="Abierto hoy", body="Abre.", release_line="PUBLICAR A DISCRECIÓN"),
        },
    }
)
"""Something in every place that a mail prints."""

PRINTED = {
    "en": ("zanzibar", "founded", "rosa pena", '"head of press"', "rosa.pena@network.example.org", "0147", '"202 555 0147"',
           '"workers network"', '"silent partners"', "photographs", "team_picture-7.jpg", "files.example.org", "about-us",
           "vigil", "tidewater", "quirina", "0163", "heron", '"release at will"'),
    "es": ("zanzibar", "isla", "solis", '"jefa de prensa"', "photographs", "vigil", "report", "tidewater",
           "discrecion", '"zanzibar isla"'),
}  # fmt: skip
"""Where a release lacks a text in a language, its mail in that language prints the other's."""

NOT_PRINTED = {"en": ("isla", "jefa", "discrecion", "silent.example.org"), "es": ("founded", "head", "heron", "will")}


def answers(office: Office) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Of what is printed, what is not found; of what is not, what is."""
    missing = {lang: [w for w in words if ("round", lang) not in found(office, w)] for lang, words in PRINTED.items()}
    wrong = {lang: [w for w in words if ("round", lang) in found(office, w)] for lang, words in NOT_PRINTED.items()}
    return missing, wrong


@pytest.mark.parametrize("older", [False, True])
def test_whatever_a_mail_prints_of_a_release_is_found(office: Office, older: bool) -> None:
    """Also in a store whose index held the texts alone, once it is brought up to date; some pages of editions stand in it."""
    from alembic import command

    from distro.migrations import alembic_config, migrate

    office.settings["web"] = Web(listen="off", public_url="https://press.example.org")
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.contact("bea@diario.example.net", languages="es", tier="1")
    office.segment("All", "tier<=9")
    with office.write() as session:
        added = desk.add(session, AROUND, actor=WRITER, at=now())
        submit_checked(session, added.release, public_url="https://press.example.org", actor=WRITER, at=now())
    office.schedule("round", "All")
    office.approve("round")
    office.run()
    for n, language in ((1, "en"), (2, "es")):
        copy = email.message_from_bytes(office.eml(n), policy=email.policy.default)
        (shown,) = (part.get_content() for part in copy.walk() if part.get_content_type() == "text/plain")
        there = f" {' '.join(words_of(shown))} "
        for words in PRINTED[language]:
            assert all(f" {' '.join(term.words)} " in there for term in read_terms(words)), words  # or nothing is proved
        for words in NOT_PRINTED[language]:
            assert not all(f" {' '.join(term.words)} " in there for term in read_terms(words)), words
    if older:
        for n in range(105):
            office.release(worded(f"other{n}", f"Other {n}.", f"Otro {n}."))
        command.downgrade(alembic_config(office.store), "0009")
        with office.store.engine.connect() as connection:
            if office.store.dialect == "sqlite":
                connection.execute(text("INSERT INTO edition_words (edition_words) VALUES ('delete-all')"))
            else:
                connection.execute(text("DELETE FROM edition_words"))
            connection.commit()
        assert found(office, "vigil") == []
        migrate(office.store)
        with office.store.read() as session:
            indexed = session.connection().execute(text("SELECT count(*) FROM searchable")).scalar()
        assert indexed == 212
    assert answers(office) == ({"en": [], "es": []}, {"en": [], "es": []})
    if older:
        office.send(worded("later", "Later.", "Después, los otros."))
        office.run()
        assert found(office, "otros") == [("later", "es")]


def test_the_index_is_filled_with_what_was_there(office: Office) -> None:
    from alembic import command

    from distro.migrations import alembic_config, migrate

    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send(worded("clinic", BODY, CUERPO))
    office.run()
    command.downgrade(alembic_config(office.store), "0005")
    with office.store.engine.connect() as connection, pytest.raises(Exception, match="searchable"):
        connection.execute(text("SELECT 1 FROM searchable"))
    migrate(office.store)
    assert found(office, '"calle mayor" nunez') == [CLINIC_ES]
    assert [r["release"] for r in office.records(since=now() - timedelta(hours=1))] == ["clinic"]
    office.send(worded("later", "Later.", "Después."))
    office.run()
    assert found(office, "despues") == [("later", "es")]


def test_a_snippet_shows_the_place() -> None:
    said = "First line.\n\n" + "word " * 30 + "the Núñez family " + "more " * 40
    cut = snippet(said, read_terms("nunez"))
    assert cut.startswith("…word")
    assert cut.endswith("more…")
    assert "the Núñez family" in cut
    assert snippet("Short and sweet.", read_terms("sweet")) == "Short and sweet."
    assert snippet("Nothing here.", read_terms("absent")) == "Nothing here."
    assert snippet("", read_terms("absent")) == ""
    assert snippet("El an\u0303o nuevo", read_terms("año")) == "El año nuevo"


@given(st.text())
def test_a_word_that_is_in_a_text_is_read_as_the_index_has_it(said: str) -> None:
    there = words_of(said)
    assert all(word == "".join(words_of(word)) for word in there)
    if 0 < len(there) <= 32:
        for term in read_terms(said):
            assert set(term.words) <= set(there) | {word for word in term.words if term.prefix}


def test_a_prefix_counts_at_the_last_word_only() -> None:
    assert Term(("a", "be"), prefix=True).starts_at(["a", "bed", "c"], 0)
    assert not Term(("a", "be"), prefix=True).starts_at(["ab", "bed"], 0)
    assert not Term(("a", "be"), prefix=True).starts_at(["a"], 0)
    assert not Term(("a",)).starts_at([], 0)
