"""Pages of many makes, read into their items: every field of every item, and how many are right. The figures of
docs/importing.md are these; `pytest -s` prints them."""

from __future__ import annotations

import random
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distro.editorial.folder import read_folder
from distro.editorial.writing import write_folder
from distro.errors import Refused
from tests.docxfile import docx
from tests.pages import Score, expected_of, pages, read, score

SHARED = Path("/work/shared/samples")
FURNITURE = re.compile(
    r"(?im)published in|publicado en|leave a reply|share this|compartir|read more$|leer más|go to page|página \d"
    r"|protegida contra|"
    r"no comments|log out|bloggers like|skip to content|cookies|©|^siguiente$"
)
DOCUMENT = Path(__file__).parents[2] / "docs" / "importing.md"
FIELDS = set(
    ["kind", "date", "headline", "subhead", "dateline", "contacts", "quotes", "language", "boilerplates", "resources", "events"]
)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_comes_out_as_written_down(page: Path) -> None:
    found = Score()
    score(found, page.name, read(page), expected_of(page))
    assert found.wrong == []


def test_no_body_holds_furniture() -> None:
    for page in pages():
        for item in read(page).items:
            assert not FURNITURE.search(item.body), page.name


def test_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    found = Score()
    for page in pages():
        score(found, page.name, read(page), expected_of(page))
    with capsys.disabled():
        print(f"\n{len(pages())} pages, {found.asked['headline']} items\n{found.table()}")
    assert found.asked["headline"] >= 70
    assert found.table() in DOCUMENT.read_text(encoding="utf-8"), "write the new figures into docs/importing.md"
    assert min(found.share(what) for what in found.asked) >= 0.95


def test_every_field_has_a_confidence() -> None:
    for page in pages():
        for item in read(page).items:
            told = item.to_json()
            assert item.confidence.keys() >= FIELDS
            assert all(0 <= value <= 1 for value in item.confidence.values())
            assert told.keys() >= FIELDS | {"confidence"}


def test_a_docx_is_read(tmp_path: Path) -> None:
    path = tmp_path / "release.docx"
    path.write_bytes(
        docx(
            ("b", "FOR IMMEDIATE RELEASE"),
            ("p", "August 3, 2021"),
            ("p", "Contact: Wendell Oakes, wendell@mapmakers.example.org, 555-0183"),
            ("h1", "Map Makers Give Every Alley a Name"),
            ("i", "Children chose two hundred of them"),
            (
                "p",
                "QUAYSIDE — Every alley of Quayside has a name from today on; children of the third grade chose them.",
            ),
            (
                "p",
                "“No ambulance finds a place called behind the bakery,” said Wendell Oakes, president of the Map Makers.",
            ),
            ("p", "###"),
            ("p", "The Map Makers are a club."),
        )
    )
    (item,) = read(path).items
    assert (item.headline, item.subhead) == ("Map Makers Give Every Alley a Name", "Children chose two hundred of them")
    assert (str(item.date), item.dateline, item.release_line) == ("2021-08-03", "QUAYSIDE", "FOR IMMEDIATE RELEASE")
    assert [(c.name, c.email, c.phone) for c in item.contacts] == [
        ("Wendell Oakes", "wendell@mapmakers.example.org", "555-0183")
    ]
    assert [(q.speaker, q.title) for q in item.quotes] == [("Wendell Oakes", "president of the Map Makers")]
    assert item.body.startswith("Every alley")
    assert "###" not in item.body


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real pages are not there")
def test_the_real_archive_page() -> None:
    items = read(SHARED / "archive-page.txt").items
    assert [(item.kind.value, str(item.date)) for item in items] == [
        ("release", "2015-06-17"),
        ("release", "2015-05-18"),
        ("release", "2015-05-12"),
        ("statement", "2015-03-20"),
        ("advisory", "2015-03-16"),
        ("release", "2012-07-13"),
    ]
    contacts = [[(c.name.split()[-1], c.phone[-4:]) for c in item.contacts] for item in items]
    assert contacts == [
        [("Sarmiento", "")],
        [("Sarmiento", "")],
        [("Sarmiento", "")],
        [("Sarmiento", "2099")],
        [("Bautista", "")],
        [],
    ]
    assert [len(item.headline.split()) for item in items] == [18, 12, 10, 0, 21, 5]
    assert [item.subhead.split()[:1] for item in items] == [["Replacement"], [], ["Advocates"], [], [], ["Court"]]
    assert not any(FURNITURE.search(item.body) for item in items)
    assert [event.date + event.time for event in items[4].events] == ["2015-03-1709:30"]
    assert len(items[5].boilerplates) == 3
    assert all(item.language == "en" for item in items)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real pages are not there")
def test_the_real_single_page() -> None:
    (item,) = read(SHARED / "single-release-page.txt").items
    assert (item.kind.value, str(item.date), len(item.boilerplates)) == ("release", "2010-02-03", 3)
    assert [quote.speaker.split()[-1] for quote in item.quotes] == ["Alvarado", "Kessler", "Patel"]
    assert not FURNITURE.search(item.body)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(pages()), st.randoms(use_true_random=False))
def test_a_torn_page_is_refused_or_makes_drafts_that_can_be_read(page: Path, chance: random.Random) -> None:
    words = re.split(rb"(\s+|<[^>]*>)", page.read_bytes())
    first = chance.randrange(len(words))
    torn = [one for one in words[first:] if chance.random() > 0.05]
    if chance.random() < 0.3:
        chance.shuffle(torn)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / page.name
        path.write_bytes(b"".join(torn))
        try:
            found = read(path)
        except Refused:
            return
        for number, draft in enumerate(found.drafts):
            place = Path(folder) / str(number)
            write_folder(draft.content, place)
            assert read_folder(place).sha256() == draft.content.sha256()
