"""What searches and --person go by is held against the texts and the boxes, and can be made anew."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from distro.archive.names import KnownAs
from distro.archive.search import Searchable, read_terms
from distro.dispatch import history, searching
from distro.dispatch.audit_facts import audit_facts
from distro.dispatch.finding import Wanted
from distro.dispatch.naming import make_findable, make_findable_again
from distro.editorial.audit_words import audit_words
from distro.editorial.indexing import reindex
from distro.editorial.release import Version
from tests.auditing import audited, tamper
from tests.office import Office, content
from tests.prepared import Prepared
from tests.sink import Sink

ADA, BEA = "ada@daily.example.com", "bea@diario.example.net"
EMPTY = {"sqlite": "INSERT INTO edition_words (edition_words) VALUES ('delete-all')", "postgresql": "DELETE FROM edition_words"}
OTHER = {
    "sqlite": "INSERT INTO edition_words (rowid, said) VALUES ({}, ' secret ')",
    "postgresql": "INSERT INTO edition_words VALUES ({}, ' secret ', array_to_tsvector(ARRAY['secret']))",
}


@pytest.fixture
def sent(office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Two texts, the first to two people of one outlet."""
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    for address in (ADA, BEA):
        office.contact(address, languages="en", tier="1", outlet="Daily Example")
    office.segment("All", "tier<=1")
    office.send(content("clinic"))
    office.run()
    office.release(content("buses", text="Night buses ñandú 中文 ² run; the the the."))


def found(office: Office, *, full: bool = False) -> list[str]:
    return [one.what for one in audited(office, full=full)]


def searched(office: Office, words: str) -> list[str]:
    with office.store.read() as session:
        return [hit.release for hit in searching.editions(session, read_terms(words))]


def by_name(office: Office, name: str) -> list[int]:
    with office.store.read() as session:
        return [int(str(one["delivery"])) for one in history.deliveries(session, office.vault, Wanted(person=name))]


def name_of(office: Office, number: int) -> str:
    with office.store.read() as session:
        return session.exec(select(Version.hash).where(Version.id == number)).one()[:12]


def test_an_index_that_is_as_it_was_made_is_whole_and_looking_leaves_nothing(sent: Office) -> None:
    assert audit_words(sent.store) == []
    with sent.store.engine.connect() as connection:
        if sent.store.dialect == "sqlite":
            assert connection.execute(text("SELECT count(*) FROM sqlite_temp_master")).scalar() == 0
    assert audit_words(sent.store) == []


@pytest.mark.altered
def test_a_search_that_was_made_to_find_nothing_is_found_and_mended(sent: Office) -> None:
    assert searched(sent, "clinic opens") == ["clinic"]
    tamper(sent.store, EMPTY[sent.store.dialect])
    assert searched(sent, "clinic opens") == []
    assert len(found(sent)) == 4
    assert found(sent)[0] == (
        f"The edition in en of version {name_of(sent, 1)}… is not found by its own words. "
        "`distro archive reindex` makes it anew."
    )
    assert reindex(sent.store) == 2
    assert found(sent) == []
    assert searched(sent, "clinic opens") == ["clinic"]


@pytest.mark.altered
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM searchable WHERE id = 1", "is not in the index of words, so no search finds it."),
        ("UPDATE searchable SET version_id = 99 WHERE id = 1", "The index of words has under 1 what is no edition."),
        ("UPDATE searchable SET language = 'fr' WHERE id = 1", "is not in the index of words, so no search finds it."),
        ("DROP TABLE edition_words", "The index of words cannot be read"),
    ],
)
def test_an_edition_that_was_taken_out_is_found(sent: Office, statement: str, sentence: str) -> None:
    tamper(sent.store, statement)
    assert any(sentence in one for one in found(sent))


@pytest.mark.altered
@pytest.mark.parametrize("number", [1, 900])
def test_words_that_were_put_in_are_found(sent: Office, number: int) -> None:
    statement = OTHER[sent.store.dialect]
    if number == 1 and sent.store.dialect == "postgresql":
        statement = "UPDATE edition_words SET said = said || 'secret ' WHERE id = {}"
    tamper(sent.store, statement.format(number))
    assert len(found(sent)) == 1


@pytest.mark.altered
def test_a_name_that_leads_to_nobody_any_more_is_found_and_mended(sent: Office) -> None:
    assert len(by_name(sent, "Ada")) == 1
    with sent.store.read() as session:
        before = session.exec(select(func.count()).select_from(KnownAs)).one()
    tamper(sent.store, "DELETE FROM known_as WHERE contact_id = 1")
    assert by_name(sent, "Ada") == []
    assert found(sent) == []
    assert found(sent, full=True) == [
        "Contact 1 is not found by the name, or the outlet, that they had in delivery 1. "
        "`distro archive reindex` makes the hashes anew."
    ]
    assert make_findable_again(sent.store, sent.vault) == 1
    assert found(sent, full=True) == []
    assert len(by_name(sent, "Ada")) == 1
    with sent.store.read() as session:
        assert session.exec(select(func.count()).select_from(KnownAs)).one() == before


@pytest.mark.altered
def test_waves_that_are_called_unfindable_are_told(sent: Office) -> None:
    assert audit_facts(sent.store).notes == []
    tamper(sent.store, "UPDATE wave SET findable = (1 = 0)", "DELETE FROM known_as")
    assert audit_facts(sent.store).notes == [
        "Not all waves are found by name yet, so names were not looked at; `distro init` sees to it."
    ]
    make_findable(sent.store, sent.vault)
    assert found(sent, full=True) == []


def test_reindexing_what_is_whole_changes_nothing_that_is_found(sent: Office) -> None:
    reindex(sent.store)
    make_findable_again(sent.store, sent.vault)
    assert (searched(sent, "clinic opens"), len(by_name(sent, "Ada"))) == (["clinic"], 1)
    with sent.store.read() as session:
        assert len(session.exec(select(Searchable)).all()) == 4
