"""Pages of the past in an office: drafts and nothing else, once and not twice, their originals kept and held to the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from distro.archive.ledger import Entry
from distro.db import Store
from distro.editorial import desk
from distro.editorial.folder import open_folder
from distro.editorial.importing.bringing import Brought, bring_in, read_file
from distro.editorial.importing.originals import audit_originals
from distro.editorial.release import Release, Status
from distro.editorial.writing import write_folder
from distro.errors import Refused
from distro.staff import Actor, Role
from tests.office import Office
from tests.pages import PAGES, TODAY, pages, read

NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
ROSA, EVA = Actor("Rosa Example", Role.AUTHOR), Actor("Eva", Role.AUDITOR)
ZONE = "America/New_York"


def bring(store: Store, page: Path, data: Path, actor: Actor = ROSA) -> Brought:
    with store.write() as session:
        return bring_in(session, read(page), data, actor=actor, at=NOW)


def releases(session: Session) -> list[Release]:
    return list(session.exec(select(Release).order_by(col(Release.id))))


def test_each_item_becomes_a_draft_and_the_same_file_changes_nothing(office: Office) -> None:
    page = PAGES / "hr-separated.html"
    first = bring(office.store, page, office.folder)
    assert first.states == ("new", "new", "new")
    with office.store.read() as session:
        rows = releases(session)
        assert [row.status for row in rows] == [Status.DRAFT] * 3
        assert [row.slug for row in rows] == list(first.slugs)
        entries = len(session.exec(select(Entry.id)).all())
    again = bring(office.store, page, office.folder)
    assert (again.states, again.slugs) == (("unchanged",) * 3, first.slugs)
    with office.store.read() as session:
        assert len(session.exec(select(Entry.id)).all()) == entries


def test_two_languages_become_two_editions_of_one_release(office: Office) -> None:
    brought = bring(office.store, PAGES / "bilingual-one-page.html", office.folder)
    assert len(brought.slugs) == 1
    with office.store.read() as session:
        (row,) = releases(session)
    assert row.content.languages == ("en", "es")
    assert row.content.editions["es"].headline.startswith("Las bibliotecas")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_draft_written_out_and_added_again_changes_nothing(page: Path, store: Store, tmp_path: Path) -> None:
    brought = bring(store, page, tmp_path / "data")
    for draft, slug in zip(brought.read.drafts, brought.slugs, strict=True):
        place = tmp_path / "out" / slug
        write_folder(draft.content.model_copy(update={"slug": slug}), place)
        folder = open_folder(place, office_zone=ZONE)
        with store.write() as session:
            held = desk.find_release(session, slug).draft_hash
            added = desk.add(session, folder.content, slug_given=folder.slug_given, actor=ROSA, at=NOW)
            assert (added.changed, added.version) == (False, held)


def test_what_was_made_of_a_draft_stays(office: Office) -> None:
    """A better copy of the same page does not undo what somebody wrote since."""
    page = PAGES / "university-en.html"
    brought = bring(office.store, page, office.folder)
    with office.store.write() as session:
        row = desk.find_release(session, brought.slugs[0])
        mine = row.content.model_copy(update={"contacts": ()})
        desk.add(session, mine, actor=ROSA, at=NOW)
    other = office.folder / "again.html"
    other.write_bytes(page.read_bytes() + b"<!-- saved again -->")
    with office.store.write() as session:
        found = read_file(other, office_zone=ZONE, organisation="", today=TODAY)
        again = bring_in(session, found, office.folder, actor=ROSA, at=NOW)
        assert again.states == ("kept",)
        assert desk.find_release(session, brought.slugs[0]).content == mine


def test_another_announcement_under_the_same_headline_is_called_by_its_date(office: Office, tmp_path: Path) -> None:
    for number, day in ((1, "March 3, 2015"), (2, "March 4, 2016")):
        page = tmp_path / f"{number}.txt"
        page.write_text(
            f"FOR IMMEDIATE RELEASE\n{day}\n\nHarbor Meeting Moves to Noon\n\n{'The harbor board meets at noon. ' * 9}\n"
        )
        with office.store.write() as session:
            bring_in(session, read(page), office.folder, actor=ROSA, at=NOW)
    with office.store.read() as session:
        assert [row.slug for row in releases(session)] == [
            "harbor-meeting-moves-to-noon",
            "harbor-meeting-moves-to-noon-2016-03-04",
        ]


def test_two_statements_of_one_day_are_two_drafts(office: Office, tmp_path: Path) -> None:
    page = tmp_path / "two.txt"
    lead = "Ana Roe, director of the clinic, issued the following statement:"
    text = f'For Immediate Release\nMarch 3, 2015\n\n{lead}\n\n"{{}} {{}}"\n\nPublished in News\n\n'
    page.write_text(
        "".join(text.format(word, "We will keep the doors open for all who come. " * 6) for word in ("First.", "Second."))
    )
    brought = bring(office.store, page, office.folder)
    assert brought.states == ("new", "new")
    assert len(set(brought.slugs)) == 2


def test_who_may_not_write_may_not_import(office: Office) -> None:
    with pytest.raises(Refused, match=r"may not|needs"):
        bring(office.store, PAGES / "wire.html", office.folder, EVA)
    with office.store.read() as session:
        assert releases(session) == []


def test_the_original_is_kept_and_named_in_the_record(office: Office) -> None:
    page = PAGES / "wire.html"
    brought = bring(office.store, page, office.folder)
    assert (office.folder / "assets" / brought.sha256).read_bytes() == page.read_bytes()
    with office.store.read() as session:
        kinds = session.exec(select(Entry.kind).order_by(col(Entry.id).desc()).limit(2)).all()
        assert set(kinds) == {"original.kept", "release.imported"}
    assert audit_originals(office.store, office.folder) == []


@pytest.mark.altered
def test_an_altered_or_lost_original_is_found(office: Office) -> None:
    one = bring(office.store, PAGES / "wire.html", office.folder)
    other = bring(office.store, PAGES / "cloudflare.html", office.folder)
    (office.folder / "assets" / one.sha256).write_bytes(b"another page")
    (office.folder / "assets" / other.sha256).unlink()
    found = [finding.what for finding in audit_originals(office.store, office.folder)]
    assert [("was altered" in what, "not in the data folder" in what) for what in found] == [(True, False), (False, True)]
    bring(office.store, PAGES / "cloudflare.html", office.folder)  # whoever still has it brings it back
    assert len(audit_originals(office.store, office.folder)) == 1


def test_a_draft_that_names_nothing_can_still_be_added(office: Office, tmp_path: Path) -> None:
    """What a release needs and the page lacks is put in so that it is seen."""
    page = tmp_path / "bare.txt"
    page.write_text(
        "FOR IMMEDIATE RELEASE\n\n"
        "The harbor board met on the pier because its hall had been flooded again by the spring tide. It voted by candle.\n"
    )
    found = read(page)
    (draft,) = found.drafts
    assert draft.content.date == TODAY
    assert any("day of the import" in note for note in draft.notes)
    assert draft.content.editions["en"].headline.endswith("…")
    assert found.items[0].headline == ""
    assert found.items[0].date is None
    assert replace(found.items[0]).confidence["organisations"] == 0
    assert bring(office.store, page, office.folder).states == ("new",)
